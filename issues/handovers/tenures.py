"""Who had an issue in hand, and when (R22), from the ledger of changes: it knows every day since registering."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from accounts.models import User
from config.clock import SHANGHAI, on_date
from issues.models import Issue


@dataclass(frozen=True, slots=True)
class Tenure:
    """From `since` on, and until `until`; None while it lasts."""

    handler: User
    since: datetime
    until: datetime | None


def tenures(issue: Issue) -> list[Tenure]:
    """Everybody who has had it in hand, the first first and the present handler last."""
    changes = list(issue.handler_changes.select_related("before"))
    handlers = [*(change.before for change in changes), issue.handler]
    starts = [issue.registered_at, *(change.at for change in changes)]
    return [Tenure(*each) for each in zip(handlers, starts, [*starts[1:], None], strict=True)]


def handler_on(issue: Issue, day: date) -> User | None:
    """Who had it in hand at the end of `day`; None before it was registered."""
    if day < on_date(issue.registered_at):
        return None
    evening = datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
    later = issue.handler_changes.filter(at__gte=evening).select_related("before").first()
    return later.before if later else issue.handler
