"""What a platform's page tells of the past: its quarters, its contacts with what they raised, who was responsible."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.clock import today
from platforms.coverage import Contact, Coverage, Quarter
from platforms.listing import room_above
from platforms.models import Platform

QUARTERS = 6
MOST_CONTACTS = 10
SHORT_NAMES = (_("一季"), _("二季"), _("三季"), _("四季"))


@dataclass(frozen=True, slots=True)
class QuarterMark:
    """One dot of the thread; the year stands with the first quarter shown of it."""

    name: str | Promise
    year: str
    contact: Contact
    css: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the timeline: a contact with the issues it raised, or a handover."""

    on: date
    visit: Any = None
    issues: Sequence[Any] = ()
    assignment: Any = None
    relieved: Any = None
    is_latest: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of the page's head, each that of the list it opens for this reader."""

    visits: int
    modes: list[tuple[str, int]] = field(default_factory=list)
    issues: int = 0
    running: int = 0
    solved: int = 0


def quarter_marks(platform: Platform, present: Coverage) -> list[QuarterMark]:
    """The last quarters up to the present one, in one statement."""
    quarters = [present.quarter]
    while len(quarters) < QUARTERS:
        quarters.insert(0, quarters[0].before())
    statuses = {f"contact_{place}": Coverage(each).status() for place, each in enumerate(quarters)}
    contacts = Platform.objects.filter(pk=platform.pk).annotate(**statuses).values_list(*statuses).get()
    return [
        _mark(quarter, Contact(contact), is_first=place == 0, is_present=quarter == present.quarter)
        for place, (quarter, contact) in enumerate(zip(quarters, contacts, strict=True))
    ]


def _mark(quarter: Quarter, contact: Contact, *, is_first: bool, is_present: bool) -> QuarterMark:
    done, missed = ("now", "owe") if is_present else ("done", "")
    css = {Contact.DONE: done, Contact.WAIVED: "skip"}.get(contact, missed)
    year = f"{quarter.year % 100:02d}" if is_first or quarter.number == 1 else ""
    return QuarterMark(SHORT_NAMES[quarter.number - 1], year, contact, css, is_present)


def happenings(platform: Platform, user: User, assignments: Iterable[Any]) -> list[Happening]:
    """The newest contacts the reader may see, and the handovers since the oldest of them, newest first."""
    raised = room_above("issues").visible_to(user).select_related("term").order_by("pk")
    visits = (
        room_above("visits")
        .visible_to(user)
        .filter(platform=platform)
        .select_related("officer__user", "deputy__user")
        .prefetch_related(Prefetch("issues", queryset=raised, to_attr="raised"))
        .order_by("-visited_on", "-pk")[: MOST_CONTACTS + 1]
    )
    shown = list(visits)
    since = shown[MOST_CONTACTS - 1].visited_on if len(shown) > MOST_CONTACTS else date.min
    entries = [Happening(visit.visited_on, visit=visit, issues=visit.raised) for visit in shown[:MOST_CONTACTS]]
    entries += [each for each in _handovers(assignments) if each.on >= since]
    entries.sort(key=lambda each: each.on, reverse=True)
    return [Happening(e.on, e.visit, e.issues, e.assignment, e.relieved, place == 0) for place, e in enumerate(entries)]


def _handovers(assignments: Iterable[Any]) -> list[Happening]:
    """Each beginning of an assignment, with the one it relieved."""
    oldest_first = sorted(assignments, key=lambda each: (each.started_on, each.pk))
    before = [None, *oldest_first]
    return [
        Happening(each.started_on, assignment=each, relieved=previous)
        for each, previous in zip(oldest_first, before, strict=False)
    ]


def deputy_today(assignment: Any) -> Any:
    """The officer who stands in today for the one of a current assignment, None where nobody does."""
    if assignment is None:
        return None
    absence = assignment.officer.absences.on(today()).select_related("deputy__user").first()
    return absence and absence.deputy


def totals(platform: Platform, user: User) -> Totals:
    visits = room_above("visits").visible_to(user).filter(platform=platform).order_by()
    by_mode = list(visits.values_list("mode").annotate(n=Count("pk")).order_by("-n", "mode"))
    labels = dict(visits.model._meta.get_field("mode").choices)
    issues = room_above("issues").visible_to(user).filter(platform=platform)
    counts = issues.aggregate(issues=Count("pk"), solved=Count("pk", filter=Q(is_confirmed_solved=True)))
    return Totals(
        visits=sum(number for _mode, number in by_mode),
        modes=[(str(labels[mode]), number) for mode, number in by_mode],
        running=issues.unresolved().count(),
        **counts,
    )


def running_issues(platform: Platform, user: User, most: int = 5) -> list[Any]:
    """The unresolved issues the reader may see, the first due date first."""
    rows = room_above("issues").visible_to(user).unresolved().filter(platform=platform)
    return list(rows.select_related("term").order_by("clock_due_on", "pk")[:most])


def duties_now(platform: Platform, present: Any, coverage: Coverage) -> list[Any]:
    """What the present assignment owes or has done, and the quarter's contact; each with the platform's own words."""
    quarterly = Q(kind="quarterly_contact", from_on=coverage.quarter.start)
    rows = room_above("duties").with_state().filter(quarterly | Q(assignment=present) & ~Q(kind="quarterly_contact"))
    words = room_above("duties").model._meta.get_field("words").related_model.objects.select_related("recorded_by")
    return list(rows.filter(platform=platform).prefetch_related(Prefetch("words", words)).order_by("due_on", "pk"))
