"""Officers and assignments: begun, handed over, ended. The 2-4 rule is decided under a lock on the officer (R2, R3)."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Role, User
from config.clock import now, today
from liaisons.duties import forget_duties
from liaisons.models import Assignment, Officer, PortfolioRule
from platforms.models import Platform


class AssignmentRefused(ValidationError):
    """The rules of assignment do not allow this; the message says which and what would."""


class OverLimit(AssignmentRefused):
    """The officer would carry more than the rule's maximum: allowed with a reason only."""


class DateRefused(AssignmentRefused):
    """The day does not fit the assignments before and after it."""


def portfolio_rule(on: date | None = None) -> PortfolioRule:
    """The rule in force on a day. Raises PortfolioRule.DoesNotExist when none was ever set."""
    return PortfolioRule.objects.filter(valid_from__lte=on or today()).latest("valid_from", "pk")


@transaction.atomic
def assign(
    *, officer: Officer, platform: Platform, started_on: date, actor: User | None, exception_reason: str = ""
) -> Assignment:
    """Gives the platform to the officer from `started_on` on; a present officer's assignment ends the day before.

    A repeat returns the assignment that is there. Raises OverLimit when the officer would carry more than the rule's
    maximum without a reason, DateRefused when the day is in the future or somebody else's.
    """
    _lock(platform, officer)
    present = platform.assignments.current().first()
    if present is not None and present.officer_id == officer.pk:
        return present
    _check_room(officer, exception_reason)
    new = Assignment(
        officer=officer, platform=platform, started_on=started_on, exception_reason=exception_reason.strip()
    )
    return _begin(new, actor)


@transaction.atomic
def end_assignment(*, assignment: Assignment, ended_on: date, actor: User | None) -> Assignment:
    """Ends a current assignment; the platform then has no officer and is listed so.

    Raises AssignmentRefused when it has ended already, DateRefused for a day before its start or in the future.
    """
    _lock(assignment.platform, assignment.officer)
    assignment = Assignment.objects.get(pk=assignment.pk)
    if assignment.ended_on is not None:
        raise AssignmentRefused(_("这项联点关系已于%(end)s结束。"), params={"end": assignment.ended_on})
    _refuse_future(ended_on)
    return _end(assignment, ended_on, actor)


def _lock(platform: Platform, officer: Officer) -> None:
    # Platform before officer, always: two people who assign at once queue up instead of meeting head-on.
    # NO KEY: a visit that is being logged refers to these rows and need not wait.
    Platform.objects.select_for_update(no_key=True).get(pk=platform.pk)
    Officer.objects.select_for_update(no_key=True).get(pk=officer.pk)


def _check_room(officer: Officer, exception_reason: str) -> None:
    rule = portfolio_rule()
    carried = officer.assignments.current().count()
    if carried + 1 > rule.maximum and not exception_reason.strip():
        raise OverLimit(
            _("%(officer)s已联点%(carried)d家平台，上限为%(maximum)d家。确需增加时请填写例外理由。"),
            params={"officer": officer.user.name, "carried": carried, "maximum": rule.maximum},
        )


def _begin(assignment: Assignment, actor: User | None) -> Assignment:
    _refuse_future(assignment.started_on)
    present = assignment.platform.assignments.current().select_related("officer__user").first()
    if present is not None:
        _end(present, assignment.started_on - timedelta(days=1), actor)
    _refuse_overlap(assignment)
    return _create(assignment, actor)


def _create(assignment: Assignment, actor: User | None) -> Assignment:
    assignment.created_by, assignment.created_at = actor, now()
    assignment.save(force_insert=True)
    return assignment


def _end(assignment: Assignment, on: date, actor: User | None) -> Assignment:
    if on < assignment.started_on:
        raise DateRefused(
            _("%(officer)s自%(start)s起负责这家平台，请选这之后的日期。"),
            params={"officer": assignment.officer.user.name, "start": assignment.started_on},
        )
    assignment.ended_on = on
    assignment.ended_by = actor
    assignment.save(update_fields=["ended_on", "ended_by"])
    return assignment


def _refuse_future(day: date) -> None:
    if day > today():
        raise DateRefused(_("日期不能晚于今天。"))


def _refuse_overlap(assignment: Assignment) -> None:
    """Who was responsible on a day must have one answer (R3)."""
    others = assignment.platform.assignments.exclude(pk=assignment.pk)
    others = others.filter(Q(ended_on=None) | Q(ended_on__gte=assignment.started_on))
    if assignment.ended_on is not None:
        others = others.filter(started_on__lte=assignment.ended_on)
    other = others.select_related("officer__user").first()
    if other is not None:
        raise DateRefused(
            _("这段时间与%(officer)s的联点期间（%(start)s至%(end)s）重叠。"),
            params={"officer": other.officer.user.name, "start": other.started_on, "end": other.ended_on or _("今")},
        )


# --- tables of the bureau, written line by line and judged as a whole -------------------------------------------------


@transaction.atomic
def save_officer(officer: Officer) -> Officer:
    """Saves an officer with `officer.user`, whose account has the staff number as its name.

    A new account can sign in once an administrator has set its password. Raises ValidationError (key `staff_no`) when
    the account name is somebody else's.
    """
    user = officer.user
    if officer._state.adding:
        user = _account(officer.staff_no)
        user.name, user.phone = officer.user.name, officer.user.phone
    user.unit = officer.home_unit
    user.save()
    officer.user = user
    officer.save()
    return officer


def _account(staff_no: str) -> User:
    """The account a new officer signs in with: one set up before, or one that nobody can sign in with yet."""
    user = User.objects.filter(username=staff_no).first()
    if user is None:
        user = User(username=staff_no, role=Role.OFFICER)
        user.set_unusable_password()
    elif user.role != Role.OFFICER or Officer.objects.filter(user=user).exists():
        raise ValidationError({"staff_no": _("账号%(name)s已由别人使用。") % {"name": staff_no}})
    return user


@transaction.atomic
def write_assignment(assignment: Assignment, actor: User | None) -> Assignment:
    """Writes a line of an assignment table: new, corrected or ended; a present officer is relieved the day before.

    The 2-4 rule is not asked here, since a table may be right only as a whole: call `out_of_range` when all lines are
    written, in the same transaction. Raises DateRefused.
    """
    _lock(assignment.platform, assignment.officer)
    if assignment._state.adding and assignment.ended_on is None:
        return _begin(assignment, actor)
    for day in filter(None, (assignment.started_on, assignment.ended_on)):
        _refuse_future(day)
    if assignment.ended_on is not None and assignment.ended_on < assignment.started_on:
        raise DateRefused(_("结束日期早于开始日期。"))
    _refuse_overlap(assignment)
    if assignment.ended_on is not None:
        assignment.ended_by = assignment.ended_by or actor
    if assignment._state.adding:
        return _create(assignment, actor)
    assignment.save(update_fields=["started_on", "ended_on", "exception_reason", "ended_by"])
    forget_duties(assignment)
    return assignment


def out_of_range(officers: Iterable[int]) -> list[Officer]:
    """Of these officers those who carry a number of platforms outside the rule with no reason on any of them.

    Each has `current_platforms`. Somebody who carries none is out of nobody's range.
    """
    rule = portfolio_rule()
    reasoned = Assignment.objects.current().exclude(exception_reason="").values("officer")
    loaded = Officer.objects.filter(pk__in=list(officers)).exclude(pk__in=reasoned).with_load().select_related("user")
    outside = ~Q(current_platforms__range=(rule.minimum, rule.maximum)) & Q(current_platforms__gte=1)
    return list(loaded.filter(outside).order_by("staff_no"))
