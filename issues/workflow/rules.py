"""Whether a move is allowed now, and the sentence that says why not."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from issues.dossier import Dossier
from issues.models import State
from issues.parties import Party
from issues.workflow.table import TABLE, Action, Transition


class MoveRefused(ValidationError):
    """The issue's present state does not allow the requested move."""


class NotYourMove(MoveRefused):
    """The issue is in this person's sight, the move is somebody else's to make."""


def refusal(dossier: Dossier, action: Action, user: User | None) -> MoveRefused | None:
    """Why `user` cannot make the move now; None where nothing stands against it."""
    row, parties = TABLE[action], dossier.parties(user)
    # What nobody does to this tier is a matter of the issue, not of the person.
    if row.who[dossier.issue.tier] and not is_for(row, dossier.issue.tier, parties):
        return NotYourMove(_("这一步由%(who)s办理。"), params={"who": whose(row, dossier.issue.tier)})
    if not is_in_place(row, dossier, parties):
        return MoveRefused(
            _("这个问题现在是“%(state)s”，不能%(action)s。"),
            params={"state": dossier.issue.get_state_display(), "action": action.label},
        )
    sentence = row.guard(dossier, user)
    return MoveRefused(sentence) if sentence else None


def allow(dossier: Dossier, action: Action, user: User | None) -> None:
    """Raises MoveRefused, or its NotYourMove, where `user` cannot make the move now."""
    if refused := refusal(dossier, action, user):
        raise refused


def is_for(row: Transition, tier: str, parties: frozenset[Party]) -> bool:
    """Whether the move is one of theirs at all, whatever the state."""
    return not parties.isdisjoint(row.who[tier])


def is_in_place(row: Transition, dossier: Dossier, parties: frozenset[Party]) -> bool:
    """Whether state and tier allow it; an unsigned referral stands for a signed one to those who may sign."""
    state = dossier.issue.state
    if not row.who[dossier.issue.tier]:
        return False
    signs_by_it = row.signs and state == State.ASSIGNED and Party.LEAD in parties
    return state in row.sources or (signs_by_it and State.ACCEPTED in row.sources)


def whose(row: Transition, tier: str) -> str:
    """Those who may, in words."""
    return str(_("、").join(str(party.label) for party in row.who[tier]))
