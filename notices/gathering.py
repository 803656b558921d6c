"""From entries to messages: `gather` writes down what has to go out now, as Delivery rows that are sent one by one.

Nothing leaves the house here; notices.sending does that. Both are called by a job and by a command, by no request.
"""

from collections import Counter
from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from config.clock import now
from notices.messages import mail_content, robot_content, webhook_content
from notices.models import ROBOTS, Announcement, Channel, ChannelKind, Delivery, DeliveryState, Notice

BATCH = 500
MAILS_PER_MINUTE = 600


def gather() -> int:
    """Puts every entry that may go out by now into a delivery; how many deliveries that made.

    Mail: one message a person, robots: one a channel, webhooks: one an entry. Who has a message waiting already gets
    the next one after it, with all that came meanwhile. What belongs to a disabled channel waits.
    """
    at = now()
    made = _gather_mail(at)
    due = Announcement.objects.filter(delivery=None, send_after__lte=at).values("channel")
    for channel in Channel.objects.filter(pk__in=due, is_enabled=True):
        if channel.kind in ROBOTS:
            made += _gather_for_robot(channel.pk, at)
        elif channel.kind == ChannelKind.WEBHOOK:
            while batch := _gather_for_webhook(channel.pk, at):
                made += batch
    return made


def _gather_mail(at: datetime) -> int:
    due = Notice.objects.filter(delivery=None, send_after__lte=at)
    unreachable = Q(recipient__email="") | Q(recipient__is_active=False)
    # Without an address the inbox is all there is. The entry says so, and is not looked at again every ten seconds.
    due.filter(unreachable if settings.MAIL_IS_ON else Q()).update(send_after=None)
    if not settings.MAIL_IS_ON or not due.exists():
        return 0
    channel = _mail_channel()
    made = 0
    while channel.is_enabled and (batch := _gather_mail_batch(channel.pk, due, at)):
        made += batch
    return made


def _mail_channel() -> Channel:
    """The one way by mail: EMAIL_URL is all it takes to have it."""
    if first := Channel.objects.filter(kind=ChannelKind.MAIL).first():
        return first
    with override(settings.LANGUAGE_CODE):
        name = _("邮件")
    if Channel.objects.filter(name=name).exists():
        name = f"{name} (EMAIL_URL)"
    defaults = {"name": name, "per_minute": MAILS_PER_MINUTE}
    return Channel.objects.get_or_create(kind=ChannelKind.MAIL, defaults=defaults)[0]


@transaction.atomic
def _gather_mail_batch(channel_pk: int, due: QuerySet[Notice], at: datetime) -> int:
    channel = _held(channel_pk)
    busy = _waiting(channel).filter(recipient=OuterRef("recipient"))
    persons = due.exclude(Exists(busy)).order_by("recipient").values_list("recipient").distinct()[:BATCH]
    notices = list(
        due.filter(recipient__in=[pk for (pk,) in persons]).select_related("recipient").order_by("recipient_id", "pk")
    )
    deliveries = []
    for _pk, group in groupby(notices, key=lambda notice: notice.recipient_id):
        mine = list(group)
        person = mine[0].recipient
        delivery = _new(channel, at)
        delivery.recipient, delivery.content = person, mail_content(person, mine)
        for notice in mine:
            notice.delivery = delivery
        deliveries.append(delivery)
    Delivery.objects.bulk_create(deliveries)
    Notice.objects.bulk_update(notices, ["delivery"], batch_size=BATCH)
    return len(deliveries)


@transaction.atomic
def _gather_for_robot(channel_pk: int, at: datetime) -> int:
    channel = _held(channel_pk)
    if _waiting(channel).exists():
        return 0
    due = dict(_due_for(channel, at).values_list("pk", "kind"))
    if not due:
        return 0
    delivery = _new(channel, at)
    delivery.content = robot_content(Counter(due.values()), delivery.pk)
    delivery.save(force_insert=True)
    Announcement.objects.filter(pk__in=due).update(delivery=delivery)
    return 1


@transaction.atomic
def _gather_for_webhook(channel_pk: int, at: datetime) -> int:
    channel = _held(channel_pk)
    entries = list(_due_for(channel, at).order_by("pk")[:BATCH])
    for entry in entries:
        entry.delivery = _new(channel, at)
        entry.delivery.content = webhook_content(entry)
    Delivery.objects.bulk_create([entry.delivery for entry in entries if entry.delivery])
    Announcement.objects.bulk_update(entries, ["delivery"])
    return len(entries)


def _held(channel_pk: int) -> Channel:
    """The channel under its row lock: two gatherers follow each other, so that an entry goes into one delivery."""
    return Channel.objects.select_for_update(no_key=True).get(pk=channel_pk)


def _waiting(channel: Channel) -> QuerySet[Delivery]:
    return Delivery.objects.filter(channel=channel, state=DeliveryState.WAITING)


def _due_for(channel: Channel, at: datetime) -> QuerySet[Announcement]:
    return Announcement.objects.filter(channel=channel, delivery=None, send_after__lte=at)


def _new(channel: Channel, at: datetime) -> Delivery:
    return Delivery(channel=channel, created_at=at, next_attempt_at=at)
