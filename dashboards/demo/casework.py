"""The life of an issue as rows: what the services and the scan would have written, had they run all the time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.clock import SHANGHAI, on_date
from dashboards.demo.afterwards import Aftermath, Afterwards
from dashboards.demo.announcing import Announcing, Running
from dashboards.demo.fates import Fate, Fates
from dashboards.demo.grading import Draft, Grading
from dashboards.demo.loading import Loader
from dashboards.demo.people import DemoOfficer, People
from dashboards.demo.referring import Referred, Referring
from dashboards.demo.register import DemoPlatform
from dashboards.demo.schedule import PlannedVisit
from dashboards.demo.sentences import words
from dashboards.demo.world import World
from issues.models import (
    Alarm,
    Audience,
    Cause,
    Clock,
    Confirmation,
    Deadline,
    Event,
    EventKind,
    Issue,
    IssueCounter,
    Referral,
    Result,
    SolutionPlan,
    State,
    SupportPart,
    Tier,
)
from workdays.calendar import Due

FIRST_CAUSE = {
    Clock.STATUTORY: Cause.REGISTERED,
    Clock.PLAN: Cause.PLAN_CONFIRMED,
    Clock.SIGN: Cause.REFERRED,
}
# Stands for whoever has the case in hand; no row has this id.
HANDLER = -1


@dataclass(slots=True)
class Case:
    """An issue being written: what its further rows need of it, and where its clock stands."""

    pk: int
    number: str
    draft: Draft
    officer: DemoOfficer
    platform: DemoPlatform
    colleagues: People
    state: State
    handler_pk: int
    lead_pk: int
    moved_at: datetime
    clock_due_on: date | None = None
    nearing_on: date | None = None
    breached_on: date | None = None

    def people(self, audience: Audience, day: date) -> tuple[int, ...]:
        """The users whom a rung that tells `audience` tells on `day`."""
        match audience:
            case Audience.HANDLER:
                return (self.handler_pk,)
            case Audience.OFFICER:
                return (self.platform.officer_on(day).user_pk,)
            case Audience.UNIT_HEAD:
                head = self.colleagues.heads.get(self.lead_pk)
                return () if head is None else (head,)
            case Audience.BUREAU:
                return (self.colleagues.staff,)
            case Audience.COMMISSION_OFFICE:
                return (self.colleagues.commission_office, self.colleagues.office_clerk)


@dataclass(frozen=True, slots=True)
class Course:
    """When the issue came to its lead unit, was planned, was resolved; None for what has not happened."""

    referred: Referred | None
    plan_at: datetime | None
    resolved_at: datetime | None

    @property
    def settled_at(self) -> datetime | None:
        return self.plan_at or self.resolved_at


class Casework:
    def __init__(self, world: World, loader: Loader, people: People) -> None:
        self.world, self.people = world, people
        self.grading, self.fates, self.announcing = Grading(world), Fates(world), Announcing(world, loader)
        self.referring, self.aftermath = Referring(world), Aftermath(world)
        self.issues, self.deadlines = loader[Issue], loader[Deadline]
        self.events, self.plans = loader[Event], loader[SolutionPlan]
        self.referrals, self.supports = loader[Referral], loader[SupportPart]
        self.last_number: dict[int, int] = {}
        self.alarms: list[Alarm] = []

    def register(self, draft: Draft, planned: PlannedVisit, officer: DemoOfficer, visit: int, at: datetime) -> None:
        """The issue with everything that has happened to it by now; announcements wait for their day."""
        world, term = self.world, self.world.terms.get(draft.tier)
        due = world.calendar.due(planned.day, term.working_days) if term else None
        fate = self.fates.of(draft.tier, planned.day, due.on if due else None, planned.scene)
        course = self._course(draft, fate, at)
        case = self._case(draft, planned.platform, officer, at)
        if course.referred and course.referred.signed_at:
            case.handler_pk = self._head_of(draft.lead.pk)
        case.lead_pk = draft.lead.pk if course.referred else officer.unit.pk
        self._open(case, planned.day, due, at, course.settled_at)
        if course.referred:
            self._refer(case, course.referred, course)
        if course.plan_at:
            self._confirm_plan(case, fate, course.plan_at, course.resolved_at)
        reply = self._resolve(case, fate, course.resolved_at) if course.resolved_at else ""
        after = self._follow(case, fate, course.resolved_at) if course.resolved_at else Afterwards()
        is_resolved = course.resolved_at is not None
        self.issues.add(
            number=case.number,
            platform_id=planned.platform.pk,
            visit_id=visit,
            officer_id=officer.pk,
            home_unit_id=officer.unit.pk,
            lead_unit_id=case.lead_pk,
            handler_id=case.handler_pk,
            category_id=draft.category.pk,
            tier=draft.tier,
            term_id=term.pk if term else None,
            nature=draft.nature,
            urgency=draft.urgency,
            importance=draft.importance,
            text=draft.text,
            raised_on=planned.day,
            registered_at=at,
            updated_at=case.moved_at,
            state=case.state.value,
            due_on=due.on if due else None,
            due_is_provisional=bool(due and due.is_provisional),
            counted_from=planned.day if due else None,
            working_days=term.working_days if term else None,
            clock_due_on=case.clock_due_on,
            nearing_on=case.nearing_on,
            breached_on=case.breached_on,
            calendar_id=world.calendar.id,
            plan_confirmed_at=course.plan_at,
            resolved_at=course.resolved_at,
            result=fate.result.value if fate.result and is_resolved else "",
            reply=reply,
            is_confirmed_solved=after.word == Confirmation.SPOKEN,
            confirmation=after.word.value if after.word else "",
            confirmed_at=after.confirmed_at,
            asked_again_at=after.asked_again_at,
            closed_at=after.closed_at,
        )

    def _course(self, draft: Draft, fate: Fate, at: datetime) -> Course:
        """The moments of a fate, each after the one before it; what would lie ahead has not happened."""
        if draft.tier == Tier.A:
            return Course(None, None, at)
        referred = self.referring.of(at) if draft.tier in (Tier.C, Tier.D) else None
        last = referred.signed_at if referred else None
        if draft.tier in (Tier.C, Tier.D) and last is None:
            return Course(referred, None, None)
        moments: list[datetime | None] = []
        for day in (fate.plan_on, fate.resolved_on):
            moment = self.world.in_office_hours(day) if day else None
            if moment is not None:
                moment = max(moment, (last or at) + timedelta(minutes=15))
                last = moment
            moments.append(moment if moment is not None and moment < self.world.now else None)
        return Course(referred, *moments)

    def _head_of(self, unit: int) -> int:
        """Who signs for a unit; for the commission office a second person of it, so that another closes (R41)."""
        return self.people.heads.get(unit, self.people.office_clerk)

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
        return Case(
            pk=self.issues.last_id + 1,
            number=number,
            draft=draft,
            officer=officer,
            platform=platform,
            colleagues=self.people,
            state=State.GRADED,
            handler_pk=officer.user_pk,
            lead_pk=officer.unit.pk,
            moved_at=at,
        )

    def _open(self, case: Case, raised_on: date, due: Due | None, at: datetime, ends: datetime | None) -> None:
        if due is None:
            case.state = State.REGISTERED
            self._event(case, EventKind.REGISTERED, at, "", case.state, "")
            return
        deadline = self._start_clock(case, Clock.STATUTORY, raised_on, due, at, ends)
        case.state = State.ACCEPTED if case.draft.tier == Tier.B else State.GRADED
        self._event(case, EventKind.REGISTERED, at, "", case.state, "", deadline)

    def _refer(self, case: Case, referred: Referred, course: Course) -> None:
        """To the lead unit and those that support it; signed for, unless that has not happened yet."""
        office, lead, signed_at = self.people.commission_office, case.draft.lead, referred.signed_at
        self.referrals.add(
            issue_id=case.pk,
            unit_id=lead.pk,
            referred_by_id=office,
            referred_at=referred.at,
            signed_by_id=case.handler_pk if signed_at else None,
            signed_at=signed_at,
        )
        due = Due(referred.sign_by, is_provisional=False)
        deadline = self._start_clock(case, Clock.SIGN, on_date(referred.at), due, referred.at, signed_at)
        self._event(
            case, EventKind.REFERRED, referred.at, case.state, State.ASSIGNED, lead.name, deadline, actor=office
        )
        if signed_at is not None:
            self._event(case, EventKind.SIGNED, signed_at, State.ASSIGNED, State.ACCEPTED, "")
        self._ask_supports(case, referred, course)

    def _ask_supports(self, case: Case, referred: Referred, course: Course) -> None:
        units = {unit.name: unit for unit in self.world.units.values()}
        for name in dict.fromkeys(case.draft.support):
            unit = units[name]
            answered_at = (
                self.referring.answered_at(referred.signed_at, course.settled_at) if referred.signed_at else None
            )
            answer = "材料已看过，按职责配合办理。" if answered_at else ""
            by = self._head_of(unit.pk)
            self.supports.add(
                issue_id=case.pk,
                unit_id=unit.pk,
                asked_at=referred.at,
                due_on=self.referring.answer_by(on_date(referred.at)),
                answer=answer,
                agrees=True if answered_at else None,
                answered_by_id=by if answered_at else None,
                answered_at=answered_at,
            )
            if answered_at:
                note = f"{unit.name}：同意\n{answer}"
                self._event(case, EventKind.SUPPORT_ANSWERED, answered_at, case.state, case.state, note, actor=by)

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
            created_by_id=case.handler_pk,
            created_at=at,
        )
        due = Due(fate.promised_on, is_provisional=False)
        deadline = self._start_clock(case, Clock.PLAN, on_date(at), due, at, ends)
        self._event(case, EventKind.PLAN_CONFIRMED, at, case.state, State.PLAN_CONFIRMED, text, deadline)

    def _resolve(self, case: Case, fate: Fate, at: datetime) -> str:
        """The reply that the platform got."""
        draft = case.draft
        is_answer = draft.tier == Tier.A
        words_of = "answer" if is_answer else fate.result or Result.SOLVED
        reply = self.world.texts.phrase(words_of, draft.subject, draft.root)
        kind = EventKind.ANSWERED if is_answer else EventKind.RESOLVED
        self._event(case, kind, at, case.state, State.RESOLVED, reply)
        case.clock_due_on = case.nearing_on = None
        return reply

    def _follow(self, case: Case, fate: Fate, resolved_at: datetime) -> Afterwards:
        """The platform's word or silence, and the close."""
        is_answer = case.draft.tier == Tier.A
        after = self.aftermath.of(resolved_at, on_date(resolved_at), is_confirmed=fate.is_confirmed, at_once=is_answer)
        if after.asked_again_at:
            self._event(case, EventKind.ASKED_AGAIN, after.asked_again_at, case.state, case.state, "", actor=None)
        if after.confirmed_at and after.word:
            is_silent = after.word == Confirmation.SILENT
            kind = EventKind.UNANSWERED if is_silent else EventKind.CONFIRMED
            actor = None if is_silent else case.officer.user_pk
            self._event(case, kind, after.confirmed_at, case.state, State.CONFIRMED, str(after.word.label), actor=actor)
        if after.closed_at:
            of_home = case.draft.tier in (Tier.A, Tier.B)
            closer = self._head_of(case.officer.unit.pk) if of_home else self.people.commission_office
            self._event(case, EventKind.CLOSED, after.closed_at, case.state, State.CLOSED, "", actor=closer)
        return after

    def _start_clock(
        self, case: Case, clock: Clock, counted_from: date, due: Due, at: datetime, ends: datetime | None
    ) -> int:
        """The first version of a clock's deadline; announces what that clock met until it ended."""
        world, tier, is_statutory = self.world, case.draft.tier, clock == Clock.STATUTORY
        term = world.calendar.between(counted_from, due.on)
        deadline = self.deadlines.add(
            issue_id=case.pk,
            clock=clock.value,
            version=1,
            cause=FIRST_CAUSE[clock].value,
            counted_from=counted_from,
            working_days=None if clock == Clock.PLAN else term,
            due_on=due.on,
            is_provisional=due.is_provisional,
            calendar_revision=self.world.calendar.revision,
            actor_id=case.handler_pk,
            created_at=at,
        )
        if clock != Clock.SIGN:
            case.clock_due_on = due.on
            case.nearing_on = world.yardstick.ladder.nearing_on(world.calendar, clock, tier, due.on, term)
        course = self.announcing.run_clock(case, Running(clock, tier, deadline, due.on, term, at), ends)
        if is_statutory and course.is_late:
            case.breached_on = due.on + timedelta(days=1)
        if course.rings_on is not None:
            self.alarms.append(Alarm(issue_id=case.pk, clock=clock, deadline_id=deadline, rings_on=course.rings_on))
        return deadline

    def _event(
        self,
        case: Case,
        kind: EventKind,
        at: datetime,
        before: str,
        after: State,
        note: str,
        deadline: int | None = None,
        *,
        actor: int | None = HANDLER,
    ) -> None:
        case.state, case.moved_at = after, max(at, case.moved_at)
        self.events.add(
            issue_id=case.pk,
            kind=kind.value,
            at=at,
            actor_id=case.handler_pk if actor == HANDLER else actor,
            before=str(before),
            after=after.value,
            note=note,
            deadline_id=deadline,
        )
