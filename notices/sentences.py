"""What an entry of the outbox says, made from its kind and data whenever it is read: in the reader's language.

It takes the plain values and no row, so that the inbox, a mail and a job say the same words.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils import formats
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from config.clock import today

Data = Mapping[str, Any]

REQUESTS = {
    "extend": pgettext_lazy("request", "延期"),
    "suspend": pgettext_lazy("request", "挂账"),
    "retier": pgettext_lazy("request", "调整类别"),
}
OUTCOMES = {"approved": pgettext_lazy("request", "已同意"), "refused": pgettext_lazy("request", "未同意")}
# By clock, then by level.
WARNINGS = {
    "statutory": {
        "half": _("问题 %(number)s 时限过半，%(day)s到期"),
        "nearing": _("问题 %(number)s 临期，%(day)s到期"),
        "due_today": _("问题 %(number)s 今日到期，%(day)s24:00前"),
        "overdue": _("问题 %(number)s 逾期，到期日是%(day)s"),
    },
    "plan": {
        "half": _("问题 %(number)s 方案时间过半，承诺%(day)s办结"),
        "nearing": _("问题 %(number)s 方案临期，承诺%(day)s办结"),
        "due_today": _("问题 %(number)s 方案今日到期，承诺%(day)s办结"),
        "overdue": _("问题 %(number)s 方案逾期，承诺日是%(day)s"),
    },
    "sign": {
        "half": _("问题 %(number)s 待签收，%(day)s前签收"),
        "nearing": _("问题 %(number)s 待签收，%(day)s前签收"),
        "due_today": _("问题 %(number)s 今日应签收，%(day)s24:00前"),
        "overdue": _("问题 %(number)s 逾期未签收，应于%(day)s前签收"),
    },
}
# By the part of the code before the first "/"; what follows it names the thing.
ALERTS = {
    "holiday-notice": _("%(year)s年放假安排已载入，等待复核"),
    "channel-failing": _("通知渠道“%(name)s”连续1小时发送失败，仍在重试"),
    "channel-off": _("通知渠道“%(name)s”连续5天发送失败，已停用，未送达的消息可在恢复后重新发送"),
    "dead-letters": _("有消息未能送达，请在发送记录中重新发送或标为不再发送"),
    "calendar-due": _("%(year)s年的放假安排还没有录入，请在12月10日前录入"),
    "calendar-missing": _("工作日历缺少%(year)s年的放假安排，跨年的到期日无法确定，请尽快录入"),
    "calendar-too-short": _("有到期日超出工作日历的范围，没有重算；请补上后面的年份"),
    "tick-late": _("预警扫描自%(since)s起没有按时运行，恢复后自动补做"),
    "outbox-stands": _("待发消息自%(since)s起没有发出，恢复后自动补发"),
    "disk-short": _("磁盘空间不足，请清理或扩容"),
    "attachments-lost": _("有%(count)s个附件的文件不在存储目录中，请从备份恢复"),
    "audit-broken": _("审计记录核对时发现改动，请保留现场并联系审计管理员"),
}
# What happened to a handover of a platform or a case, or to who stands in for whom.
HANDOVERS = {
    "asked": _("%(giver)s请您接手%(platform)s，自%(day)s起，等待您接受"),
    "accepted": _("%(receiver)s接受了%(platform)s的移交，自%(day)s起负责"),
    "declined": _("%(receiver)s没有接受%(platform)s的移交，仍由%(giver)s负责"),
    "withdrawn": _("%(platform)s的移交已撤回，仍由%(giver)s负责"),
    "done": _("%(platform)s自%(day)s起由%(receiver)s负责"),
    "failed": _("%(platform)s的移交未能生效，仍由%(giver)s负责，请看原因"),
    "case_asked": _("%(giver)s请您接手问题 %(number)s，等待您接受"),
    "case_done": _("%(receiver)s接手了问题 %(number)s"),
    "case_declined": _("%(receiver)s没有接手问题 %(number)s，仍由%(giver)s承办"),
    "case_withdrawn": _("问题 %(number)s 的移交已撤回，仍由%(giver)s承办"),
    "deputy": _("%(giver)s请假，%(day)s至%(until)s由%(receiver)s代理"),
    "deputy_ended": _("%(giver)s的请假代理已结束，不再由%(receiver)s代理"),
}
# Contacts that a digest brings up: how many platforms, and the first day by which.
CONTACTS: dict[str, Callable[[int, str], str]] = {
    "first_contact": lambda n, by: (
        ngettext("%(n)s家平台待首次联系（最早%(day)s前）", "%(n)s家平台待首次联系（最早%(day)s前）", n)
        % {"n": n, "day": by}
    ),
    "first_visit": lambda n, by: (
        ngettext("%(n)s家平台待首次走访（最早%(day)s前）", "%(n)s家平台待首次走访（最早%(day)s前）", n)
        % {"n": n, "day": by}
    ),
    "quarterly_contact": lambda n, by: (
        ngettext("本季度还有%(n)s家平台未联系", "本季度还有%(n)s家平台未联系", n) % {"n": n}
    ),
}
# The words of a digest, in the order of their urgency.
COUNTS: dict[str, Callable[[int], str]] = {
    "overdue": lambda n: ngettext("%(n)s项逾期", "%(n)s项逾期", n) % {"n": n},
    "due_today": lambda n: ngettext("%(n)s项今日到期", "%(n)s项今日到期", n) % {"n": n},
    "nearing": lambda n: ngettext("%(n)s项临期", "%(n)s项临期", n) % {"n": n},
    "half": lambda n: ngettext("%(n)s项时限过半", "%(n)s项时限过半", n) % {"n": n},
    "review": lambda n: ngettext("挂账到复查日期%(n)s项", "挂账到复查日期%(n)s项", n) % {"n": n},
}


def sentence_of(kind: str, data: Data) -> str:
    """The sentence, without a full stop. Data that lacks a value leave a gap, never an error: the row is history."""
    tell = SENTENCES.get(kind, _warning)
    return tell(kind, data)


def counted(counts: Mapping[str, int]) -> str:
    """`{"overdue": 1, "nearing": 3}` is 1项逾期、3项临期; empty for nothing."""
    return gettext("、").join(words(counts[name]) for name, words in COUNTS.items() if counts.get(name))


def _warning(kind: str, data: Data) -> str:
    clock = WARNINGS.get(str(data.get("clock")), WARNINGS["statutory"])
    return clock.get(kind, clock["overdue"]) % {"number": _number(data), "day": _day(data, "due_on")}


def _digest(kind: str, data: Data) -> str:
    counts = {name: value for name, value in data.items() if isinstance(value, int)}
    words = counted(counts)
    contacts = [say(counts[name], _day(data, f"{name}_by")) for name, say in CONTACTS.items() if counts.get(name)]
    parts = [gettext("您有%(counts)s") % {"counts": words}] if words else []
    parts = parts + contacts or [gettext("今天没有到期的问题")]
    if held := counts.get("held"):
        parts.append(ngettext("非工作时间的提醒%(n)s条", "非工作时间的提醒%(n)s条", held) % {"n": held})
    return gettext("，").join(parts)


def _referred(kind: str, data: Data) -> str:
    values = {"number": _number(data), "unit": data.get("unit", ""), "day": _day(data, "sign_by")}
    return gettext("问题 %(number)s 交办给%(unit)s，请于%(day)s前签收") % values


def _requested(kind: str, data: Data) -> str:
    values = {"number": _number(data), "request": _word(REQUESTS, data.get("request"))}
    return gettext("问题 %(number)s 申请%(request)s，等待您审批") % values


def _decided(kind: str, data: Data) -> str:
    values = {
        "number": _number(data),
        "request": _word(REQUESTS, data.get("request")),
        "outcome": _word(OUTCOMES, data.get("outcome")),
    }
    return gettext("问题 %(number)s 的%(request)s申请%(outcome)s") % values


def _deadline_moved(kind: str, data: Data) -> str:
    """Of one issue the two dates; of many, which a holiday arrangement moved at once, their number."""
    moved, kept = data.get("moved", 0), data.get("kept", 0)
    if moved or kept:
        parts = [ngettext("%(n)s项到期日改动", "%(n)s项到期日改动", moved) % {"n": moved}] if moved else []
        parts += [ngettext("%(n)s项待复核", "%(n)s项待复核", kept) % {"n": kept}] if kept else []
        return gettext("放假安排调整，您有%(counts)s") % {"counts": gettext("、").join(parts)}
    values = {"number": _number(data), "old": _day(data, "old"), "new": _day(data, "new")}
    return gettext("问题 %(number)s 的到期日由%(old)s改为%(new)s") % values


# Of one issue and what its data name; days are written out.
MOVES = {
    "raised": _("%(platform)s提出问题 %(number)s，请定级"),
    "returned": _("问题 %(number)s 被%(unit)s退回，请裁定由谁办理"),
    "support_asked": _("问题 %(number)s 请%(unit)s协办，请于%(answer_by)s前答复"),
    "support_answered": _("问题 %(number)s 的协办单位%(unit)s已答复"),
    "confirm_asked": _("您提出的问题 %(number)s 已有结果，请告诉我们是否解决"),
    "answered": _("您提出的问题 %(number)s 已一并办理，请查看答复"),
    "moved_on": _("问题 %(number)s 现由%(unit)s主办"),
    "planned": _("问题 %(number)s 已定解决方案，承诺%(due_on)s前办结"),
    "disagreed": _("问题 %(number)s 的协办单位%(unit)s有不同意见，请协调"),
    "resolved": _("问题 %(number)s 已办结，等待平台确认"),
    "unconfirmed": _("问题 %(number)s 办结后平台还没有答复，请再问一次"),
    "call_asked": _("平台对问题 %(number)s 的办理不满意，请于%(call_by)s前回访"),
    "reopened": _("问题 %(number)s 平台反映未解决，重新办理，%(due_on)s到期"),
    "withdrawn": _("问题 %(number)s 已由平台撤回，不再办理"),
    "merged": _("问题 %(merged)s 已并入 %(number)s"),
    "reminded": _("问题 %(number)s 请抓紧办理（%(by)s催办）"),
    "supervised": _("问题 %(number)s 被督办，请于%(reply_by)s前回复"),
    "supervision_answered": _("问题 %(number)s 的督办已有回复"),
    "feedback": _("收到一条投诉建议，请于%(reply_by)s前答复"),
    "feedback_answered": _("您的投诉建议已有答复"),
}
DAYS = ("answer_by", "call_by", "due_on", "reply_by")


PROMISES = {
    "support": _("问题 %(number)s 的协办答复应在%(day)s前给出，请尽快答复"),
    "return": _("问题 %(number)s 的退回应在%(day)s前裁定，请尽快裁定"),
    "supervision": _("问题 %(number)s 的督办应在%(day)s前回复，请尽快回复"),
    "call": _("问题 %(number)s 应在%(day)s前回访，请尽快联系平台"),
}


def _promise(kind: str, data: Data) -> str:
    words = PROMISES.get(str(data.get("what")), "%(number)s")
    return str(words) % {"number": _number(data), "day": _day(data, "by")}


def _moved(kind: str, data: Data) -> str:
    days = {name: _day(data, name) for name in DAYS}
    blank = dict.fromkeys(("platform", "unit", "merged", "by"), "")
    return str(MOVES[kind]) % {**blank, **data, **days, "number": _number(data)}


def _way_in(kind: str, data: Data) -> str:
    return gettext("请查看平台的需求和办理进展")


def _handover(kind: str, data: Data) -> str:
    words = HANDOVERS.get(str(data.get("what")), "")
    names = {name: str(data.get(name, "")) for name in ("giver", "receiver", "platform")}
    return str(words) % {**names, "number": _number(data), "day": _day(data, "day"), "until": _day(data, "until")}


def _mentioned(kind: str, data: Data) -> str:
    values = {"number": _number(data), "name": data.get("name", "")}
    return gettext("%(name)s在问题 %(number)s 的留言中提到您") % values


def _alert(kind: str, data: Data) -> str:
    """Other rooms open alerts too; they bring their own `words`."""
    code = str(data.get("code", ""))
    words = ALERTS.get(code.partition("/")[0])
    if words is None:
        return str(data.get("words") or code)
    return str(words) % {"name": "", "year": "", "since": "", "count": "", **data}


SENTENCES: dict[str, Callable[[str, Data], str]] = {
    "digest": _digest,
    "referred": _referred,
    "requested": _requested,
    "decided": _decided,
    "deadline_moved": _deadline_moved,
    "alert": _alert,
    **dict.fromkeys(MOVES, _moved),
    "promise": _promise,
    "way_in": _way_in,
    "handover": _handover,
    "mentioned": _mentioned,
}


def _number(data: Data) -> str:
    return str(data.get("number", ""))


def _word(words: Mapping[str, Any], value: Any) -> str:
    return str(words.get(str(value), value or ""))


def _day(data: Data, name: str) -> str:
    """10月19日, with its year where that is not the present one."""
    text = str(data.get(name) or "")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    is_chinese = (get_language() or "").startswith("zh")
    year = "" if day.year == today().year else ("Y年" if is_chinese else " Y")
    return formats.date_format(day, f"{year}n月j日" if is_chinese else f"j M{year}")
