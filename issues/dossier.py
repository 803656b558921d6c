"""All that is on record about one issue, each table read once, for the page, the API and the moves on offer."""

from collections.abc import Sequence
from functools import cached_property

from django.db.models import prefetch_related_objects

from issues.levels import Yardstick
from issues.models import Clock, Deadline, Issue, Referral, Request, RequestState, SolutionPlan, Suspension
from workdays.calendar import WorkCalendar


class Dossier:
    """One issue with its versions, pauses, referrals, requests and plan. What nobody asks for is not read."""

    def __init__(self, issue: Issue, yardstick: Yardstick) -> None:
        self.issue, self.yardstick = issue, yardstick

    @property
    def calendar(self) -> WorkCalendar:
        """The one this issue counts by."""
        return self.yardstick.calendar_of(self.issue.calendar_id)

    @cached_property
    def deadlines(self) -> list[Deadline]:
        """Every version of every clock, oldest first."""
        return list(self.issue.deadlines.select_related("actor"))

    def newest(self, clock: str) -> Deadline | None:
        """The version of a clock that holds now."""
        return next((each for each in reversed(self.deadlines) if each.clock == clock), None)

    @cached_property
    def suspensions(self) -> list[Suspension]:
        """Oldest first. The issue keeps them, too, for the strip."""
        prefetch_related_objects([self.issue], "suspensions")
        return list(self.issue.suspensions.all())

    def pauses(self, clock: str) -> Sequence[Suspension]:
        """When a clock stood still, oldest first."""
        return [each for each in self.suspensions if each.clock == clock]

    @cached_property
    def referrals(self) -> list[Referral]:
        """The newest first."""
        return list(self.issue.referrals.select_related("unit", "referred_by", "signed_by"))

    @property
    def unsigned(self) -> Referral | None:
        """The referral that waits for a signature."""
        return next((each for each in self.referrals if each.signed_at is None), None)

    @cached_property
    def requests(self) -> list[Request]:
        """The newest first. Each knows its issue, so that asking for it reads nothing."""
        found = list(self.issue.requests.select_related("asked_by", "decided_by"))
        for each in found:
            each.issue = self.issue
        return found

    def is_pending(self, kind: str) -> bool:
        return any(each.kind == kind and each.state == RequestState.PENDING for each in self.requests)

    @property
    def plan(self) -> SolutionPlan | None:
        return getattr(self.issue, "plan", None)

    @property
    def is_statutory_running(self) -> bool:
        return self.issue.clock == Clock.STATUTORY
