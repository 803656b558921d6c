"""What each tier would mean for a matter raised on a day: the cards of a form say it before anybody decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from issues.models import Tier, TierTerm
from workdays.calendar import CalendarCoverageError, Due, WorkCalendar

# What the officer is going to do; the labels of Tier say what is being done with it afterwards.
WORDS: dict[str, Promise] = {
    Tier.A: _("当场解决"),
    Tier.B: _("带回本单位办理"),
    Tier.C: _("协调其他单位"),
    Tier.D: _("市级调度或协调省级"),
}


@dataclass(frozen=True, slots=True)
class TierCard:
    """A tier with its words, its term in working days and the last day; tier A has neither."""

    tier: str
    words: Promise
    days: int | None = None
    due: Due | None = None


def tier_cards(raised_on: date | None, calendar: WorkCalendar, terms: Mapping[str, TierTerm]) -> dict[str, TierCard]:
    """A card for each tier; without a day, or beyond the calendar, the last day stays open."""
    cards = {}
    for tier, words in WORDS.items():
        days = terms[tier].working_days if tier in terms else None
        due = _due(calendar, raised_on, days) if raised_on and days else None
        cards[tier] = TierCard(tier, words, days, due)
    return cards


def _due(calendar: WorkCalendar, raised_on: date, days: int) -> Due | None:
    try:
        return calendar.due(raised_on, days)
    except CalendarCoverageError:
        return None
