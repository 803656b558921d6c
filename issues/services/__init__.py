"""Every write to an issue. Each locks the row, decides on it as it is, adds an event, in one transaction."""

from issues.services.handling import confirm_plan, move_plan, resolve
from issues.services.moves import MoveRefused
from issues.services.referral import refer, sign_for
from issues.services.registration import NewIssue, register_issues, terms_in_force
from issues.services.requests import ask_for_extension, ask_for_suspension, ask_for_tier, decide
from issues.services.review import review_deadline
from issues.services.suspension import resume

__all__ = [
    "MoveRefused",
    "NewIssue",
    "ask_for_extension",
    "ask_for_suspension",
    "ask_for_tier",
    "confirm_plan",
    "decide",
    "move_plan",
    "refer",
    "register_issues",
    "resolve",
    "resume",
    "review_deadline",
    "sign_for",
    "terms_in_force",
]
