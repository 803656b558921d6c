"""Sends what is written down: claim, send, record, each on its own, so that no transaction is open while we wait.

A claim is a lease in the table. Whoever is killed before recording leaves a lease that runs out; whoever comes next
sends the same message again under the same id. Limits and leases are read and written under the channel's row lock.
"""

import logging
import time
import traceback
from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from config.clock import now
from notices.backoff import ATTEMPTS_AT_MOST, wait_after
from notices.channels.outcome import NotDelivered
from notices.channels.senders import SENDERS
from notices.models import Channel, ChannelKind, Delivery, DeliveryState, Try
from notices.quiet_hours import at_this_hour, is_office_hour, send_after
from notices.services import close_alert, open_alert, warn_of_dead_letters

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
A_MINUTE = timedelta(minutes=1)
WARN_AFTER, DISABLE_AFTER = timedelta(hours=1), timedelta(days=5)
# A failure after so long a silence, more than a weekend's, is a new trouble: nobody knows of the time between.
SILENCE = timedelta(days=3)
# An outage at least so long: its end brings forward what waits for its next hour. A single bad message is no outage.
OUTAGE = timedelta(minutes=5)
# Then the next call goes on: a worker has other things to do as well.
SECONDS_AT_ONCE = 20.0


def deliver(seconds: float = SECONDS_AT_ONCE) -> Counter[str]:
    """Sends what is due, until nothing is or the time is up: how many were "sent", "failed", "dead", "given_up"."""
    watch_channels()
    tally: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end and (delivery := claim()) is not None:
        tally[attempt(delivery)] += 1
    return tally


def claim() -> Delivery | None:
    """A delivery that is ours to send until its lease ends. Channels that work come before those that fail."""
    at = now()
    due = _due(at).filter(channel=OuterRef("pk"))
    channels = Channel.objects.filter(_not_paused(at), Exists(due), is_enabled=True)
    # Among equals by chance: no channel with a thousand messages keeps the others waiting.
    for channel in channels.order_by(F("failing_since").desc(nulls_first=True), "?"):
        if delivery := _claim_of(channel.pk, at, is_open=_is_any_hour(channel) or is_office_hour(at)):
            return delivery
    return None


def attempt(delivery: Delivery) -> str:
    """Sends it and records what came of it, which is the answer."""
    try:
        SENDERS[delivery.channel.kind].send(delivery)
    except NotDelivered as trouble:
        return _record_failure(delivery, trouble)
    except Exception as error:
        # A fault of ours must not keep the others from going out. Its words may quote an address with its key.
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("delivery %s: %s\n%s", delivery.pk, type(error).__name__, where)
        words = _("内部错误：%(why)s") % {"why": type(error).__name__}
        return _record_failure(delivery, NotDelivered(words, blames_channel=False))
    return _record_sent(delivery)


def watch_channels() -> None:
    """Tells the administrators of channels that failed for an hour; disables those that failed for five days."""
    at = now()
    for channel in Channel.objects.filter(is_enabled=True, failing_since__lte=at - WARN_AFTER):
        if not _waiting(channel).filter(attempts__gt=0).exists():
            _forgive(channel.pk)
        elif _has_failed_for(channel, DISABLE_AFTER):
            _disable(channel.pk, at)
        else:
            open_alert(f"channel-failing/{channel.pk}", {"name": channel.name})


def _has_failed_for(channel: Channel, long: timedelta) -> bool:
    """Whether a try at the end of so long a time has failed like the one at its beginning."""
    first, last = channel.failing_since, channel.failed_at
    return first is not None and last is not None and last - first >= long


@transaction.atomic
def _claim_of(channel_pk: int, at: datetime, *, is_open: bool) -> Delivery | None:
    channel = _locked(channel_pk)
    is_paused = channel.paused_until is not None and channel.paused_until > at
    if is_paused or not channel.is_enabled or not _has_room(channel, at):
        return None
    due = at_this_hour(_due(at).filter(channel=channel), is_open).order_by("next_attempt_at", "created_at", "pk")
    delivery = due.select_for_update(skip_locked=True).first()
    if delivery is None:
        return None
    delivery.channel = channel
    delivery.leased_until, delivery.attempted_at = at + LEASE, at
    delivery.attempts += 1
    delivery.save(update_fields=["leased_until", "attempted_at", "attempts"])
    Try.objects.filter(channel=channel, at__lte=at - A_MINUTE).delete()
    Try.objects.create(channel=channel, at=at)
    return delivery


def _locked(channel_pk: int) -> Channel:
    """The channel under its row lock: who counts and takes, and who judges it, follow each other."""
    return Channel.objects.select_for_update(no_key=True).get(pk=channel_pk)


