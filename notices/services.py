"""What other rooms call to tell somebody something, and what a person does about messages that did not arrive."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from config.clock import now
from notices.messages import test_content
from notices.models import Alert, Channel, ChannelKind, Delivery, DeliveryState, Heartbeat, Notice, NoticeKind

DEAD_LETTERS = "dead-letters"


def tell(
    recipients: Iterable[User],
    *,
    kind: str,
    cause: str,
    url: str,
    data: Mapping[str, Any],
    send_after: datetime | None = None,
) -> None:
    """A notice to each, in the caller's transaction. The same cause never tells the same person twice.

    It is in the inbox now, and goes outside from `send_after` on: at once unless told.
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
        )
        for person in recipients
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)


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
        tell(administrators, kind=NoticeKind.ALERT, cause=f"alert/{alert.pk}", url=url, data=told)
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
        raise ValidationError(_("您的账号没有邮箱地址，先在用户页填写。"))
    if not channel.is_enabled:
        raise ValidationError(_("渠道“%(name)s”已停用，先启用再试发。"), params={"name": channel.name})
    at, pk = now(), uuid.uuid4()
    return Delivery.objects.create(
        id=pk,
        channel=channel,
        recipient=actor if by_mail else None,
        content=test_content(channel.kind, pk, at),
        created_at=at,
        next_attempt_at=at,
    )


@transaction.atomic
def save_channel(channel: Channel) -> Channel:
    """Whoever enables a channel again says that its trouble is over: it starts anew."""
    if channel.is_enabled and channel.disabled_at is not None:
        channel.disabled_at = channel.failing_since = channel.paused_until = None
        close_alert(f"channel-off/{channel.pk}")
    if not channel.is_enabled:
        close_alert(f"channel-failing/{channel.pk}")
    channel.save()
    return channel


def _not_waiting(delivery: Delivery, states: tuple[DeliveryState, ...]) -> Delivery:
    row = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if row.state not in states:
        raise NotDead(_("这条消息现在是“%(state)s”。"), params={"state": row.get_state_display()})
    return row


def _close_if_none_is_dead() -> None:
    if not Delivery.objects.filter(state=DeliveryState.DEAD).exists():
        close_alert(DEAD_LETTERS)
