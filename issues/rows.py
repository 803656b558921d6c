"""The rows of the issue list as plain values: a list of twenty issues builds no model instance and no chip twice."""

from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from issues.levels import Standing, Yardstick
from issues.models import Issue, State, Tier

Row = dict[str, Any]

COLUMNS = (
    *("pk", "number", "text", "tier", "state", "due_on", "due_is_provisional", "clock_due_on", "term__working_days"),
    *("nearing_on", "calendar_id", "needs_review"),
    *("platform__name", "officer__user__name", "lead_unit__name", "lead_unit__name_en"),
)
LONGEST = 90
NO_DATE = "—"


@lru_cache(maxsize=1024)
def chip(standing: Standing) -> SafeString:
    """The chip of a standing, whose word is in the reader's language already."""
    return render_to_string("issues/_level.html", {"level": standing})


@lru_cache(maxsize=16)
def tier_badge(tier: str, language: str | None) -> SafeString:
    """The letter and its words."""
    return render_to_string("issues/_tier.html", {"tier": Tier(tier) if tier else None})


class RowMaker:
    """Turns what COLUMNS fetched into what templates/issues/list.html shows."""

    def __init__(self, yardstick: Yardstick) -> None:
        self.yardstick, self.language = yardstick, get_language()
        self.home = reverse("issues:list")

    def fetch(self, issues: QuerySet[Issue]) -> QuerySet[Issue, Row]:
        rows: QuerySet[Issue, Row] = issues.values(*COLUMNS)
        return rows

    def make(self, found: Row) -> Row:
        is_planned, due_on = found["state"] == State.PLAN_CONFIRMED, found["clock_due_on"]
        standing = self.yardstick.measure(
            found["tier"],
            found["state"],
            due_on,
            found["nearing_on"],
            found["term__working_days"],
            found["calendar_id"],
        )
        in_english = (self.language or "").startswith("en")
        return {
            "number": found["number"],
            "url": f"{self.home}{found['number']}/",
            "text": _short(found["text"]),
            "platform": found["platform__name"],
            "officer": found["officer__user__name"],
            "tier": tier_badge(found["tier"], self.language),
            "state": self.states[found["state"]],
            "unit": (found["lead_unit__name_en"] if in_english else "") or found["lead_unit__name"],
            "label": self.words["promised"] if is_planned else self.words["due"],
            "due": _day(due_on or found["due_on"]),
            "is_over": due_on is None,
            "remark": self._remark(found, is_planned),
            "chip": chip(standing),
        }

    def _remark(self, found: Row, is_planned: bool) -> str:
        if found["needs_review"]:
            return self.words["review"]
        if is_planned:
            return self.words["promised"]
        return self.words["provisional"] if found["due_is_provisional"] and found["clock_due_on"] else ""

    @cached_property
    def states(self) -> dict[str, str]:
        return {state.value: str(state.label) for state in State}

    @cached_property
    def words(self) -> dict[str, str]:
        return {"due": _("到期"), "promised": _("承诺"), "provisional": _("暂定"), "review": _("待复核")}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _day(day: date | None) -> str:
    return day.isoformat() if day else NO_DATE
