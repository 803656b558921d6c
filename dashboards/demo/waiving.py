"""What platforms said of their first visit (R18): most of those that were not visited in time had no need of it."""

from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import F, OuterRef, Q, Subquery

from accounts.models import User
from config import clock
from dashboards.demo.world import World
from liaisons.duties import restore_duty, waive_first_visit
from liaisons.models import Duty, DutyKind, PlatformWord, WordChannel
from platforms.models import PlatformContact

WAIVED = 0.75
TAKEN_BACK = 3  # of the waived, for each step of the scale
BATCH = 2000
NOTES = ("", "", "近期设备检修，电话沟通即可。", "负责人外出，暂不安排上门。", "情况已电话说明，暂无困难。")
CHANNELS = (WordChannel.PHONE, WordChannel.WECHAT, WordChannel.MEETING)


class _Said(NamedTuple):
    duty: Duty
    said_by: str
    said_on: date
    channel: str
    note: str


def waive_some(world: World, scale: int) -> None:
    """As the services would have left it had each word been written down on its day: a later visit meets nothing."""
    said = [_word(world, duty) for duty in _not_visited_in_time(world) if world.chance(WAIVED)]
    taken_back, kept = said[: TAKEN_BACK * scale], said[TAKEN_BACK * scale :]
    Duty.objects.filter(pk__in=[each.duty.pk for each in taken_back]).update(met_on=None, met_by=None)
    for each in taken_back:
        _waive_and_take_back(world, each)
    for start in range(0, len(kept), BATCH):
        batch = kept[start : start + BATCH]
        for each in batch:
            each.duty.waived_on, each.duty.met_on, each.duty.met_by = each.said_on, None, None
        Duty.objects.bulk_update([each.duty for each in batch], ["waived_on", "met_on", "met_by"])
        PlatformWord.objects.bulk_create(_row(world, each) for each in batch)


def _not_visited_in_time(world: World) -> list[Duty]:
    """Each with `officer_user`, who wrote the word down, and `contact`, who said it."""
    contacts = PlatformContact.objects.filter(platform=OuterRef("platform")).order_by("-is_primary", "pk")
    late = Duty.objects.filter(Q(met_on=None) | Q(met_on__gt=F("due_on")), kind=DutyKind.FIRST_VISIT)
    named = late.filter(due_on__lt=world.today).annotate(
        officer_user=F("assignment__officer__user"), contact=Subquery(contacts.values("name")[:1])
    )
    return list(named.order_by("pk"))


def _word(world: World, duty: Duty) -> _Said:
    day = duty.from_on + timedelta(days=world.dice.randint(1, (duty.due_on - duty.from_on).days))
    contact = getattr(duty, "contact", None) or "平台联络员"
    return _Said(duty, contact, day, world.pick(CHANNELS).value, world.pick(NOTES))


def _row(world: World, said: _Said) -> PlatformWord:
    return PlatformWord(
        **said._asdict(),
        says=PlatformWord.Says.NOT_NEEDED,
        recorded_by_id=said.duty.officer_user,  # type: ignore[attr-defined] # annotated
        recorded_at=world.in_office_hours(said.said_on),
    )


def _waive_and_take_back(world: World, said: _Said) -> None:
    actor = User.objects.get(pk=said.duty.officer_user)  # type: ignore[attr-defined] # annotated
    with clock.frozen(world.in_office_hours(said.said_on)):
        waive_first_visit(**said._asdict(), actor=actor)
    later = min(said.said_on + timedelta(days=90), world.today)
    with clock.frozen(world.in_office_hours(later)):
        restore_duty(said.duty, said_by=said.said_by, said_on=later, channel=WordChannel.PHONE, actor=actor)
