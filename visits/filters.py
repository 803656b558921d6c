"""The filters of the visit list: one set for the page, the API and every figure that opens its list."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Model, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, DateFilter, FilterSet, ModelChoiceFilter

from accounts.filters import WordsFilter
from config.forms import DayInput
from liaisons.models import Officer
from platforms.models import Platform
from visits.models import Mode, Visit, VisitQuerySet

NOT_FOUND = {"invalid_choice": _("没有这一项，或不在您的查看范围。")}
UNKNOWN = {"invalid_choice": _("没有“%(value)s”这个选项。")}


class VisitFilterForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("visited_from"), self.cleaned_data.get("visited_to")
        if first and last and last < first:
            self.add_error("visited_to", _("结束日期早于开始日期。"))
        return self.cleaned_data


def _seen_by_reader(model: Any) -> Any:
    """The rows of `model` that the request's user may name in a filter."""
    return lambda request: model.objects.visible_to(request.user) if request else model.objects.none()


def _one(model: Any, **how: Any) -> ModelChoiceFilter:
    return ModelChoiceFilter(queryset=_seen_by_reader(model), error_messages=NOT_FOUND, **how)


def _day(lookup: str, **how: Any) -> DateFilter:
    return DateFilter(
        field_name="visited_on",
        lookup_expr=lookup,
        widget=DayInput,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("请写成2026-10-15这样的日期。")},
        **how,
    )


class VisitFilter(FilterSet):
    """What is wrong with the values stands in `errors`, by filter, in the reader's language."""

    q = WordsFilter(label=_("平台、内容或见了谁"), method="mentioning", max_length=100)
    platform = _one(Platform, label=_("平台"), empty_label=_("全部平台"))
    officer = _one(Officer, label=_("联点干部"))
    mode = ChoiceFilter(label=_("方式"), choices=Mode.choices, empty_label=_("全部方式"), error_messages=UNKNOWN)
    visited_from = _day("gte", label=_("从"))
    visited_to = _day("lte", label=_("到"))

    class Meta:
        model = Visit
        form = VisitFilterForm
        fields: list[str] = []

    @cached_property
    def applied(self) -> list[tuple[str, str]]:
        """What each filter in force says, and the query that is left without it. After is_valid()."""
        said = {name: value for name, value in self.form.cleaned_data.items() if value}
        return [(self._words(name, value), self._without(name)) for name, value in said.items()]

    def _words(self, name: str, value: Any) -> str:
        label = self.filters[name].label
        match value:
            case Model():
                return str(value)
            case date():
                return f"{label} {value.isoformat()}"
        return str(Mode(value).label) if name == "mode" else str(value)

    def _without(self, name: str) -> str:
        rest = self.data.copy()
        rest.pop(name, None)
        rest.pop("cursor", None)
        return str(rest.urlencode())

    def mentioning(self, rows: VisitQuerySet, name: str, value: str) -> VisitQuerySet:
        return rows.filter(
            Q(text__icontains=value) | Q(platform__name__icontains=value) | Q(people_met__icontains=value)
        )
