"""Random people make random moves, allowed and not, while days pass: the services do what the table of transitions says
by a plain model of it, a refusal writes nothing, and after every step the books balance.

Each run tries the same examples; WORKFLOW_EXAMPLES=500 tries that many new ones and prints how to repeat a failure.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from config.clock import SHANGHAI, frozen
from issues.models import ON_STATUTORY_CLOCK, UNRESOLVED, Deadline, Event, Issue, State
from issues.parties import Party
from issues.reconcile import reconcile_issues
from issues.services import (
    answer_supervision,
    answer_support,
    ask_for_extension,
    ask_for_suspension,
    ask_for_tier,
    close,
    confirm,
    confirm_plan,
    decide,
    edit,
    follow_up,
    give_back,
    grade,
    merge,
    move_plan,
    reassign,
    refer,
    remind,
    reopen,
    resolve,
    resume,
    review_deadline,
    sign_for,
    supervise,
    withdraw,
)
from issues.tick import tick
from issues.workflow import TABLE, Action, MoveRefused, NotYourMove
from notices.quiet_hours import is_office_hour
from tests.issues.cast import Cast, make_cast, raised
from workdays.calendar import WorkCalendar, current_calendar

EXAMPLES = int(os.environ.get("WORKFLOW_EXAMPLES", "0"))
TERMS = {"B": 10, "C": 15, "D": 30}
MOST_ISSUES = 4
UNIT_OF = {
    "home_head": "home",
    "lead_head": "lead",
    "lead_clerk": "lead",
    "other_head": "other",
    "support_clerk": "support",
}


@dataclass
class Asked:
    """A pending request."""

    by: str
    tier: str = ""
    until: date | None = None


@dataclass
class Given:
    """The referral that holds."""

    unit: str
    on: date
    is_final: bool = False


@dataclass
class Case:
    """One issue as the model knows it. `stood` are the working days given back in this round."""

    pk: int
    tier: str
    state: str
    lead: str = "home"
    handler: str = "liaison"
    given: Given | None = None
    returned_by: str = ""
    supports: dict[str, bool] = field(default_factory=dict)
    is_supervised: bool = False
    pending: dict[str, Asked] = field(default_factory=dict)
    counted_from: date | None = None
    days: int = 0
    stood: int = 0
    due: date | None = None
    promised: date | None = None
    is_extended: bool = False
    paused: tuple[str, date, str] | None = None
    late_since: date | None = None
    resolved_by: str = ""
    resolved_on: date | None = None
    result: str = ""
    asked_again_on: date | None = None
    word: str = ""
    is_called: bool = False
    hands: set[str] = field(default_factory=lambda: {"liaison"})
    rounds: int = 0
    merged_into: int | None = None

    @property
    def clock(self) -> str:
        if self.state in ON_STATUTORY_CLOCK:
            return "statutory"
        return "plan" if self.state == State.PLAN_CONFIRMED else ""

    @property
    def clock_due(self) -> date | None:
        return {"statutory": self.due, "plan": self.promised}.get(self.clock)


Refusal = type[ValidationError] | None


class Workflow(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.at = datetime(2026, 10, 15, 12, tzinfo=SHANGHAI)
        with frozen(self.at):
            self.cast: Cast = make_cast()
        self.cases: list[Case] = []
        self.digest_on: date | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    # --- what the model knows

    @property
    def today(self) -> date:
        return self.at.astimezone(SHANGHAI).date()

    @property
    def calendar(self) -> WorkCalendar:
        return current_calendar()

    def due(self, start: date, working_days: int) -> date:
        return self.calendar.due(start, working_days).on

    def parties(self, case: Case, name: str) -> set[Party]:
        unit, found = UNIT_OF.get(name, ""), set[Party]()
        if unit == case.lead:
            found |= {Party.LEAD} if name.endswith("clerk") else {Party.LEAD, Party.LEAD_HEAD}
        if case.handler == name and case.state not in (State.ASSIGNED, State.RETURNED):
            found.add(Party.LEAD)
        if name == "office" and case.tier in ("A", "B") and case.state == State.CONFIRMED:
            found |= {Party.HOME_HEAD} if "home_head" in case.hands | {case.handler} else set()
        at_home = case.tier == "B" and case.lead == "home" and case.state not in (State.ASSIGNED, State.RETURNED)
        if name == "liaison" and at_home:
            found.add(Party.LEAD)
        if unit in case.supports:
            found.add(Party.SUPPORT)
        fixed = {
            "liaison": Party.OFFICER,
            "home_head": Party.HOME_HEAD,
            "bureau": Party.BUREAU,
            "office": Party.OFFICE,
            "contact": Party.CONTACT,
        }
        return found | ({fixed[name]} if name in fixed else set())

    def refusal(self, case: Case, action: Action, name: str) -> Refusal:
        """How the table answers; None where it allows it."""
        row, parties = TABLE[action], self.parties(case, name)
        who = set(row.who[case.tier])
        if who and not who & parties:
            return NotYourMove
        by_signing = row.signs and case.state == State.ASSIGNED and Party.LEAD in parties
        if not who or not (case.state in row.sources or by_signing):
            return MoveRefused
        return MoveRefused if self.is_guarded(case, action, name) else None

    def is_guarded(self, case: Case, action: Action, name: str) -> bool:
        """Whether what a move needs besides state and person is missing."""
        if action in (Action.RETURN, Action.EXTEND):
            return self.is_too_late(case, action)
        return {
            Action.RESOLVE: not all(case.supports.values()),
            Action.ANSWER_SUPPORT: case.supports.get(UNIT_OF.get(name, ""), True),
            Action.CLOSE: case.is_supervised or name in case.hands | {case.handler},
            Action.FOLLOW_UP: case.is_called or name in case.hands | {case.handler},
            Action.SUSPEND: "suspend" in case.pending,
            Action.RETIER: "retier" in case.pending,
            Action.SUPERVISE: case.is_supervised,
            Action.ANSWER_SUPERVISION: not case.is_supervised,
            Action.WITHDRAW: any(each.merged_into == case.pk for each in self.cases),
            Action.REVIEW: True,
        }.get(action, False)

    def is_too_late(self, case: Case, action: Action) -> bool:
        if action == Action.RETURN:
            given = case.given
            return given is None or given.is_final or self.today > self.due(given.on, 2)
        is_late = case.due is None or self.calendar.between(self.today, case.due) < 1
        return is_late or case.is_extended or "extend" in case.pending

    def may_decide(self, case: Case, kind: str, name: str) -> bool:
        if kind == "extend" and case.tier == "B":
            return name == ("office" if case.pending[kind].by == "home_head" else "home_head")
        if kind == "retier":
            of_city = "D" in (case.tier, case.pending[kind].tier)
            return name in ("office", "bureau") or (name == "home_head" and not of_city)
        return name == "office"

    def by_tier(self, case: Case, tier: str) -> date:
        assert case.counted_from is not None
        return self.due(case.counted_from, TERMS[tier] + case.stood)

    def tier_has_passed(self, case: Case, tier: str) -> bool:
        new = self.by_tier(case, tier)
        assert case.due is not None
        return new < self.today and (new < case.due or case.clock == "plan")

    # --- what a move does

    def count(self, case: Case, start: date, working_days: int) -> None:
        case.counted_from, case.days, case.stood = start, working_days, 0
        case.due = self.due(start, working_days)

    def stop(self, case: Case) -> None:
        """A breach that nobody noted yet is one from now on."""
        if case.clock == "statutory" and case.due is not None and case.due < self.today and case.late_since is None:
            case.late_since = case.due + timedelta(days=1)

    def leave(self, case: Case, state: State) -> None:
        self.stop(case)
        case.state, case.given, case.paused = state, None, None
        case.pending.clear()

    def lead_alone(self, case: Case) -> None:
        """Whoever leads has nobody to answer."""
        if case.supports.get(case.lead) is False:
            del case.supports[case.lead]

    def sign_by_acting(self, case: Case, name: str) -> None:
        if case.state == State.ASSIGNED:
            case.state, case.handler = State.ACCEPTED, name

    # --- rules

    @precondition(lambda self: len(self.cases) < MOST_ISSUES)
    @rule(tier=st.sampled_from(["", "A", "B", "C", "D"]), days_ago=st.integers(0, 6))
    def register(self, tier: str, days_ago: int) -> None:
        with frozen(self.at):
            raised_on = self.today - timedelta(days=days_ago) if tier else self.today
            issue = raised(self.cast, tier, raised_on=raised_on) if tier else raised(self.cast, tier)
        state = {"": State.REGISTERED, "A": State.RESOLVED, "B": State.ACCEPTED}.get(tier, State.GRADED)
        case = Case(issue.pk, tier, state)
        if tier in TERMS:
            self.count(case, raised_on, TERMS[tier])
        if tier == "A":
            case.resolved_by, case.resolved_on, case.result = "liaison", self.today, "solved"
        case.counted_from = case.counted_from or raised_on
        self.cases.append(case)
        self.check()

    @precondition(lambda self: self.cases)
    @rule(data=st.data())
    def somebody_tries_something(self, data: Any) -> None:
        case = data.draw(st.sampled_from(self.cases), "case")
        action = data.draw(st.sampled_from(sorted(MOVES)), "action")
        name = data.draw(st.sampled_from(sorted(self.cast.people)), "who")
        self.make(case, action, name, data)

    @precondition(lambda self: self.cases)
    @rule(data=st.data())
    def somebody_does_what_they_may(self, data: Any) -> None:
        ways = [
            (number, action, name)
            for number, case in enumerate(self.cases)
            for action in sorted(MOVES)
            for name in sorted(self.cast.people)
            if self.refusal(case, action, name) is None
        ]
        if not ways:
            return
        # By action first: what many may do, and what may be done at any time, would crowd out the rest.
        action = data.draw(st.sampled_from(sorted({way[1] for way in ways})), "action")
        number, _action, name = data.draw(st.sampled_from([way for way in ways if way[1] == action]), "who")
        self.make(self.cases[number], action, name, data)

    @precondition(lambda self: any(case.pending for case in self.cases))
    @rule(data=st.data(), approve=st.booleans())
    def somebody_decides(self, data: Any, approve: bool) -> None:
        waiting = [(number, kind) for number, case in enumerate(self.cases) for kind in sorted(case.pending)]
        number, kind = data.draw(st.sampled_from(waiting), "request")
        case = self.cases[number]
        name = data.draw(st.sampled_from(["office", "home_head", "bureau", case.pending[kind].by]), "who")
        asked, person = case.pending[kind], self.cast.people[name]
        refusal: Refusal = None
        if asked.by == name or not self.may_decide(case, kind, name):
            refusal = NotYourMove
        elif approve:
            refusal = self.obstacle(case, kind, asked)
        self.attempt(lambda: self.decide(case, kind, approve, person), refusal)
        if refusal is None:
            del case.pending[kind]
            if approve:
                self.granted(case, kind, asked)
        self.check()

    def decide(self, case: Case, kind: str, approve: bool, person: Any) -> None:
        request = Issue.objects.get(pk=case.pk).requests.get(kind=kind, state="pending")
        decide(request, approve=approve, note="意见。", actor=person)

    def obstacle(self, case: Case, kind: str, asked: Asked) -> Refusal:
        """Why what was asked for is no longer possible."""
        if kind == "retier":
            if not case.clock:
                return MoveRefused
            return ValidationError if asked.tier == case.tier or self.tier_has_passed(case, asked.tier) else None
        assert asked.until is not None
        if kind == "suspend":
            is_in_hand = case.state in (State.ACCEPTED, State.PLAN_CONFIRMED)
            return None if is_in_hand and asked.until > self.today else MoveRefused
        if case.clock != "statutory" or case.due is None or case.due < self.today or asked.until <= case.due:
            return MoveRefused
        latest = self.calendar.worked_day(self.calendar.seq(case.due) + TERMS[case.tier])
        return MoveRefused if asked.until > latest else None

    def granted(self, case: Case, kind: str, asked: Asked) -> None:
        if kind == "extend":
            assert asked.until is not None
            assert case.counted_from is not None
            case.is_extended, case.due = True, asked.until
            case.days = self.calendar.between(case.counted_from, asked.until) - case.stood
        elif kind == "suspend":
            self.stop(case)
            case.paused, case.state = (case.clock, self.today, case.state), State.SUSPENDED
        else:
            self.stop(case)
            case.tier, case.days, case.due = asked.tier, TERMS[asked.tier], self.by_tier(case, asked.tier)
            case.state = State.ACCEPTED if case.tier == "B" else State.GRADED
            case.given = None
            if case.tier == "B":
                case.lead, case.handler = "home", "liaison"
                case.supports = {each: True for each, answered in case.supports.items() if answered}

    @rule(days=st.integers(0, 9), hour=st.sampled_from([0, 8, 9, 15, 23]), minute=st.sampled_from([0, 31, 59]))
    def time_passes(self, days: int, hour: int, minute: int) -> None:
        day = self.today + timedelta(days=days)
        self.at = max(self.at, datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI))
        with frozen(self.at):
            tick()
        for case in self.cases:
            self.stop(case)
        if self.digest_on != self.today and is_office_hour(self.at, self.calendar):
            self.digest_on = self.today
            self.silence()
        self.check()

    def silence(self) -> None:
        """R39, as the model has it: after five working days asked once more, after ten nobody waits any longer."""
        for case in self.cases:
            if case.state != State.RESOLVED or case.resolved_on is None:
                continue
            silent = self.calendar.between(case.resolved_on, self.today)
            again = case.asked_again_on
            if silent >= 10 and again is not None and self.calendar.between(again, self.today) >= 5:
                case.state, case.word = State.CONFIRMED, "silent"
            elif silent >= 5 and again is None:
                case.asked_again_on = self.today

    # --- making a move and looking at what came of it

    def make(self, case: Case, action: Action, name: str, data: Any) -> None:
        move = MOVES[action]
        prepared = move(self, case, name, data) if self.refusal(case, action, name) is None else None
        issue = Issue.objects.get(pk=case.pk)
        if prepared is None:
            refusal = self.refusal(case, action, name)
            assert refusal is not None
            self.attempt(lambda: ANYHOW[action](self, issue, name), refusal)
        else:
            call, refusal, effect = prepared
            self.attempt(lambda: call(issue), refusal)
            if refusal is None:
                effect()
        self.at += timedelta(minutes=data.draw(st.integers(0, 1), "minutes"))
        self.check()

    def attempt(self, call: Callable[[], Any], refusal: Refusal) -> None:
        before = self.traces()
        with frozen(self.at):
            if refusal is None:
                call()
                return
            with pytest.raises(ValidationError) as answer:
                call()
        assert type(answer.value) is refusal, answer.value
        assert answer.value.messages[0]
        assert self.traces() == before

    def traces(self) -> list[Any]:
        versions = Issue.objects.order_by("pk").values_list("pk", "version")
        return [Event.objects.count(), Deadline.objects.count(), list(versions)]

    def check(self) -> None:
        names = {person.pk: name for name, person in self.cast.people.items()}
        units = {unit.pk: name for name, unit in self.cast.units.items()}
        found = {issue.pk: issue for issue in Issue.objects.select_related("plan")}
        for case in self.cases:
            issue = found[case.pk]
            case.hands.add(case.handler)
            assert (issue.state, issue.tier, units[issue.lead_unit_id], names[issue.handler_id]) == (
                case.state,
                case.tier,
                case.lead,
                case.handler,
            )
            assert (issue.due_on, issue.clock_due_on) == (case.due, case.clock_due)
            assert (issue.reopened_count, issue.merged_into_id) == (case.rounds, case.merged_into)
            is_solved = case.word in ("platform", "spoken", "follow_up") and case.result == "solved"
            assert (issue.result, issue.confirmation, issue.is_confirmed_solved) == (case.result, case.word, is_solved)
            # What is late and runs is noted by the next scan, or by the move that stops it.
            assert issue.breached_on == case.late_since
        with frozen(self.at):
            assert [finding.sentence for finding in reconcile_issues()] == []


# --- the moves: what is called, whether its values will do, and what it does to the model

Move = tuple[Callable[[Issue], Any], Refusal, Callable[[], None]]


def _effect(**changes: Any) -> Callable[[Case], Callable[[], None]]:
    def on(case: Case) -> Callable[[], None]:
        def apply() -> None:
            for name, value in changes.items():
                setattr(case, name, value)

        return apply

    return on


def _grade(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    tier, actor = data.draw(st.sampled_from("ABCD"), "tier"), machine.cast.people[name]

    def effect() -> None:
        case.tier = tier
        if tier == "A":
            case.state, case.result, case.resolved_on = State.RESOLVED, "solved", machine.today
            case.resolved_by = name
            return
        assert case.counted_from is not None
        machine.count(case, case.counted_from, TERMS[tier])
        case.state = State.ACCEPTED if tier == "B" else State.GRADED

    answer = "按办事指南第3条。" if tier == "A" else ""
    return lambda issue: grade(issue, tier=tier, answer=answer, actor=actor), None, effect


def _refer(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    unit = data.draw(st.sampled_from(["lead", "other", "home"]), "unit")
    asked = [each for each in data.draw(st.sets(st.sampled_from(["support", "other"])), "supports") if each != unit]
    actor, units = machine.cast.people[name], machine.cast.units

    def effect() -> None:
        is_final = case.given is not None and case.given.is_final
        case.state, case.lead, case.given = State.ASSIGNED, unit, Given(unit, machine.today, is_final)
        # Who was asked before and has not answered is released, or asked still.
        case.supports = {each: answered for each, answered in case.supports.items() if answered or each in asked}
        for each in asked:
            case.supports.setdefault(each, False)
        machine.lead_alone(case)

    refusal = ValidationError if unit == case.lead and case.state == State.ACCEPTED else None
    supports = [units[each] for each in sorted(asked)]
    return lambda issue: refer(issue, unit=units[unit], supports=supports, actor=actor), refusal, effect


def _sign(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    return (
        lambda issue: sign_for(issue, actor=machine.cast.people[name]),
        None,
        _effect(state=State.ACCEPTED, handler=name)(case),
    )


def _return(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    def effect() -> None:
        machine.stop(case)
        case.state, case.given = State.RETURNED, None

    return lambda issue: give_back(issue, reason="不属于。", actor=machine.cast.people[name]), None, effect


def _reassign(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    unit = data.draw(st.sampled_from(["lead", "other", "home"]), "unit")
    actor = machine.cast.people[name]

    def effect() -> None:
        case.state, case.lead, case.given = State.ASSIGNED, unit, Given(unit, machine.today, is_final=True)
        machine.lead_alone(case)

    return lambda issue: reassign(issue, unit=machine.cast.units[unit], reason="裁定。", actor=actor), None, effect


def _plan(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    promised = machine.today + timedelta(days=data.draw(st.integers(0, 40), "promised"))

    def call(issue: Issue) -> Any:
        said: dict[str, Any] = {
            "text": "分两批。",
            "unit": issue.lead_unit,
            "person": "周工",
            "told_platform_on": machine.today,
        }
        return confirm_plan(issue, **said, promised_on=promised, actor=machine.cast.people[name])

    def effect() -> None:
        machine.stop(case)
        machine.sign_by_acting(case, name)
        case.state, case.promised = State.PLAN_CONFIRMED, promised
        case.pending.pop("extend", None)

    return call, None, effect


def _move_plan(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    promised = machine.today + timedelta(days=data.draw(st.integers(0, 40), "promised"))
    actor = machine.cast.people[name]
    refusal = ValidationError if promised == case.promised else None
    return (
        lambda issue: move_plan(issue, promised_on=promised, reason="晚到。", actor=actor),
        refusal,
        _effect(promised=promised)(case),
    )


def _resolve(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    result = data.draw(st.sampled_from(["solved", "partly"]), "result")
    is_said = result == "solved" and name == "liaison" and data.draw(st.booleans(), "said")

    def effect() -> None:
        machine.stop(case)
        machine.sign_by_acting(case, name)
        case.state, case.result = State.RESOLVED, result
        case.resolved_by, case.resolved_on = name, machine.today
        case.hands.add(name)
        case.pending.clear()
        if is_said:
            case.state, case.word = State.CONFIRMED, "spoken"

    actor = machine.cast.people[name]
    return (
        lambda issue: resolve(issue, result=result, reply="办了。", is_confirmed_solved=is_said, actor=actor),
        None,
        effect,
    )


def _confirm(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    effect = _effect(state=State.CONFIRMED, word="platform" if name == "contact" else "spoken")
    return lambda issue: confirm(issue, actor=machine.cast.people[name]), None, effect(case)


def _reopen(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    def effect() -> None:
        if case.tier == "A":
            case.tier = "B"
        machine.count(case, machine.today, TERMS[case.tier])
        case.state, case.rounds, case.is_extended = State.ACCEPTED, case.rounds + 1, False
        case.result = case.word = ""
        case.asked_again_on = None
        case.supports = {}

    return lambda issue: reopen(issue, reason="没有好。", actor=machine.cast.people[name]), None, effect


def _follow_up(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    is_true, actor = data.draw(st.booleans(), "is it true"), machine.cast.people[name]
    redo = _reopen(machine, case, name, data)[2]

    def effect() -> None:
        case.is_called = True
        if not is_true:
            redo()
        elif case.word in ("", "silent"):
            case.word = "follow_up"
        if case.state == State.RESOLVED:
            case.state = State.CONFIRMED

    return lambda issue: follow_up(issue, is_true=is_true, words="陈主任接的电话。", actor=actor), None, effect


def _close(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    return lambda issue: close(issue, actor=machine.cast.people[name]), None, _effect(state=State.CLOSED)(case)


def _extend(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    calendar = machine.calendar
    assert case.due is not None
    more = data.draw(st.integers(1, TERMS[case.tier]), "more")
    until = calendar.worked_day(calendar.seq(case.due) + more)
    effect = _effect(pending={**case.pending, "extend": Asked(name, until=until)})
    actor = machine.cast.people[name]
    return lambda issue: ask_for_extension(issue, until=until, reason="等评审。", actor=actor), None, effect(case)


def _suspend(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    day, actor = machine.today + timedelta(days=30), machine.cast.people[name]
    effect = _effect(pending={**case.pending, "suspend": Asked(name, until=day)})
    return lambda issue: ask_for_suspension(issue, review_on=day, reason="等材料。", actor=actor), None, effect(case)


def _resume(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    def effect() -> None:
        assert case.paused is not None
        clock, began, before = case.paused
        back = machine.calendar.between(began, machine.today)
        if clock == "statutory":
            assert case.counted_from is not None
            case.stood += back
            case.due = machine.due(case.counted_from, case.days + case.stood)
        elif back:
            assert case.promised is not None
            case.promised = machine.calendar.worked_day(machine.calendar.seq(case.promised) + back)
        case.state, case.paused = before, None

    return lambda issue: resume(issue, actor=machine.cast.people[name]), None, effect


def _retier(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    tier = data.draw(st.sampled_from([each for each in TERMS if each != case.tier]), "tier")
    effect = _effect(pending={**case.pending, "retier": Asked(name, tier=tier)})
    refusal = ValidationError if machine.tier_has_passed(case, tier) else None
    actor = machine.cast.people[name]
    return lambda issue: ask_for_tier(issue, tier=tier, reason="换类。", actor=actor), refusal, effect(case)


def _merge(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    target = data.draw(st.sampled_from(machine.cases), "target")

    def effect() -> None:
        machine.leave(case, State.MERGED)
        for each in machine.cases:
            if each.merged_into == case.pk:
                each.merged_into = target.pk
        case.merged_into = target.pk

    will_do = target is not case and target.state in UNRESOLVED
    actor = machine.cast.people[name]
    return (
        lambda issue: merge(issue, target=Issue.objects.get(pk=target.pk), actor=actor),
        None if will_do else ValidationError,
        effect,
    )


def _withdraw(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    actor = machine.cast.people[name]
    return (
        lambda issue: withdraw(issue, reason="不再需要。", actor=actor),
        None,
        lambda: machine.leave(case, State.WITHDRAWN),
    )


def _remind(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    return lambda issue: remind(issue, text="请抓紧。", actor=machine.cast.people[name]), None, _effect()(case)


def _supervise(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    day, actor = machine.due(machine.today, 2), machine.cast.people[name]
    effect = _effect(is_supervised=True)
    return lambda issue: supervise(issue, text="请说明。", reply_by=day, actor=actor), None, effect(case)


def _answer_supervision(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    actor = machine.cast.people[name]
    return (
        lambda issue: answer_supervision(issue, reply="在办。", actor=actor),
        None,
        _effect(is_supervised=False)(case),
    )


def _answer_support(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    agrees, actor = data.draw(st.booleans(), "agrees"), machine.cast.people[name]
    effect = _effect(supports={**case.supports, UNIT_OF[name]: True})
    return lambda issue: answer_support(issue, answer="意见。", agrees=agrees, actor=actor), None, effect(case)


def _edit(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    actor = machine.cast.people[name]
    return (
        lambda issue: edit(issue, version=issue.version, text=f"{issue.text[:40]}改", actor=actor),
        None,
        _effect()(case),
    )


def _review(machine: Workflow, case: Case, name: str, data: Any) -> Move:
    raise AssertionError("the calendar does not change here")


MOVES: dict[Action, Callable[[Workflow, Case, str, Any], Move]] = {
    Action.GRADE: _grade,
    Action.REFER: _refer,
    Action.SIGN: _sign,
    Action.RETURN: _return,
    Action.REASSIGN: _reassign,
    Action.PLAN: _plan,
    Action.MOVE_PLAN: _move_plan,
    Action.RESOLVE: _resolve,
    Action.CONFIRM: _confirm,
    Action.REOPEN: _reopen,
    Action.FOLLOW_UP: _follow_up,
    Action.CLOSE: _close,
    Action.EXTEND: _extend,
    Action.SUSPEND: _suspend,
    Action.RESUME: _resume,
    Action.RETIER: _retier,
    Action.MERGE: _merge,
    Action.WITHDRAW: _withdraw,
    Action.REMIND: _remind,
    Action.SUPERVISE: _supervise,
    Action.ANSWER_SUPERVISION: _answer_supervision,
    Action.ANSWER_SUPPORT: _answer_support,
    Action.REVIEW: _review,
    Action.EDIT: _edit,
}

FAR = date(2034, 1, 4)
# The same with values that would do, for those who may not: the refusal comes first whatever they say.
ANYHOW: dict[Action, Callable[[Workflow, Issue, str], Any]] = {
    Action.GRADE: lambda m, i, n: grade(i, tier="C", actor=m.cast.people[n]),
    Action.REFER: lambda m, i, n: refer(i, unit=m.cast.other, actor=m.cast.people[n]),
    Action.SIGN: lambda m, i, n: sign_for(i, actor=m.cast.people[n]),
    Action.RETURN: lambda m, i, n: give_back(i, reason="不属于。", actor=m.cast.people[n]),
    Action.REASSIGN: lambda m, i, n: reassign(i, unit=m.cast.other, reason="裁定。", actor=m.cast.people[n]),
    Action.PLAN: lambda m, i, n: confirm_plan(
        i,
        text="分两批。",
        unit=i.lead_unit,
        person="周工",
        promised_on=FAR,
        told_platform_on=m.today,
        actor=m.cast.people[n],
    ),
    Action.MOVE_PLAN: lambda m, i, n: move_plan(i, promised_on=FAR, reason="晚到。", actor=m.cast.people[n]),
    Action.RESOLVE: lambda m, i, n: resolve(i, result="solved", reply="办了。", actor=m.cast.people[n]),
    Action.CONFIRM: lambda m, i, n: confirm(i, actor=m.cast.people[n]),
    Action.REOPEN: lambda m, i, n: reopen(i, reason="没有好。", actor=m.cast.people[n]),
    Action.FOLLOW_UP: lambda m, i, n: follow_up(i, is_true=False, words="没有好。", actor=m.cast.people[n]),
    Action.CLOSE: lambda m, i, n: close(i, actor=m.cast.people[n]),
    Action.EXTEND: lambda m, i, n: ask_for_extension(i, until=FAR, reason="等评审。", actor=m.cast.people[n]),
    Action.SUSPEND: lambda m, i, n: ask_for_suspension(
        i, review_on=m.today + timedelta(days=30), reason="等材料。", actor=m.cast.people[n]
    ),
    Action.RESUME: lambda m, i, n: resume(i, actor=m.cast.people[n]),
    Action.RETIER: lambda m, i, n: ask_for_tier(
        i, tier="D" if i.tier != "D" else "C", reason="换类。", actor=m.cast.people[n]
    ),
    Action.MERGE: lambda m, i, n: merge(i, target=i, actor=m.cast.people[n]),
    Action.WITHDRAW: lambda m, i, n: withdraw(i, reason="不再需要。", actor=m.cast.people[n]),
    Action.REMIND: lambda m, i, n: remind(i, text="请抓紧。", actor=m.cast.people[n]),
    Action.SUPERVISE: lambda m, i, n: supervise(i, text="请说明。", reply_by=FAR, actor=m.cast.people[n]),
    Action.ANSWER_SUPERVISION: lambda m, i, n: answer_supervision(i, reply="在办。", actor=m.cast.people[n]),
    Action.ANSWER_SUPPORT: lambda m, i, n: answer_support(i, answer="意见。", agrees=True, actor=m.cast.people[n]),
    Action.REVIEW: lambda m, i, n: review_deadline(i, keep=True, reason="按原日期。", actor=m.cast.people[n]),
    Action.EDIT: lambda m, i, n: edit(i, version=i.version, text="改", actor=m.cast.people[n]),
}


@pytest.mark.django_db
def test_whatever_people_try_the_table_holds_and_the_books_balance():
    run_state_machine_as_test(
        Workflow,
        settings=settings(
            max_examples=EXAMPLES or 10,
            stateful_step_count=40,
            derandomize=not EXAMPLES,
            print_blob=True,
            database=None,
            deadline=None,
            # To shrink a failure takes minutes: that is for the one who looks for it.
            phases=(Phase.generate, Phase.shrink) if EXAMPLES else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
