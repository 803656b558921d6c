"""What an officer wants to know of a platform before the call: last contact, quarter, week, what is open."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q

from accounts.models import User
from config.clock import today
from issues.levels import Yardstick
from issues.models import UNRESOLVED, Issue, Level
from platforms.coverage import Contact, Coverage
from platforms.models import Platform
from visits.models import Mode, Visit


@dataclass(frozen=True, slots=True)
class Brief:
    """`on_site` are this week's visits on site, whoever made them: the platform has work to do too (R52)."""

    platform: Platform
    contact: Contact
    last: Visit | None
    on_site: list[Visit]
    open_issues: int
    pressing_issues: int


def brief_on(platform: Platform, user: User) -> Brief:
    """The platform as `user` may see it, in a fixed number of statements."""
    visits = Visit.objects.filter(platform=platform)
    contact = Platform.objects.filter(pk=platform.pk).values_list(Coverage().status(), flat=True).get()
    monday = today() - timedelta(days=today().weekday())
    this_week = visits.filter(visited_on__range=(monday, today()), mode=Mode.ON_SITE, is_reached=True)
    counts = _issues(platform, user)
    return Brief(
        platform=platform,
        contact=Contact(contact),
        last=visits.visible_to(user).filter(is_reached=True).prefetch_related("issues").first(),
        on_site=list(this_week.select_related("officer__home_unit")),
        open_issues=counts["unresolved"],
        pressing_issues=counts["pressing"],
    )


def _issues(platform: Platform, user: User) -> dict[str, int]:
    yardstick = Yardstick()
    pressing = yardstick.where(Level.OVERDUE) | yardstick.where(Level.DUE_TODAY) | yardstick.where(Level.NEARING)
    return (
        Issue.objects.visible_to(user)
        .filter(platform=platform, state__in=UNRESOLVED)
        .aggregate(unresolved=Count("pk"), pressing=Count("pk", filter=Q(pressing)))
    )
