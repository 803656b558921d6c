"""What other rooms call to tell somebody something, and what a person does about messages that did not arrive."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from config.clock import now
from notices.messages import test_content
from notices.models import (
    Alert,
    Announcement,
    Channel,
    ChannelKind,
    Delivery,
    DeliveryState,
    Heartbeat,
    Notice,
    NoticeKind,
)

DEAD_LETTERS = "dead-letters"
# Of a channel, by a person.
CHANGEABLE = ("name", "kind", "address", "secret", "unit", "levels", "per_minute", "is_enabled")


def tell(
    recipients: Iterable[User],
    *,
    kind: str,
    cause: str,
    url: str,
    data: Mapping[str, Any],
    send_after: datetime | None = None,
    is_urgent: bool = False,
) -> None:
    """A notice to each, in the caller's transaction. The same cause never tells the same person twice.

    It is in the inbox now, and goes outside from `send_after` on, at once unless told: in office hours, unless urgent.
    """
    at = now()
    notices = [
        Notice(
            recipient=person,
            kind=kind,
            cause=cause,
            url=url,
            data=dict(data),
            created_at=at,
            send_after=send_after or at,
            is_urgent=is_urgent,
        )
        for person in recipients
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)


def keep_inside(causes: Collection[str]) -> None:
    """What has these causes and was not sent yet does not go outside any more; inboxes keep it."""
    if causes:
        Notice.objects.filter(cause__in=causes, delivery=None).update(send_after=None)
        Announcement.objects.filter(cause__in=causes, delivery=None).update(send_after=None)


def settle(cause: str, at: datetime) -> None:
    """Nobody has to act on it any more: it is not sent, and read in every inbox."""
    keep_inside([cause])
    Notice.objects.filter(cause=cause).mark_read(at)


def beat(job: str) -> None:
    """A periodic job has finished."""
    row = Heartbeat(job=job, beat_at=now())
    Heartbeat.objects.bulk_create([row], update_conflicts=True, unique_fields=["job"], update_fields=["beat_at"])


@transaction.atomic
def open_alert(code: str, data: Mapping[str, Any] | None = None, *, url: str = "") -> bool:
    """Tells every system administrator, unless they were told of this trouble and it is not over; whether it did.

    `data` may bring `words`, the sentence to show for a code that notices.sentences.ALERTS does not know.
    """
    alert, is_new = Alert.objects.get_or_create(
        code=code, closed_at=None, defaults={"data": dict(data or {}), "opened_at": now()}
    )
    if is_new:
        administrators = User.objects.filter(role=Role.SYSTEM_ADMIN, is_active=True)
        url = url or reverse("notices:list")
        told = {**alert.data, "code": code}
        cause = f"alert/{alert.pk}"
        tell(administrators, kind=NoticeKind.ALERT, cause=cause, url=url, data=told, is_urgent=True)
    return is_new


def close_alert(code: str) -> bool:
    """The trouble is over; whether it was open. Its next sight is told again."""
    return Alert.objects.filter(code=code, closed_at=None).update(closed_at=now()) > 0


def warn_of_dead_letters() -> None:
    open_alert(DEAD_LETTERS, url=f"{reverse('admin:notices_delivery_changelist')}?state={DeliveryState.DEAD}")


class NotDead(ValidationError):
    """Only a message that nobody tries to send any more can be sent again or given up."""


@transaction.atomic
def resend(delivery: Delivery) -> Delivery:
    """Sends it anew: the same id and content, the count of tries from the beginning. Raises NotDead."""
    delivery = _not_waiting(delivery, (DeliveryState.DEAD, DeliveryState.GIVEN_UP))
    delivery.state, delivery.attempts, delivery.next_attempt_at = DeliveryState.WAITING, 0, now()
    delivery.last_error = ""
    delivery.save(update_fields=["state", "attempts", "next_attempt_at", "last_error"])
    _close_if_none_is_dead()
    return delivery


@transaction.atomic
def give_up(delivery: Delivery) -> Delivery:
    """A person says that this one need not arrive any more. Raises NotDead."""
    delivery = _not_waiting(delivery, (DeliveryState.DEAD,))
    delivery.state = DeliveryState.GIVEN_UP
    delivery.save(update_fields=["state"])
    _close_if_none_is_dead()
    return delivery


def send_test(channel: Channel, actor: User) -> Delivery:
    """A message that only says it arrived, to the group, the system or, by mail, the person who asks for it."""
    by_mail = channel.kind == ChannelKind.MAIL
    if by_mail and not actor.email:
        raise ValidationError(_("您的账号没有邮箱地址，请安全管理员先填上。"))
    if not channel.is_enabled:
        raise ValidationError(_("渠道“%(name)s”已停用，先启用再试发。"), params={"name": channel.name})
    at, pk = now(), uuid.uuid4()
    return Delivery.objects.create(
        id=pk,
        channel=channel,
        recipient=actor if by_mail else None,
        content=test_content(channel.kind, pk, at),
        is_urgent=True,  # the person who asks is awake
        created_at=at,
        next_attempt_at=at,
    )


@transaction.atomic
def save_channel(channel: Channel) -> Channel:
    """Whoever enables a channel again says that its trouble is over: it starts anew.

    Written is what a person may change; what the sender notes on the row meanwhile stays.
    """
    if channel._state.adding:
        channel.save()
        return channel
    present = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    fields = list(CHANGEABLE)
    if present.disabled_at is not None and channel.disabled_at is None:
        channel.is_enabled = False  # it was put off after the person had looked
    if channel.is_enabled and not present.is_enabled:
        channel.disabled_at = channel.failing_since = channel.failed_at = channel.paused_until = None
        fields += ["disabled_at", "failing_since", "failed_at", "paused_until"]
        close_alert(f"channel-off/{channel.pk}")
    if not channel.is_enabled:
        close_alert(f"channel-failing/{channel.pk}")
    channel.save(update_fields=fields)
    return channel


def _not_waiting(delivery: Delivery, states: tuple[DeliveryState, ...]) -> Delivery:
    row = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if row.state not in states:
        raise NotDead(_("这条消息现在是“%(state)s”。"), params={"state": row.get_state_display()})
    return row


def _close_if_none_is_dead() -> None:
    if not Delivery.objects.filter(state=DeliveryState.DEAD).exists():
        close_alert(DEAD_LETTERS)
