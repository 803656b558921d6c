"""What an entry says to its reader: names for tables and columns, words for stored values, labels for keys."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Field, ForeignKey, Model
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audit.models import Action, AuditEntry

# Every table that stands in the log.
SUBJECTS = {
    "accounts_user": _("账号"),
    "accounts_apitoken": _("接口令牌"),
    "accounts_unit": _("单位"),
    "issues_firstreplyterm": _("首次答复时限"),
    "issues_handlingrule": _("办理规则"),
    "issues_issue": _("问题"),
    "issues_issuecategory": _("问题类别"),
    "issues_request": _("申请"),
    "issues_rung": _("预警级次"),
    "issues_signingterm": _("签收时限"),
    "issues_tierterm": _("办理时限"),
    "issues_warningladder": _("预警规则"),
    "liaisons_absence": _("请假代理"),
    "liaisons_assignment": _("联点关系"),
    "liaisons_dutyrule": _("联系任务规则"),
    "liaisons_handover": _("平台移交"),
    "platforms_linkrule": _("专用链接规则"),
    "visits_feedbackterm": _("投诉建议答复时限"),
    "liaisons_officer": pgettext_lazy("several", "联点干部"),
    "liaisons_portfoliorule": _("联点平台数"),
    "notices_channel": _("通知渠道"),
    "notices_delivery": _("发送记录"),
    "platforms_district": _("区县(市)和园区"),
    "platforms_platform": _("平台"),
    "platforms_platformcontact": _("平台联系人"),
    "platforms_platformtype": _("平台类型"),
    "platforms_techdomain": _("技术领域"),
    "visits_visit": _("走访联系"),
    "workdays_holidaynotice": _("放假安排通知"),
    "audit_auditentry": _("审计记录"),
}
# What the detail holds besides columns.
PARTS = {
    "filters": _("筛选条件"),
    "number": _("核对到"),
    "sheets": _("导入结果"),
    "paused": _("锁定期间"),
    "kind": _("事项"),
    "before": _("之前"),
    "after": _("之后"),
}


@dataclass(frozen=True)
class Said:
    """One value of an entry; `old` is None where nothing stood before."""

    name: str
    new: str
    old: str | None = None


@dataclass(frozen=True)
class Line:
    """An entry as the list shows it."""

    entry: AuditEntry
    number: int | None
    subject: str
    said: list[Said]


class Reader:
    """Turns a page of entries into lines; the rows that their values point at are fetched a table at a time."""

    def __init__(self, entries: Iterable[AuditEntry]) -> None:
        self.entries = list(entries)
        self.rows = self._pointed_at()

    def lines(self) -> list[Line]:
        return [self._line(entry) for entry in self.entries]

    def _line(self, entry: AuditEntry) -> Line:
        link = getattr(entry, "link", None)
        said = [self._said(entry, name, entry.detail[name]) for name in sorted(entry.detail, key=_place)]
        subject = str(SUBJECTS.get(entry.subject, entry.subject))
        return Line(entry, link.number if link else None, subject, said)

    def _said(self, entry: AuditEntry, name: str, value: Any) -> Said:
        field = field_of(entry, name)
        title = PARTS.get(name) or (capfirst(str(field.verbose_name)) if field else name)
        if field is not None and entry.action != Action.MOVE and _is_change(value):
            return Said(str(title), self._word(field, value[1]), self._word(field, value[0]))
        return Said(str(title), self._word(field, value))

    def _word(self, field: "Field[Any, Any] | None", value: Any) -> str:
        if value in (None, "", []):
            return "—"
        if isinstance(value, bool):
            return str(_("是") if value else _("否"))
        if isinstance(field, ForeignKey):
            row = self.rows[field.related_model].get(value)
            return str(row) if row is not None else f"#{value}"
        if field is not None and field.flatchoices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(value, dict):
            return "；".join(f"{key} {self._word(None, each)}" for key, each in value.items())
        return "、".join(map(str, value)) if isinstance(value, list) else str(value)

    def _pointed_at(self) -> dict[Any, dict[Any, Model]]:
        keys: dict[Any, set[Any]] = defaultdict(set)
        for entry in self.entries:
            for name, value in entry.detail.items():
                field = field_of(entry, name)
                if isinstance(field, ForeignKey):
                    keys[field.related_model].update(value if isinstance(value, list) else [value])
        found = {model: model._base_manager.in_bulk(ids - {None}) for model, ids in keys.items()}
        return defaultdict(dict, found)


def field_of(entry: AuditEntry, column: str) -> "Field[Any, Any] | None":
    """The column a name in the detail speaks of."""
    if entry.action == Action.MOVE:
        column, table = ("state", "issues_issue") if column in ("before", "after") else (column, "issues_event")
        return _columns(table).get(column)
    return _columns(entry.subject).get(column)


@cache
def _columns(table: str) -> dict[str | None, Any]:
    models = (model for model in apps.get_models() if model._meta.db_table == table)
    return {field.column: field for model in models for field in model._meta.concrete_fields}


def _place(name: str) -> tuple[int, str]:
    """Columns by their names, then the parts in the order in which they are read."""
    return (list(PARTS).index(name), "") if name in PARTS else (-1, name)


def _is_change(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2
