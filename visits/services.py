"""Logging a visit: one submit, one transaction, one result (DESIGN.md walls 2 and 10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config.clock import now, today
from issues.services import NewIssue, register_issues
from liaisons.models import Officer
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
    """`is_new` is False when the same client_id had been logged before: the first result stands."""

    visit: Visit
    is_new: bool


def log_visit(new: NewVisit, *, actor: User) -> LoggedVisit:
    """Writes the visit with its needs and issues, all or nothing; a second submit of the same client_id gives the first.

    Raises ValidationError for a date in the future, a platform the actor may not log for, an unknown mode, an empty
    text, a client_id used by somebody else, or an issue that register_issues refuses (key `issues`).
    """
    _check(new)
    first = _logged_before(new, actor)
    if first is not None:
        return LoggedVisit(first, is_new=False)
    try:
        with transaction.atomic():
            return LoggedVisit(_write(new, actor), is_new=True)
    except IntegrityError:  # the twin of this submit was faster: its visit is the result of both
        first = _logged_before(new, actor)
        if first is None:
            raise
        return LoggedVisit(first, is_new=False)


def _check(new: NewVisit) -> None:
    if new.visited_on > today():
        raise ValidationError({"visited_on": _("联系日期不能晚于今天。")})
    if new.visited_on < EARLIEST:
        raise ValidationError({"visited_on": _("联系日期不能早于%(day)s。") % {"day": EARLIEST}})
    if new.mode not in Mode.values:
        raise ValidationError({"mode": _("请选择联系方式。")})
    if not new.text.strip():
        raise ValidationError({"text": _("请用一句话写下谈了什么。")})
    if set(new.needs) - set(NeedDomain.values):
        raise ValidationError({"needs": _("需求只分条件建设、技术创新、成果转化、人才培育四个方面。")})


def _logged_before(new: NewVisit, actor: User) -> Visit | None:
    visit = Visit.objects.filter(client_id=new.client_id).first()
    if visit is not None and visit.created_by_id != actor.pk:
        raise ValidationError({"client_id": _("这个提交编号已被使用，请重新打开表单。")})
    return visit


def _write(new: NewVisit, actor: User) -> Visit:
    officer = _officer_for(new.platform, actor)
    visit = Visit.objects.create(
        client_id=new.client_id,
        platform=new.platform,
        officer=officer,
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
    register_issues(
        new.issues, platform=new.platform, officer=officer, raised_on=new.visited_on, actor=officer.user, visit_id=visit.pk
    )
    return visit


def _officer_for(platform: Platform, actor: User) -> Officer:
    """The officer whose visit it is: the actor, or, when the bureau types a record in, the platform's current officer."""
    if not Platform.objects.contacted_by(actor).filter(pk=platform.pk).exists():
        raise ValidationError({"platform": _("您只能为自己联点的平台记录联系。")})
    officers = Officer.objects.select_related("user").filter(assignments__platform=platform, assignments__ended_on=None)
    officer = officers.first()
    if officer is None:
        raise ValidationError({"platform": _("这家平台还没有联点干部，请先安排。")})
    return officer
