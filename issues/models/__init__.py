"""Issues, their deadlines and what happened to them. A state or a date moves only through issues.services."""

from issues.models.choices import (
    CLOCKED_TIERS,
    UNRESOLVED,
    Clock,
    Importance,
    Level,
    Nature,
    Result,
    State,
    Tier,
    Urgency,
)
from issues.models.deadlines import Alarm, Cause, Deadline, Warning  # noqa: A004 - the domain's word
from issues.models.issue import Issue, IssueCategory, IssueCounter, IssueQuerySet
from issues.models.ladder import Audience, Measure, Rung, SigningTerm, TierTerm, WarningLadder
from issues.models.requests import (
    Referral,
    Request,
    RequestKind,
    RequestState,
    SolutionPlan,
    Suspension,
    SuspensionQuerySet,
)
from issues.models.timeline import Event, EventKind

__all__ = [
    "CLOCKED_TIERS",
    "UNRESOLVED",
    "Alarm",
    "Audience",
    "Cause",
    "Clock",
    "Deadline",
    "Event",
    "EventKind",
    "Importance",
    "Issue",
    "IssueCategory",
    "IssueCounter",
    "IssueQuerySet",
    "Level",
    "Measure",
    "Nature",
    "Referral",
    "Request",
    "RequestKind",
    "RequestState",
    "Result",
    "Rung",
    "SigningTerm",
    "SolutionPlan",
    "State",
    "Suspension",
    "SuspensionQuerySet",
    "Tier",
    "TierTerm",
    "Urgency",
    "Warning",
    "WarningLadder",
]
