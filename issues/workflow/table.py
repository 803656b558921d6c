"""The table of transitions (DOMAIN §3, T1-T19): what may happen to an issue, when, by whom, to what end."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues.models import ON_STATUTORY_CLOCK, UNRESOLVED, EventKind, State, Tier
from issues.parties import Party
from issues.workflow import guards
from issues.workflow.guards import Guard

BUREAU, CONTACT, HOME_HEAD, LEAD = Party.BUREAU, Party.CONTACT, Party.HOME_HEAD, Party.LEAD
LEAD_HEAD, OFFICE, OFFICER, SUPPORT, SYSTEM = Party.LEAD_HEAD, Party.OFFICE, Party.OFFICER, Party.SUPPORT, Party.SYSTEM

IN_HAND = (State.ACCEPTED, State.PLAN_CONFIRMED)
Who = Mapping[str, tuple[Party, ...]]


class Action(models.TextChoices):
    """The verb of a move: the last part of its address, in the pages and in the API."""

    REGISTER = "register", pgettext_lazy("move", "登记")
    GRADE = "grade", pgettext_lazy("move", "定级")
    REFER = "refer", pgettext_lazy("move", "交办")
    SIGN = "sign", pgettext_lazy("move", "签收")
    RETURN = "return", pgettext_lazy("move", "退回")
    REASSIGN = "reassign", pgettext_lazy("move", "裁定退回")
    PLAN = "plan", pgettext_lazy("move", "确定解决方案")
    MOVE_PLAN = "promise", pgettext_lazy("move", "调整方案承诺日")
    RESOLVE = "resolve", pgettext_lazy("move", "办结")
    CONFIRM = "confirm", pgettext_lazy("move", "平台确认")
    SILENCE = "silence", pgettext_lazy("move", "按未反馈办理")
    REOPEN = "reopen", pgettext_lazy("move", "重办")
    FOLLOW_UP = "follow-up", pgettext_lazy("move", "回访")
    CLOSE = "close", pgettext_lazy("move", "销号")
    EXTEND = "extend", pgettext_lazy("move", "申请延期")
    SUSPEND = "suspend", pgettext_lazy("move", "申请挂账")
    RESUME = "resume", pgettext_lazy("move", "恢复计时")
    RETIER = "tier", pgettext_lazy("move", "申请调整类别")
    MERGE = "merge", pgettext_lazy("move", "并案")
    WITHDRAW = "withdraw", pgettext_lazy("move", "撤回")
    REMIND = "remind", pgettext_lazy("move", "催办")
    SUPERVISE = "supervise", pgettext_lazy("move", "督办")
    ANSWER_SUPERVISION = "supervision", pgettext_lazy("move", "回复督办")
    ANSWER_SUPPORT = "support", pgettext_lazy("move", "答复协办")
    REVIEW = "review", pgettext_lazy("move", "复核到期日")
    EDIT = "edit", pgettext_lazy("move", "修改")


@dataclass(frozen=True, slots=True)
class Transition:
    """One row. `who` by the issue's tier; `targets` is empty where the state stays; `events` record it.

    `signs`: whoever may sign for the issue and does this without signing has signed by it (R31).
    """

    code: str
    action: Action
    sources: tuple[State, ...]
    targets: tuple[State, ...]
    who: Who
    needs: Promise | str
    effect: Promise | str
    events: tuple[EventKind, ...]
    guard: Guard = guards.nothing
    signs: bool = False


def each(*parties: Party) -> Who:
    """The same for every tier, and for what has none yet."""
    return dict.fromkeys(("", *Tier.values), parties)


def by_tier(*, b: tuple[Party, ...], c: tuple[Party, ...], d: tuple[Party, ...], a: tuple[Party, ...] = ()) -> Who:
    return {"": (), Tier.A: a, Tier.B: b, Tier.C: c, Tier.D: d}


# Who has it in hand. D is the commission office's own matter (R30).
HANDLING = by_tier(b=(LEAD,), c=(LEAD,), d=(LEAD, OFFICE))
# Who gives it to a unit, and takes it back from one (R30, R32).
REFERRING = by_tier(b=(OFFICER, HOME_HEAD), c=(OFFICE,), d=(OFFICE,))
CLOSING = by_tier(a=(HOME_HEAD,), b=(HOME_HEAD,), c=(OFFICE,), d=(OFFICE,))

ROWS = (
    Transition(
        "T1",
        Action.REGISTER,
        (),
        (State.REGISTERED, State.GRADED, State.ACCEPTED, State.RESOLVED, State.CONFIRMED),
        each(OFFICER, BUREAU, CONTACT, Party.CLIENT),
        _("平台、提出日期、内容"),
        _(
            "平台自己提出的待定级；联点干部登记时一并定级：A类当场答复即办结，B类由本单位接着办，C、D类待交办。时限从提出日期起算。"
        ),
        (EventKind.REGISTERED, EventKind.ANSWERED, EventKind.CONFIRMED),
    ),
    Transition(
        "T2/T3",
        Action.GRADE,
        (State.REGISTERED,),
        (State.GRADED, State.ACCEPTED, State.RESOLVED),
        each(OFFICER, OFFICE),
        _("性质、紧急程度、重要性；与建议类别不同的写明理由；A类写明答复"),
        _("时限从提出日期起算。A类答复即办结，B类由本单位接着办，C、D类待交办。"),
        (EventKind.GRADED, EventKind.ANSWERED),
    ),
    Transition(
        "T4",
        Action.REFER,
        (State.GRADED, State.ACCEPTED),
        (State.ASSIGNED,),
        REFERRING,
        _("主办单位，可以有协办单位；到期日在确认前列出"),
        _("接办单位须在签收期限内签收，协办单位须在答复期限内答复。处置时限照常计时。"),
        (EventKind.REFERRED,),
    ),
    Transition(
        "T5",
        Action.SIGN,
        (State.ASSIGNED,),
        (State.ACCEPTED,),
        each(LEAD),
        "",
        _("签收的人是承办人。处置时限不变。"),
        (EventKind.SIGNED,),
        guards.needs_unsigned,
    ),
    Transition(
        "T6",
        Action.RETURN,
        (State.ASSIGNED, State.ACCEPTED),
        (State.RETURNED,),
        each(LEAD_HEAD),
        _("理由，建议由哪个单位办；在退回期限之内，一次"),
        _("由交办的一方裁定；本单位不自行转办。处置时限照常计时。"),
        (EventKind.RETURNED,),
        guards.needs_returnable,
    ),
    Transition(
        "T7",
        Action.REASSIGN,
        (State.RETURNED,),
        (State.ASSIGNED,),
        by_tier(b=(HOME_HEAD,), c=(OFFICE,), d=(OFFICE,)),
        _("主办单位（仍选原单位即驳回退回）、理由"),
        _("一次裁定，不能再退回。"),
        (EventKind.REASSIGNED, EventKind.RETURN_REFUSED),
    ),
    Transition(
        "T8",
        Action.PLAN,
        (State.ACCEPTED,),
        (State.PLAN_CONFIRMED,),
        by_tier(b=(LEAD,), c=(LEAD_HEAD,), d=(LEAD_HEAD, OFFICE)),
        _("方案、责任单位和人、承诺日期，已告知平台"),
        _("处置时限停表，方案承诺日开始计时。"),
        (EventKind.PLAN_CONFIRMED,),
        signs=True,
    ),
    Transition(
        "T8",
        Action.MOVE_PLAN,
        (State.PLAN_CONFIRMED,),
        (),
        by_tier(b=(LEAD,), c=(LEAD_HEAD,), d=(LEAD_HEAD, OFFICE)),
        _("新的承诺日期、原因"),
        _("按新的日期计时；兑现率仍按第一次承诺的日期。"),
        (EventKind.PLAN_MOVED,),
    ),
    Transition(
        "T9",
        Action.RESOLVE,
        IN_HAND,
        (State.RESOLVED, State.CONFIRMED),
        HANDLING,
        _("处置结果、给平台的答复；协办单位都已答复"),
        _("停表，请平台确认。"),
        (EventKind.RESOLVED, EventKind.CONFIRMED),
        guards.needs_support_answers,
        signs=True,
    ),
    Transition(
        "T10",
        Action.CONFIRM,
        (State.RESOLVED,),
        (State.CONFIRMED,),
        each(CONTACT, OFFICER),
        _("平台的话：已解决；联点干部转述的，注明"),
        _("等待销号。"),
        (EventKind.CONFIRMED,),
    ),
    Transition(
        "T11",
        Action.SILENCE,
        (State.RESOLVED,),
        (State.CONFIRMED,),
        each(SYSTEM),
        _("办结后再问过一次，到了期限仍无答复"),
        _("记为“未反馈”，不算满意，也不算化解。"),
        (EventKind.UNANSWERED,),
        guards.needs_long_silence,
    ),
    Transition(
        "T12",
        Action.REOPEN,
        (State.RESOLVED, State.CONFIRMED, State.CLOSED),
        (State.ACCEPTED,),
        each(CONTACT, OFFICER, BUREAU, OFFICE),
        _("平台说未解决，或回访不属实；原因"),
        _("从当天起重新计一个时限；上一次的结果和逾期记录保留。A类转为B类。"),
        (EventKind.REOPENED,),
    ),
    Transition(
        "R46",
        Action.FOLLOW_UP,
        (State.RESOLVED, State.CONFIRMED, State.CLOSED),
        (State.CONFIRMED, State.CLOSED, State.ACCEPTED),
        each(BUREAU, OFFICE),
        _("承办单位以外的人，每件一次；平台的话，结果是否属实"),
        _("属实的，平台还没有确认的视为确认；不属实的重办。"),
        (EventKind.FOLLOWED_UP, EventKind.REOPENED),
        guards.needs_an_outsider,
    ),
    Transition(
        "T13",
        Action.CLOSE,
        (State.CONFIRMED,),
        (State.CLOSED,),
        CLOSING,
        _("不是自己办理的，没有未回复的督办"),
        _("从清单销号。"),
        (EventKind.CLOSED,),
        guards.needs_other_hands,
    ),
    Transition(
        "T14",
        Action.EXTEND,
        ON_STATUTORY_CLOCK,
        (),
        HANDLING,
        _("理由、新的日期；到期前至少1个工作日，一次，最多再加一个时限"),
        _("B类由联点单位负责人、C和D类由市委科技办批准；批准前原到期日有效。"),
        (EventKind.REQUESTED, EventKind.EXTENDED, EventKind.REQUEST_REFUSED),
        guards.needs_early_day,
    ),
    Transition(
        "T15",
        Action.SUSPEND,
        IN_HAND,
        (State.SUSPENDED,),
        HANDLING,
        _("理由、三个月内的复查日期"),
        _("市委科技办批准后停表，仍在清单上。"),
        (EventKind.REQUESTED, EventKind.SUSPENDED, EventKind.REQUEST_REFUSED),
        guards.needs_running_clock,
    ),
    Transition(
        "T15",
        Action.RESUME,
        (State.SUSPENDED,),
        IN_HAND,
        by_tier(b=(LEAD, OFFICE), c=(LEAD, OFFICE), d=(LEAD, OFFICE)),
        "",
        _("接着计时，停表的工作日全部还回。"),
        (EventKind.RESUMED,),
    ),
    Transition(
        "T16",
        Action.RETIER,
        (*ON_STATUTORY_CLOCK, State.PLAN_CONFIRMED),
        (State.GRADED, State.ACCEPTED),
        by_tier(b=(OFFICER, LEAD, BUREAU), c=(OFFICER, LEAD, BUREAU), d=(OFFICER, LEAD, BUREAU, OFFICE)),
        _("理由；新旧到期日在确认前列出；另一个人批准"),
        _("新时限仍从提出日期起算，已有的逾期记录保留。C、D类待交办，B类回到联点单位。"),
        (EventKind.REQUESTED, EventKind.RETIERED, EventKind.REQUEST_REFUSED),
        guards.needs_counted_term,
    ),
    Transition(
        "T17",
        Action.MERGE,
        UNRESOLVED,
        (State.MERGED,),
        each(BUREAU, OFFICE),
        _("并入哪一件"),
        _("时限随并入的那一件；办结时提出过的平台都得到答复。"),
        (EventKind.MERGED,),
    ),
    Transition(
        "T18",
        Action.WITHDRAW,
        (State.REGISTERED, *ON_STATUTORY_CLOCK),
        (State.WITHDRAWN,),
        each(CONTACT, OFFICER),
        _("平台的话：不再需要；原因；没有并入别的平台提出的问题"),
        _("停表，不再办理。"),
        (EventKind.WITHDRAWN,),
        guards.needs_no_merged,
    ),
    Transition(
        "T19",
        Action.REMIND,
        UNRESOLVED,
        (),
        each(OFFICE, BUREAU),
        _("催办的话"),
        _("通知承办人和主办单位负责人，记入经过。"),
        (EventKind.REMINDED,),
    ),
    Transition(
        "T19",
        Action.SUPERVISE,
        UNRESOLVED,
        (),
        each(OFFICE),
        _("督办要求、回复期限"),
        _("主办单位须回复；回复之前不能销号。"),
        (EventKind.SUPERVISED,),
        guards.needs_no_supervision,
    ),
    Transition(
        "T19",
        Action.ANSWER_SUPERVISION,
        (*UNRESOLVED, State.RESOLVED, State.CONFIRMED),
        (),
        each(LEAD),
        _("回复"),
        _("通知督办的人。"),
        (EventKind.SUPERVISION_ANSWERED,),
        guards.needs_supervision,
    ),
    Transition(
        "R33",
        Action.ANSWER_SUPPORT,
        (State.ASSIGNED, State.ACCEPTED, State.PLAN_CONFIRMED, State.SUSPENDED),
        (),
        each(SUPPORT),
        _("意见，是否同意"),
        _("通知主办单位；有不同意见的，同时通知市委科技办。"),
        (EventKind.SUPPORT_ANSWERED,),
        guards.needs_own_part,
    ),
    Transition(
        "R13",
        Action.REVIEW,
        ON_STATUTORY_CLOCK,
        (),
        each(BUREAU, OFFICE),
        _("保留或改用新日期，理由"),
        _("记入到期日的下一版。"),
        (EventKind.REVIEWED,),
        guards.needs_review,
    ),
    Transition(
        "R28",
        Action.EDIT,
        UNRESOLVED,
        (),
        each(OFFICER, BUREAU),
        _("内容、需求类别、性质、紧急程度、重要性"),
        _("新旧内容记入经过；类别和时限不变。"),
        (EventKind.EDITED,),
    ),
)
TABLE: Mapping[Action, Transition] = {row.action: row for row in ROWS}
