"""Warnings that were raised: who may acknowledge one, and that somebody did."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config.clock import now
from issues.models import Event, EventKind, Issue
from issues.models import Warning as IssueWarning
from notices.models import Notice

PREFIX = "warning"


def cause_of(warning: IssueWarning) -> str:
    """The cause that the notices of a warning share (issues.tick)."""
    return f"{PREFIX}/{warning.deadline_id}/{warning.level}/{warning.step}"


def told_to(user: User, warnings: Iterable[IssueWarning]) -> set[int]:
    """The keys of those warnings that `user` was told of, and may acknowledge. One statement, none for no warning."""
    causes = {cause_of(warning): warning.pk for warning in warnings}
    if not causes:
        return set()
    told = Notice.objects.visible_to(user).filter(cause__in=causes).values_list("cause", flat=True)
    return {causes[cause] for cause in told}


@transaction.atomic
def acknowledge(warning: IssueWarning, actor: User) -> IssueWarning:
    """`actor` knows: this rung is not brought up again in a digest, the next one still comes (R35).

    A second time changes nothing: whoever was first stays. Raises PermissionDenied for one who was not told.
    """
    # The issue first, as every move and the scan lock it.
    Issue.objects.select_for_update(of=("self",), no_key=True).get(pk=warning.issue_id)
    warning = IssueWarning.objects.select_for_update(of=("self",)).get(pk=warning.pk)
    if not told_to(actor, [warning]):
        raise PermissionDenied(_("这条预警没有通知您，由收到通知的人确认知悉。"))
    if warning.acknowledged_at is None:
        at = now()
        warning.acknowledged_by, warning.acknowledged_at = actor, at
        warning.save(update_fields=["acknowledged_by", "acknowledged_at"])
        Event.objects.create(
            issue_id=warning.issue_id,
            kind=EventKind.ACKNOWLEDGED,
            at=at,
            actor=actor,
            before=warning.level,
            deadline_id=warning.deadline_id,
        )
        Notice.objects.visible_to(actor).filter(cause=cause_of(warning)).mark_read(at)
    return warning
