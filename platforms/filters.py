"""The filters of the register: one set for the page, the API and every figure that opens the list."""

from functools import cached_property
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from accounts.filters import KeyFilter, WordsFilter
from accounts.models import Unit
from platforms.coverage import CONTACT_FILTERS, Coverage
from platforms.models import District, Level, Platform, PlatformQuerySet, PlatformType, TechDomain

UNKNOWN = {"invalid_choice": _("没有“%(value)s”这个选项。")}
NOT_FOUND = {"invalid_choice": _("没有这一项。")}
YES_NO = [("true", _("有联点干部")), ("false", _("还没有联点干部"))]


def _one(model: Any, **how: Any) -> ModelChoiceFilter:
    return ModelChoiceFilter(queryset=model.objects.all(), error_messages=NOT_FOUND, **how)


class PlatformFilter(FilterSet):
    """What is wrong with the values stands in `errors`, by filter, in the reader's language.

    `contact` is where a platform stands in the present quarter (platforms.coverage); `owing` all that are owed one.
    """

    q = WordsFilter(label=_("名称、曾用名、编号或依托单位"), method="called", max_length=100)
    level = ChoiceFilter(choices=Level.choices, label=_("级别"), empty_label=_("全部级别"), error_messages=UNKNOWN)
    type = _one(PlatformType, label=_("平台类型"), empty_label=_("全部类型"))
    district = _one(District, label=_("区县(市)或园区"), empty_label=_("全部区县园区"))
    contact = ChoiceFilter(
        choices=CONTACT_FILTERS,
        label=_("本季联系"),
        empty_label=_("本季联系情况"),
        method="standing_at",
        error_messages=UNKNOWN,
    )
    unit = _one(Unit, field_name="competent_unit", label=_("归口部门"), empty_label=_("全部归口部门"))
    domain = _one(TechDomain, field_name="tech_domain", label=_("技术领域"), empty_label=_("全部技术领域"))
    has_officer = ChoiceFilter(
        choices=YES_NO,
        label=_("联点干部"),
        empty_label=_("有无联点干部"),
        method="with_officer",
        error_messages=UNKNOWN,
    )
    officer = KeyFilter(label=_("联点干部"), method="looked_after_by")
    home_unit = KeyFilter(label=_("联点单位"), method="looked_after_from")
    sensitive = BooleanFilter(field_name="is_sensitive", label=_("敏感平台"))

    class Meta:
        model = Platform
        fields: list[str] = []

    def __init__(
        self,
        data: QueryDict | None = None,
        queryset: PlatformQuerySet | None = None,
        *,
        request: HttpRequest | None = None,
        prefix: str | None = None,
        coverage: Coverage | None = None,
    ) -> None:
        super().__init__(data if data is not None else QueryDict(), queryset, request=request, prefix=prefix)
        if coverage is not None:
            self.coverage = coverage

    @cached_property
    def coverage(self) -> Coverage:
        return Coverage()

    def called(self, rows: PlatformQuerySet, name: str, value: str) -> PlatformQuerySet:
        fields = ("name", "former_names", "code", "host_institution")
        return rows.filter(Q(*((f"{field}__icontains", value) for field in fields), _connector=Q.OR))

    def standing_at(self, rows: PlatformQuerySet, name: str, value: str) -> PlatformQuerySet:
        return rows.filter(self.coverage.where(value))

    def with_officer(self, rows: PlatformQuerySet, name: str, value: str) -> PlatformQuerySet:
        looked_after = Platform.objects.filter(assignments__ended_on=None, assignments__isnull=False).values("pk")
        return rows.filter(pk__in=looked_after) if value == "true" else rows.exclude(pk__in=looked_after)

    def looked_after_from(self, rows: PlatformQuerySet, name: str, value: int) -> PlatformQuerySet:
        return rows.filter(assignments__officer__home_unit=value, assignments__ended_on=None)

    def looked_after_by(self, rows: PlatformQuerySet, name: str, value: int) -> PlatformQuerySet:
        return rows.filter(assignments__officer=value, assignments__ended_on=None)
