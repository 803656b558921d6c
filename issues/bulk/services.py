"""A confirmed preview is written down, then made: each issue in a transaction of its own, each at most once."""

import uuid
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import prefetch_related_objects

from accounts.models import Unit, User
from config.clock import now
from issues.bulk.acts import ACTS, sentence
from issues.in_sight import TOO_SHORT
from issues.models import Bulk, BulkLine, Issue, LineState
from issues.workflow import Action
from workdays.calendar import CalendarCoverageError

LONGEST = 500


@transaction.atomic
def begin(
    key: uuid.UUID,
    action: Action,
    issues: Iterable[Issue],
    *,
    unit: Unit | None = None,
    supports: Sequence[Unit] = (),
    words: str = "",
    actor: User,
) -> Bulk:
    """What is to be done, before anything is. The same key is the same bulk, whatever else is said the second time.

    Raises Bulk.DoesNotExist for a key that is somebody else's.
    """
    asked = {"action": action, "actor": actor, "made_at": now(), "unit": unit, "words": words}
    bulk, is_new = Bulk.objects.get_or_create(pk=key, defaults=asked)
    if bulk.actor_id != actor.pk:
        raise Bulk.DoesNotExist
    if is_new:
        bulk.supports.set(supports)
        BulkLine.objects.bulk_create([BulkLine(bulk=bulk, issue=issue) for issue in issues])
    return bulk


def carry_out(bulk: Bulk) -> None:
    """Moves every issue of it that still waits. Where it is interrupted, the next call goes on."""
    prefetch_related_objects([bulk], "supports")
    for key in bulk.lines.filter(state=LineState.WAITING).values_list("pk", flat=True):
        _carry_out(bulk, key)


@transaction.atomic
def _carry_out(bulk: Bulk, key: int) -> None:
    # Whoever comes second waits here, and then finds that the line has been dealt with.
    line = BulkLine.objects.select_for_update(of=("self",)).select_related("issue").get(pk=key)
    if line.state != LineState.WAITING:
        return
    line.state = LineState.DONE
    try:
        with transaction.atomic():
            ACTS[Action(bulk.action)].act(line.issue, bulk, bulk.actor)
    except ValidationError as refusal:
        line.state, line.said = LineState.REFUSED, sentence(refusal)[:LONGEST]
    except CalendarCoverageError:
        line.state, line.said = LineState.REFUSED, str(TOO_SHORT)
    line.save(update_fields=["state", "said"])
