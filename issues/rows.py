"""The rows of the issue list as plain values: a list of twenty issues builds no model instance and no chip twice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import Choices, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config.clock import SHANGHAI
from issues.columns import COLUMNS, USUAL
from issues.hits import excerpt, mark, spans
from issues.levels import Standing, Yardstick
from issues.models import Importance, Issue, Nature, Result, State, Tier, Urgency
from platforms.models import Level as PlatformLevel

Row = dict[str, Any]

# What every row shows: the usual columns are on the phone's cards even where they are no columns of the table.
FETCHED = (
    *("pk", "number", "text", "tier", "state", "due_on", "due_is_provisional", "clock_due_on", "term__working_days"),
    *("nearing_on", "calendar_id", "needs_review"),
    *("platform__name", "officer__user__name", "lead_unit__name", "lead_unit__name_en"),
)
# Where a search also looks.
SEARCHED = ("reply", "plan__text", "platform__former_names")
LONGEST = 90
# What two lines of the table hold of it.
IN_SIGHT = 30
NO_DATE = "—"
BOX = (
    '<td role="cell" class="sel"><label><input class="form-check-input" type="checkbox" name="n" value="{number}" '
    'form="ld-selected" aria-label="{label} {number}"></label></td>'
)
WHAT = (
    '<td role="cell" class="num no">{marked}</td><td role="cell" class="full issue">'
    '<a class="clamp" href="{address}">{text}</a>{elsewhere}<span class="ld-note">{platform} · {officer}</span></td>'
)
ELSEWHERE = '<span class="ld-note">{}{}{}</span>'
WORDS: dict[str, type[Choices]] = {
    "state": State,
    "nature": Nature,
    "urgency": Urgency,
    "importance": Importance,
    "platform__level": PlatformLevel,
    "result": Result,
}


@lru_cache(maxsize=1024)
def chip(standing: Standing) -> SafeString:
    """The chip of a standing, whose word is in the reader's language already."""
    return render_to_string("issues/_level.html", {"level": standing})


@lru_cache(maxsize=16)
def tier_badge(tier: str, language: str | None) -> SafeString:
    """The letter and its words."""
    return render_to_string("issues/_tier.html", {"tier": Tier(tier) if tier else None})


@lru_cache(maxsize=8)
def keys(*, may_select: bool, language: str | None) -> SafeString:
    """The dialog that says which keys there are: the same for every reader of a language."""
    return render_to_string("issues/_keys.html", {"may_select": may_select})


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column. `is_card_only`: no column of the table, but a part of the phone's card."""

    name: str
    label: str
    sort: str
    is_card_only: bool


