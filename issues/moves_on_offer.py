"""What one person may do with one issue now: the buttons of its page, from the table of transitions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role, User
from issues.deadlines import ClockKeeper, Proposal, newest
from issues.dossier import Dossier
from issues.models import Clock, Request, RequestKind, RequestState, Tier
from issues.services.requests import approvers
from issues.services.review import recounted
from issues.turn import is_awaited
from issues.workflow import TABLE, Action, MoveRefused, refusal
from issues.workflow.rules import is_for

DECIDERS = (Role.UNIT_HEAD, Role.BUREAU_STAFF, Role.COMMISSION_OFFICE)
# Who decides on a date that a recalculation left alone: never who is measured by it.
REVIEWERS = (Role.BUREAU_STAFF, Role.COMMISSION_OFFICE)


class Desk:
    """One issue before one person. What nobody asks for is not read."""

    def __init__(self, dossier: Dossier, user: User) -> None:
        self.dossier, self.user, self.issue = dossier, user, dossier.issue

    def is_mine(self, action: Action) -> bool:
        """Whether the move is this person's at all, whatever the issue's state."""
        return is_for(TABLE[action], self.issue.tier, self.dossier.parties(self.user))

    def refusal(self, action: Action) -> MoveRefused | None:
        """Why not now; None where nothing stands against it."""
        return refusal(self.dossier, action, self.user)

    def held_up(self, action: Action) -> str | None:
        """What stands against a move that is this person's in this state; None where it can be made or is not."""
        row = TABLE[action]
        if self.issue.state not in row.sources or not self.is_mine(action):
            return None
        return row.guard(self.dossier, self.user)

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

    def recounted(self) -> Proposal:
        """The date that was left alone by the calendar as it is now. Raises ValidationError where it has passed."""
        kept = newest(self.issue, Clock.STATUTORY)
        if kept is None or kept.working_days is None:
            raise MoveRefused(_("这个到期日没有待复核的变化。"))
        return Proposal(kept.due_on, recounted(kept, ClockKeeper(self.issue, self.user, self.dossier.yardstick)))

    @property
    def may_move_date(self) -> bool:
        """Whether the recounted date can still be taken."""
        try:
            self.recounted()
        except ValidationError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Look:
    """How a move is offered: its button and what its page says first."""

    icon: str
    lead: Promise
    label: Promise | None = None


