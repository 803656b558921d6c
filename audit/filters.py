"""The filters of the log, for its page and its export."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, TextChoices
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet

from accounts.models import User
from audit.models import Action, AuditEntry, AuditQuerySet
from audit.words import SUBJECTS
from config.clock import SHANGHAI
from config.forms import DayInput

UNKNOWN = {"invalid_choice": _("没有“%(value)s”这个选项。")}


class Outcome(TextChoices):
    DONE = "done", _("成功")
    FAILED = "failed", _("未成功")


class AuditFilterForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("at_from"), self.cleaned_data.get("at_to")
        if first and last and last < first:
            self.add_error("at_to", _("结束日期早于开始日期。"))
        return self.cleaned_data


def _day(label: Any, method: str) -> DateFilter:
    return DateFilter(
        label=label,
        method=method,
        widget=DayInput,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("请写成2026-10-15这样的日期。")},
    )


def _one(label: Any, empty: Any, choices: Any, **how: Any) -> ChoiceFilter:
    return ChoiceFilter(label=label, empty_label=empty, choices=choices, error_messages=UNKNOWN, **how)


class AuditFilter(FilterSet):
    """What is wrong with the values stands in `errors`, by filter, in the reader's language."""

    person = CharFilter(label=_("人员姓名或账号"), method="by_person", max_length=50)
    q = CharFilter(label=_("对象名称或编号"), field_name="label", lookup_expr="icontains", max_length=100)
    action = _one(_("操作"), _("全部操作"), Action.choices)
    subject = _one(_("对象"), _("全部对象"), list(SUBJECTS.items()))
    outcome = _one(_("结果"), _("全部结果"), Outcome.choices, method="that_went")

    at_from = _day(_("从"), "since")
    at_to = _day(_("到"), "until")

    class Meta:
        model = AuditEntry
        form = AuditFilterForm
        fields: list[str] = []

    @property
    def selects(self) -> list[forms.BoundField]:
        return [self.form[name] for name in ("action", "subject", "outcome")]

    @property
    def days(self) -> list[forms.BoundField]:
        return [self.form[name] for name in ("at_from", "at_to")]

    @cached_property
    def applied(self) -> list[tuple[str, str]]:
        """What each filter in force says, and the query that is left without it. After is_valid()."""
        said = {name: value for name, value in self.form.cleaned_data.items() if value}
        return [(self._words(name, value), self._without(name)) for name, value in said.items()]

    def _words(self, name: str, value: Any) -> str:
        if isinstance(value, date):
            return f"{self.filters[name].label} {value.isoformat()}"
        choices = dict(getattr(self.form.fields[name], "choices", ()))
        return str(choices.get(value, value))

    def _without(self, name: str) -> str:
        rest = self.data.copy()
        rest.pop(name, None)
        rest.pop("cursor", None)
        return str(rest.urlencode())

    def by_person(self, rows: AuditQuerySet, name: str, value: str) -> AuditQuerySet:
        """By the keys of those called so now, which an index finds; and by the name typed in a sign-in that failed."""
        people = User.objects.filter(Q(name__icontains=value) | Q(username__icontains=value)).values("pk")
        return rows.filter(Q(actor__in=people) | Q(action=Action.SIGN_IN, label=value))

    def that_went(self, rows: AuditQuerySet, name: str, value: str) -> AuditQuerySet:
        return rows.filter(is_success=value == Outcome.DONE)

    def since(self, rows: AuditQuerySet, name: str, value: date) -> AuditQuerySet:
        return rows.filter(at__gte=_midnight(value))

    def until(self, rows: AuditQuerySet, name: str, value: date) -> AuditQuerySet:
        return rows.filter(at__lt=_midnight(value) + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
