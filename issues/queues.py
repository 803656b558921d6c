"""What waits for one person at each step: the figures of the workbench and the lists they open."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Unit, UnitKind, User
from accounts.scope import heads_above
from config.clock import today
from issues.levels import Yardstick
from issues.models import (
    DONE,
    ON_STATUTORY_CLOCK,
    UNRESOLVED,
    Event,
    FollowUp,
    HandlerChange,
    HandlingRule,
    Issue,
    IssueQuerySet,
    Referral,
    Request,
    RequestKind,
    RequestState,
    Round,
    State,
    Supervision,
    SupportPart,
    Suspension,
    Tier,
)
from issues.parties import RESOLVING
from issues.workflow import TABLE, Action
from platforms.models import Platform


class Queue(models.TextChoices):
    """The steps, in the order in which an issue meets them."""

    GRADE = "grade", _("待定级")
    REFER = "refer", _("待交办")
    SIGN = "sign", _("待签收")
    RETURN = "return", _("退回待裁定")
    SUPPORT = "support", _("待答复协办")
    DECIDE = "decide", _("待审批")
    SUPERVISE = "supervise", _("宜督办")
    SUPERVISION = "supervision", _("督办待回复")
    SUSPENSION = "suspension", _("挂账待复查")
    WORD = "word", _("待平台确认")
    FOLLOW_UP = "follow-up", _("待回访")
    CLOSE = "close", _("待销号")


UNIT_ROLES = (Role.UNIT_HEAD, Role.CLERK)


def waiting_for(user: User, queue: str) -> IssueQuerySet:
    """The issues of a queue that wait for `user`; none where the step is somebody else's."""
    rows = QUEUES[Queue(queue)](user)
    return Issue.objects.none() if rows is None else Issue.objects.visible_to(user).filter(rows)


