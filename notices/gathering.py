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
from notices.quiet_hours import at_this_hour, is_office_hour

BATCH = 500
MAILS_PER_MINUTE = 600


def gather() -> int:
    """Puts every entry that may go out by now into a delivery; how many deliveries that made.

    Mail: one message a person, robots: one a channel, webhooks: one an entry. Who has a message waiting already gets
    the next one after it, with all that came meanwhile. What belongs to a disabled channel waits; out of office hours
    so does what is for people and not urgent.
    """
    at = now()
    is_open = is_office_hour(at)
    made = _gather_mail(at, is_open)
    due = Announcement.objects.filter(delivery=None, send_after__lte=at).values("channel")
    for channel in Channel.objects.filter(pk__in=due, is_enabled=True):
        if channel.kind in ROBOTS:
            made += _gather_for_robot(channel.pk, at, is_open)
        elif channel.kind == ChannelKind.WEBHOOK:
            while batch := _gather_for_webhook(channel.pk, at):
                made += batch
    return made


def _gather_mail(at: datetime, is_open: bool) -> int:
    due: QuerySet[Notice] = Notice.objects.filter(delivery=None, send_after__lte=at)
    if not due.exists():
        return 0
    unreachable = Q(recipient__email="") | Q(recipient__is_active=False)
    _keep_inside(due.filter(unreachable if settings.MAIL_IS_ON else Q()))
    due = at_this_hour(due, is_open)
    if not settings.MAIL_IS_ON or not due.exists():
        return 0
    channel = _mail_channel()
    made = 0
    while channel.is_enabled and (batch := _gather_mail_batch(channel.pk, due, at, is_open)):
        made += batch
    return made


@transaction.atomic
def _keep_inside(notices: QuerySet[Notice]) -> None:
    """Without an address the inbox is all there is. The entry says so, and is not looked at again every ten seconds."""
    kept = notices.order_by("pk").select_for_update(of=("self",), no_key=True)
    Notice.objects.filter(pk__in=kept.values("pk")).update(send_after=None)


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
def _gather_mail_batch(channel_pk: int, due: QuerySet[Notice], at: datetime, is_open: bool) -> int:
    channel = _held(channel_pk)
    busy = at_this_hour(_waiting(channel), is_open).filter(recipient=OuterRef("recipient"))
    persons = due.exclude(Exists(busy)).order_by("recipient").values_list("recipient").distinct()[:BATCH]
    theirs = due.filter(recipient__in=[pk for (pk,) in persons]).select_related("recipient")
    # In the order of their keys, in which everybody locks them.
    notices = list(theirs.order_by("pk").select_for_update(of=("self",), no_key=True))
    deliveries = []
    for _pk, group in groupby(sorted(notices, key=_recipient), key=_recipient):
        mine = list(group)
        person = mine[0].recipient
        delivery = _new(channel, at)
        delivery.recipient, delivery.content = person, mail_content(person, mine)
        delivery.is_urgent = any(notice.is_urgent for notice in mine)
        for notice in mine:
            notice.delivery = delivery
        deliveries.append(delivery)
    Delivery.objects.bulk_create(deliveries)
    Notice.objects.bulk_update(notices, ["delivery"], batch_size=BATCH)
    return len(deliveries)


@transaction.atomic
def _gather_for_robot(channel_pk: int, at: datetime, is_open: bool) -> int:
    channel = _held(channel_pk)
    if at_this_hour(_waiting(channel), is_open).exists():
        return 0
    due = at_this_hour(_due_for(channel, at), is_open).order_by("pk").select_for_update(no_key=True)
    entries = list(due.only("pk", "kind", "is_urgent"))
    if not entries:
        return 0
    delivery = _new(channel, at)
    delivery.content = robot_content(Counter(entry.kind for entry in entries), delivery.pk)
    delivery.is_urgent = any(entry.is_urgent for entry in entries)
    delivery.save(force_insert=True)
    Announcement.objects.filter(pk__in=[entry.pk for entry in entries]).update(delivery=delivery)
    return 1


@transaction.atomic
def _gather_for_webhook(channel_pk: int, at: datetime) -> int:
    channel = _held(channel_pk)
    entries = list(_due_for(channel, at).order_by("pk").select_for_update(no_key=True)[:BATCH])
    for entry in entries:
        entry.delivery = _new(channel, at)
        entry.delivery.is_urgent = entry.is_urgent
        entry.delivery.content = webhook_content(entry)
    Delivery.objects.bulk_create([entry.delivery for entry in entries if entry.delivery])
    Announcement.objects.bulk_update(entries, ["delivery"])
    return len(entries)


def _recipient(notice: Notice) -> int:
    return notice.recipient_id


def _held(channel_pk: int) -> Channel:
    """The channel under its row lock: two gatherers follow each other, so that an entry goes into one delivery."""
    return Channel.objects.select_for_update(no_key=True).get(pk=channel_pk)


def _waiting(channel: Channel) -> QuerySet[Delivery]:
    return Delivery.objects.filter(channel=channel, state=DeliveryState.WAITING)


def _due_for(channel: Channel, at: datetime) -> QuerySet[Announcement]:
    return Announcement.objects.filter(channel=channel, delivery=None, send_after__lte=at)


def _new(channel: Channel, at: datetime) -> Delivery:
    return Delivery(channel=channel, created_at=at, next_attempt_at=at)
