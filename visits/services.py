"""Logging a visit: one submit, one transaction, one result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config.clock import now, today
from issues.models import Issue
from issues.services import NewIssue, register_issues
from liaisons.duties import note_contact
from liaisons.models import Absence, Assignment, Officer
from platforms.models import Platform
from visits.models import Mode, NeedDomain, Visit, VisitNeed

EARLIEST = date(2025, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Need:
    """What is hard and what is needed in one of the four domains; one of the two texts is enough."""

    difficulty: str = ""
    need: str = ""


@dataclass(frozen=True, kw_only=True)
class NewVisit:
    """A visit as logged. `needs` by domain (NeedDomain values), `issues` in the order in which they were heard."""

    client_id: UUID
    platform: Platform
    visited_on: date
    mode: str
    text: str
    is_reached: bool = True
    people_met: str = ""
    companions: str = ""
    needs: Mapping[str, Need]
    issues: Sequence[NewIssue] = ()


@dataclass(frozen=True)
class LoggedVisit:
    """`is_new` is False when the same client_id had been logged before: the first result stands, `issues` is empty."""

    visit: Visit
    is_new: bool
    issues: Sequence[Issue] = ()


def log_visit(new: NewVisit, *, actor: User) -> LoggedVisit:
    """Writes the visit with its needs and issues and meets the duties it can, all or nothing; a second submit of a
    client_id gives the first visit.

    Raises ValidationError for a date in the future, a platform the actor may not log for, an unknown mode, an empty
    text, a client_id used by somebody else, or an issue that register_issues refuses (key `issues`).
    """
    _check(new)
    try:
        with transaction.atomic():
            return _write(new, actor)
    except (IntegrityError, ValidationError):
        # Only now is it worth a look whether this, or its twin a moment ago, was a second submit.
        first = _logged_before(new, actor)
        if first is None:
            raise
        return LoggedVisit(first, is_new=False)


def check_visited_on(day: date) -> None:
    """Raises ValidationError for a day on which no visit can have been."""
    if day > today():
        raise ValidationError(_("联系日期不能晚于今天。"), code="future")
    if day < EARLIEST:
        raise ValidationError(_("联系日期不能早于%(day)s。"), code="too_early", params={"day": EARLIEST})


def _check(new: NewVisit) -> None:
    try:
        check_visited_on(new.visited_on)
    except ValidationError as refusal:
        raise ValidationError({"visited_on": refusal}) from None
    if new.mode not in Mode.values:
        raise ValidationError({"mode": _("请选择联系方式。")})
    if not new.text.strip():
        raise ValidationError({"text": _("请用一句话写下谈了什么。")})
    if set(new.needs) - set(NeedDomain.values):
        raise ValidationError({"needs": _("需求只分条件建设、技术创新、成果转化、人才培育四个方面。")})


def _logged_before(new: NewVisit, actor: User) -> Visit | None:
    visit = Visit.objects.filter(client_id=new.client_id).first()
    if visit is not None and visit.created_by_id != actor.pk:
        raise ValidationError({"client_id": _("这个提交编号已被别的记录使用，请用新的编号再提交一次。")})
    return visit


def _write(new: NewVisit, actor: User) -> LoggedVisit:
    officer, deputy = _officer_for(new, actor)
    visit = Visit.objects.create(
        client_id=new.client_id,
        platform=new.platform,
        officer=officer,
        deputy=deputy,
        visited_on=new.visited_on,
        mode=new.mode,
        is_reached=new.is_reached,
        people_met=new.people_met,
        companions=new.companions,
        text=new.text,
        created_by=actor,
        created_at=now(),
    )
    VisitNeed.objects.bulk_create(
        VisitNeed(visit=visit, domain=domain, difficulty=need.difficulty, need=need.need)
        for domain, need in new.needs.items()
        if need.difficulty.strip() or need.need.strip()
    )
    issues = register_issues(
        new.issues,
        platform=new.platform,
        officer=officer,
        raised_on=new.visited_on,
        handler=officer.user,
        actor=actor,
        visit_id=visit.pk,
    )
    if new.is_reached:
        on_site = new.mode == Mode.ON_SITE
        note_contact(platform=new.platform, visit_id=visit.pk, visited_on=new.visited_on, is_on_site=on_site)
    return LoggedVisit(visit, is_new=True, issues=issues)


def _officer_for(new: NewVisit, actor: User) -> tuple[Officer, Officer | None]:
    """Whose visit it is (R51), and who went in that officer's place: the actor's own, that of a colleague on leave for
    whom the actor stood in, or, when the bureau types a record in, that of the officer of the day."""
    that_day = Assignment.objects.filter(platform=new.platform).on(new.visited_on)
    officer = Officer.objects.filter(assignments__in=that_day).first()
    # What Platform.contacted_by says, decided on the officer's row, which is needed anyway.
    if officer is not None and actor.is_officer and officer.user_id == actor.pk:
        officer.user = actor
        return officer, None
    if officer is not None and actor.keeps_register:
        return officer, None
    if officer is not None and actor.is_officer:
        absences = Absence.objects.on(new.visited_on).filter(officer=officer, deputy__user=actor)
        absence = absences.select_related("deputy").first()
        if absence is not None:
            return officer, absence.deputy
    if not Platform.objects.contacted_by(actor).filter(pk=new.platform.pk).exists():
        raise ValidationError({"platform": _("您只能为自己联点的平台记录联系。")})
    if not new.platform.assignments.exists():
        raise ValidationError({"platform": _("这家平台还没有联点干部，请先安排。")})
    raise ValidationError({"visited_on": _("这一天这家平台不由现在的联点干部联系，请核对日期。")})
