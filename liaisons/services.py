"""Officers and assignments: begun, handed over, ended. The 2-4 rule is decided under a lock on the officer (R2, R3)."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Role, User
from config.clock import now, today
from liaisons.duties import forget_duties
from liaisons.models import Absence, Assignment, Handover, OfferState, Officer, PortfolioRule
from platforms.models import Platform


class AssignmentRefused(ValidationError):
    """The rules of assignment do not allow this; the message says which and what would."""


class OverLimit(AssignmentRefused):
    """The officer would carry more than the rule's maximum: allowed with a reason only."""


class DateRefused(AssignmentRefused):
    """The day does not fit the assignments before and after it."""


class Responsible(NamedTuple):
    """Who answers for a platform on a day, and who stands in where the officer is on leave that day."""

    officer: Officer | None
    deputy: Officer | None = None


def responsible_on(platform: Platform, day: date) -> Responsible:
    """R3: answered from the ledger of assignments and absences, for any day."""
    held = platform.assignments.on(day).select_related("officer__user", "officer__home_unit").first()
    if held is None:
        return Responsible(None)
    absences = Absence.objects.on(day).filter(officer=held.officer_id)
    absence = absences.select_related("deputy__user", "deputy__home_unit").first()
    return Responsible(held.officer, absence.deputy if absence else None)


def portfolio_rule(on: date | None = None) -> PortfolioRule:
    """The rule in force on a day. Raises PortfolioRule.DoesNotExist when none was ever set."""
    return PortfolioRule.in_force(on or today())


@transaction.atomic
def assign(
    *, officer: Officer, platform: Platform, started_on: date, actor: User | None, exception_reason: str = ""
) -> Assignment:
    """Gives the platform to the officer from `started_on` on; a present officer's assignment ends the day before.

    A repeat returns the assignment that is there. Raises OverLimit when the officer would carry more than the rule's
    maximum without a reason, DateRefused when the day is in the future or somebody else's, AssignmentRefused when the
    officer's account is disabled.
    """
    _lock(platform, officer)
    present = platform.assignments.current().first()
    if present is not None and present.officer_id == officer.pk:
        return present
    refuse_inactive(officer)
    check_room(officer, exception_reason)
    new = Assignment(
        officer=officer, platform=platform, started_on=started_on, exception_reason=exception_reason.strip()
    )
    return _begin(new, actor)


@transaction.atomic
def assign_all(
    pairs: Sequence[tuple[Platform, Officer]], *, started_on: date, actor: User | None, exception_reason: str = ""
) -> list[Assignment]:
    """Gives each platform to its officer, all of them or none.

    Raises ValidationError with the platform's key for every line that cannot be: it has got an officer meanwhile, or
    `assign` refuses it.
    """
    _lock_all(pairs)
    taken = {
        each.platform_id: each.officer.user.name
        for each in Assignment.objects.current()
        .filter(platform__in=[platform.pk for platform, _o in pairs])
        .select_related("officer__user")
    }
    made, faults = [], {}
    for platform, officer in pairs:
        if platform.pk in taken:
            faults[str(platform.pk)] = [_("刚由%(name)s联点，换人请用移交。") % {"name": taken[platform.pk]}]
            continue
        try:
            made.append(
                assign(
                    officer=officer,
                    platform=platform,
                    started_on=started_on,
                    actor=actor,
                    exception_reason=exception_reason,
                )
            )
        except AssignmentRefused as refusal:
            faults[str(platform.pk)] = refusal.messages
    if faults:
        raise ValidationError(faults)
    return made


def _lock_all(pairs: Sequence[tuple[Platform, Officer]]) -> None:
    # All platforms before all officers, each in one order: nobody who assigns a single one is met head-on.
    platforms = Platform.objects.select_for_update(no_key=True).filter(pk__in=[each.pk for each, _o in pairs])
    list(platforms.order_by("pk").values_list("pk"))
    officers = Officer.objects.select_for_update(no_key=True).filter(pk__in=[each.pk for _p, each in pairs])
    list(officers.order_by("pk").values_list("pk"))


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


def refuse_inactive(officer: Officer) -> None:
    if not User.objects.filter(pk=officer.user_id, is_active=True).exists():
        raise AssignmentRefused(_("%(officer)s的账号已停用，请另选一人。"), params={"officer": officer.user.name})


def check_room(officer: Officer, exception_reason: str, *, since: date | None = None) -> None:
    """Raises OverLimit where one platform more from `since` on, by default from today, is one too many (R2).

    The caller holds the officer's row. What the officer has accepted to take over counts from its day on.
    """
    rule = portfolio_rule()
    carried = most_carried(officer, since or today())
    if carried + 1 > rule.maximum and not exception_reason.strip():
        raise OverLimit(
            _("%(officer)s已联点%(carried)d家平台，上限为%(maximum)d家。确需增加时请填写例外理由。"),
            params={"officer": officer.user.name, "carried": carried, "maximum": rule.maximum},
        )


def most_carried(officer: Officer, since: date) -> int:
    """The most platforms the officer carries on any day from `since` on: those of today and the accepted handovers."""
    carried = officer.assignments.current().count()
    accepted = Handover.objects.filter(Q(giver=officer) | Q(receiver=officer), state=OfferState.ACCEPTED)
    change_on: dict[date, int] = {}
    for effective_on, receiver in accepted.values_list("effective_on", "receiver"):
        day = max(effective_on or since, since)
        change_on[day] = change_on.get(day, 0) + (1 if receiver == officer.pk else -1)
    carried += change_on.pop(since, 0)
    most = carried
    for day in sorted(change_on):
        carried += change_on[day]
        most = max(most, carried)
    return most


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
