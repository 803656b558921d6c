"""What the issue list shows around its rows: saved views, filters to choose from, filters in force."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models import Role, Unit, User
from issues.filters import IssueFilter
from issues.levels import PRESSING
from issues.models import Issue, IssueCategory, State, Suspension, Tier
from issues.moves_on_offer import REVIEWERS
from liaisons.models import Officer
from platforms.models import District
from platforms.models import Level as PlatformLevel

BY_DUE_DATE = ("clock_due_on", "pk")
NEWEST_FIRST = ("-pk",)
NONE = SafeString("")
NOT_FILTERS = ("cursor", "more", "sort")

# Words, and the filter: name and value.
VIEWS: tuple[tuple[Promise, str, str], ...] = (
    (gettext_lazy("全部"), "", ""),
    (gettext_lazy("在办"), "open", "true"),
    (gettext_lazy("临期"), "warning", "nearing"),
    (gettext_lazy("今日到期"), "warning", "due_today"),
    (gettext_lazy("逾期"), "warning", "overdue"),
)
MINE = (gettext_lazy("我的"), "todo", "true")
TO_REVIEW = (gettext_lazy("到期日待复核"), "needs_review", "true")
REVIEW_DUE = (gettext_lazy("挂账待复查"), "review_due", "true")

IN_VIEW = ("q", "tier", "state", "warning")
UNDER_MORE = ("unit", "home_unit", "district", "category", "level", "raised_from", "raised_to", "due_from", "due_to")
LABELS = {name: each.label for name, each in IssueFilter.get_filters().items()}  # type: ignore[no-untyped-call] # stubs


@dataclass(frozen=True, slots=True)
class SavedView:
    label: str
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Control:
    """One filter to fill in. `options` are ready HTML: a select of a hundred units is drawn for every reader."""

    name: str
    label: str
    value: str
    errors: list[str]
    options: SafeString = NONE


@dataclass(frozen=True, slots=True)
class Applied:
    """A filter in force, and the query of the list without it."""

    label: str
    without: str


def order_of(given: QueryDict) -> tuple[str, ...]:
    """By the running clock where only issues with a running clock are asked for, else the newest first."""
    has_clock = given.get("open") == "true" or given.get("todo") == "true" or given.get("warning")
    return BY_DUE_DATE if given.get("sort", "due" if has_clock else "new") == "due" else NEWEST_FIRST


class FilterBar:
    """The filters of one request as the reader meets them."""

    def __init__(self, filters: IssueFilter, reader: User) -> None:
        self.filters, self.given, self.reader = filters, filters.data, reader

    @property
    def saved_views(self) -> list[SavedView]:
        """Which of the views is the present list, give or take its page and order."""
        present = {name: self.given.getlist(name) for name in self.given if name not in NOT_FILTERS}
        present = {name: values for name, values in present.items() if any(values)}
        views = (
            *VIEWS,
            *([MINE] if self.reader.has_workbench else []),
            *([TO_REVIEW] if self._has_reviews else []),
            *([REVIEW_DUE] if self._has_suspensions_to_review else []),
        )
        return [
            SavedView(str(label), f"{name}={value}" if name else "", present == ({name: [value]} if name else {}))
            for label, name, value in views
        ]

    @property
    def _has_reviews(self) -> bool:
        """Whether dates wait for one of those who review them; one statement for these readers."""
        if self.reader.role not in REVIEWERS:
            return False
        return Issue.objects.visible_to(self.reader).filter(needs_review=True).exists()

    @property
    def _has_suspensions_to_review(self) -> bool:
        """Whether the reader may act on a suspension whose review has come; one statement for those who act."""
        if not self.reader.is_officer and self.reader.role not in (Role.UNIT_HEAD, Role.COMMISSION_OFFICE):
            return False
        own = Issue.objects.editable_by(self.reader)
        return Suspension.objects.to_review(self.filters.yardstick.today).filter(issue__in=own).exists()

    @cached_property
    def applied(self) -> list[Applied]:
        """Every filter in force, wrong ones included, in the order of the filters."""
        return [
            Applied(self._words(name, value), self._without(name, value))
            for name in self.filters.filters
            for value in self.given.getlist(name)
            if value
        ]

    @property
    def complaints(self) -> list[tuple[str, str, str]]:
        """Where to go, name and sentence of every wrong value."""
        shown = (*IN_VIEW, *(UNDER_MORE if self.is_more else ()))
        return [
            (f"#id_{name}" if name in shown else "", str(self.filters.filters[name].label), str(message))
            for name, messages in self.filters.errors.items()
            for message in messages
        ]

    @property
    def is_more(self) -> bool:
        """Whether 更多筛选 stands open."""
        return "more" in self.given or any(name in self.filters.errors for name in UNDER_MORE)

    @property
    def q(self) -> Control:
        return self._control("q")

    @property
    def q_alone(self) -> str:
        """The query of the list with what was typed and no other filter; empty where there is no other."""
        return urlencode({"q": self.given["q"]}) if len(self.applied) > 1 and self.filters.words else ""

    @property
    def selects(self) -> list[SafeString]:
        """The selects in view, as HTML."""
        return [self._fixed(name) for name in IN_VIEW if name != "q"]

    @property
    def more_selects(self) -> list[Control]:
        units = Unit.objects.visible_to(self.reader)
        homes = units.filter(pk__in=Officer.objects.values("home_unit"))
        districts = District.objects.values_list("pk", "name", "name_en")
        return [
            self._select("unit", _("全部主办单位"), _labelled(units.values_list("pk", "name", "name_en"))),
            self._select("home_unit", _("全部联点单位"), _labelled(homes.values_list("pk", "name", "name_en"))),
            self._select("district", _("全部区县和园区"), _labelled(districts)),
            self._select("category", _("全部需求类别"), _categories()),
            self._select("level", _("全部平台级别"), PlatformLevel.choices),
        ]

    @property
    def days(self) -> list[Control]:
        return [self._control(name) for name in UNDER_MORE if name.endswith(("_from", "_to"))]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Name and value of what the form does not show but must not lose."""
        shown = (*IN_VIEW, "cursor", *(UNDER_MORE if self.is_more else ()))
        return [
            (name, value) for name in self.given if name not in shown for value in self.given.getlist(name) if value
        ]

    def _fixed(self, name: str) -> SafeString:
        value, errors = self.given.get(name, ""), self.filters.errors.get(name, [])
        if errors:
            everything, choices = FIXED[name]
            return _select_html(Control(name, str(LABELS[name]), value, errors, _options(everything, choices, value)))
        return _fixed_select(name, value, get_language())

    def _control(self, name: str, options: SafeString = NONE) -> Control:
        label = str(LABELS[name])
        return Control(name, label, self.given.get(name, ""), self.filters.errors.get(name, []), options)

    def _select(self, name: str, everything: str, choices: Iterable[tuple[Any, Any]]) -> Control:
        return self._control(name, _options(everything, choices, self.given.get(name, "")))

    def _words(self, name: str, value: str) -> str:
        label = str(self.filters.filters[name].label)
        if name in self.filters.errors:
            return _("%(label)s：%(value)s") % {"label": label, "value": value}
        chosen: object = self.filters.form.cleaned_data[name]
        if isinstance(chosen, Model):
            return _("%(label)s：%(value)s") % {"label": label, "value": chosen}
        if name in YES_NO:
            return str(YES_NO[name][value == "true"])
        choices: dict[str, Promise] = dict(getattr(self.filters.form.fields[name], "choices", ()))
        return str(choices.get(value, _("%(label)s：%(value)s") % {"label": label, "value": value}))

    def _without(self, name: str, value: str) -> str:
        rest = self.given.copy()
        rest.setlist(name, [each for each in self.given.getlist(name) if each != value])
        # A place in the longer list means nothing in another one, and a period nothing without its selection.
        for dropped in ("cursor", *(("period_from", "period_to") if name == "selection" else ())):
            rest.pop(dropped, None)
        without: str = rest.urlencode()
        return without


