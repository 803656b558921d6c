"""Every write to an issue. Each locks the row, asks the table of transitions, adds an event, in one transaction."""

from issues.services.confirming import close, confirm, reopen, take_as_unanswered, withdraw
from issues.services.following_up import follow_up
from issues.services.grading import Stale, edit, grade, register_request
from issues.services.handling import confirm_plan, move_plan, resolve
from issues.services.merging import merge
from issues.services.rating import rate
from issues.services.referral import answer_support, give_back, reassign, refer, sign_for
from issues.services.registration import NewIssue, register_issues, terms_in_force
from issues.services.requests import ask_for_extension, ask_for_suspension, ask_for_tier, decide
from issues.services.review import review_deadline
from issues.services.supervision import answer_supervision, remind, supervise
from issues.services.suspension import resume
from issues.workflow import MoveRefused, NotYourMove

__all__ = [
    "MoveRefused",
    "NewIssue",
    "NotYourMove",
    "Stale",
    "answer_supervision",
    "answer_support",
    "ask_for_extension",
    "ask_for_suspension",
    "ask_for_tier",
    "close",
    "confirm",
    "confirm_plan",
    "decide",
    "edit",
    "follow_up",
    "give_back",
    "grade",
    "merge",
    "move_plan",
    "rate",
    "reassign",
    "refer",
    "register_issues",
    "register_request",
    "remind",
    "reopen",
    "resolve",
    "resume",
    "review_deadline",
    "sign_for",
    "supervise",
    "take_as_unanswered",
    "terms_in_force",
    "withdraw",
]
