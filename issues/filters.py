"""The filters of the issue list: one set for the page, the API and every figure that opens its list."""

from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django_filters import (
    ChoiceFilter,
    DateFilter,
    Filter,
    FilterSet,
    ModelChoiceFilter,
    MultipleChoiceFilter,
)

from accounts.filters import InstantFilter, WordsFilter
from accounts.models import Unit, User
from issues import selections
from issues.levels import PRESSING, Yardstick
from issues.models import (
    UNRESOLVED,
    Clock,
    Importance,
    Issue,
    IssueCategory,
    IssueQuerySet,
    Level,
    Nature,
    State,
    Suspension,
    Tier,
    Urgency,
    clock_in,
)
from issues.queues import Queue, waiting_for
from issues.search import mentioning
from issues.selections import Period, Selection
from liaisons.models import Officer
from platforms.models import District, Platform
from platforms.models import Level as PlatformLevel
from platforms.search import words_of

YES_NO = [("true", _("是")), ("false", _("否"))]
UNKNOWN = {"invalid_choice": _("没有“%(value)s”这个选项。")}
NOT_FOUND = {"invalid_choice": _("没有这一项，或不在您的查看范围。")}
NOT_A_DAY = {"invalid": _("请写成2026-10-15这样的日期。")}
NOT_A_MOMENT = {"invalid": _("请写成2026-10-15T08:00:00+08:00这样的时间。")}


class IssueFilterForm(forms.Form):
    """What holds between filters: a range runs forward, and a period belongs to a selection."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("due", "raised", "period"):
            first, last = cleaned.get(f"{name}_from"), cleaned.get(f"{name}_to")
            if first and last and last < first:
                self.add_error(f"{name}_to", _("结束日期早于开始日期。"))
        if not self.data.get("selection"):
            for name in ("period_from", "period_to"):
                if cleaned.get(name):
                    self.add_error(name, _("期间要与selection一起用。"))
        return cleaned


def _any_of(choices: Any, label: Promise, **how: Any) -> MultipleChoiceFilter:
    return MultipleChoiceFilter(choices=choices, label=label, distinct=False, error_messages=UNKNOWN, **how)


def _yes_no(label: Promise, method: str) -> ChoiceFilter:
    return ChoiceFilter(choices=YES_NO, label=label, method=method, error_messages=UNKNOWN)


def _one(rows: Any, label: Promise, **how: Any) -> ModelChoiceFilter:
    return ModelChoiceFilter(queryset=rows, label=label, error_messages=NOT_FOUND, **how)


def _day(label: Promise, **how: Any) -> DateFilter:
    return DateFilter(label=label, input_formats=["%Y-%m-%d"], error_messages=NOT_A_DAY, **how)


def _seen_by_reader(model: Any) -> Any:
    """The rows of `model` that the request's user may name in a filter."""
    return lambda request: model.objects.visible_to(request.user) if request else model.objects.none()


