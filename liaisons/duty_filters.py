"""The filters of the list of duties: one set for the page, the API and every figure that opens the list."""

from typing import Any

from django import forms
from django.db.models import Model
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, DateFilter, FilterSet, ModelChoiceFilter, MultipleChoiceFilter

from accounts.models import Unit
from config.forms import DayInput
from liaisons.models import Duty, DutyKind, DutyQuerySet, DutyState, Officer
from platforms.models import District, Platform

UNKNOWN = {"invalid_choice": _("没有“%(value)s”这个选项。")}
NOT_FOUND = {"invalid_choice": _("没有这一项，或不在您的查看范围。")}
NOT_A_DAY = {"invalid": _("请写成2026-10-15这样的日期。")}
YES = [("true", _("还能做的"))]


class DutyFilterForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("due_from"), cleaned.get("due_to")
        if first and last and last < first:
            self.add_error("due_to", _("结束日期早于开始日期。"))
        return cleaned


def _seen_by_reader(model: Any) -> Any:
    """The rows of `model` that the request's user may name in a filter."""
    return lambda request: model.objects.visible_to(request.user) if request else model.objects.none()


def _officers(request: Any) -> Any:
    seen = Officer.objects.visible_to(request.user) if request else Officer.objects.none()
    return seen.select_related("user").order_by("home_unit__path", "staff_no")


def _one(rows: Any, label: Promise, **how: Any) -> ModelChoiceFilter:
    return ModelChoiceFilter(queryset=rows, label=label, error_messages=NOT_FOUND, **how)


def _day(label: Promise, lookup: str) -> DateFilter:
    return DateFilter(
        field_name="due_on",
        lookup_expr=lookup,
        label=label,
        widget=DayInput,
        input_formats=["%Y-%m-%d"],
        error_messages=NOT_A_DAY,
    )


class DutyFilter(FilterSet):
    """`state` may be repeated: any of them. `todo` are those that somebody can still do. `officer` and `unit` are of
    whoever holds a duty (R51). What is wrong with the values stands in `errors`, by filter."""

    kind = ChoiceFilter(choices=DutyKind.choices, label=_("任务"), empty_label=_("全部任务"), error_messages=UNKNOWN)
    state = MultipleChoiceFilter(
        choices=DutyState.choices, label=_("状态"), method="standing_at", distinct=False, error_messages=UNKNOWN
    )
    todo = ChoiceFilter(choices=YES, label=_("还能做的"), empty_label=_("全部"), method="to_do", error_messages=UNKNOWN)
    unit = _one(_seen_by_reader(Unit), _("联点单位"), method="of_unit", empty_label=_("全部联点单位"))
    officer = _one(_officers, _("联点干部"), method="of_officer", empty_label=_("全部联点干部"))
    platform = _one(_seen_by_reader(Platform), _("平台"))
    district = _one(
        District.objects.all(),
        _("区县(市)或园区"),
        field_name="platform__district",
        empty_label=_("全部区县园区"),
    )
    due_from = _day(_("期限从"), "gte")
    due_to = _day(_("期限到"), "lte")

    class Meta:
        model = Duty
        form = DutyFilterForm
        fields: list[str] = []

    @cached_property
    def applied(self) -> list[tuple[str, str]]:
        """What each filter in force says, and the query that is left without it. After is_valid()."""
        said = {name: value for name, value in self.form.cleaned_data.items() if value}
        return [(self._words(name, value), self._without(name)) for name, value in said.items()]

    def _words(self, name: str, value: Any) -> str:
        if isinstance(value, Model):
            return str(value)
        if name in ("due_from", "due_to"):
            return f"{self.filters[name].label} {value.isoformat()}"
        choices = dict(self.form.fields[name].choices)
        return "、".join(str(choices[each]) for each in (value if isinstance(value, list) else [value]))

    def _without(self, name: str) -> str:
        rest = self.data.copy()
        rest.pop(name, None)
        rest.pop("cursor", None)
        return str(rest.urlencode()) or "todo="  # without a query the list opens with what can still be done

    def standing_at(self, rows: DutyQuerySet, name: str, value: list[str]) -> DutyQuerySet:
        found: DutyQuerySet = rows.with_state().filter(state__in=value) if value else rows
        return found

    def to_do(self, rows: DutyQuerySet, name: str, value: str) -> DutyQuerySet:
        return rows.still_to_do()

    def of_unit(self, rows: DutyQuerySet, name: str, value: Unit) -> DutyQuerySet:
        return rows.held_by(Officer.objects.filter(home_unit=value))

    def of_officer(self, rows: DutyQuerySet, name: str, value: Officer) -> DutyQuerySet:
        return rows.held_by(Officer.objects.filter(pk=value.pk))
