"""What a move needs besides its state and its person. Each guard gives the sentence of its refusal, or None."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from accounts.models import Unit, User
from config.clock import on_date
from issues.dossier import Dossier
from issues.models import Clock, RequestKind, SupportPart
from issues.parties import is_under

Guard = Callable[[Dossier, User | None], str | None]


def nothing(dossier: Dossier, user: User | None) -> str | None:
    return None


def needs_unsigned(dossier: Dossier, user: User | None) -> str | None:
    return None if dossier.unsigned else _("没有等待签收的交办。")


def needs_returnable(dossier: Dossier, user: User | None) -> str | None:
    """R32: within two working days of the referral, once."""
    referral = dossier.referral
    if referral is None:
        return _("这个问题没有交办给别的单位，不能退回。")
    if referral.is_final:
        return _("退回已经裁定过，不能再次退回。")
    last = dossier.return_until
    if last is not None and dossier.yardstick.today > last:
        return _("退回要在交办后%(days)d个工作日内提出，已过%(last)s。") % {
            "days": dossier.handling_rule.return_within,
            "last": last,
        }
    return None


def needs_support_answers(dossier: Dossier, user: User | None) -> str | None:
    """R33, T9: the lead answers for all, once all have answered."""
    if missing := [each.unit.label for each in dossier.supports if each.is_waiting]:
        return _("还有协办单位没有答复：%(units)s。") % {"units": _("、").join(missing)}
    return None


def needs_own_part(dossier: Dossier, user: User | None) -> str | None:
    unit = user.unit if user else None
    return None if part_of(dossier, unit) else _("没有等待您单位答复的协办事项。")


def part_of(dossier: Dossier, unit: Unit | None) -> SupportPart | None:
    """The unanswered supporting part of a unit, or of one below it."""
    waiting = (each for each in dossier.supports if each.is_waiting and is_under(each.unit, unit))
    return next(waiting, None)


def needs_other_hands(dossier: Dossier, user: User | None) -> str | None:
    """R41, T13: nobody closes what they handled; a supervision is answered first."""
    if user is not None and user.pk in dossier.hands:
        return _("自己办理的问题要由另一个人销号。")
    if dossier.supervision is not None:
        return _("督办还没有回复，不能销号。")
    return None


def needs_an_outsider(dossier: Dossier, user: User | None) -> str | None:
    """R46: once an issue, by nobody who handled it and nobody of the unit that did."""
    if dossier.follow_up is not None and dossier.follow_up.called_at is not None:
        return _("这个问题已经回访过一次。")
    is_own_unit = user is not None and user.unit_id == dossier.issue.lead_unit_id
    if user is not None and (is_own_unit or user.pk in dossier.hands):
        return _("回访由承办单位以外的人做。")
    return None


def needs_early_day(dossier: Dossier, user: User | None) -> str | None:
    return fault_of_extension(dossier) or _waits(dossier, RequestKind.EXTEND)


def fault_of_extension(dossier: Dossier) -> str | None:
    """R34: asked a working day before the due date at the latest, once a term."""
    issue = dossier.issue
    if not dossier.is_statutory_running or issue.due_on is None:
        return _("处置时限没有在计时，日期不再变化。")
    if issue.working_days is None:
        return _("这个到期日由人工确定，不能延期。")
    if dossier.extension is not None:
        return _("这个问题已经延期过一次。")
    if dossier.yardstick.left(issue.due_on, issue.calendar_id) < 1:
        return _("延期要在到期前至少1个工作日提出。")
    return None


def needs_running_clock(dossier: Dossier, user: User | None) -> str | None:
    if dossier.issue.clock is None:
        return _("这个问题现在没有在计时，不能挂账。")
    return _waits(dossier, RequestKind.SUSPEND)


def needs_counted_term(dossier: Dossier, user: User | None) -> str | None:
    if dossier.issue.clock == Clock.STATUTORY and dossier.issue.working_days is None:
        return _("这个到期日由人工确定，不能调整类别。")
    return _waits(dossier, RequestKind.RETIER)


def needs_review(dossier: Dossier, user: User | None) -> str | None:
    if dossier.issue.needs_review and dossier.is_statutory_running and dossier.issue.working_days is not None:
        return None
    return _("这个到期日没有待复核的变化。")


def needs_no_supervision(dossier: Dossier, user: User | None) -> str | None:
    return _("上一次督办还没有回复。") if dossier.supervision else None


def needs_supervision(dossier: Dossier, user: User | None) -> str | None:
    return None if dossier.supervision else _("没有等待回复的督办。")


def needs_long_silence(dossier: Dossier, user: User | None) -> str | None:
    """R39: silence is not consent; it only ends the waiting, of a platform that was asked twice with time to answer."""
    issue, rule, today = dossier.issue, dossier.handling_rule, dossier.yardstick.today
    if issue.resolved_on is None or issue.asked_again_at is None:
        return _("还没有再次询问平台。")
    silent = dossier.calendar.between(issue.resolved_on, today)
    silent_again = dossier.calendar.between(on_date(issue.asked_again_at), today)
    is_over = silent >= rule.silent_after and silent_again >= rule.silent_after - rule.ask_again_after
    return None if is_over else _("平台的答复期还没有过。")


def needs_no_merged(dossier: Dossier, user: User | None) -> str | None:
    """R37: whoever raised what was merged into it still waits for an answer."""
    return _("有别的问题并入了这一件，平台都在等答复，不能撤回。") if dossier.has_merged else None


def _waits(dossier: Dossier, kind: RequestKind) -> str | None:
    return _("同样的申请正在等待审批。") if dossier.is_pending(kind) else None
