"""What a page names in words before a move is made: the days that follow from it, and who decides."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role, User
from issues.deadlines import counted
from issues.dossier import Dossier
from issues.levels import Yardstick
from issues.models import HandlingRule, Request, RequestKind, Tier
from issues.services.referral import signing_span
from issues.services.requests import LONGEST_SUSPENSION, approvers
from workdays.calendar import CalendarCoverageError

TOO_SHORT = gettext_lazy("工作日历还不够长，请先录入下一年的放假安排。")
# So many people are called by their names, more by their offices.
MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Fact:
    """One line above a form: a day, or words where there is none; `note` says what about it."""

    label: str | Promise
    day: date | None = None
    words: str | Promise = ""
    note: str | Promise = ""


@dataclass(frozen=True, slots=True)
class DaysOfReferral:
    """Until when the lead unit signs (R31) and the supporting ones answer (R33)."""

    sign_by: date
    answer_by: date


def days_of_referral(yardstick: Yardstick, calendar_id: int) -> DaysOfReferral:
    """Of what is referred today. Raises CalendarCoverageError beyond the calendar."""
    calendar = yardstick.calendar_of(calendar_id)
    rule = HandlingRule.in_force(yardstick.today)
    answer_by = counted(calendar, yardstick.today, rule.support_within).due_on
    return DaysOfReferral(signing_span(calendar, yardstick.today).due_on, answer_by)


def facts_of_referral(dossier: Dossier) -> list[Fact]:
    """T4: the statutory due date, which a referral does not move, and the days that it sets."""
    try:
        days = days_of_referral(dossier.yardstick, dossier.issue.calendar_id)
    except CalendarCoverageError:
        return [*_due(dossier), Fact(_("签收期限"), words=TOO_SHORT)]
    return [
        *_due(dossier),
        Fact(_("签收期限"), days.sign_by, note=_("接办单位在这一天24:00前签收。")),
        Fact(_("协办答复"), days.answer_by, note=_("选了协办单位的，在这一天24:00前答复主办单位。")),
    ]


def facts_of_decision(dossier: Dossier) -> list[Fact]:
    """T7: who gave it back and whom it suggests, the due date and the day by which to sign."""
    returned, facts = dossier.last_returned, []
    if returned is not None:
        suggested = returned.suggested_unit
        words = _("%(unit)s：%(reason)s") % {"unit": returned.unit.label, "reason": returned.return_reason}
        facts = [
            Fact(_("退回理由"), words=words),
            Fact(_("建议单位"), words=suggested.label if suggested else _("没有建议")),
            Fact(_("裁定期限"), dossier.return_decided_by),
        ]
    return [*facts, *(fact for fact in facts_of_referral(dossier) if fact.label != _("协办答复"))]


def facts_of_return(dossier: Dossier) -> list[Fact]:
    """R32: until when, and who decides."""
    decider = _("%(unit)s负责人") % {"unit": dossier.issue.home_unit.label}
    return [
        Fact(_("最迟退回"), dossier.return_until),
        Fact(_("由谁裁定"), words=decider if dossier.issue.tier == "B" else _("市委科技办")),
        *_due(dossier, _("退回不停表。")),
    ]


def facts_of_extension(dossier: Dossier, user: User) -> list[Fact]:
    """R34: the present date, how far it can go, who approves and who is told."""
    asked = Request(issue=dossier.issue, kind=RequestKind.EXTEND, asked_by=user)
    return [
        *_due(dossier, _("批准之前照常有效。")),
        Fact(_("最迟可延到"), latest_extension(dossier), note=_("最多再加一个时限，只能延期一次。")),
        Fact(_("由谁审批"), words=names_of_approvers(asked)),
        Fact(_("告知平台"), words=_("批准后，系统把新的到期日告知平台。")),
    ]


def facts_of_suspension(dossier: Dossier, user: User) -> list[Fact]:
    """R36: the date of the clock that would stop, what becomes of it, until when at most, and who approves."""
    issue, asked = dossier.issue, Request(issue=dossier.issue, kind=RequestKind.SUSPEND, asked_by=user)
    return [
        Fact(_("现到期日"), issue.clock_due_on, note=_("批准之前照常计时。")),
        Fact(_("新到期日"), words=_("恢复计时那天才能算出：停了几个工作日，就顺延几个工作日。")),
        Fact(_("最迟复查"), dossier.yardstick.today + timedelta(days=LONGEST_SUSPENSION)),
        Fact(_("由谁审批"), words=names_of_approvers(asked)),
    ]


def facts_of_tier(dossier: Dossier) -> list[Fact]:
    """R29: who approves; until then the old date holds."""
    bureau = _("市委科技办或市科技局")
    heads = _("联点单位负责人、市委科技办或市科技局；调为D类的，由市委科技办或市科技局审批。")
    words = bureau if dossier.issue.tier == Tier.D else heads
    return [Fact(_("由谁审批"), words=words, note=_("批准之前，原到期日照常有效。"))]


def _due(dossier: Dossier, note: str = "") -> list[Fact]:
    issue = dossier.issue
    if issue.due_on is None:
        return []
    return [Fact(_("处置到期日"), issue.due_on, note=note or _("按提出日期起算，交办不改变。"))]


def latest_extension(dossier: Dossier) -> date | None:
    """One more term after the present due date, as far as the calendar goes."""
    issue, calendar = dossier.issue, dossier.calendar
    if issue.due_on is None or issue.term is None:
        return None
    seq = calendar.seq(issue.due_on) + issue.term.working_days
    return calendar.worked_day(min(seq, calendar.seq(calendar.last)))


def names_of_approvers(asked: Request) -> str:
    """Who may decide, in words: a few by name, many by their office. One statement."""
    people = approvers(asked).exclude(pk=asked.asked_by_id).select_related("unit").order_by("role", "pk")
    found = list(people[: MOST_NAMES + 1])
    if not found:
        return _("还没有人能审批，请联系系统管理员")
    if len(found) > MOST_NAMES or any(person.role != found[0].role for person in found):
        return _by_office(asked)
    by_office: dict[str, list[str]] = {}
    for person in found:
        by_office.setdefault(_office(person), []).append(person.name)
    return _("或").join(
        _("%(unit)s%(person)s") % {"unit": office, "person": _("或").join(names)} for office, names in by_office.items()
    )


def _by_office(asked: Request) -> str:
    return _("市委科技办或市科技局") if asked.kind == RequestKind.RETIER else _("市委科技办")


def _office(person: User) -> str:
    if person.role == Role.COMMISSION_OFFICE:
        return _("市委科技办")
    return person.unit.label if person.unit else ""
