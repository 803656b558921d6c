"""What one person may do with one issue now: the buttons of its page, and the guard of the pages behind them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role, User
from issues.dossier import Dossier
from issues.models import Cause, Issue, Request, RequestKind, RequestState, State, Tier
from issues.services.referral import may_refer, may_sign
from issues.services.requests import approvers

# Who decides on a date that a recalculation left alone: never who is measured by it.
REVIEWERS = (Role.BUREAU_STAFF, Role.COMMISSION_OFFICE)
DECIDERS = (Role.UNIT_HEAD, Role.BUREAU_STAFF, Role.COMMISSION_OFFICE)


class Desk:
    """One issue before one person. What nobody asks for is not read."""

    def __init__(self, dossier: Dossier, user: User) -> None:
        self.dossier, self.user, self.issue = dossier, user, dossier.issue

    @cached_property
    def may_edit(self) -> bool:
        """Whether this person handles the issue; one statement."""
        return Issue.objects.editable_by(self.user).filter(pk=self.issue.pk).exists()

    def may_decide(self, request: Request) -> bool:
        """Whether this person may approve or refuse it, were it still pending; one statement for those who might."""
        if self.user.role not in DECIDERS or request.asked_by_id == self.user.pk:
            return False
        return approvers(request).filter(pk=self.user.pk).exists()

    @cached_property
    def decidable(self) -> list[Request]:
        """The pending requests that wait for this person."""
        pending = [each for each in self.dossier.requests if each.state == RequestState.PENDING]
        return [each for each in pending if self.may_decide(each)]

    @property
    def is_counted(self) -> bool:
        """Whether the statutory clock runs, to a date that working days lead to."""
        return self.dossier.is_statutory_running and self.issue.working_days is not None

    def has_been_extended(self) -> bool:
        return any(each.cause == Cause.EXTENDED for each in self.dossier.deadlines)

    def may_be_extended(self) -> bool:
        """R34: asked a working day before the due date at the latest, once."""
        due_on = self.issue.due_on
        is_early = due_on is not None and self.dossier.yardstick.left(due_on, self.issue.calendar_id) >= 1
        return self.is_counted and is_early and not self.has_been_extended() and not self._waits(RequestKind.EXTEND)

    def may_be_suspended(self) -> bool:
        return self.issue.clock is not None and not self._waits(RequestKind.SUSPEND)

    def may_change_tier(self) -> bool:
        return self.is_counted and not self._waits(RequestKind.RETIER)

    def may_refer(self) -> bool:
        return self.may_edit if self.issue.tier == Tier.B else may_refer(self.issue, self.user)

    def may_sign(self) -> bool:
        return bool(self.dossier.referrals) and may_sign(self.dossier.referrals[0], self.user)

    def _waits(self, kind: RequestKind) -> bool:
        return self.dossier.is_pending(kind)


@dataclass(frozen=True, slots=True)
class Move:
    """Something that can be done with an issue. `is_for`: whose it is; `is_possible`: whether the issue allows it."""

    name: str
    label: Promise
    icon: str
    lead: Promise
    is_for: Callable[[Desk], bool]
    is_possible: Callable[[Desk], bool]


# In the order of the buttons.
MOVES = {
    move.name: move
    for move in (
        Move(
            "sign-for",
            pgettext_lazy("button", "签收"),
            "pencil-square",
            _("签收后由本单位主办，您是承办人。签收不改变到期日。"),
            Desk.may_sign,
            lambda desk: desk.dossier.unsigned is not None and desk.issue.is_unresolved,
        ),
        Move(
            "resume",
            pgettext_lazy("button", "恢复计时"),
            "arrow-repeat",
            _("恢复后接着计时，停表期间的工作日全部还回，到期日相应后移。"),
            lambda desk: desk.may_edit,
            lambda desk: desk.issue.state == State.SUSPENDED,
        ),
        Move(
            "review",
            _("复核到期日"),
            "calendar-check",
            _("日历调整后，这个到期日没有自动变化。请决定保留原日期，还是改用按现在的日历算出的日期。"),
            lambda desk: desk.user.role in REVIEWERS,
            lambda desk: desk.issue.needs_review and desk.is_counted,
        ),
        Move(
            "confirm-plan",
            pgettext_lazy("button", "确定解决方案"),
            "patch-check",
            _("方案要写明内容、责任单位和人、承诺日期，并已告知平台。确定后处置时限停表，从此按承诺日期计时。"),
            lambda desk: desk.may_edit,
            lambda desk: desk.issue.state == State.OPEN,
        ),
        Move(
            "resolve",
            pgettext_lazy("button", "办结"),
            "check-lg",
            _("写明结果和给平台的答复。办结后停表。"),
            lambda desk: desk.may_edit,
            lambda desk: desk.issue.state in (State.OPEN, State.PLAN_CONFIRMED),
        ),
        Move(
            "move-plan",
            pgettext_lazy("button", "调整方案承诺日"),
            "calendar3",
            _("写明为什么调整。方案兑现率仍按第一次承诺的日期计算。"),
            lambda desk: desk.may_edit,
            lambda desk: desk.issue.state == State.PLAN_CONFIRMED,
        ),
        Move(
            "refer",
            pgettext_lazy("button", "交办"),
            "send",
            _("接办单位须在1个工作日内签收。交办不改变处置时限的到期日。"),
            Desk.may_refer,
            lambda desk: desk.issue.state == State.OPEN and desk.dossier.unsigned is None,
        ),
        Move(
            "ask-extension",
            pgettext_lazy("button", "申请延期"),
            "clock-history",
            _("最迟在到期前1个工作日提出，只能延期一次，最多再加一个时限。批准之前，原到期日照常有效。"),
            lambda desk: desk.may_edit,
            Desk.may_be_extended,
        ),
        Move(
            "ask-suspension",
            pgettext_lazy("button", "申请挂账"),
            "pause-circle",
            _(
                "因等待平台补充材料、法律政策或第三方原因暂时办不了的，可以申请停表。批准后停表，恢复时停表的工作日全部还回。"
            ),
            lambda desk: desk.may_edit,
            Desk.may_be_suspended,
        ),
        Move(
            "ask-tier",
            pgettext_lazy("button", "申请调整类别"),
            "arrow-left-right",
            _("新的时限仍从提出日期起算；已经逾期的，记录保留。"),
            lambda desk: desk.may_edit or desk.user.role == Role.BUREAU_STAFF,
            Desk.may_change_tier,
        ),
    )
}
DECIDE = Move(
    "decide",
    pgettext_lazy("button", "审批"),
    "check-circle",
    _("同意后立即生效；不同意时写明原因。"),
    lambda desk: bool(desk.decidable),
    lambda desk: bool(desk.decidable),
)
# Besides the first, so many stand as buttons; the others under 更多.
IN_SIGHT = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """One button."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class Offers:
    """The buttons of a page: the first is the main one, `more` stand under 更多."""

    shown: list[Offer]
    more: list[Offer]


def moves_on_offer(desk: Desk) -> Offers:
    """What this person may do now. Besides what the page reads anyway it takes one statement, one more a request."""
    offers = [*_decisions(desk), *(_offer(desk, move) for move in MOVES.values() if _is_on_offer(desk, move))]
    cut = IN_SIGHT if len(offers) > IN_SIGHT + 1 else len(offers)
    return Offers(offers[:cut], offers[cut:])


def _is_on_offer(desk: Desk, move: Move) -> bool:
    # A reader's role says no before any statement is made.
    return not desk.user.is_reader and move.is_possible(desk) and move.is_for(desk)


def _offer(desk: Desk, move: Move) -> Offer:
    return Offer(str(move.label), move.icon, reverse(f"issues:{move.name}", args=[desk.issue.number]))


def _decisions(desk: Desk) -> Iterator[Offer]:
    for request in desk.decidable:
        label = _("审批：%(request)s") % {"request": RequestKind(request.kind).label}
        yield Offer(str(label), DECIDE.icon, reverse("issues:decide", args=[desk.issue.number, request.pk]))
