"""The demo from beginning to end, in one transaction: all of it is there, or none."""

import time
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db import transaction

from accounts.demo import ACCOUNTS
from accounts.models import User
from config.clock import today
from dashboards.demo.casework import Casework
from dashboards.demo.channels import make_channels
from dashboards.demo.loading import Loader
from dashboards.demo.people import make_people
from dashboards.demo.portfolios import share_out
from dashboards.demo.register import Register
from dashboards.demo.schedule import ISSUES_A_WORKING_DAY, Schedule
from dashboards.demo.visiting import Visiting
from dashboards.demo.waiving import waive_some
from dashboards.demo.world import START, World
from issues.models import Deadline, Event, Issue, Referral, SolutionPlan, SupportPart, WarningLadder
from issues.models import Warning as IssueWarning
from issues.reference import load_reference
from issues.tick import TickResult, tick
from liaisons.duties import write_duties
from liaisons.models import Assignment, Officer
from notices.models import Heartbeat, Notice
from platforms.models import Platform, PlatformContact
from visits.models import Visit, VisitNeed
from workdays.services import load_calendar

FILLED = (
    User, Officer, Platform, PlatformContact, Assignment, Visit, VisitNeed,
    Issue, Deadline, SolutionPlan, Referral, SupportPart, Event, IssueWarning, Notice,
)  # fmt: skip


class SeedRefused(Exception):
    """The database is not one to be filled with a demo; the message says why."""


@dataclass(frozen=True)
class Seeded:
    """What was written: rows by table, what the closing scan announced, and how long it took."""

    day: date
    rows: dict[str, int]
    announced: TickResult
    seconds: float


@transaction.atomic
def seed(*, scale: int, seed: int, issues: int | None = None) -> Seeded:
    """Fills an empty register; the same for the same arguments and day. Raises SeedRefused when it is not empty."""
    began = time.monotonic()
    refuse_unless_empty()
    load_calendar("shipped years")
    load_reference()
    world, loader = World(seed), Loader(FILLED)
    with loader.without_keys_and_indexes():
        people = make_people(world, loader, scale)
        platforms = Register(world, loader).write(scale)
        share_out(world, loader, people, platforms, scale)
        wanted = issues if issues is not None else usual_issues(world, scale)
        demo_officer = people.officers[0].pk
        schedule = Schedule(world, platforms, scale=scale, demo_officer=demo_officer, issues=wanted)
        casework = Casework(world, loader, people)
        visiting = Visiting(world, loader, casework)
        for day, planned in groupby(schedule, key=lambda visit: visit.day):
            visiting.write_day(day, list(planned))
        casework.finish()
        loader.finish()
        casework.set_alarms()
    WarningLadder.objects.filter(pk=world.yardstick.ladder.pk).update(applied_at=world.now)
    make_channels()
    Heartbeat.objects.filter(job="digest").delete()  # nobody had one: the register was empty
    loader.analyze()
    write_duties()
    waive_some(world, scale)
    announced = tick()
    loader.analyze()
    return Seeded(world.today, loader.counts, announced, time.monotonic() - began)


def usual_issues(world: World, scale: int) -> int:
    days = world.elapsed - world.calendar.seq(START)
    return round(days * ISSUES_A_WORKING_DAY * scale)


def refuse_unless_empty() -> None:
    if today() < START:
        raise SeedRefused(f"the demo begins on {START}: nothing has happened by {today()}")
    if count := Platform.objects.count():
        raise SeedRefused(f"the register holds {count} platforms already; the demo fills an empty one only")
    names = [account.username for account in ACCOUNTS]
    if taken := sorted(User.objects.filter(username__in=names).values_list("username", flat=True)):
        raise SeedRefused(f"there are accounts with names of the demo already: {', '.join(taken)}")
