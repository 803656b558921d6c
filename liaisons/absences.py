"""Officers on leave and who stands in: arranged, ended early, called off. It is over by itself after its last day."""

from collections.abc import Collection
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from config.clock import now, today
from liaisons.handovers import may_give_away
from liaisons.models import Absence, Officer
from liaisons.services import AssignmentRefused, refuse_inactive
from notices.models import NoticeKind
from notices.quiet_hours import send_after
from notices.services import tell

LONGEST = timedelta(days=366)


class AbsenceRefused(AssignmentRefused):
    """The absences of one of the two do not allow this, or it is not this person's to arrange."""


@transaction.atomic
def arrange(*, officer: Officer, deputy: Officer, starts_on: date, ends_on: date, reason: str, actor: User) -> Absence:
    """From `starts_on` to `ends_on`, both included, `deputy` sees and does what is the officer's.

    Raises ValidationError by field: days that have passed or run backwards, no reason, a deputy who is the officer, is
    on leave or stood in for meanwhile, an officer who is on leave then or stands in for somebody (no chains).
    """
    _lock(officer, deputy)
    _must_be_for(actor, officer)
    return _arrange(officer, deputy, starts_on, ends_on, reason, actor)


def _must_be_for(actor: User, *officers: Officer) -> None:
    if not any(may_give_away(officer, actor) for officer in officers):
        raise AbsenceRefused(_("由联点干部本人、所在单位负责人或市科技局安排代理。"))


def _arrange(officer: Officer, deputy: Officer, starts_on: date, ends_on: date, reason: str, actor: User) -> Absence:
    faults = dict(_faults_of_days(starts_on, ends_on))
    if not reason.strip():
        faults["reason"] = _("请写明请假的事由，例如休假、出差、培训。")
    if not faults:
        faults = _faults_of_people(officer, deputy, starts_on, ends_on)
    if faults:
        raise ValidationError(faults)
    refuse_inactive(deputy)
    absence = Absence.objects.create(
        officer=officer,
        deputy=deputy,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip(),
        created_by=actor,
        created_at=now(),
    )
    _announce(absence, "deputy", {deputy.user, officer.user} - {actor})
    return absence


def _lock(*officers: Officer) -> None:
    # In one order, after any platform: as assignments lock them.
    keys = [officer.pk for officer in officers]
    list(Officer.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))


def _faults_of_days(starts_on: date, ends_on: date) -> list[tuple[str, str]]:
    if ends_on < starts_on:
        return [("ends_on", _("最后一天早于第一天。"))]
    if starts_on < today():
        return [("starts_on", _("从今天或以后开始。已经过去的日子，事情由本人办理。"))]
    if ends_on > starts_on + LONGEST:
        return [("ends_on", _("代理最长一年。时间更长的，请把平台移交给别人。"))]
    return []


def _faults_of_people(officer: Officer, deputy: Officer, starts_on: date, ends_on: date) -> dict[str, str]:
    """What the absences of the two in these days have against it."""
    if officer.pk == deputy.pk:
        return {"deputy": _("代理人须是另一名联点干部。")}
    meanwhile = Absence.objects.valid().filter(starts_on__lte=ends_on, ends_on__gte=starts_on)
    both = (officer.pk, deputy.pk)
    rows = list(meanwhile.filter(Q(officer__in=both) | Q(deputy__in=both)).select_related("officer__user"))
    for other in rows:
        span = {"start": other.starts_on, "end": other.ends_on}
        if other.officer_id == officer.pk:
            return {"starts_on": _("%(start)s至%(end)s已经安排了代理。") % span}
        if other.officer_id == deputy.pk:
            return {"deputy": _("代理人%(start)s至%(end)s自己不在，请另选一人。") % span}
        if other.deputy_id == officer.pk:
            name = {"name": other.officer.user.name}
            words = _("%(start)s至%(end)s正在代理%(name)s的工作，请先为%(name)s另选代理人。")
            return {"starts_on": words % (span | name)}
    return {}


@transaction.atomic
def end(absence: Absence, *, actor: User) -> Absence:
    """The officer is back today: yesterday was the last day. What has not begun before today is called off.

    Raises AbsenceRefused when it is over already, or not this person's to end.
    """
    _lock(absence.officer, absence.deputy)
    _must_be_for(actor, absence.officer)
    return _end(absence, actor)


def _end(absence: Absence, actor: User) -> Absence:
    absence = Absence.objects.select_related("officer__user", "officer__home_unit", "deputy__user").get(pk=absence.pk)
    if absence.cancelled_at is not None or absence.ends_on < today():
        raise AbsenceRefused(_("这次代理已经结束。"))
    if absence.starts_on < today():
        absence.ends_on = today() - timedelta(days=1)
    else:
        absence.cancelled_at = now()
    absence.save(update_fields=["ends_on", "cancelled_at"])
    _announce(absence, "deputy_ended", {absence.deputy.user, absence.officer.user} - {actor})
    return absence


@transaction.atomic
def change_deputy(absence: Absence, *, deputy: Officer, actor: User) -> Absence:
    """Somebody else stands in for what is left of it, from today on. Raises as `arrange` and `end`; whoever may speak
    for the present deputy may change it, too."""
    _lock(absence.officer, absence.deputy, deputy)
    _must_be_for(actor, absence.officer, absence.deputy)
    until = Absence.objects.values_list("ends_on", flat=True).get(pk=absence.pk)
    ended = _end(absence, actor)
    return _arrange(ended.officer, deputy, max(absence.starts_on, today()), until, ended.reason, actor)


def stand_ins(people: Collection[User]) -> list[User]:
    """Who stands in today for those of `people` who are on leave: they are told what those are told."""
    if not people:
        return []
    absent = Absence.objects.on(today()).filter(officer__user__in=[person.pk for person in people])
    return [absence.deputy.user for absence in absent.select_related("deputy__user")]


def _announce(absence: Absence, what: str, people: Collection[User]) -> None:
    tell(
        people,
        kind=NoticeKind.HANDOVER,
        cause=f"absence/{absence.pk}/{what}",
        url=reverse("handovers:list"),
        data={
            "what": what,
            "giver": absence.officer.user.name,
            "receiver": absence.deputy.user.name,
            "day": absence.starts_on.isoformat(),
            "until": absence.ends_on.isoformat(),
        },
        send_after=send_after(now()),
    )
