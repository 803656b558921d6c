"""The life of an issue as rows: what the services and the scan would have written, had they run all the time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.clock import SHANGHAI
from dashboards.demo.announcing import Announcing, Running
from dashboards.demo.fates import Fate, Fates
from dashboards.demo.grading import Draft, Grading
from dashboards.demo.loading import Loader
from dashboards.demo.people import DemoOfficer, People
from dashboards.demo.register import DemoPlatform
from dashboards.demo.schedule import PlannedVisit
from dashboards.demo.sentences import words
from dashboards.demo.world import World
from issues.models import (
    Alarm,
    Audience,
    Cause,
    Clock,
    Deadline,
    Event,
    EventKind,
    Issue,
    IssueCounter,
    Result,
    SolutionPlan,
    State,
    Tier,
)
from workdays.calendar import Due


@dataclass(slots=True)
class Case:
    """An issue being written: what its further rows need of it, and where its clock stands."""

    pk: int
    number: str
    draft: Draft
    officer: DemoOfficer
    platform: DemoPlatform
    colleagues: People
    clock_due_on: date | None = None
    nearing_on: date | None = None
    breached_on: date | None = None

    def people(self, audience: Audience, day: date) -> tuple[int, ...]:
        """The users whom a rung that tells `audience` tells on `day`."""
        match audience:
            case Audience.HANDLER:
                return (self.officer.user_pk,)
            case Audience.OFFICER:
                return (self.platform.officer_on(day).user_pk,)
            case Audience.UNIT_HEAD:
                head = self.colleagues.heads.get(self.draft.lead.pk)
                return () if head is None else (head,)
            case Audience.BUREAU:
                return (self.colleagues.staff,)
            case Audience.COMMISSION_OFFICE:
                return (self.colleagues.commission_office,)


class Casework:
    def __init__(self, world: World, loader: Loader, people: People) -> None:
        self.world, self.people = world, people
        self.grading, self.fates, self.announcing = Grading(world), Fates(world), Announcing(world, loader)
        self.issues, self.deadlines = loader[Issue], loader[Deadline]
        self.events, self.plans = loader[Event], loader[SolutionPlan]
        self.last_number: dict[int, int] = {}
        self.alarms: list[Alarm] = []

    def register(self, draft: Draft, planned: PlannedVisit, officer: DemoOfficer, visit: int, at: datetime) -> None:
        """The issue with everything that has happened to it by now; announcements wait for their day."""
        world, term = self.world, self.world.terms.get(draft.tier)
        due = world.calendar.due(planned.day, term.working_days) if term else None
        fate = self.fates.of(draft.tier, planned.day, due.on if due else None, planned.scene)
        case = self._case(draft, planned.platform, officer, at)
        plan_at = world.in_office_hours(fate.plan_on) if fate.plan_on else None
        resolved_at = world.in_office_hours(fate.resolved_on) if fate.resolved_on else None
        if draft.tier == Tier.A:
            resolved_at = at
        self._open(case, planned.day, due, at, plan_at or resolved_at)
        if plan_at:
            self._confirm_plan(case, fate, plan_at, resolved_at)
        reply = self._resolve(case, fate, resolved_at) if resolved_at else ""
        self.issues.add(
            number=case.number,
            platform_id=planned.platform.pk,
            visit_id=visit,
            officer_id=officer.pk,
            home_unit_id=officer.unit.pk,
            lead_unit_id=draft.lead.pk,
            handler_id=officer.user_pk,
            category_id=draft.category.pk,
            tier=draft.tier,
            term_id=term.pk if term else None,
            nature=draft.nature,
            urgency=draft.urgency,
            importance=draft.importance,
            text=draft.text,
            raised_on=planned.day,
            registered_at=at,
            updated_at=resolved_at or plan_at or at,
            state=fate.state.value,
            due_on=due.on if due else None,
            due_is_provisional=bool(due and due.is_provisional),
            counted_from=planned.day if due else None,
            working_days=term.working_days if term else None,
            clock_due_on=case.clock_due_on,
            nearing_on=case.nearing_on,
            breached_on=case.breached_on,
            calendar_id=world.calendar.id,
            plan_confirmed_at=plan_at,
            resolved_at=resolved_at,
            result=fate.result.value if fate.result else "",
            reply=reply,
            is_confirmed_solved=fate.is_confirmed,
        )

    def finish(self) -> None:
        """The last announcements before today, and the counters from which the services go on."""
        self.announcing.write_up_to(self.world.today)
        IssueCounter.objects.bulk_create(IssueCounter(year=year, last=last) for year, last in self.last_number.items())

    def set_alarms(self) -> None:
        """The alarms of the clocks that run. The issues and deadlines they refer to must be in their tables by now."""
        Alarm.objects.bulk_create(self.alarms, batch_size=5000)

    def _case(self, draft: Draft, platform: DemoPlatform, officer: DemoOfficer, at: datetime) -> Case:
        year = at.astimezone(SHANGHAI).year
        self.last_number[year] = self.last_number.get(year, 0) + 1
        number = f"{year}-{self.last_number[year]:06d}"
        return Case(self.issues.last_id + 1, number, draft, officer, platform, self.people)

    def _open(self, case: Case, raised_on: date, due: Due | None, at: datetime, ends: datetime | None) -> None:
        deadline = None
        if due is not None:
            deadline = self._start_clock(case, Clock.STATUTORY, raised_on, due, at, ends)
        draft, note = case.draft, ""
        if draft.tier in (Tier.C, Tier.D):
            note = f"主办{draft.subject.lead}{'，协办' if draft.support else ''}{'、'.join(draft.support)}。"
        self._event(case, EventKind.REGISTERED, at, ("", State.OPEN), note, deadline)

    def _confirm_plan(self, case: Case, fate: Fate, at: datetime, ends: datetime | None) -> None:
        if fate.plan_on is None or fate.promised_on is None:
            raise ValueError("a plan has its day and its promise")
        draft = case.draft
        text = self.world.texts.phrase("plan", draft.subject, draft.root)
        self.plans.add(
            issue_id=case.pk,
            text=text,
            unit_id=draft.lead.pk,
            person=self.world.pick(words("person")),
            promised_on=fate.promised_on,
            first_promised_on=fate.promised_on,
            told_platform_on=fate.plan_on,
            created_by_id=case.officer.user_pk,
            created_at=at,
        )
        due = Due(fate.promised_on, is_provisional=False)
        deadline = self._start_clock(case, Clock.PLAN, fate.plan_on, due, at, ends)
        self._event(case, EventKind.PLAN_CONFIRMED, at, (State.OPEN, State.PLAN_CONFIRMED), text, deadline)

    def _resolve(self, case: Case, fate: Fate, at: datetime) -> str:
        """The reply that the platform got."""
        draft = case.draft
        is_answer = draft.tier == Tier.A
        words_of = "answer" if is_answer else fate.result or Result.SOLVED
        reply = self.world.texts.phrase(words_of, draft.subject, draft.root)
        kind = EventKind.ANSWERED if is_answer else EventKind.RESOLVED
        before = State.PLAN_CONFIRMED if fate.plan_on else State.OPEN
        self._event(case, kind, at, (before, State.RESOLVED), reply)
        case.clock_due_on = case.nearing_on = None
        return reply

    def _start_clock(
        self, case: Case, clock: Clock, counted_from: date, due: Due, at: datetime, ends: datetime | None
    ) -> int:
        """The first version of a clock's deadline; announces what that clock met until it ended."""
        world, tier, is_statutory = self.world, case.draft.tier, clock == Clock.STATUTORY
        term = world.terms[tier].working_days if is_statutory else world.calendar.between(counted_from, due.on)
        deadline = self.deadlines.add(
            issue_id=case.pk,
            clock=clock.value,
            version=1,
            cause=(Cause.REGISTERED if is_statutory else Cause.PLAN_CONFIRMED).value,
            counted_from=counted_from,
            working_days=term if is_statutory else None,
            due_on=due.on,
            is_provisional=due.is_provisional,
            calendar_revision=self.world.calendar.revision,
            actor_id=case.officer.user_pk,
            created_at=at,
        )
        case.clock_due_on = due.on
        case.nearing_on = world.yardstick.ladder.nearing_on(world.calendar, clock, tier, due.on, term)
        course = self.announcing.run_clock(case, Running(clock, tier, deadline, due.on, term, at), ends)
        if is_statutory and course.is_late:
            case.breached_on = due.on + timedelta(days=1)
        if course.rings_on is not None:
            self.alarms.append(Alarm(issue_id=case.pk, clock=clock, deadline_id=deadline, rings_on=course.rings_on))
        return deadline

    def _event(
        self, case: Case, kind: EventKind, at: datetime, states: tuple[str, str], note: str, deadline: int | None = None
    ) -> None:
        before, after = states
        self.events.add(
            issue_id=case.pk,
            kind=kind.value,
            at=at,
            actor_id=case.officer.user_pk,
            before=str(before),
            after=str(after),
            note=note,
            deadline_id=deadline,
        )
