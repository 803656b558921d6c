"""What the issue list shows around its rows: filters to choose from, filters in force."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, Model, OuterRef
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django_filters import ChoiceFilter, DateFilter, Filter, ModelChoiceFilter, MultipleChoiceFilter

from accounts.filters import InstantFilter
from accounts.models import Unit, User
from config.clock import SHANGHAI
from issues.filters import IssueFilter
from issues.levels import PRESSING
from issues.models import Issue, IssueCategory, State, Tier
from issues.saved_views.tabs import EVERYTHING, Tab, Tabs
from liaisons.models import Officer
from platforms.models import District, Platform

NONE = SafeString("")
# What the form does not carry on: the address of one page, and how the list is looked at.
NOT_CARRIED = ("cursor", "view")

FILTERS: dict[str, Filter] = IssueFilter.get_filters()  # type: ignore[no-untyped-call] # stubs
LABELS: dict[str, Promise] = {name: each.label for name, each in FILTERS.items()}
IN_VIEW = ("q", "tier", "state", "warning")
# Under 更多筛选, in groups. What is in no group stands at the end, so that a new filter is never out of reach.
GROUPS: tuple[tuple[Promise, tuple[str, ...]], ...] = (
    (gettext_lazy("分类"), ("tier", "nature", "urgency", "importance")),
    (gettext_lazy("进展"), ("state", "warning")),
    (gettext_lazy("单位和人"), ("unit", "home_unit", "officer", "handler")),
    (gettext_lazy("平台和需求"), ("platform", "level", "district", "category")),
    (gettext_lazy("办理"), ("open", "clock", "todo", "queue", "mine", "needs_review", "review_due")),
    (gettext_lazy("日期"), ("raised_from", "raised_to", "due_from", "due_to", "updated_since")),
    (gettext_lazy("指标"), ("selection", "period_from", "period_to")),
)
GROUPED = frozenset(name for _label, names in GROUPS for name in names)
# A list of more than these is no list to choose from.
MOST_OPTIONS = 500


@dataclass(frozen=True, slots=True)
class Control:
    """One filter to fill in. `options` are ready HTML: a select of a hundred units is drawn for every reader.

    `kind` is how it is drawn: a select, tick boxes (`many`), a day, a moment. `several`: more is chosen than a select
    shows. `is_too_long`: too many to choose from.
    """

    name: str
    label: str
    value: str
    errors: list[str]
    options: SafeString = NONE
    kind: str = "select"
    is_too_long: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Filters that belong together."""

    label: str
    controls: list[Control]

    @property
    def is_of_boxes(self) -> bool:
        """Tick boxes stand one group after the other, selects in columns."""
        return all(control.kind == "many" for control in self.controls)


@dataclass(frozen=True, slots=True)
class Applied:
    """A filter in force, and the query of the list without it."""

    label: str
    without: str