def queues_of(user: User) -> list[Queue]:
    """The queues that can hold something for this person."""
    return [queue for queue in Queue if QUEUES[queue](user) is not None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One queue of a person and how many wait in it."""

    queue: Queue
    label: Promise
    count: int


def counts_for(user: User) -> list[Waiting]:
    """Those that are not empty; one statement a queue that can be the person's, each by its index."""
    found = [(queue, waiting_for(user, queue).count()) for queue in queues_of(user)]
    return [Waiting(queue, queue.label, count) for queue, count in found if count]


def _of_unit(user: User, field: str) -> Q:
    return Q(**{f"{field}__in": Unit.objects.under(user.unit).values("pk")})


def _grade(user: User) -> Q | None:
    if user.role == Role.COMMISSION_OFFICE:
        return Q(state=State.REGISTERED)
    if user.is_officer:
        return Q(state=State.REGISTERED, platform__in=Platform.objects.visible_to(user).values("pk"))
    return None


def _refer(user: User) -> Q | None:
    return Q(state=State.GRADED) if user.role == Role.COMMISSION_OFFICE else None


def _sign(user: User) -> Q | None:
    if user.role in UNIT_ROLES:
        return Q(state=State.ASSIGNED) & _of_unit(user, "lead_unit")
    if user.role == Role.COMMISSION_OFFICE:
        return Q(state=State.ASSIGNED, lead_unit=user.unit_id)
    return None


def _return(user: User) -> Q | None:
    if user.role == Role.COMMISSION_OFFICE:
        return Q(state=State.RETURNED) & (Q(tier__in=[Tier.C, Tier.D]) | _without_head())
    if user.role == Role.UNIT_HEAD:
        return Q(state=State.RETURNED, tier=Tier.B) & _of_unit(user, "home_unit")
    return None


def _support(user: User) -> Q | None:
    if user.role not in UNIT_ROLES:
        return None
    parts = SupportPart.objects.filter(_of_unit(user, "unit"), answered_at=None, released_at=None)
    in_hand = (State.ASSIGNED, State.ACCEPTED, State.PLAN_CONFIRMED, State.SUSPENDED)
    return Q(state__in=in_hand, pk__in=parts.values("issue"))


def _decide(user: User) -> Q | None:
    """As issues.services.requests.approvers says, from the other side."""
    pending = Request.objects.filter(state=RequestState.PENDING).exclude(asked_by=user)
    match user.role:
        case Role.COMMISSION_OFFICE:
            heads = heads_above(OuterRef("issue__home_unit__path")).exclude(pk=OuterRef("asked_by"))
            of_heads = Q(Exists(heads), kind=RequestKind.EXTEND, issue__tier=Tier.B)
            return Q(pk__in=pending.exclude(of_heads).values("issue"))
        case Role.BUREAU_STAFF:
            return Q(pk__in=pending.filter(kind=RequestKind.RETIER).values("issue"))
        case Role.UNIT_HEAD:
            of_own = pending.filter(issue__home_unit__in=Unit.objects.under(user.unit).values("pk"))
            extensions = Q(kind=RequestKind.EXTEND, issue__tier=Tier.B)
            tiers = Q(kind=RequestKind.RETIER) & ~Q(tier=Tier.D) & ~Q(issue__tier=Tier.D)
            return Q(pk__in=of_own.filter(extensions | tiers).values("issue"))
        case _:
            return None


def _supervise(user: User) -> Q | None:
    """R42: late, redone or returned as often as the rule says, and not supervised since its present term began."""
    if user.role != Role.COMMISSION_OFFICE:
        return None
    yardstick = Yardstick()
    rule = HandlingRule.in_force(yardstick.today)
    late = Issue.objects.filter(yardstick.since("clock_due_on", rule.supervised_late), state__in=ON_STATUTORY_CLOCK)
    redone = Round.objects.filter(number__gte=rule.supervised_redos)
    returns = Referral.objects.filter(returned_by__isnull=False, issue__state__in=UNRESOLVED).values("issue")
    returned = returns.annotate(times=Count("pk")).filter(times__gte=rule.supervised_returns)
    # One after the other each uses its index; an OR of them reads all that is unresolved.
    found = late.order_by().values("pk").union(*(each.order_by().values("issue") for each in (redone, returned)))
    redone_since = Round.objects.filter(issue=OuterRef("issue"), reopened_at__gt=OuterRef("ordered_at"))
    supervised = Supervision.objects.filter(~Exists(redone_since), issue=OuterRef("pk"))
    return Q(~Exists(supervised), state__in=UNRESOLVED, pk__in=found)


def _supervision(user: User) -> Q | None:
    answerable = TABLE[Action.ANSWER_SUPERVISION].sources
    unanswered = Q(state__in=answerable, pk__in=Supervision.objects.filter(replied_at=None).values("issue"))
    if user.role in UNIT_ROLES:
        return unanswered & (Q(handler=user) | _of_unit(user, "lead_unit"))
    if user.role == Role.COMMISSION_OFFICE:
        return unanswered & (Q(handler=user) | Q(lead_unit=user.unit_id))
    return unanswered & Q(handler=user) if user.is_officer else None


def _suspension(user: User) -> Q | None:
    due = Suspension.objects.to_review(today()).values("issue")
    return Q(pk__in=due) if user.role == Role.COMMISSION_OFFICE else None


def _word(user: User) -> Q | None:
    if not user.is_officer:
        return None
    return Q(state=State.RESOLVED, platform__in=Platform.objects.visible_to(user).values("pk"))


def _follow_up(user: User) -> Q | None:
    """R46: by nobody of the unit that handled it; what the commission office handles is for the bureau's staff."""
    planned = Q(state__in=DONE, pk__in=FollowUp.objects.filter(called_at=None).values("issue"))
    had_it = HandlerChange.objects.filter(Q(before=user) | Q(after=user), issue=OuterRef("pk"))
    planned &= Q(~Exists(had_it)) & ~Q(handler=user) & ~Q(lead_unit=user.unit_id)
    if user.role == Role.COMMISSION_OFFICE:
        return planned
    if user.role == Role.BUREAU_STAFF:
        return planned & Q(lead_unit__kind=UnitKind.COMMISSION_OFFICE)
    return None


def _without_head() -> Q:
    """Where the commission office stands in: neither the home unit nor one above has a head (parties.has_head)."""
    return Q(home_unit__in=Unit.objects.filter(~Exists(heads_above(OuterRef("path")))).values("pk"))


def _had_by_every_head() -> Q:
    """R41: none of the heads may close it. Those are looked at only where some head has had it."""
    issue = OuterRef(OuterRef("pk"))
    heads = heads_above(OuterRef("home_unit__path")).exclude(pk=OuterRef("handler"))
    had_it = HandlerChange.objects.filter(Q(before=OuterRef("pk")) | Q(after=OuterRef("pk")), issue=issue)
    resolved_it = Event.objects.filter(issue=issue, kind__in=RESOLVING, actor=OuterRef("pk"))
    by_head = Q(before__role=Role.UNIT_HEAD) | Q(after__role=Role.UNIT_HEAD)
    some = (
        Q(handler__role=Role.UNIT_HEAD)
        | Q(Exists(HandlerChange.objects.filter(by_head, issue=OuterRef("pk"))))
        | Q(Exists(Event.objects.filter(issue=OuterRef("pk"), kind__in=RESOLVING, actor__role=Role.UNIT_HEAD)))
    )
    return some & Q(~Exists(heads.filter(~Exists(had_it), ~Exists(resolved_it))))


def _close(user: User) -> Q | None:
    """R41; nobody closes what they handled, or what a supervision waits for."""
    had_it = HandlerChange.objects.filter(Q(before=user) | Q(after=user), issue=OuterRef("pk"))
    resolved_it = Event.objects.filter(issue=OuterRef("pk"), kind__in=RESOLVING, actor=user)
    supervised = Supervision.objects.filter(issue=OuterRef("pk"), replied_at=None)
    confirmed = Q(~Exists(had_it), ~Exists(resolved_it), ~Exists(supervised), state=State.CONFIRMED) & ~Q(handler=user)
    if user.role == Role.COMMISSION_OFFICE:
        return confirmed & (Q(tier__in=[Tier.C, Tier.D]) | _without_head() | _had_by_every_head())
    if user.role == Role.UNIT_HEAD:
        return confirmed & Q(tier__in=[Tier.A, Tier.B]) & _of_unit(user, "home_unit")
    return None


QUEUES: dict[Queue, Callable[[User], Q | None]] = {
    Queue.GRADE: _grade,
    Queue.REFER: _refer,
    Queue.SIGN: _sign,
    Queue.RETURN: _return,
    Queue.SUPPORT: _support,
    Queue.DECIDE: _decide,
    Queue.SUPERVISE: _supervise,
    Queue.SUPERVISION: _supervision,
    Queue.SUSPENSION: _suspension,
    Queue.WORD: _word,
    Queue.FOLLOW_UP: _follow_up,
    Queue.CLOSE: _close,
}
