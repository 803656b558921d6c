"""The filters of the list of officers: one set for the page and the API."""

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter

from accounts.filters import KeyFilter, WordsFilter
from accounts.models import Unit
from liaisons.models import Assignment, Officer, OfficerQuerySet
from liaisons.services import portfolio_rule

LOADS = [("fewer", _("不足下限")), ("more", _("超过上限")), ("none", _("没有平台"))]


def with_portfolio(rows: OfficerQuerySet) -> Any:
    """Adds `current_platforms` and `has_reason`: an exception to the rule has been given a reason."""
    reasoned = Assignment.objects.current().filter(officer=OuterRef("pk")).exclude(exception_reason="")
    return rows.with_load().annotate(has_reason=Exists(reasoned))


class OfficerFilter(FilterSet):
    """`load` finds those who carry fewer or more platforms than the rule in force has, or none at all."""

    q = WordsFilter(label=_("姓名或工号"), method="called", max_length=100)
    unit = ModelChoiceFilter(
        queryset=Unit.objects.filter(pk__in=Officer.objects.values("home_unit")),
        field_name="home_unit",
        label=_("联点单位"),
        empty_label=_("全部单位"),
        error_messages={"invalid_choice": _("没有这一项。")},
    )
    load = ChoiceFilter(
        choices=LOADS,
        label=_("联点平台数"),
        empty_label=_("全部联点数"),
        method="carrying",
        error_messages={"invalid_choice": _("没有“%(value)s”这个选项。")},
    )

    platform = KeyFilter(label=_("平台"), method="looking_after")

    class Meta:
        model = Officer
        fields: list[str] = []

    def looking_after(self, rows: OfficerQuerySet, name: str, value: int) -> OfficerQuerySet:
        return rows.filter(pk__in=Assignment.objects.current().filter(platform=value).values("officer"))

    def called(self, rows: OfficerQuerySet, name: str, value: str) -> OfficerQuerySet:
        return rows.filter(Q(user__name__icontains=value) | Q(staff_no__icontains=value))

    def carrying(self, rows: OfficerQuerySet, name: str, value: str) -> OfficerQuerySet:
        rule = portfolio_rule()
        condition = {
            "none": Q(current_platforms=0),
            "fewer": Q(current_platforms__gte=1, current_platforms__lt=rule.minimum),
            "more": Q(current_platforms__gt=rule.maximum),
        }[value]
        return rows.filter(condition)
