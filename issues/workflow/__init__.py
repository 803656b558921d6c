"""How an issue moves (DOMAIN §3): one table for the services, the buttons, the API, the documentation and the tests."""

from issues.parties import Party, parties_of
from issues.workflow.rules import MoveRefused, NotYourMove, allow, refusal
from issues.workflow.table import TABLE, Action, Transition

__all__ = [
    "TABLE",
    "Action",
    "MoveRefused",
    "NotYourMove",
    "Party",
    "Transition",
    "allow",
    "parties_of",
    "refusal",
]
