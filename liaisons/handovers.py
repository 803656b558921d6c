"""A platform passes from one officer to another: asked for, accepted or declined, in effect on its day (R2, R3).

Here is what becomes of the platform; the open issues that go with it are written by issues.handovers, which calls this.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.scope import heads
from config.clock import now, today
from liaisons import services
from liaisons.models import Assignment, Handover, OfferState, Officer
from liaisons.services import AssignmentRefused, DateRefused, check_room, refuse_inactive
from notices.models import NoticeKind
from notices.quiet_hours import send_after
from notices.services import settle, tell
from platforms.models import Platform

# Beyond it nobody knows who will be where.
FURTHEST = timedelta(days=366)


class HandoverRefused(AssignmentRefused):
    """The handover is not in a state that allows this, or it is not this person's to decide."""


def may_give_away(officer: Officer, user: User) -> bool:
    """Whether `user` may ask others to take over what the officer has: the officer, the head of the home unit or of one
    above, those who keep the register."""
    return user.keeps_register or officer.user_id == user.pk or heads(user, officer.home_unit)


@transaction.atomic
def ask(
    platform: Platform, *, receiver: Officer, planned_on: date, reason: str, exception_reason: str = "", actor: User
) -> Handover:
    """Asks `receiver` to take the platform over on a day. Until that day, and unless accepted, nothing changes.

    Raises OverLimit, DateRefused (in the past, too far off, or the present officer's first day), HandoverRefused (no
    officer, one under way already, not this person's to ask) and ValidationError by field.
    """
    services._lock(platform, receiver)
    present = platform.assignments.current().select_related("officer__user", "officer__home_unit").first()
    if present is None:
        raise HandoverRefused(_("这家平台还没有联点干部，请直接安排。"))
    if not may_give_away(present.officer, actor):
        raise HandoverRefused(_("由联点干部本人、所在单位负责人或市科技局提出移交。"))
    if present.officer_id == receiver.pk:
        raise ValidationError({"receiver": _("%(name)s现在就负责这家平台。") % {"name": receiver.user.name}})
    if Handover.objects.open().filter(platform=platform).exists():
        raise HandoverRefused(_("这家平台已有一项移交在办，先撤回或等它办完。"))
    if not reason.strip():
        raise ValidationError({"reason": _("请写明移交的原因。")})
    _check_day(planned_on, present)
    refuse_inactive(receiver)
    check_room(receiver, exception_reason, since=planned_on)
    handover = Handover.objects.create(
        platform=platform,
        giver=present.officer,
        receiver=receiver,
        planned_on=planned_on,
        reason=reason.strip(),
        exception_reason=exception_reason.strip(),
        asked_by=actor,
        asked_at=now(),
    )
    announce(handover, "asked", [receiver.user])
    return handover


def _check_day(day: date, present: Assignment) -> None:
    if day < today():
        raise DateRefused(_("生效日期不能早于今天。"))
    if day > today() + FURTHEST:
        raise DateRefused(_("生效日期最晚在一年之内。"))
    if day <= present.started_on:
        raise DateRefused(
            _("%(officer)s自%(start)s起负责这家平台，请选这之后的日期。"),
            params={"officer": present.officer.user.name, "start": present.started_on},
        )


@transaction.atomic
def accept(handover: Handover, *, actor: User) -> Handover:
    """The receiver's yes. It takes effect on the day asked for, today where that has passed meanwhile.

    Raises HandoverRefused unless it waits for this person and the giver still has the platform, OverLimit where the
    receiver has accepted too much else meanwhile.
    """
    handover = _taken_up(handover, actor)
    _must_still_be_the_givers(handover)
    effective_on = max(handover.planned_on, today())
    check_room(handover.receiver, handover.exception_reason, since=effective_on)
    handover.effective_on = effective_on
    decided(handover, OfferState.ACCEPTED, actor)
    handover.save(update_fields=[*DECIDED, "effective_on"])
    announce(handover, "accepted", others(handover, actor))
    return handover


@transaction.atomic
def decline(handover: Handover, *, note: str, actor: User) -> Handover:
    """The receiver's no, with its reason; the giver goes on. Raises HandoverRefused, ValidationError without a word."""
    handover = _taken_up(handover, actor)
    if not note.strip():
        raise ValidationError({"note": _("不接受时请写明原因。")})
    decided(handover, OfferState.DECLINED, actor, note)
    handover.save(update_fields=DECIDED)
    announce(handover, "declined", others(handover, actor))
    return handover


@transaction.atomic
def step_back(handover: Handover, *, note: str, actor: User) -> Handover:
    """The receiver leaves, and what is on its way there stays with the giver, accepted or not. Raises HandoverRefused
    where nothing is on its way, or it is not for this person to say."""
    handover = _locked(handover)
    if not handover.is_open:
        raise HandoverRefused(_("这项移交现在是“%(state)s”。"), params={"state": handover.get_state_display()})
    if not may_give_away(handover.receiver, actor):
        raise HandoverRefused(_("由接收人%(name)s决定。"), params={"name": handover.receiver.user.name})
    decided(handover, OfferState.DECLINED, actor, note)
    handover.effective_on = None
    handover.save(update_fields=[*DECIDED, "effective_on"])
    announce(handover, "declined", others(handover, actor))
    return handover