class FilterBar:
    """The filters of one request as the reader meets them."""

    def __init__(self, filters: IssueFilter, reader: User, tabs: Tabs) -> None:
        self.filters, self.given, self.reader, self.views = filters, filters.data, reader, tabs

    @property
    def everything(self) -> str:
        """The query of the list without any filter."""
        return EVERYTHING

    @property
    def tabs(self) -> list[Tab]:
        return self.views.shown

    @cached_property
    def applied(self) -> list[Applied]:
        """Every filter in force, wrong ones included, in the order of the filters."""
        return [Applied(self._words(*each), self._without(*each)) for each in self._in_force]

    @property
    def said(self) -> list[str]:
        """The same in words alone."""
        return [self._words(*each) for each in self._in_force]

    @property
    def _in_force(self) -> list[tuple[str, str]]:
        return [(name, value) for name in self.filters.filters for value in self.given.getlist(name) if value]

    @property
    def complaints(self) -> list[tuple[str, str, str]]:
        """Where to go, name and sentence of every wrong value."""
        shown = FILTERS if self.is_more else IN_VIEW
        return [
            (f"#id_{name}" if name in shown else "", str(self.filters.filters[name].label), str(message))
            for name, messages in self.filters.errors.items()
            for message in messages
        ]

    @property
    def is_more(self) -> bool:
        """Whether 更多筛选 stands open."""
        return "more" in self.given or any(name not in IN_VIEW for name in self.filters.errors)

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
    def groups(self) -> list[Group]:
        """Every filter that there is, but for the search box."""
        rest = tuple(name for name in FILTERS if name not in GROUPED and name != "q")
        groups = (*GROUPS, *([(gettext_lazy("其他"), rest)] if rest else []))
        return [Group(str(label), [self._drawn(name) for name in names]) for label, names in groups]

    @property
    def less(self) -> str:
        """The query of the same list with 更多筛选 folded."""
        folded = self.given.copy()
        folded.pop("more", None)
        query: str = folded.urlencode() or EVERYTHING
        return query

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Name and value of what the form does not show but must not lose."""
        shown = {*NOT_CARRIED, *(FILTERS if self.is_more else IN_VIEW)}
        shown -= {name for name in FIXED if not self.is_more and self._has_several(name)}
        return [
            (name, value) for name in self.given if name not in shown for value in self.given.getlist(name) if value
        ]

    def _has_several(self, name: str) -> bool:
        return len([value for value in self.given.getlist(name) if value]) > 1

    def _fixed(self, name: str) -> SafeString:
        value, errors = self.given.get(name, ""), self.filters.errors.get(name, [])
        everything: object
        everything, choices = FIXED[name]
        if self._has_several(name):
            # They are carried beside the select, which adds one more to them.
            number = len([each for each in self.given.getlist(name) if each])
            everything, value = _("%(label)s：已选%(number)d项") % {"label": LABELS[name], "number": number}, ""
        elif not errors:
            return _fixed_select(name, value, get_language())
        return _select_html(Control(name, str(LABELS[name]), value, errors, _options(everything, choices, value)))

    def _control(self, name: str, options: SafeString = NONE, **how: Any) -> Control:
        label, value = str(LABELS[name]), how.pop("value", self.given.get(name, ""))
        return Control(name, label, value, self.filters.errors.get(name, []), options, **how)

    def _drawn(self, name: str) -> Control:
        """A filter by what it takes."""
        match FILTERS[name]:
            case MultipleChoiceFilter() as each:
                boxes = _boxes(name, each.extra["choices"], self.given.getlist(name))
                return self._control(name, boxes, kind="many")
            case ModelChoiceFilter():
                return self._rows(name)
            case ChoiceFilter() as each:
                return self._control(name, _options(_("全部"), each.extra["choices"], self.given.get(name, "")))
            case DateFilter():
                return self._control(name, kind="date")
            case InstantFilter():
                return self._control(name, kind="datetime-local", value=_local(self.given.get(name, "")))
            case _:
                return self._control(name, kind="text")

    def _rows(self, name: str) -> Control:
        found, value = list(islice(ROWS[name](self.reader), MOST_OPTIONS + 1)), self.given.get(name, "")
        is_too_long = len(found) > MOST_OPTIONS
        if is_too_long:
            chosen: object = None if self.filters.errors else self.filters.form.cleaned_data.get(name)
            found = [(chosen.pk, str(chosen))] if isinstance(chosen, Model) else []
        return self._control(name, _options(_("全部"), found, value), is_too_long=is_too_long)

    def _words(self, name: str, value: str) -> str:
        label = str(self.filters.filters[name].label)
        if name in self.filters.errors:
            return _("%(label)s：%(value)s") % {"label": label, "value": value}
        chosen: object = self.filters.form.cleaned_data[name]
        if isinstance(chosen, Model):
            return _("%(label)s：%(value)s") % {"label": label, "value": chosen}
        if name in SAID:
            return str(SAID[name][value == "true"])
        choices: dict[str, Promise] = dict(getattr(self.filters.form.fields[name], "choices", ()))
        if name in NEEDS_LABEL and value in choices:
            return _("%(label)s：%(value)s") % {"label": label, "value": choices[value]}
        return str(choices.get(value, _("%(label)s：%(value)s") % {"label": label, "value": value}))

    def _without(self, name: str, value: str) -> str:
        rest = self.given.copy()
        rest.setlist(name, [each for each in self.given.getlist(name) if each != value])
        # A place in the longer list means nothing in another one, and a period nothing without its selection.
        for dropped in ("cursor", *(("period_from", "period_to") if name == "selection" else ())):
            rest.pop(dropped, None)
        without: str = rest.urlencode() or EVERYTHING
        return without


# The words for "false" and "true".
SAID: dict[str, tuple[Promise, Promise]] = {
    "open": (gettext_lazy("已办结"), gettext_lazy("在办")),
    "mine": (gettext_lazy("不是我承办的"), gettext_lazy("我承办的")),
    "todo": (gettext_lazy("不待我办理"), gettext_lazy("待我办理")),
    "needs_review": (gettext_lazy("到期日不待复核"), gettext_lazy("到期日待复核")),
    "review_due": (gettext_lazy("挂账不待复查"), gettext_lazy("挂账待复查")),
}
# 一般 is a word of both.
NEEDS_LABEL = ("urgency", "importance")


# Selects whose choices never change: the words for "all of them", and the choices.
FIXED: dict[str, tuple[Promise, list[tuple[Any, Any]]]] = {
    "tier": (gettext_lazy("全部类别"), [(tier.value, format_lazy("{} {}", tier.value, tier.label)) for tier in Tier]),
    "state": (gettext_lazy("全部状态"), State.choices),
    "warning": (gettext_lazy("全部预警"), [(level.value, level.label) for level in PRESSING]),
}


def _units(reader: User) -> Iterable[tuple[int, str]]:
    return _labelled(Unit.objects.visible_to(reader))


def _home_units(reader: User) -> Iterable[tuple[int, str]]:
    return _labelled(Unit.objects.visible_to(reader).filter(pk__in=Officer.objects.values("home_unit")))


def _officers(reader: User) -> Iterable[tuple[int, str]]:
    return Officer.objects.visible_to(reader).order_by("user__name").values_list("pk", "user__name")[: MOST_OPTIONS + 1]


def _handlers(reader: User) -> Iterable[tuple[int, str]]:
    # A probe of the index for each colleague: the issues themselves are many more.
    handles = Exists(Issue.objects.filter(handler=OuterRef("pk")))
    people = User.objects.visible_to(reader).filter(handles).order_by("name")
    return people.values_list("pk", "name")[: MOST_OPTIONS + 1]


def _platforms(reader: User) -> Iterable[tuple[int, str]]:
    return Platform.objects.visible_to(reader).order_by("name").values_list("pk", "name")[: MOST_OPTIONS + 1]


def _districts(reader: User) -> Iterable[tuple[int, str]]:
    return _labelled(District.objects.all())


def _categories(reader: User) -> Iterator[tuple[int, str]]:
    """Each domain, followed by its sub-categories."""
    rows = list(IssueCategory.objects.all())
    for parent in rows:
        if parent.parent_id is None:
            yield parent.pk, parent.label
            yield from ((row.pk, f"　{row.label}") for row in rows if row.parent_id == parent.pk)


# What may be chosen where a filter names a row.
ROWS: dict[str, Callable[[User], Iterable[tuple[int, str]]]] = {
    "unit": _units,
    "home_unit": _home_units,
    "officer": _officers,
    "handler": _handlers,
    "platform": _platforms,
    "district": _districts,
    "category": _categories,
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


def _boxes(name: str, choices: Iterable[tuple[Any, Any]], values: list[str]) -> SafeString:
    return format_html_join(
        "",
        '<input class="ld-pick" type="checkbox" id="id_{0}_{1}" name="{0}" value="{1}"{2}>'
        '<label for="id_{0}_{1}">{3}</label>',
        ((name, key, SafeString(" checked" if str(key) in values else ""), label) for key, label in choices),
    )


def _local(value: str) -> str:
    """An instant as the browser's own picker takes it; what is none stays as it is."""
    try:
        instant = parse_datetime(value)
    except ValueError:
        return value
    if instant is None:
        return value
    local = instant.astimezone(SHANGHAI) if instant.tzinfo else instant
    return local.strftime("%Y-%m-%dT%H:%M:%S").removesuffix(":00")


def _labelled(rows: Any) -> list[tuple[int, str]]:
    in_english = (get_language() or "").startswith("en")
    found = rows.values_list("pk", "name", "name_en")
    return [(pk, (name_en if in_english else "") or name) for pk, name, name_en in found]