class IssueFilter(FilterSet):
    """Every filter of the list. What is wrong with the values stands in `errors`, by filter, in the reader's language.

    `tier`, `state`, `warning`, `nature`, `urgency` and `importance` may be repeated: any of them. `selection` opens the
    rows of a figure (issues.selections), cut to the days from `period_from` to `period_to`.
    """

    tier = _any_of([(tier.value, format_lazy("{} {}", tier.value, tier.label)) for tier in Tier], _("类别"))
    state = _any_of(State.choices, _("状态"))
    open = _yes_no(_("在办"), "unresolved")
    clock = ChoiceFilter(
        choices=[(Clock.STATUTORY.value, Clock.STATUTORY.label), (Clock.PLAN.value, Clock.PLAN.label)],
        label=_("在计的时限"),
        method="on_clock",
        error_messages=UNKNOWN,
    )
    warning = _any_of([(level.value, level.label) for level in PRESSING], _("预警"), method="at_level")
    mine = _yes_no(_("我承办的"), "handled_by_reader")
    todo = _yes_no(_("待我办理"), "for_reader_to_do")
    queue = ChoiceFilter(choices=Queue.choices, label=_("等我处理"), method="in_queue", error_messages=UNKNOWN)
    needs_review = _yes_no(_("到期日待复核"), "waiting_for_review")
    review_due = _yes_no(_("挂账待复查"), "with_review_due")
    platform = _one(_seen_by_reader(Platform), _("平台"))
    unit = _one(_seen_by_reader(Unit), _("主办单位"), field_name="lead_unit")
    home_unit = _one(_seen_by_reader(Unit), _("联点单位"))
    officer = _one(_seen_by_reader(Officer), _("首问干部"))
    handler = _one(_seen_by_reader(User), _("承办人"))
    district = _one(District.objects.all(), _("区县(市)或园区"), field_name="platform__district")
    category = _one(IssueCategory.objects.all(), _("需求类别"), method="in_category")
    nature = _any_of(Nature.choices, _("性质"))
    urgency = _any_of(Urgency.choices, _("紧急程度"))
    importance = _any_of(Importance.choices, _("重要性"))
    level = ChoiceFilter(
        choices=PlatformLevel.choices, label=_("平台级别"), field_name="platform__level", error_messages=UNKNOWN
    )
    due_from = _day(_("到期日从"), field_name="due_on", lookup_expr="gte")
    due_to = _day(_("到期日到"), field_name="due_on", lookup_expr="lte")
    raised_from = _day(_("提出日期从"), field_name="raised_on", lookup_expr="gte")
    raised_to = _day(_("提出日期到"), field_name="raised_on", lookup_expr="lte")
    updated_since = InstantFilter(
        label=_("更新于此后"), field_name="updated_at", lookup_expr="gte", error_messages=NOT_A_MOMENT
    )
    q = WordsFilter(label=_("编号、平台或问题"), method="mentioning", max_length=100)
    selection = ChoiceFilter(choices=Selection.choices, label=_("指标"), method="selected", error_messages=UNKNOWN)
    period_from = _day(_("期间从"), method="with_selection")
    period_to = _day(_("期间到"), method="with_selection")

    class Meta:
        model = Issue
        form = IssueFilterForm
        fields: list[str] = []

    def __init__(
        self,
        data: QueryDict | None = None,
        queryset: IssueQuerySet | None = None,
        *,
        request: HttpRequest | None = None,
        prefix: str | None = None,
        yardstick: Yardstick | None = None,
    ) -> None:
        # Most requests name one or two filters of twenty: only those are built.
        given = QueryDict() if data is None else data
        declared: dict[str, Filter] = type(self).declared_filters  # type: ignore[attr-defined] # its metaclass adds them
        self.base_filters = {name: each for name, each in declared.items() if any(given.getlist(name))}
        super().__init__(given, queryset, request=request, prefix=prefix)
        if yardstick is not None:
            self.yardstick = yardstick

    @cached_property
    def yardstick(self) -> Yardstick:
        return Yardstick()

    @property
    def reader(self) -> User:
        assert self.request is not None  # noqa: S101 - the filters that ask for the reader come from a request
        return self.request.user  # type: ignore[no-any-return] # django-filter does not say what a request is

    @property
    def words(self) -> list[str]:
        """What is searched for, word by word; nothing while anything is wrong with the filters."""
        return [] if self.errors else words_of(self.form.cleaned_data.get("q") or "")

    def unresolved(self, rows: IssueQuerySet, name: str, value: str) -> IssueQuerySet:
        return rows.filter(state__in=UNRESOLVED) if value == "true" else rows.exclude(state__in=UNRESOLVED)

    def on_clock(self, rows: IssueQuerySet, name: str, value: str) -> IssueQuerySet:
        return rows.filter(state__in=[state for state in State if clock_in(state) == value])

    def handled_by_reader(self, rows: IssueQuerySet, name: str, value: str) -> IssueQuerySet:
        return rows.filter(handler=self.reader) if value == "true" else rows.exclude(handler=self.reader)

    def for_reader_to_do(self, rows: IssueQuerySet, name: str, value: str) -> IssueQuerySet:
        """The figure of the workbench."""
        todo = Issue.objects.to_do_of(self.reader).values("pk")
        return rows.filter(pk__in=todo) if value == "true" else rows.exclude(pk__in=todo)

    def in_queue(self, rows: IssueQuerySet, name: str, value: str) -> IssueQuerySet:
        """What waits for the reader at one step of the workflow."""
        return rows.filter(pk__in=waiting_for(self.reader, value).values("pk"))

    def waiting_for_review(self, rows: IssueQuerySet, name: str, value: str) -> IssueQuerySet:
        return rows.filter(needs_review=value == "true")

    def with_review_due(self, rows: IssueQuerySet, name: str, value: str) -> IssueQuerySet:
        """R36: suspended, and the day on which somebody has to look at it again has come."""
        due = Suspension.objects.to_review(self.yardstick.today).values("issue")
        return rows.filter(pk__in=due) if value == "true" else rows.exclude(pk__in=due)

    def at_level(self, rows: IssueQuerySet, name: str, value: list[str]) -> IssueQuerySet:
        wanted = Q()
        for level in value:
            wanted |= self.yardstick.where(Level(level))
        return rows.filter(wanted)

    def in_category(self, rows: IssueQuerySet, name: str, value: IssueCategory) -> IssueQuerySet:
        return rows.filter(Q(category=value) | Q(category__parent=value))

    def mentioning(self, rows: IssueQuerySet, name: str, value: str) -> IssueQuerySet:
        return mentioning(rows, value)

    def selected(self, rows: IssueQuerySet, name: str, value: str) -> IssueQuerySet:
        ends = {"first": self.form.cleaned_data.get("period_from"), "last": self.form.cleaned_data.get("period_to")}
        period = Period(**{end: day for end, day in ends.items() if day})
        return rows.filter(selections.rows(value, period, self.yardstick.today))

    def with_selection(self, rows: IssueQuerySet, name: str, value: object) -> IssueQuerySet:
        return rows
