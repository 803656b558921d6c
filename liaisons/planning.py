"""Who might look after which platform: a proposal that explains itself, for a person to change and to apply (R1, R2).

It is a greedy choice, small enough to follow by hand:

1. `_seats` says how many platforms each officer ends up with. The smallest portfolios are filled first, level by
   level, so that the largest and the smallest differ by one wherever the present ones allow it, and nobody exceeds the
   rule in force. Somebody without any platform is drawn in only where enough is left to bring that one to the minimum,
   or where the others have no room.
2. The scarcest platforms choose first: those for which the fewest seats are left with officers of the same district.
3. A platform goes to the seat that costs least: the same district counts most, then the unit that is competent for it,
   then a technical domain the officer knows; among equals the one with fewer platforms of that level, then the
   smaller portfolio, then the staff number. The same rows give the same proposal.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.models import UnitKind
from liaisons.models import Assignment, Handover, OfferState, Officer, PortfolioRule
from platforms.models import Platform

# What each mismatch costs. District before all, then the competent unit, then the domain.
ANOTHER_DISTRICT, CITY_WIDE, NOT_COMPETENT, UNKNOWN_DOMAIN = 8, 4, 2, 1


@dataclass(frozen=True, slots=True)
class Place:
    """A platform as far as the choice goes by it."""

    pk: int
    district: str
    level: str
    domain: int | None = None
    unit: int | None = None


@dataclass(slots=True)
class Desk:
    """An officer while the proposal is made. `district` is empty for units that serve the whole city."""

    pk: int
    staff_no: str
    unit: int
    district: str
    load: int = 0
    domains: Counter[int | None] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)

    def takes(self, place: Place) -> None:
        self.load += 1
        self.domains[place.domain] += 1
        self.levels[place.level] += 1


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line: a platform, the officer proposed for it, and why in words. No officer: there is no room left."""

    platform: int
    officer: int | None
    why: str


def propose(desks: Sequence[Desk], places: Sequence[Place], *, minimum: int, maximum: int) -> list[Suggestion]:
    """A line for every platform, in the order given. The desks are filled as the proposal goes."""
    chosen: dict[int, Suggestion] = {}
    seats = _seats(desks, len(places), minimum, maximum)
    waiting = list(places)
    while waiting:
        near = Counter[str]()
        for desk in desks:
            near[desk.district] += seats.left(desk)
        place = min(waiting, key=lambda each: (near[each.district] == 0, near[each.district], each.pk))
        waiting.remove(place)
        open_desks = [desk for desk in desks if seats.left(desk)]
        if not open_desks:
            chosen[place.pk] = Suggestion(place.pk, None, _("现有干部都已到上限，需要增加干部。"))
            continue
        desk = min(open_desks, key=lambda each: (*_cost(each, place), each.staff_no))
        seats.take(desk)
        why = _why(desk, place)
        desk.takes(place)
        chosen[place.pk] = Suggestion(place.pk, desk.pk, why)
    return [chosen[place.pk] for place in places]


class _Seats:
    """How many more each desk takes: everybody up to `level`, and `extras` of those who stand there one more."""

    def __init__(self, targets: dict[int, int], level: int, extras: int) -> None:
        self.targets, self.level, self.extras = targets, level, extras

    def left(self, desk: Desk) -> int:
        room = self.targets.get(desk.pk, desk.load) - desk.load
        if room > 0:
            return room
        return 1 if self.extras and desk.pk in self.targets and desk.load == self.level else 0

    def take(self, desk: Desk) -> None:
        if self.targets[desk.pk] <= desk.load:
            self.extras -= 1


