"""The words an issue is described in: its tier, its state, what came of it, which clock runs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tier(models.TextChoices):
    """R5. The letter never stands without its words: other cities use the letters differently."""

    A = "A", _("当场解决")
    B = "B", _("本单位办理")
    C = "C", _("跨部门协调")
    D = "D", _("市级调度")


CLOCKED_TIERS = (Tier.B, Tier.C, Tier.D)


class State(models.TextChoices):
    """DOMAIN §3. A draft is not stored: it lives on the phone until it is registered (T1)."""

    REGISTERED = "registered", _("待定级")
    GRADED = "graded", _("待交办")
    ASSIGNED = "assigned", _("待签收")
    ACCEPTED = "accepted", _("办理中")
    RETURNED = "returned", _("已退回")
    PLAN_CONFIRMED = "plan_confirmed", _("已定方案")
    SUSPENDED = "suspended", _("挂账")
    RESOLVED = "resolved", _("已办结待确认")
    CONFIRMED = "confirmed", _("平台已确认")
    CLOSED = "closed", _("已销号")
    MERGED = "merged", _("已并案")
    WITHDRAWN = "withdrawn", _("已撤回")


# The statutory clock runs in these; in PLAN_CONFIRMED the plan's does.
ON_STATUTORY_CLOCK = (State.GRADED, State.ASSIGNED, State.ACCEPTED, State.RETURNED)
UNRESOLVED = (State.REGISTERED, *ON_STATUTORY_CLOCK, State.PLAN_CONFIRMED, State.SUSPENDED)
# 办结, whatever the platform says to it.
DONE = (State.RESOLVED, State.CONFIRMED, State.CLOSED)
# Off the list without a result: merged with another, or taken back.
VOID = (State.MERGED, State.WITHDRAWN)


# The same words for statements that are written by hand.
SQL_ON_STATUTORY_CLOCK = ", ".join(f"'{state.value}'" for state in ON_STATUTORY_CLOCK)


class Confirmation(models.TextChoices):
    """R39: whose word it is that the matter is done. Silence is nobody's consent."""

    PLATFORM = "platform", _("平台确认")
    SPOKEN = "spoken", _("联点干部转述平台确认")
    FOLLOW_UP = "follow_up", _("回访确认")
    SILENT = "silent", _("未反馈")


class Result(models.TextChoices):
    """R38: what a resolution came to."""

    SOLVED = "solved", _("已解决")
    PARTLY = "partly", _("部分解决")
    EXPLAINED = "explained", _("解释说明")
    NOT_NOW = "not_now", _("暂不能解决")


class Clock(models.TextChoices):
    """R6, R7: the statutory clock, and the one a confirmed plan starts; R31: the day a referred unit has to sign."""

    STATUTORY = "statutory", _("处置时限")
    PLAN = "plan", _("方案承诺日")
    SIGN = "sign", _("签收时限")


class Level(models.TextChoices):
    """Warning levels in the order in which a clock meets them: blue, yellow, orange, red."""

    HALF = "half", _("过半")
    NEARING = "nearing", _("临期")
    DUE_TODAY = "due_today", _("今日到期")
    OVERDUE = "overdue", _("逾期")


class Nature(models.TextChoices):
    EXPLAIN = "explain", _("咨询解释")
    OWN_UNIT = "own_unit", _("本单位可办")
    CROSS_UNIT = "cross_unit", _("跨部门跨区域")
    UPWARD = "upward", _("市级调度或省级以上")


class Urgency(models.TextChoices):
    NORMAL = "normal", _("一般")
    PRESSING = "pressing", _("较急")
    URGENT = "urgent", _("紧急")


class Importance(models.TextChoices):
    ORDINARY = "ordinary", _("一般")
    IMPORTANT = "important", _("重要")
    MAJOR = "major", _("重大")
