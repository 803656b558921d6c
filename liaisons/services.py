"""Assignments: begun, handed over, ended. The 2-4 rule is decided under a lock on the officer (R2, R3)."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config.clock import now, today
from liaisons.models import Assignment, Officer, PortfolioRule
from platforms.models import Platform


class AssignmentRefused(ValidationError):
    """The rules of assignment do not allow this; the message says which and what would."""


def portfolio_rule(on: date | None = None) -> PortfolioRule:
    """The rule in force on a day. Raises PortfolioRule.DoesNotExist when none was ever set."""
    return PortfolioRule.objects.filter(valid_from__lte=on or today()).latest("valid_from", "pk")


@transaction.atomic
def assign(
    *, officer: Officer, platform: Platform, started_on: date, actor: User | None, exception_reason: str = ""
) -> Assignment:
    """Gives the platform to the officer from `started_on` on; a present officer's assignment ends the day before.

    A repeat returns the assignment that is there. Raises AssignmentRefused when the officer would carry more than the
    rule's maximum without a reason, or the present assignment began on or after `started_on`.
    """
    # Platform before officer, always: two people who assign at once queue up instead of meeting head-on.
    platform = Platform.objects.select_for_update().get(pk=platform.pk)
    officer = Officer.objects.select_for_update(of=("self",)).select_related("user").get(pk=officer.pk)
    present = platform.assignments.current().first()
    if present is not None and present.officer_id == officer.pk:
        return present
    _check_room(officer, exception_reason)
    if present is not None:
        _end(present, started_on - timedelta(days=1), actor)
    return Assignment.objects.create(
        officer=officer,
        platform=platform,
        started_on=started_on,
        exception_reason=exception_reason,
        created_by=actor,
        created_at=now(),
    )


def _check_room(officer: Officer, exception_reason: str) -> None:
    rule = portfolio_rule()
    carried = officer.assignments.current().count()
    if carried + 1 > rule.maximum and not exception_reason.strip():
        raise AssignmentRefused(
            _("%(officer)s已联点%(carried)d家平台，上限为%(maximum)d家。确需增加时请填写例外理由。"),
            params={"officer": officer.user.name, "carried": carried, "maximum": rule.maximum},
        )


def _end(assignment: Assignment, on: date, actor: User | None) -> None:
    if on < assignment.started_on:
        raise AssignmentRefused(
            _("现任联点干部自%(start)s起负责，新的开始日期须晚于这一天。"), params={"start": assignment.started_on}
        )
    assignment.ended_on = on
    assignment.ended_by = actor
    assignment.save(update_fields=["ended_on", "ended_by"])


@transaction.atomic
def end_assignment(*, assignment: Assignment, ended_on: date, actor: User | None) -> Assignment:
    """Ends a current assignment; the platform then has no officer and is listed so. Raises AssignmentRefused."""
    Platform.objects.select_for_update().get(pk=assignment.platform_id)
    assignment = Assignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
    if assignment.ended_on is not None:
        raise AssignmentRefused(_("这项联点关系已于%(end)s结束。"), params={"end": assignment.ended_on})
    _end(assignment, ended_on, actor)
    return assignment