# In the order of the buttons.
LOOKS: dict[Action, Look] = {
    Action.SIGN: Look("pencil-square", _("签收后由本单位主办，您是承办人。签收不改变到期日。")),
    Action.GRADE: Look("funnel", _("由性质、紧急程度和重要性得出建议的类别，由您决定。时限从平台提出的那一天起算。")),
    Action.REASSIGN: Look("signpost-split", _("一次裁定：改派给别的单位，或者驳回退回。裁定以后不能再退回。")),
    Action.ANSWER_SUPPORT: Look("chat-square-text", _("您单位的意见由主办单位汇总答复平台。")),
    Action.ANSWER_SUPERVISION: Look("reply", _("回复送给督办的人。没有回复的督办，问题不能销号。")),
    Action.RESUME: Look("arrow-repeat", _("恢复后接着计时，停表期间的工作日全部还回，到期日相应后移。")),
    Action.REVIEW: Look(
        "calendar-check",
        _("日历调整后，这个到期日没有自动变化。请决定保留原日期，还是改用按现在的日历算出的日期。"),
    ),
    Action.CONFIRM: Look(
        "hand-thumbs-up",
        _("平台亲口说已经解决，由您转述，记录上会注明是转述。平台说没有解决的，请选“重办”。"),
        pgettext_lazy("button", "平台说已解决"),
    ),
    Action.CLOSE: Look("check-circle", _("销号后问题不再列为待办。自己办理的问题由另一个人销号。")),
    Action.REFER: Look("send", _("接办单位须在下面的期限内签收，可以同时请别的单位协办。交办不改变处置时限的到期日。")),
    Action.PLAN: Look(
        "patch-check",
        _("方案要写明内容、责任单位和人、承诺日期，并已告知平台。确定后处置时限停表，从此按承诺日期计时。"),
    ),
    Action.RESOLVE: Look("check-lg", _("写明结果和给平台的答复。办结后停表，请平台确认。")),
    Action.MOVE_PLAN: Look("calendar3", _("写明为什么调整。方案兑现率仍按第一次承诺的日期计算。")),
    Action.RETURN: Look(
        "arrow-return-left", _("不属于本单位的，写明理由退回，由交办的一方裁定；请不要自行转办。处置时限照常计时。")
    ),
    Action.EXTEND: Look(
        "clock-history",
        _("最迟在到期前1个工作日提出，只能延期一次，最多再加一个时限。批准之前，原到期日照常有效。"),
    ),
    Action.SUSPEND: Look(
        "pause-circle",
        _(
            "因等待平台补充材料、法律政策或第三方原因暂时办不了的，可以申请停表。批准后停表，恢复时停表的工作日全部还回。"
        ),
    ),
    Action.RETIER: Look("arrow-left-right", _("新的时限仍从提出日期起算；已经逾期的，记录保留。")),
    Action.REMIND: Look("bell", _("承办人和主办单位负责人都会收到，并记入经过。")),
    Action.SUPERVISE: Look("flag", _("主办单位须在期限内回复；回复之前不能销号。")),
    Action.REOPEN: Look("arrow-counterclockwise", _("从今天起重新计一个时限；上一次的结果和逾期记录保留。")),
    Action.FOLLOW_UP: Look(
        "telephone",
        _("打电话问平台，结果是否属实。每件只回访一次，由承办单位以外的人做；不属实的，从今天起重办。"),
    ),
    Action.EDIT: Look("pencil", _("改正写错的内容。改动的新旧内容都记入经过；类别和时限不变。")),
    Action.MERGE: Look("intersect", _("同一件事并成一件办；办结时，提出过的平台都会得到答复。")),
    Action.WITHDRAW: Look("x-circle", _("平台说不再需要的，由您记录。撤回后停表，不再办理。")),
}
# The sides of a move that are offered as its own button; registering has its page, silence is nobody's button.
DECIDE = Look("check-circle", _("同意后立即生效；不同意时写明原因。"), pgettext_lazy("button", "审批"))
# What is missed where it cannot be done yet: the page says why.
NEXT_STEPS = (Action.RESOLVE, Action.CLOSE)
# Besides the first, so many stand as buttons; the others under 更多.
IN_SIGHT = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """One button."""

    label: str
    icon: str
    url: str
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Offers:
    """The buttons of a page; `more` stand under 更多. What the issue waits for from this person is the main one and
    stands first; where it waits for somebody else there is none. `held` says what cannot be done yet, and why."""

    shown: list[Offer]
    more: list[Offer]
    held: list[str]


def moves_on_offer(desk: Desk) -> Offers:
    """What this person may do now; besides what the page reads anyway a few statements, whatever the issue holds."""
    on_offer = [action for action in LOOKS if _is_on_offer(desk, action)]
    awaited = [action for action in on_offer if is_awaited(desk.dossier, action, desk.user)]
    offers = [*_decisions(desk), *(_offer(desk, action) for action in awaited)]
    if offers:
        offers[0] = replace(offers[0], is_main=True)
    offers += [_offer(desk, action) for action in on_offer if action not in awaited]
    offers += _letter(desk)
    cut = IN_SIGHT if len(offers) > IN_SIGHT + 1 else len(offers)
    return Offers(offers[:cut], offers[cut:], [] if desk.user.is_reader else list(_held(desk)))


def _held(desk: Desk) -> Iterator[str]:
    """What this person would have to do next, and what it waits for."""
    for action in NEXT_STEPS:
        if why := desk.held_up(action):
            yield str(_("暂不能%(action)s。%(why)s")) % {"action": action.label, "why": why}


def _is_on_offer(desk: Desk, action: Action) -> bool:
    # A reader's role says no before any statement is made.
    return not desk.user.is_reader and desk.refusal(action) is None


def label_of(action: Action) -> str:
    """The words of a move's button."""
    return str(LOOKS[action].label or action.label)


def _offer(desk: Desk, action: Action) -> Offer:
    return Offer(label_of(action), LOOKS[action].icon, reverse(f"issues:{action}", args=[desk.issue.number]))


def _letter(desk: Desk) -> Iterator[Offer]:
    """R30: D goes upwards with a letter when it has to."""
    if desk.user.role == Role.COMMISSION_OFFICE and desk.issue.tier == Tier.D and desk.issue.is_unresolved:
        url = reverse("issues:letter", args=[desk.issue.number])
        yield Offer(str(_("起草请示或函")), "file-earmark-text", url)


def _decisions(desk: Desk) -> Iterator[Offer]:
    for request in desk.decidable:
        label = _("审批：%(request)s") % {"request": RequestKind(request.kind).label}
        yield Offer(str(label), DECIDE.icon, reverse("issues:decide", args=[desk.issue.number, request.pk]))