# The words for "false" and "true".
YES_NO: dict[str, tuple[Promise, Promise]] = {
    "open": (gettext_lazy("已办结"), gettext_lazy("在办")),
    "mine": (gettext_lazy("不是我承办的"), gettext_lazy("我承办的")),
    "todo": (gettext_lazy("不待我办理"), gettext_lazy("待我办理")),
    "needs_review": (gettext_lazy("到期日不待复核"), gettext_lazy("到期日待复核")),
    "review_due": (gettext_lazy("挂账不待复查"), gettext_lazy("挂账待复查")),
}


# Selects whose choices never change: the words for "all of them", and the choices.
FIXED: dict[str, tuple[Promise, list[tuple[Any, Any]]]] = {
    "tier": (gettext_lazy("全部类别"), [(tier.value, format_lazy("{} {}", tier.value, tier.label)) for tier in Tier]),
    "state": (gettext_lazy("全部状态"), State.choices),
    "warning": (gettext_lazy("全部预警"), [(level.value, level.label) for level in PRESSING]),
}


@lru_cache(maxsize=256)
def _fixed_select(name: str, value: str, language: str | None) -> SafeString:
    everything, choices = FIXED[name]
    return _select_html(Control(name, str(LABELS[name]), value, [], _options(everything, choices, value)))


def _select_html(control: Control) -> SafeString:
    return render_to_string("issues/_filter_select.html", {"control": control})


def _options(everything: object, choices: Iterable[tuple[Any, Any]], value: str) -> SafeString:
    options = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((key, SafeString(" selected" if str(key) == value else ""), label) for key, label in choices),
    )
    return format_html('<option value="">{}</option>{}', everything, options)


def _labelled(rows: Iterable[tuple[int, str, str]]) -> list[tuple[int, str]]:
    in_english = (get_language() or "").startswith("en")
    return [(pk, (name_en if in_english else "") or name) for pk, name, name_en in rows]


def _categories() -> Iterator[tuple[int, str]]:
    """Each domain, followed by its sub-categories."""
    rows = list(IssueCategory.objects.all())
    for parent in rows:
        if parent.parent_id is None:
            yield parent.pk, parent.label
            yield from ((row.pk, f"　{row.label}") for row in rows if row.parent_id == parent.pk)