def _has_room(channel: Channel, at: datetime) -> bool:
    """Within its limit a minute, every try counted; where it fails, one at a time finds out whether it is back."""
    if channel.failing_since is not None and _waiting(channel).filter(leased_until__gt=at).exists():
        return False
    return Try.objects.filter(channel=channel, at__gt=at - A_MINUTE).count() < channel.per_minute


def _waiting(channel: Channel) -> QuerySet[Delivery]:
    return Delivery.objects.filter(channel=channel, state=DeliveryState.WAITING)


def _due(at: datetime) -> QuerySet[Delivery]:
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    return Delivery.objects.filter(free, state=DeliveryState.WAITING, next_attempt_at__lte=at)


def _not_paused(at: datetime) -> Q:
    return Q(paused_until=None) | Q(paused_until__lte=at)


def _record_sent(delivery: Delivery) -> str:
    at = now()
    # Whatever was decided meanwhile, it is out. If two sent it because a lease ran out, the first one's time counts.
    unsent = Delivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.SENT)
    unsent.update(state=DeliveryState.SENT, sent_at=at, leased_until=None, last_error="")
    if delivery.channel.failing_since is not None:
        _recover(delivery.channel_id, at)
    return "sent"


@transaction.atomic
def _recover(channel_pk: int, at: datetime) -> None:
    since = _forgive(channel_pk)
    if since is not None and since <= at - OUTAGE:
        channel = Channel.objects.get(pk=channel_pk)
        later = _waiting(channel).filter(next_attempt_at__gt=at)
        at_this_hour(later, _is_any_hour(channel) or is_office_hour(at)).update(next_attempt_at=at)


@transaction.atomic
def _forgive(channel_pk: int) -> datetime | None:
    """The channel fails no more; since when it did."""
    channel = _locked(channel_pk)
    since, channel.failing_since, channel.failed_at = channel.failing_since, None, None
    if since is not None:
        channel.save(update_fields=["failing_since", "failed_at"])
        close_alert(f"channel-failing/{channel.pk}")
    return since


@transaction.atomic
def _record_failure(delivery: Delivery, trouble: NotDelivered) -> str:
    at = now()
    channel = _locked(delivery.channel_id)
    state = _state_after(delivery, trouble)
    _blame(channel, trouble, at, goes_on=state == DeliveryState.WAITING)
    next_attempt_at = at + max(wait_after(delivery.attempts, delivery.pk), trouble.rest, trouble.wait or timedelta(0))
    if not delivery.is_urgent and not _is_any_hour(channel):
        next_attempt_at = send_after(next_attempt_at)
    # Not if somebody else took it over when the lease ran out, or a person decided meanwhile.
    mine = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING, attempts=delivery.attempts)
    is_mine = mine.update(
        state=state, next_attempt_at=next_attempt_at, leased_until=None, last_error=trouble.reason[:300]
    )
    if is_mine and state == DeliveryState.DEAD:
        warn_of_dead_letters()
    log.warning("channel %s, delivery %s, try %s: %s", channel.pk, delivery.pk, delivery.attempts, trouble.reason)
    return "failed" if state == DeliveryState.WAITING else state.value


def _state_after(delivery: Delivery, trouble: NotDelivered) -> DeliveryState:
    if trouble.is_pointless:
        return DeliveryState.GIVEN_UP
    is_dead = trouble.is_final or delivery.attempts >= ATTEMPTS_AT_MOST
    return DeliveryState.DEAD if is_dead else DeliveryState.WAITING


def _blame(channel: Channel, trouble: NotDelivered, at: datetime, *, goes_on: bool) -> None:
    """Notes on the locked channel that it fails, by a message that will be tried again, or that it is to be left alone.

    A message that ended says nothing of the others, and no later success of its own could take the blame back.
    """
    if trouble.blames_channel and goes_on:
        if channel.failing_since is None or channel.failed_at is None or channel.failed_at < at - SILENCE:
            channel.failing_since = at
        channel.failed_at = at
    if trouble.wait is not None:
        channel.paused_until = at + trouble.wait
    channel.save(update_fields=["failing_since", "failed_at", "paused_until"])


def _is_any_hour(channel: Channel) -> bool:
    """Another system is a machine; all other channels end at people."""
    return channel.kind == ChannelKind.WEBHOOK


@transaction.atomic
def _disable(channel_pk: int, at: datetime) -> None:
    channel = _locked(channel_pk)
    channel.is_enabled, channel.disabled_at = False, at
    channel.save(update_fields=["is_enabled", "disabled_at"])
    if _waiting(channel).update(state=DeliveryState.DEAD, leased_until=None, last_error=_("渠道已停用")):
        warn_of_dead_letters()
    close_alert(f"channel-failing/{channel.pk}")
    open_alert(f"channel-off/{channel.pk}", {"name": channel.name})
