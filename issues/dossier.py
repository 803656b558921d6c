"""All that is on record about one issue, each table read once, for the page, the API and the moves on offer."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property

from django.db.models import prefetch_related_objects

from accounts.models import User
from config.clock import on_date
from issues.levels import Yardstick
from issues.models import (
    Cause,
    Clock,
    Deadline,
    FollowUp,
    HandlingRule,
    Issue,
    Referral,
    Request,
    RequestState,
    Round,
    SolutionPlan,
    State,
    Supervision,
    SupportPart,
    Suspension,
)
from issues.parties import Party, hands_of, parties_of
from workdays.calendar import WorkCalendar


class Dossier:
    """One issue with its versions, pauses, referrals, requests and plan. What nobody asks for is not read."""

    def __init__(self, issue: Issue, yardstick: Yardstick) -> None:
        self.issue, self.yardstick = issue, yardstick
        self._parties: dict[int | None, frozenset[Party]] = {}

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
        return list(self.issue.referrals.select_related("unit", "referred_by", "signed_by", "suggested_unit"))

    @property
    def referral(self) -> Referral | None:
        """The one that holds now."""
        return next((each for each in self.referrals if each.ended_at is None), None)

    @property
    def unsigned(self) -> Referral | None:
        """The referral that waits for a signature."""
        return self.referral if self.referral and self.referral.is_unsigned else None

    @property
    def last_returned(self) -> Referral | None:
        """The referral whose return waits for a decision."""
        newest = self.referrals[0] if self.referrals else None
        return newest if newest and newest.returned_by_id and self.issue.state == State.RETURNED else None

    @property
    def return_until(self) -> date | None:
        """R32: the last day on which the unit may give the referral back."""
        return self._working_days_after(self.referral.referred_at if self.referral else None, "return_within")

    @property
    def return_decided_by(self) -> date | None:
        """R32: the day by which a return is to be decided."""
        returned = self.last_returned
        return self._working_days_after(returned.ended_at if returned else None, "return_decided_within")

    def _working_days_after(self, at: datetime | None, rule: str) -> date | None:
        return self.calendar.due(on_date(at), getattr(self.handling_rule, rule)).on if at else None

    @cached_property
    def supports(self) -> list[SupportPart]:
        """In the order in which they were asked."""
        return list(self.issue.supports.select_related("unit", "answered_by"))

    @cached_property
    def supervisions(self) -> list[Supervision]:
        """The newest first."""
        return list(self.issue.supervisions.select_related("ordered_by", "replied_by"))

    @property
    def supervision(self) -> Supervision | None:
        """The one that waits for a reply."""
        return next((each for each in self.supervisions if each.replied_at is None), None)

    @cached_property
    def rounds(self) -> list[Round]:
        """What was not accepted, the first round first; nothing is read where nothing was reopened."""
        return list(self.issue.rounds.select_related("reopened_by")) if self.issue.reopened_count else []

    @cached_property
    def follow_up(self) -> FollowUp | None:
        """The call that was planned or made."""
        return FollowUp.objects.filter(issue=self.issue).select_related("called_by").first()

    @cached_property
    def has_merged(self) -> bool:
        """Whether another issue went into this one."""
        return self.issue.merged.exists()

    @cached_property
    def hands(self) -> set[int]:
        """As issues.parties.hands_of says; asked once."""
        return hands_of(self.issue)

    @cached_property
    def handling_rule(self) -> HandlingRule:
        return HandlingRule.in_force(self.yardstick.today)

    @property
    def deadlines_since_reopening(self) -> list[Deadline]:
        """The versions of the present term, oldest first."""
        found = self.deadlines
        starts = [n for n, each in enumerate(found) if each.cause == Cause.REOPENED]
        return found[starts[-1] :] if starts else found

    @property
    def extension(self) -> Deadline | None:
        """The version by which the present term was extended (R34: once)."""
        return next((each for each in self.deadlines_since_reopening if each.cause == Cause.EXTENDED), None)

    def parties(self, user: User | None) -> frozenset[Party]:
        """What somebody is to this issue; asked once."""
        key = user.pk if user else None
        if key not in self._parties:
            self._parties[key] = parties_of(self.issue, user)
        return self._parties[key]

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
        """The one that holds; a redo or another tier gives it up."""
        return getattr(self.issue, "plan", None) if self.issue.plan_confirmed_at else None

    @property
    def is_statutory_running(self) -> bool:
        return self.issue.clock == Clock.STATUTORY
