"""Platforms with their last four quarters as a thread: contacted, owed, nothing owed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from dashboards.figures import Figure, Links
from issues.models import Issue
from liaisons.models import Assignment
from platforms.coverage import Contact, Coverage, Quarter
from platforms.models import Platform, PlatformQuerySet
from visits.models import Mode, Visit

QUARTERS = 4
MOST_OF_OTHERS = 8
SHORT_NAMES = (_("一季"), _("二季"), _("三季"), _("四季"))


@dataclass(frozen=True, slots=True)
class QuarterMark:
    """One dot of a platform's thread: what the quarter came to, in a word as well."""

    name: str | Promise
    css: str
    word: str | Promise


@dataclass(frozen=True, slots=True)
class PlatformCard:
    platform: Platform
    contact: Contact
    last_on: date | None
    last_mode: str | Promise
    officer: str
    running: Figure
    thread: list[QuarterMark]


def platform_cards(user: User, coverage: Coverage, links: Links) -> list[PlatformCard]:
    """An officer's platforms, all of them; to the others, the first of those without a contact. One statement."""
    platforms = Platform.objects.visible_to(user).select_related("district").in_pinyin_order()
    quarters = [coverage.quarter]
    while len(quarters) < QUARTERS:
        quarters.insert(0, quarters[0].before())
    rows = _annotated(platforms, user, [Coverage(quarter) for quarter in quarters])
    if not user.is_officer:
        rows = rows.filter(coverage.where(Contact.NONE))[:MOST_OF_OTHERS]
    return [
        PlatformCard(
            platform=platform,
            contact=Contact(platform.contact_3),
            last_on=platform.last_on,
            last_mode=Mode(platform.last_mode).label if platform.last_mode else "",
            officer=platform.officer_name or "",
            running=Figure(platform.running or 0, links.issues(platform=platform.pk, open="true")),
            thread=_thread(platform, quarters),
        )
        for platform in rows
    ]


def _annotated(platforms: PlatformQuerySet, user: User, coverages: list[Coverage]) -> Any:
    """Adds contact_0 (the oldest quarter) to contact_3, last_on, last_mode, running and officer_name."""
    reached = Visit.objects.filter(platform=OuterRef("pk"), is_reached=True).order_by("-visited_on", "-pk")
    running = Issue.objects.visible_to(user).unresolved().filter(platform=OuterRef("pk")).order_by().values("platform")
    officer = Assignment.objects.current().filter(platform=OuterRef("pk"))
    return platforms.annotate(
        last_on=Subquery(reached.values("visited_on")[:1]),
        last_mode=Subquery(reached.values("mode")[:1]),
        running=Subquery(running.annotate(n=Count("pk")).values("n")),
        officer_name=Subquery(officer.values("officer__user__name")[:1]),
        **{f"contact_{place}": coverage.status() for place, coverage in enumerate(coverages)},
    )


def _thread(platform: Any, quarters: list[Quarter]) -> list[QuarterMark]:
    marks = []
    for place, quarter in enumerate(quarters):
        contact = Contact(getattr(platform, f"contact_{place}"))
        missed = "owe" if quarter == quarters[-1] else ""
        css = {Contact.DONE: "done", Contact.WAIVED: "skip"}.get(contact, missed)
        marks.append(QuarterMark(SHORT_NAMES[quarter.number - 1], css, contact.label))
    return marks
