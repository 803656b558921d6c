"""The life of an issue as rows: what the services and the scan would have written, had they run all the time."""

from dataclasses import dataclass
from datetime import date, datetime

from config.clock import SHANGHAI
from dashboards.demo.announcing import Announcing
from dashboards.demo.fates import Fates
from dashboards.demo.grading import Draft, Grading
from dashboards.demo.loading import Loader
from dashboards.demo.people import DemoOfficer, People
from dashboards.demo.schedule import PlannedVisit
from dashboards.demo.world import World
from issues.models import Cause, Clock, Deadline, Event, EventKind, Issue, IssueCounter, Result, SolutionPlan, State, Tier

PERSONS = "周工 李科长 王主任 张工 刘科长 陈主任 赵工 孙科长 吴主任 何工".split()


@dataclass(frozen=True, slots=True)
class _Case:
    """An issue being written: what its further rows need of it."""

    pk: int
    number: str
    draft: Draft
    officer: DemoOfficer
    recipients: tuple[int, ...]


class Casework:
    def __init__(self, world: World, loader: Loader, people: People) -> None:
        self.world, self.heads = world, people.heads
        self.grading, self.fates, self.announcing = Grading(world), Fates(world), Announcing(world, loader)
        self.issues, self.deadlines = loader[Issue], loader[Deadline]
        self.events, self.plans = loader[Event], loader[SolutionPlan]
        self.last_number: dict[int, int] = {}

    def register(self, draft: Draft, planned: PlannedVisit, officer: DemoOfficer, visit: int, at: datetime) -> None:
        """The issue with everything that has happened to it by now; announcements wait for their day."""
        world, term = self.world, self.world.terms.get(draft.tier)
        due = world.calendar.due(planned.day, term.working_days) if term else None
        fate = self.fates.of(draft.tier, planned.day, due.on if due else None, planned.scene)
        plan_at = world.in_office_hours(fate.plan_on) if fate.plan_on else None
        resolved_at = at if draft.tier == Tier.A else world.in_office_hours(fate.resolved_on) if fate.resolved_on else None
        case = self._case(draft, officer, at)
        reply = self._reply(draft, fate.result)
        clock_due_on = next_warning_on = statutory = None
        if due and term:
            statutory = self._deadline(
                case, Clock.STATUTORY, Cause.REGISTERED, planned.day, due.on, at,
                working_days=term.working_days, is_provisional=due.is_provisional,
            )  # fmt: skip
            clock_due_on = due.on
            next_warning_on = self._run(case, Clock.STATUTORY, statutory, due.on, at, plan_at or resolved_at)
        self._event(case, EventKind.REGISTERED, at, "", State.OPEN, self._referral(draft), statutory)
        if plan_at and fate.plan_on and fate.promised_on:
            clock_due_on = fate.promised_on
            next_warning_on = self._confirm_plan(case, fate.plan_on, fate.promised_on, plan_at, resolved_at)
        if resolved_at:
            clock_due_on = None
            kind = EventKind.ANSWERED if draft.tier == Tier.A else EventKind.RESOLVED
            before = State.PLAN_CONFIRMED if plan_at else State.OPEN
            self._event(case, kind, resolved_at, before, State.RESOLVED, reply)
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
            clock_due_on=clock_due_on,
            next_warning_on=next_warning_on,
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

    def _case(self, draft: Draft, officer: DemoOfficer, at: datetime) -> _Case:
        year = at.astimezone(SHANGHAI).year
        self.last_number[year] = self.last_number.get(year, 0) + 1
        people = dict.fromkeys((officer.user_pk, self.heads.get(draft.lead.pk, officer.user_pk)))
        return _Case(self.issues.last_id + 1, f"{year}-{self.last_number[year]:06d}", draft, officer, tuple(people))

    def _referral(self, draft: Draft) -> str:
        if draft.tier not in (Tier.C, Tier.D):
            return ""
        support = f"，协办{'、'.join(draft.support)}" if draft.support else ""
        return f"主办{draft.lead.name}{support}。"

    def _reply(self, draft: Draft, result: Result | None) -> str:
        if result is None:
            return ""
        kind = "answer" if draft.tier == Tier.A else result.value
        return self.world.texts.phrase(kind, draft.domain, draft.root, lead=draft.lead.name)

    def _confirm_plan(
        self, case: _Case, plan_on: date, promised_on: date, at: datetime, resolved_at: datetime | None
    ) -> date | None:
        draft = case.draft
        text = self.world.texts.phrase("plan", draft.domain, draft.root, lead=draft.lead.name)
        self.plans.add(
            issue_id=case.pk,
            text=text,
            unit_id=draft.lead.pk,
            person=self.world.pick(PERSONS),
            promised_on=promised_on,
            first_promised_on=promised_on,
            told_platform_on=plan_on,
            created_by_id=case.officer.user_pk,
            created_at=at,
        )
        deadline = self._deadline(case, Clock.PLAN, Cause.PLAN_CONFIRMED, plan_on, promised_on, at)
        self._event(case, EventKind.PLAN_CONFIRMED, at, State.OPEN, State.PLAN_CONFIRMED, text, deadline)
        return self._run(case, Clock.PLAN, deadline, promised_on, at, resolved_at)

    def _run(
        self, case: _Case, clock: Clock, deadline: int, due_on: date, begins: datetime, ends: datetime | None
    ) -> date | None:
        return self.announcing.run_clock(case, clock, deadline, due_on, begins, ends)

    def _deadline(
        self, case: _Case, clock: Clock, cause: Cause, counted_from: date, due_on: date, at: datetime, **more: object
    ) -> int:
        return self.deadlines.add(
            issue_id=case.pk,
            clock=clock.value,
            version=1,
            cause=cause.value,
            counted_from=counted_from,
            due_on=due_on,
            calendar_revision=self.world.calendar.revision,
            actor_id=case.officer.user_pk,
            created_at=at,
            **more,
        )

    def _event(
        self, case: _Case, kind: EventKind, at: datetime, before: str, after: str, note: str, deadline: int | None = None
    ) -> None:
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

