"""R1, R2: a proposal that keeps the rule, is even, prefers the district, and is the same every time."""

import random
import time
from collections import Counter
from typing import Any

import pytest

from accounts.models import UnitKind
from liaisons.models import Officer
from liaisons.planning import Desk, Place, Suggestion, desks_of, propose
from liaisons.services import portfolio_rule
from platforms.models import Platform
from tests.factories import DistrictFactory, OfficerFactory, PlatformFactory, UnitFactory, UserFactory

DISTRICTS = [f"D{number}" for number in range(12)]


def city(officers: int, platforms: int, seed: int = 1) -> tuple[list[Desk], list[Place]]:
    """Half of the officers of a district, half of city bureaux; platforms crowd in three of the districts."""
    dice = random.Random(seed)
    desks = [
        Desk(pk, f"L{pk:05d}", unit=dice.randrange(3), district="" if pk % 2 else DISTRICTS[pk // 2 % 12])
        for pk in range(officers)
    ]
    crowded = [*DISTRICTS, *DISTRICTS[:3] * 4]
    levels = ["national", "provincial", "provincial", "municipal"]
    places = [
        Place(10_000 + n, dice.choice(crowded), dice.choice(levels), dice.randrange(8), dice.randrange(3))
        for n in range(platforms)
    ]
    return desks, places


def loads(desks: list[Desk]) -> dict[int, int]:
    return dict(Counter(desk.load for desk in desks))


def officers_of(lines: list[Suggestion]) -> list[int | None]:
    return [line.officer for line in lines]


@pytest.mark.parametrize(
    ("officers", "platforms", "expected"),
    [
        (89, 290, {3: 66, 4: 23}),  # the first batch: 3.26 each
        (7, 23, {3: 5, 4: 2}),
        (89, 178, {2: 89}),
        (89, 356, {4: 89}),
        (5, 10, {2: 5}),
        (4, 9, {2: 3, 3: 1}),
    ],
)
def test_r2_everybody_is_within_the_rule_and_the_spread_is_one_at_most(
    officers: int, platforms: int, expected: dict[int, int]
) -> None:
    desks, places = city(officers, platforms)
    lines = propose(desks, places, minimum=2, maximum=4)
    assert loads(desks) == expected
    assert [line.platform for line in lines] == [place.pk for place in places]
    assert Counter(officers_of(lines)) == {desk.pk: desk.load for desk in desks}


def test_the_first_batch_takes_less_than_a_second_of_processor_time() -> None:
    desks, places = city(89, 290)
    began = time.process_time()
    propose(desks, places, minimum=2, maximum=4)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("seed", range(6))
def test_where_an_officer_of_the_district_has_room_no_other_district_gets_the_platform(seed: int) -> None:
    desks, places = city(89, 290, seed)
    by_pk = {desk.pk: desk for desk in desks}
    lines = propose(desks, places, minimum=2, maximum=4)
    district_of = {place.pk: place.district for place in places}
    same = Counter[str]()
    strangers = Counter[str]()
    for line in lines:
        assert line.officer is not None
        home, district = by_pk[line.officer].district, district_of[line.platform]
        same[district] += home == district
        strangers[district] += home not in ("", district)
    for district in DISTRICTS:
        room = sum(desk.load for desk in desks if desk.district == district)
        assert (
            same[district] == min(room, sum(place.district == district for place in places)) or strangers[district] == 0
        )


def test_the_same_rows_give_the_same_proposal_in_any_order_of_officers() -> None:
    first, places = city(30, 100)
    second, _places = city(30, 100)
    one = propose(first, places, minimum=2, maximum=4)
    other = propose(sorted(second, key=lambda desk: -desk.pk), places, minimum=2, maximum=4)
    assert loads(first) == loads(second)
    assert one == propose(city(30, 100)[0], places, minimum=2, maximum=4)
    assert None not in officers_of(other)


def test_what_they_carry_already_counts_and_nobody_is_pushed_over() -> None:
    desks, places = city(6, 8)
    for desk, load in zip(desks, (4, 4, 3, 1, 0, 0), strict=True):
        for number in range(load):
            desk.takes(Place(number, desk.district, "provincial"))
    propose(desks, places, minimum=2, maximum=4)
    assert [desk.load for desk in desks] == [4, 4, 3, 3, 3, 3]


def test_somebody_without_platforms_is_drawn_in_only_where_two_are_left() -> None:
    def after(new: int) -> list[int]:
        desks, places = city(3, new)
        for desk in desks[:2]:
            for number in range(3):
                desk.takes(Place(number, "", "provincial"))
        propose(desks, places, minimum=2, maximum=4)
        return sorted(desk.load for desk in desks)

    assert after(1) == [0, 3, 4]
    assert after(2) == [2, 3, 3]
    assert after(3) == [3, 3, 3]
    assert after(6) == [4, 4, 4]


def test_what_finds_no_room_says_so() -> None:
    desks, places = city(2, 9)
    lines = propose(desks, places, minimum=2, maximum=4)
    left = [line.why for line in lines if line.officer is None]
    assert left == ["现有干部都已到上限，需要增加干部。"]


def test_the_rule_in_force_decides_not_the_number_four() -> None:
    desks, places = city(5, 26)
    propose(desks, places, minimum=3, maximum=6)
    assert loads(desks) == {5: 4, 6: 1}


def test_reasons_are_given_in_words() -> None:
    near, bureau, far = (
        Desk(1, "L1", unit=1, district="D1"),
        Desk(2, "L2", unit=7, district=""),
        Desk(3, "L3", unit=1, district="D2"),
    )
    bureau.takes(Place(90, "D9", "national", domain=5))
    line = propose([near], [Place(11, "D1", "national", 5, 1)], minimum=1, maximum=1)[0]
    assert line.why == "同一区县或园区；所在单位就是归口部门；联点0家，加上这家1家"
    line = propose([bureau], [Place(12, "D1", "national", 5, 7)], minimum=1, maximum=2)[0]
    assert line.why == "市级单位，不限区县；所在单位就是归口部门；已联点同领域平台1家；联点1家，加上这家2家"
    line = propose([far], [Place(13, "D1", "national")], minimum=1, maximum=2)[0]
    assert line.why == "别的区县，本区县干部已排满；联点0家，加上这家1家"


def test_levels_are_mixed_among_equals() -> None:
    desks = [Desk(pk, f"L{pk}", unit=1, district="D1") for pk in (1, 2)]
    places = [Place(n, "D1", "national" if n < 2 else "provincial") for n in range(4)]
    propose(desks, places, minimum=2, maximum=4)
    assert [dict(desk.levels) for desk in desks] == [{"national": 1, "provincial": 1}] * 2


@pytest.mark.django_db
def test_desks_are_read_from_the_tables_in_two_statements(django_assert_num_queries: Any) -> None:
    district = UnitFactory(code="D-430104", kind=UnitKind.DISTRICT)
    near = OfficerFactory(user=UserFactory(unit=district))
    far = OfficerFactory()
    platform = PlatformFactory(officer=near, district=DistrictFactory())
    officers = list(Officer.objects.select_related("home_unit"))
    with django_assert_num_queries(2):
        desks = desks_of(officers)
    assert [(desk.pk, desk.district, desk.load) for desk in desks] == [(near.pk, "430104", 1), (far.pk, "", 0)]
    assert desks[0].levels[platform.level] == 1
    assert (portfolio_rule().minimum, portfolio_rule().maximum) == (2, 4)
    assert Platform.objects.count() == 1