class RowMaker:
    """Turns what it fetched into what templates/issues/list.html shows: the columns that were chosen as table cells,
    before them a box to tick where the reader `may_select`.

    Their HTML is written here: through a template twenty rows of seven cells cost as much as the rest of the page.
    """

    def __init__(
        self,
        yardstick: Yardstick,
        columns: Sequence[str] = USUAL,
        searched: Sequence[str] = (),
        *,
        may_select: bool = False,
    ) -> None:
        """`searched` are the words to mark."""
        self.yardstick, self.language, self.searched = yardstick, get_language(), searched
        self.home = reverse("issues:list")
        self.box = BOX.format(label=escape(_("选择")), number="{number}") if may_select else ""
        self.shown = [name for name in COLUMNS if name in columns or name in USUAL]
        self.card_only = frozenset(USUAL) - frozenset(columns)
        self.cells = [(self._cell_maker(name), self._opening(name)) for name in self.shown]

    def fetch(self, issues: QuerySet[Issue]) -> QuerySet[Issue, Row]:
        """One statement whatever the columns: what lies across a foreign key is joined."""
        chosen = (field for name in self.shown for field in COLUMNS[name].fields)
        fields = dict.fromkeys((*FETCHED, *chosen, *(SEARCHED if self.searched else ())))
        rows: QuerySet[Issue, Row] = issues.values(*fields)
        return rows

    def heads(self) -> Iterator[Head]:
        for name in self.shown:
            yield Head(name, str(COLUMNS[name].header), COLUMNS[name].sort, name in self.card_only)

    def make(self, found: Row) -> Row:
        number, text = found["number"], excerpt(found["text"], self.searched, LONGEST, IN_SIGHT)
        return {
            "number": number,
            "text": text,
            "remark": self._remark(found),
            "cells": mark_safe(  # noqa: S308 - whatever people typed is escaped on its way in
                self.box.format(number=number)
                + WHAT.format(
                    address=f"{self.home}{number}/",
                    marked=mark(number, self.searched),
                    text=text,
                    elsewhere="".join(self._elsewhere(found)) if self.searched else "",
                    platform=mark(found["platform__name"], self.searched),
                    officer=escape(found["officer__user__name"]),
                )
                + "".join(f"{opening}{make(found)}</td>" for make, opening in self.cells)
            ),
        }

    def _elsewhere(self, found: Row) -> Iterator[SafeString]:
        """Where the words stand that the row does not show by itself: the name of the place, and the sentence."""
        shown = (found["number"], found["platform__name"], found["text"])
        missing = [word for word in self.searched if not any(spans(text, [word]) for text in shown)]
        places = (
            (_("答复"), found["reply"]),
            (_("解决方案"), found["plan__text"] or ""),
            *((_("曾用名"), name) for name in found["platform__former_names"]),
        )
        for label, text in places:
            if spans(text, missing):
                yield format_html(ELSEWHERE, label, _("："), excerpt(text, self.searched, LONGEST))

    def _opening(self, name: str) -> str:
        """The beginning of a column's cells, up to where the due date's says its own."""
        css = [CSS.get(name, "hide"), "ld-phone" if name in self.card_only else ""]
        words = " ".join(filter(None, css))
        if name == "due":
            return f'<td role="cell" class="{words}'
        return f'<td role="cell" class="{words}">' if words else '<td role="cell">'

    def _cell_maker(self, name: str) -> Callable[[Row], str]:
        own: Callable[[Row], str] | None = getattr(self, f"_{name}", None)
        if own is not None:
            return own
        field = COLUMNS[name].fields[0]
        if field in WORDS:
            return lambda found: escape(self._word(field, found[field]))
        if field.endswith("_on"):
            return lambda found: _day(found[field])
        return lambda found: escape(self._named(found, field))

    def _tier(self, found: Row) -> str:
        return tier_badge(found["tier"], self.language)

    def _state(self, found: Row) -> str:
        return escape(self._word("state", found["state"]))

    def _unit(self, found: Row) -> str:
        return escape(self._named(found, "lead_unit__name"))

    def _officer(self, found: Row) -> str:
        return escape(found["officer__user__name"])

    def _updated(self, found: Row) -> str:
        at: datetime = found["updated_at"]
        return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"

    def _due(self, found: Row) -> str:
        is_planned, due_on = found["state"] == State.PLAN_CONFIRMED, found["clock_due_on"]
        label = self.words["promised"] if is_planned else self.words["due"]
        over, remark = "" if due_on else " mut", self._remark(found)
        note = f'<span class="ld-note d-none d-lg-block">{escape(remark)}</span>' if remark else ""
        return f'{over}" data-label="{escape(label)}">{_day(due_on or found["due_on"])}{note}'

    def _warning(self, found: Row) -> str:
        measured = found["clock_due_on"], found["nearing_on"], found["term__working_days"], found["calendar_id"]
        return chip(self.yardstick.measure(found["tier"], found["state"], *measured))

    def _remark(self, found: Row) -> str:
        if found["needs_review"]:
            return self.words["review"]
        if found["state"] == State.PLAN_CONFIRMED:
            return self.words["promised"]
        return self.words["provisional"] if found["due_is_provisional"] and found["clock_due_on"] else ""

    def _word(self, field: str, value: str) -> str:
        return self.choices[field].get(value, NO_DATE)

    def _named(self, found: Row, field: str) -> str:
        """A name in the reader's language where the row has one."""
        in_english = (self.language or "").startswith("en")
        return (found.get(f"{field}_en") if in_english else "") or found[field] or NO_DATE

    @cached_property
    def choices(self) -> dict[str, dict[str, str]]:
        wanted = {"state", *(COLUMNS[name].fields[0] for name in self.shown if COLUMNS[name].fields)} & WORDS.keys()
        return {field: {value: str(label) for value, label in WORDS[field].choices} for field in wanted}

    @cached_property
    def words(self) -> dict[str, str]:
        return {"due": _("到期"), "promised": _("承诺"), "provisional": _("暂定"), "review": _("待复核")}


# How the cells stand in the table and on the card; the others are left out of the card.
CSS = {
    "tier": "",
    "state": "text-nowrap",
    "unit": "org hide",
    "home_unit": "org hide",
    "category": "org hide",
    "nature": "text-nowrap hide",
    "urgency": "text-nowrap hide",
    "importance": "text-nowrap hide",
    "district": "text-nowrap hide",
    "level": "text-nowrap hide",
    "result": "text-nowrap hide",
    "raised": "num hide",
    "updated": "num hide",
    "resolved": "num hide",
    "handler": "text-nowrap hide",
    "officer": "text-nowrap hide",
    "due": "num text-nowrap",
    "warning": "last",
}


def _day(day: date | None) -> str:
    return day.isoformat() if day else NO_DATE