@transaction.atomic
def withdraw(handover: Handover, *, actor: User) -> Handover:
    """Takes back what has not taken effect. Raises HandoverRefused where there is nothing to take back."""
    handover = _locked(handover)
    if not handover.is_open:
        raise HandoverRefused(_("这项移交现在是“%(state)s”。"), params={"state": handover.get_state_display()})
    if not (may_give_away(handover.giver, actor) or handover.asked_by_id == actor.pk):
        raise HandoverRefused(_("由提出的人撤回。"))
    decided(handover, OfferState.WITHDRAWN, actor)
    handover.effective_on = None
    handover.save(update_fields=[*DECIDED, "effective_on"])
    announce(handover, "withdrawn", others(handover, actor))
    return handover


@transaction.atomic
def apply(handover: Handover, *, actor: User | None = None) -> Assignment | None:
    """The handover takes effect, from its day on; None where another run has done it, or its day has not come.

    Where the rules do not allow it any more it has failed, the old officer goes on and everybody concerned is told.
    """
    handover = _locked(handover)
    day = handover.effective_on
    if handover.state != OfferState.ACCEPTED or day is None or day > today():
        return None
    try:
        assignment = _applied(handover, day, actor)
    except AssignmentRefused as refusal:
        handover.state, handover.note = OfferState.FAILED, " ".join(refusal.messages)[:200]
        handover.save(update_fields=["state", "note"])
        keepers = User.objects.filter(role=Role.BUREAU_STAFF, is_active=True)
        announce(handover, "failed", {*others(handover, None), *keepers})
        return None
    handover.state = OfferState.DONE
    handover.save(update_fields=["state"])
    announce(handover, "done", others(handover, actor))
    return assignment


def _applied(handover: Handover, day: date, actor: User | None) -> Assignment:
    # In a savepoint: what is refused half-way leaves the old officer as before.
    with transaction.atomic():
        _must_still_be_the_givers(handover)
        refuse_inactive(handover.receiver)
        # It is itself among the accepted ones, so that there has to be room for what is promised and no more.
        Handover.objects.filter(pk=handover.pk).update(state=OfferState.DONE)
        check_room(handover.receiver, handover.exception_reason)
        new = Assignment(
            officer=handover.receiver,
            platform=handover.platform,
            started_on=day,
            exception_reason=handover.exception_reason,
        )
        return services._begin(new, actor or handover.decided_by)


def _must_still_be_the_givers(handover: Handover) -> None:
    if not handover.platform.assignments.current().filter(officer=handover.giver_id).exists():
        raise HandoverRefused(
            _("这家平台已不由%(name)s负责，这项移交不再有效。"), params={"name": handover.giver.user.name}
        )


DECIDED = ("state", "note", "decided_by", "decided_at")


def decided(offer: Handover, state: OfferState, actor: User, note: str = "") -> None:
    offer.state, offer.note, offer.decided_by, offer.decided_at = state, note.strip(), actor, now()


def _locked(handover: Handover) -> Handover:
    """The handover as it is now, behind the same lock as every assignment of its platform and receiver."""
    services._lock(handover.platform, handover.receiver)
    rows = Handover.objects.select_related("platform", "asked_by", "giver__user", "giver__home_unit", "receiver__user")
    return rows.get(pk=handover.pk)


def _taken_up(handover: Handover, actor: User) -> Handover:
    handover = _locked(handover)
    if not handover.is_waiting:
        raise HandoverRefused(_("这项移交现在是“%(state)s”。"), params={"state": handover.get_state_display()})
    if handover.receiver.user_id != actor.pk:
        raise HandoverRefused(_("由接收人%(name)s决定。"), params={"name": handover.receiver.user.name})
    return handover


def others(handover: Handover, actor: User | None) -> set[User]:
    """Who is told: giver, receiver and who asked, but not the one who has just done it."""
    return {handover.giver.user, handover.receiver.user, handover.asked_by} - {actor}


def announce(handover: Handover, what: str, people: Iterable[User]) -> None:
    """Tells them. Whatever was said before and waits to be acted on is settled by the next step."""
    cause = f"handover/{handover.pk}"
    if what != "asked":
        settle(cause, now())
    tell(
        people,
        kind=NoticeKind.HANDOVER,
        cause=cause if what == "asked" else f"{cause}/{what}",
        url=handover.get_absolute_url(),
        data={
            "what": what,
            "platform": handover.platform.name,
            "giver": handover.giver.user.name,
            "receiver": handover.receiver.user.name,
            "day": (handover.effective_on or handover.planned_on).isoformat(),
        },
        send_after=send_after(now()),
    )