def _seats(desks: Sequence[Desk], count: int, minimum: int, maximum: int) -> _Seats:
    """Fills the smallest portfolios first. Whoever ends one above the others is left to the choice itself."""
    loads = {desk.pk: desk.load for desk in _drawn_in(desks, count, minimum, maximum)}
    left = count
    while left and (lowest := min((load for load in loads.values() if load < maximum), default=None)) is not None:
        level = [pk for pk, load in loads.items() if load == lowest]
        if len(level) > left:
            return _Seats(loads, lowest, left)
        for pk in level:
            loads[pk] += 1
        left -= len(level)
    return _Seats(loads, maximum, 0)


def _drawn_in(desks: Sequence[Desk], count: int, minimum: int, maximum: int) -> list[Desk]:
    """Those who carry something already, and as many of the others as can be brought to the minimum or are needed."""
    present = [desk for desk in desks if desk.load]
    fresh = [desk for desk in desks if not desk.load]
    spare = count - sum(max(0, minimum - desk.load) for desk in present)
    room = sum(max(0, maximum - desk.load) for desk in present)
    wanted = max(spare // max(minimum, 1), -(-(count - room) // max(maximum, 1)), 0)
    return present + fresh[:wanted]


def _cost(desk: Desk, place: Place) -> tuple[int, int, int]:
    return _distance(desk, place), desk.levels[place.level], desk.load


def _distance(desk: Desk, place: Place) -> int:
    district = 0 if desk.district == place.district else ANOTHER_DISTRICT if desk.district else CITY_WIDE
    unit = 0 if desk.unit == place.unit else NOT_COMPETENT
    domain = 0 if place.domain and desk.domains[place.domain] else UNKNOWN_DOMAIN
    return district + unit + domain


def _why(desk: Desk, place: Place) -> str:
    if desk.district == place.district:
        reasons = [_("同一区县或园区")]
    else:
        reasons = [_("别的区县，本区县干部已排满") if desk.district else _("市级单位，不限区县")]
    if desk.unit == place.unit:
        reasons.append(_("所在单位就是归口部门"))
    if place.domain and desk.domains[place.domain]:
        reasons.append(_("已联点同领域平台%(n)d家") % {"n": desk.domains[place.domain]})
    reasons.append(_("联点%(before)d家，加上这家%(after)d家") % {"before": desk.load, "after": desk.load + 1})
    return _("；").join(reasons)


# --- from the tables --------------------------------------------------------------------------------------------------


def desks_of(officers: Iterable[Officer]) -> list[Desk]:
    """The officers with what they carry, and what they have accepted to take over, in two statements."""
    desks = {
        officer.pk: Desk(officer.pk, officer.staff_no, officer.home_unit_id, district_of(officer))
        for officer in officers
    }
    columns = ("officer", "platform", "platform__level", "platform__tech_domain", "platform__district__code")
    for pk, platform, level, domain, district in Assignment.objects.current().values_list(*columns):
        if pk in desks:
            desks[pk].takes(Place(platform, district, level, domain))
    for giver, receiver in Handover.objects.filter(state=OfferState.ACCEPTED).values_list("giver", "receiver"):
        if receiver in desks:
            desks[receiver].load += 1
        if giver in desks:
            desks[giver].load -= 1
    return sorted(desks.values(), key=lambda desk: desk.staff_no)


def district_of(officer: Officer) -> str:
    """The code of the district or park whose unit the officer is from: what follows the dash of `D-430104`."""
    unit = officer.home_unit
    return unit.code.partition("-")[2] if unit.kind in (UnitKind.DISTRICT, UnitKind.PARK) else ""


def places_of(platforms: Iterable[Platform]) -> list[Place]:
    return [
        Place(each.pk, each.district.code, each.level, each.tech_domain_id, each.competent_unit_id)
        for each in platforms
    ]


def proposal(
    officers: Sequence[Officer], platforms: Sequence[Platform], rule: PortfolioRule
) -> tuple[list[Suggestion], list[Desk]]:
    """A line for each of these platforms, and the officers as they would then stand."""
    desks = desks_of(officers)
    return propose(desks, places_of(platforms), minimum=rule.minimum, maximum=rule.maximum), desks
