"""The table of transitions against DOMAIN §3, and every action, state and person against the table."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from config.clock import frozen, now, today
from issues.models import CLOCKED_TIERS, Issue, State, Supervision, SupportPart, Tier
from issues.parties import Party
from issues.services import (
    answer_supervision,
    answer_support,
    ask_for_extension,
    ask_for_suspension,
    ask_for_tier,
    close,
    confirm,
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
    take_as_unanswered,
    withdraw,
)
from issues.services.confirming import ask_again
from issues.workflow import TABLE, Action, MoveRefused, NotYourMove, parties_of
from issues.workflow.table import ROWS
from notices.models import Notice
from tests.issues.acts import fresh
from tests.issues.cast import Cast, in_state, make_cast, parties_at, planned, raised, rolled_back, supported

pytestmark = pytest.mark.django_db

# DOMAIN §3, read once more: action, from, to, and who by tier (one word for every tier, or B / C / D).
OPEN = "graded assigned accepted returned"
DOMAIN = {
    "register": ("", "registered graded accepted resolved confirmed", "officer bureau contact client"),
    "grade": ("registered", "graded accepted resolved", "officer office"),
    "refer": ("graded accepted", "assigned", "officer home_head / office / office"),
    "sign": ("assigned", "accepted", "lead"),
    "return": ("assigned accepted", "returned", "lead_head"),
    "reassign": ("returned", "assigned", "home_head / office / office"),
    "plan": ("accepted", "plan_confirmed", "lead / lead_head / lead_head office"),
    "promise": ("plan_confirmed", "", "lead / lead_head / lead_head office"),
    "resolve": ("accepted plan_confirmed", "resolved confirmed", "lead / lead / lead office"),
    "confirm": ("resolved", "confirmed", "contact officer"),
    "silence": ("resolved", "confirmed", "system"),
    "reopen": ("resolved confirmed closed", "accepted", "contact officer bureau office"),
    "follow-up": ("resolved confirmed closed", "confirmed closed accepted", "bureau office"),
    "close": ("confirmed", "closed", "home_head / office / office"),
    "extend": (OPEN, "", "lead / lead / lead office"),
    "suspend": ("accepted plan_confirmed", "suspended", "lead / lead / lead office"),
    "resume": ("suspended", "accepted plan_confirmed", "lead office"),
    "tier": (
        f"{OPEN} plan_confirmed",
        "graded accepted",
        "officer lead bureau / officer lead bureau / officer lead bureau office",
    ),
    "merge": (f"registered {OPEN} plan_confirmed suspended", "merged", "bureau office"),
    "withdraw": (f"registered {OPEN}", "withdrawn", "contact officer"),
    "remind": (f"registered {OPEN} plan_confirmed suspended", "", "office bureau"),
    "supervise": (f"registered {OPEN} plan_confirmed suspended", "", "office"),
    "supervision": (f"registered {OPEN} plan_confirmed suspended resolved confirmed", "", "lead"),
    "support": ("assigned accepted plan_confirmed suspended", "", "support"),
    "review": (OPEN, "", "bureau office"),
    "edit": (f"registered {OPEN} plan_confirmed suspended", "", "officer bureau"),
}


@pytest.mark.parametrize("action", Action.values)
def test_the_table_says_what_domain_says(action):
    row, (sources, targets, who) = TABLE[Action(action)], DOMAIN[action]
    assert set(row.sources) == set(sources.split())
    assert set(row.targets) == set(targets.split())
    by_tier = who.split(" / ") if "/" in who else [who] * 3
    assert [set(row.who[tier]) for tier in CLOCKED_TIERS] == [set(words.split()) for words in by_tier]


def test_of_what_differs_by_tier_a_knows_the_close_alone():
    differing = [row for row in ROWS if len({row.who[tier] for tier in CLOCKED_TIERS}) > 1]
    assert {row.action: row.who[Tier.A] for row in differing if row.who[Tier.A]} == {Action.CLOSE: (Party.HOME_HEAD,)}
    assert all(row.who[""] == () for row in differing)


def test_every_action_has_one_row_and_every_state_a_way_in():
    assert sorted(row.action for row in ROWS) == sorted(Action.values)
    ways_in = {target for row in ROWS for target in row.targets}
    assert ways_in == set(State)
    ways_out = {source for row in ROWS if row.targets for source in row.sources}
    assert set(State) - ways_out == {State.MERGED, State.WITHDRAWN}


# --- every action, in every state, by everybody

# Every state, with the tiers between which the table tells apart there.
PLACES = [
    (State.REGISTERED, ""),
    (State.GRADED, "C"),
    *((State.ASSIGNED, tier) for tier in "CD"),
    *((State.ACCEPTED, tier) for tier in "BCD"),
    *((State.RETURNED, tier) for tier in "BD"),
    *((State.PLAN_CONFIRMED, tier) for tier in "BC"),
    *((State.SUSPENDED, tier) for tier in "BC"),
    *((State.RESOLVED, tier) for tier in "AC"),
    *((State.CONFIRMED, tier) for tier in "AD"),
    (State.CLOSED, "B"),
    (State.MERGED, ""),
    (State.WITHDRAWN, "C"),
]
assert {state for state, _tier in PLACES} == set(State)
Act = Callable[[Issue, User, Cast], Any]


def _another(issue: Issue) -> str:
    return "D" if issue.tier != "D" else "C"


def _day(working_days: int) -> date:
    """Far enough for every term, and a working day."""
    return date(2026, 12, 1) + timedelta(days=working_days)


ACTS: dict[Action, Act] = {
    Action.GRADE: lambda issue, actor, cast: grade(issue, tier="C", nature="cross_unit", actor=actor),
    Action.REFER: lambda issue, actor, cast: refer(issue, unit=cast.other, actor=actor),
    Action.SIGN: lambda issue, actor, cast: sign_for(issue, actor=actor),
    Action.RETURN: lambda issue, actor, cast: give_back(issue, reason="不属于本单位职责。", actor=actor),
    Action.REASSIGN: lambda issue, actor, cast: reassign(issue, unit=cast.other, reason="职责所在。", actor=actor),
    Action.PLAN: lambda issue, actor, cast: planned(issue, actor=actor),
    Action.MOVE_PLAN: lambda issue, actor, cast: move_plan(
        issue, promised_on=_day(0), reason="设备晚到。", actor=actor
    ),
    Action.RESOLVE: lambda issue, actor, cast: resolve(issue, result="partly", reply="先办了一半。", actor=actor),
    Action.CONFIRM: lambda issue, actor, cast: confirm(issue, actor=actor),
    Action.REOPEN: lambda issue, actor, cast: reopen(issue, reason="还是进不了场。", actor=actor),
    Action.FOLLOW_UP: lambda issue, actor, cast: follow_up(issue, is_true=True, words="陈主任：属实。", actor=actor),
    Action.CLOSE: lambda issue, actor, cast: close(issue, actor=actor),
    Action.EXTEND: lambda issue, actor, cast: ask_for_extension(
        issue, until=(issue.due_on or today()) + timedelta(days=7), reason="等评审会。", actor=actor
    ),
    Action.SUSPEND: lambda issue, actor, cast: ask_for_suspension(
        issue, review_on=today() + timedelta(days=30), reason="等材料。", actor=actor
    ),
    Action.RESUME: lambda issue, actor, cast: resume(issue, actor=actor),
    Action.RETIER: lambda issue, actor, cast: ask_for_tier(issue, tier=_another(issue), reason="提级。", actor=actor),
    Action.MERGE: lambda issue, actor, cast: merge(issue, target=Issue.objects.filter(text="目标").get(), actor=actor),
    Action.WITHDRAW: lambda issue, actor, cast: withdraw(issue, reason="不再需要。", actor=actor),
    Action.REMIND: lambda issue, actor, cast: remind(issue, text="请抓紧。", actor=actor),
    Action.SUPERVISE: lambda issue, actor, cast: supervise(issue, text="请说明。", reply_by=_day(0), actor=actor),
    Action.ANSWER_SUPERVISION: lambda issue, actor, cast: answer_supervision(issue, reply="正在办。", actor=actor),
    Action.ANSWER_SUPPORT: lambda issue, actor, cast: answer_support(
        issue, answer="无不同意见。", agrees=True, actor=actor
    ),
    Action.REVIEW: lambda issue, actor, cast: review_deadline(issue, keep=True, reason="按原日期。", actor=actor),
    Action.EDIT: lambda issue, actor, cast: edit(issue, version=issue.version, text="改正的内容", actor=actor),
}
# The system's own move has no actor; registering begins an issue.
assert set(Action) - set(ACTS) == {Action.SILENCE, Action.REGISTER}


def test_t9_what_another_unit_leads_is_not_the_officers_to_resolve_or_plan(db):
    """B is the matter of the officer's own unit (R30); given to another it is that unit's, until it comes back."""
    cast = make_cast()
    own, given = raised(cast, "B"), raised(cast, "B")
    refer(given, unit=cast.lead, actor=cast.liaison)
    sign_for(given, actor=cast.lead_clerk)
    for action in (Action.RESOLVE, Action.PLAN, Action.EXTEND, Action.SUSPEND):
        with pytest.raises(NotYourMove), rolled_back():
            ACTS[action](fresh(given), cast.liaison, cast)
        with rolled_back():
            ACTS[action](fresh(own), cast.liaison, cast)


def prepare(cast: Cast, issue: Issue, action: Action) -> Issue:
    """What the guard of an action asks for besides state and person."""
    if action == Action.ANSWER_SUPERVISION:
        Supervision.objects.create(
            issue=issue, text="请说明。", reply_by=_day(0), ordered_by=cast.office, ordered_at=now()
        )
    elif action == Action.ANSWER_SUPPORT and not issue.supports.filter(answered_at=None).exists():
        issue.supports.all().delete()
        SupportPart.objects.create(issue=issue, unit=cast.support, asked_at=now(), due_on=_day(0))
    elif action == Action.RESOLVE and issue.state in (*TABLE[action].sources, State.ASSIGNED):
        return supported(cast, issue)
    elif action == Action.REVIEW:
        Issue.objects.filter(pk=issue.pk).update(needs_review=True)
    return fresh(issue)


def expected(cast: Cast, issue: Issue, action: Action, name: str) -> type[MoveRefused] | None:
    """How the table answers, None where it allows it."""
    row, parties = TABLE[action], parties_at(cast, issue, name)
    who = set(row.who[issue.tier])
    if who and not who & parties:
        return NotYourMove
    by_signing = row.signs and issue.state == State.ASSIGNED and Party.LEAD in parties
    if not who or not (issue.state in row.sources or by_signing):
        return MoveRefused
    if action == Action.RETURN and not issue.referrals.exists():
        return MoveRefused  # its own unit's matter was given by nobody
    return None


def one_of_each(cast: Cast, issue: Issue) -> dict[str, User]:
    """Of those who are the same to the issue the first; what everybody is to it is as the tests say."""
    found: dict[frozenset[Party], str] = {}
    for name, person in cast.people.items():
        parties = parties_of(issue, person)
        assert parties == parties_at(cast, issue, name), name
        found.setdefault(parties, name)
    return {name: cast.people[name] for name in found.values()}


def all_of(issue: Issue) -> list[Any]:
    """Every row that a move may write."""
    related = ("events", "deadlines", "alarms", "referrals", "supports", "requests", "suspensions", "supervisions")
    rows = [Issue.objects.filter(pk=issue.pk).values().get()]
    return [*rows, *(list(getattr(issue, name).order_by("pk").values()) for name in related), Notice.objects.count()]


@pytest.mark.parametrize(("state", "tier"), PLACES, ids=lambda value: str(value) or "ungraded")
def test_everybody_may_in_every_state_what_the_table_says_and_nothing_else(state, tier):
    cast = make_cast()
    target = in_state(cast, State.ACCEPTED, "B")
    Issue.objects.filter(pk=target.pk).update(text="目标")
    issue = in_state(cast, state, tier)
    allowed = set()
    for action, act in ACTS.items():
        with rolled_back():
            ready = prepare(cast, issue, action)
            before = all_of(ready)
            for name, person in one_of_each(cast, ready).items():
                refusal = expected(cast, ready, action, name)
                if refusal is None:
                    allowed.add(action)
                    with rolled_back():
                        act(fresh(issue), person, cast)
                        check_outcome(ready, action)
                    continue
                with pytest.raises(MoveRefused) as answer:
                    act(fresh(issue), person, cast)
                assert type(answer.value) is refusal, (action, name, answer.value)
                assert said_of(ready, action, refusal) in answer.value.messages[0], (action, name)
            assert all_of(ready) == before, action
    ways = {row.action for row in ROWS if state in row.sources} - {Action.SILENCE}
    assert allowed - {Action.PLAN, Action.RESOLVE} <= ways


def check_outcome(before: Issue, action: Action) -> None:
    """The state is one of those the table names, and the events say how it came to be."""
    row, after = TABLE[action], fresh(before)
    asks = action in (Action.SUSPEND, Action.RETIER)  # the state changes with the approval
    assert after.state in (row.targets if row.targets and not asks else (before.state,)), action
    assert after.version > before.version, action
    newest = after.events.order_by("-pk").first()
    assert newest is not None
    assert newest.kind in row.events, action
    assert newest.after == after.state, action


def said_of(issue: Issue, action: Action, refusal: type[MoveRefused]) -> str:
    """What a refusal has to name: those who may, or the state."""
    row = TABLE[action]
    if refusal is NotYourMove:
        return _("这一步由%(who)s办理。") % {"who": "、".join(str(party.label) for party in row.who[issue.tier])}
    if action == Action.RETURN and issue.state == State.ACCEPTED:
        return "这个问题没有交办给别的单位，不能退回。"
    return _("这个问题现在是“%(state)s”，不能%(action)s。") % {
        "state": issue.get_state_display(),
        "action": action.label,
    }


@pytest.mark.parametrize(("state", "tier"), dict(PLACES).items(), ids=lambda value: str(value) or "ungraded")
def test_t11_only_what_is_resolved_is_ever_taken_as_unanswered(state, tier):
    issue = in_state(make_cast(), state, tier)
    if state == State.RESOLVED:
        with frozen("2026-10-22T09:00"):
            ask_again(issue)
    with frozen("2026-11-20T09:00"):
        if state != State.RESOLVED:
            with pytest.raises(MoveRefused, match=f"现在是“{issue.get_state_display()}”，不能按未反馈办理"):
                take_as_unanswered(issue)
            return
        assert take_as_unanswered(issue).state == State.CONFIRMED


def test_what_is_typed_wrong_leaves_nothing_half_written():
    """Each service refuses after its lock and its look: what is wrong is said, and no row has changed."""
    cast = make_cast()
    wrong: list[tuple[State, str, str, Callable[[Issue, User], Any], str]] = [
        (State.REGISTERED, "", "liaison", lambda i, a: grade(i, tier="E", actor=a), "tier"),
        (State.REGISTERED, "", "liaison", lambda i, a: grade(i, tier="A", actor=a), "answer"),
        (State.REGISTERED, "", "liaison", lambda i, a: grade(i, tier="B", nature="no", actor=a), "nature"),
        (
            State.GRADED,
            "C",
            "office",
            lambda i, a: refer(i, unit=cast.home, supports=[cast.home], actor=a),
            "supports",
        ),
        (State.ASSIGNED, "C", "lead_head", lambda i, a: give_back(i, reason=" ", actor=a), "reason"),
        (
            State.ASSIGNED,
            "C",
            "lead_head",
            lambda i, a: give_back(i, reason="x", suggested_unit=cast.lead, actor=a),
            "suggested_unit",
        ),
        (State.RETURNED, "C", "office", lambda i, a: reassign(i, unit=cast.other, reason="", actor=a), "reason"),
        (
            State.ASSIGNED,
            "C",
            "support_clerk",
            lambda i, a: answer_support(i, answer=" ", agrees=True, actor=a),
            "answer",
        ),
        (State.RESOLVED, "A", "contact", lambda i, a: reopen(i, reason=" ", actor=a), "reason"),
        (State.GRADED, "C", "contact", lambda i, a: withdraw(i, reason=" ", actor=a), "reason"),
        (State.GRADED, "C", "office", lambda i, a: supervise(i, text=" ", reply_by=_day(0), actor=a), "text"),
        (
            State.GRADED,
            "C",
            "office",
            lambda i, a: supervise(i, text="x", reply_by=date(2026, 10, 14), actor=a),
            "reply_by",
        ),
        (
            State.GRADED,
            "C",
            "office",
            lambda i, a: supervise(i, text="x", reply_by=date(2026, 10, 17), actor=a),
            "reply_by",
        ),
        (State.GRADED, "C", "bureau", lambda i, a: merge(i, target=i, actor=a), "target"),
        (State.GRADED, "C", "liaison", lambda i, a: edit(i, version=i.version, text=" ", actor=a), "text"),
        (
            State.PLAN_CONFIRMED,
            "B",
            "liaison",
            lambda i, a: move_plan(i, promised_on=i.clock_due_on or today(), reason="x", actor=a),
            "promised_on",
        ),
        (State.ACCEPTED, "B", "liaison", lambda i, a: resolve(i, result="", reply="x", actor=a), "result"),
        (State.CLOSED, "C", "office", lambda i, a: follow_up(i, is_true=False, words=" ", actor=a), "words"),
    ]
    for state, tier, name, act, field in wrong:
        issue = in_state(cast, state, tier)
        before = all_of(issue)
        with pytest.raises(ValidationError) as refusal:
            act(fresh(issue), cast.people[name])
        assert not isinstance(refusal.value, MoveRefused), field
        assert list(refusal.value.message_dict) == [field]
        assert all_of(issue) == before, field
