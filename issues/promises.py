"""What people owe an issue by a day besides its clocks, and have not done: whoever owes it is told once
(R32 a return decided, R33 a supporting unit's answer, R42 a supervision's reply, R45 a call)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Role, User
from config.clock import on_date
from issues.deadlines import ClockKeeper
from issues.levels import Yardstick
from issues.models import DONE, FollowUp, HandlingRule, Issue, Referral, State, Supervision, SupportPart
from issues.services.moves import inform
from issues.services.referral import deciders_of_return, people_of
from issues.services.supervision import responsible_for
from issues.workflow import TABLE, Action
from notices.models import Notice, NoticeKind

# One morning's share; what is left over is found the next time.
MOST = 500


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing that is late: `what` it is (notices.sentences.PROMISES), `by` which day, and who owes it."""

    what: str
    pk: int
    issue: Issue
    by: date
    people: Iterable[User]


def remind_of_promises(yardstick: Yardstick) -> int:
    """Tells whoever is late, once for each thing owed; how many somebody heard of. Running it again adds nothing."""
    told = 0
    for owed in (*_supports(yardstick), *_returns(yardstick), *_supervisions(yardstick), *_calls(yardstick)):
        people = {person.pk: person for person in owed.people}.values()
        inform(
            people,
            owed.issue,
            ClockKeeper(owed.issue, None, yardstick),
            kind=NoticeKind.PROMISE,
            cause=f"late-{owed.what}/{owed.pk}",
            what=owed.what,
            by=owed.by.isoformat(),
        )
        told += bool(people)
    return told


def _untold(what: str, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    cause = Concat(Value(f"late-{what}/"), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    related = rows.select_related("issue__handler", "issue__lead_unit", "issue__home_unit").order_by("pk")
    return related.exclude(Exists(Notice.objects.filter(cause=cause)))[:MOST]


def _supports(yardstick: Yardstick) -> Iterator[Owed]:
    waiting = SupportPart.objects.filter(answered_at=None, released_at=None, due_on__lt=yardstick.today)
    waiting = waiting.filter(issue__state__in=TABLE[Action.ANSWER_SUPPORT].sources).select_related("unit")
    for part in _untold("support", waiting):
        yield Owed("support", part.pk, part.issue, part.due_on, [*people_of(part.unit), part.issue.handler])


def _returns(yardstick: Yardstick) -> Iterator[Owed]:
    within = HandlingRule.in_force(yardstick.today).return_decided_within
    returned = Referral.objects.filter(returned_by__isnull=False, issue__state=State.RETURNED)
    # The newest return alone waits; an older one was decided.
    newest = returned.order_by("issue", "-pk").distinct("issue").values("pk")
    for referral in _untold("return", returned.filter(pk__in=newest)):
        by = yardstick.calendar_of(referral.issue.calendar_id).due(on_date(referral.ended_at), within).on
        if by < yardstick.today:
            yield Owed("return", referral.pk, referral.issue, by, deciders_of_return(referral.issue))


def _supervisions(yardstick: Yardstick) -> Iterator[Owed]:
    waiting = Supervision.objects.filter(replied_at=None, reply_by__lt=yardstick.today)
    waiting = waiting.filter(issue__state__in=TABLE[Action.ANSWER_SUPERVISION].sources).select_related("ordered_by")
    for order in _untold("supervision", waiting):
        people = [*responsible_for(order.issue), order.ordered_by]
        yield Owed("supervision", order.pk, order.issue, order.reply_by, people)


def _calls(yardstick: Yardstick) -> Iterator[Owed]:
    waiting = FollowUp.objects.filter(called_at=None, call_by__lt=yardstick.today, issue__state__in=DONE)
    office = list(User.objects.filter(role=Role.COMMISSION_OFFICE, is_active=True))
    for call in _untold("call", waiting):
        yield Owed("call", call.pk, call.issue, call.call_by, office)
