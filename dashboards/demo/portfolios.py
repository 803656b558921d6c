"""Who looks after which platform: two to four each, one officer a platform, and a few handovers in the past."""

from datetime import timedelta
from itertools import pairwise

from dashboards.demo.loading import Loader
from dashboards.demo.people import DemoOfficer, People
from dashboards.demo.register import DemoPlatform
from dashboards.demo.world import START, World
from liaisons.models import Assignment

EXCHANGES = 4  # pairs of officers for each step of the scale
HANDED_OVER_LATELY = 1, 3, 6  # working days ago, a pair each: first contacts and visits still to be made
UNTOUCHED = 40, 60  # working days after the start and before today without a handover
BY_COMPETENT_UNIT = 0.3  # of the platforms look for an officer at their competent unit before their district


def share_out(world: World, loader: Loader, people: People, platforms: list[DemoPlatform], scale: int) -> None:
    """Fills every officer's portfolio and writes the assignments, past ones included."""
    _assign_all(world, platforms, people.officers)
    _exchange(world, platforms, people.officers, EXCHANGES * scale)
    _write(world, loader, platforms, people.staff)


def _assign_all(world: World, platforms: list[DemoPlatform], officers: list[DemoOfficer]) -> None:
    """Near the platform or at its competent unit as far as there is room; the demo officer gets invented ones only."""
    waiting = world.dice.sample(platforms, len(platforms))
    demo_officer = officers[0]
    mine = [p for p in waiting if p.is_invented and p.unit_code == demo_officer.unit.code][: demo_officer.load]
    for platform in mine:
        _take(platform, demo_officer)
    room: dict[str, list[DemoOfficer]] = {}
    for officer in officers[1:]:
        room.setdefault(officer.unit.code, []).extend([officer] * officer.load)
    for places in room.values():
        world.dice.shuffle(places)
    left = [platform for platform in waiting if not platform.officers and not _find_place(world, room, platform)]
    for platform, officer in zip(left, (officer for places in room.values() for officer in places), strict=True):
        _take(platform, officer)


def _find_place(world: World, room: dict[str, list[DemoOfficer]], platform: DemoPlatform) -> bool:
    near = f"{'D' if platform.district.isdigit() else 'P'}-{platform.district}"
    wishes = (platform.unit_code, near) if world.chance(BY_COMPETENT_UNIT) else (near, platform.unit_code)
    for code in wishes:
        if room.get(code):
            _take(platform, room[code].pop())
            return True
    return False


def _take(platform: DemoPlatform, officer: DemoOfficer) -> None:
    platform.officers.append((START, officer))
    officer.platforms.append(platform.pk)


def _exchange(world: World, platforms: list[DemoPlatform], officers: list[DemoOfficer], pairs: int) -> None:
    """Two officers of a unit exchanged a platform some months ago, or lately: each carried as many before as after."""
    first, last = world.calendar.seq(START) + UNTOUCHED[0], world.elapsed - UNTOUCHED[1]
    if last <= first:
        return
    platform_of = {platform.pk: platform for platform in platforms}
    neighbours = [(one, other) for one, other in list(pairwise(officers[1:]))[::2] if one.unit == other.unit]
    chosen = world.dice.sample(neighbours, min(pairs, len(neighbours)))
    days = [world.worked_day(world.dice.randint(first, last)) for _pair in chosen]
    lately = [pair for pair in neighbours if pair not in chosen]
    chosen += lately[: len(HANDED_OVER_LATELY)]
    days += [world.worked_day(world.elapsed - ago) for ago in HANDED_OVER_LATELY]
    for (one, other), day in zip(chosen, days, strict=False):
        for platform, before, after in ((one.platforms[0], other, one), (other.platforms[0], one, other)):
            platform_of[platform].officers = [(START, before), (day, after)]


def _write(world: World, loader: Loader, platforms: list[DemoPlatform], staff: int) -> None:
    for platform in platforms:
        following = [since for since, _officer in platform.officers[1:]]
        for (since, officer), until in zip(platform.officers, [*following, None], strict=True):
            loader[Assignment].add(
                officer_id=officer.pk,
                platform_id=platform.pk,
                started_on=since,
                ended_on=until - timedelta(days=1) if until else None,
                created_by_id=staff,
                created_at=world.at(since, 9 * 60),
                ended_by_id=staff if until else None,
            )
