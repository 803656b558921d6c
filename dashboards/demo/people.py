"""Accounts and officers. All of them are invented."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.hashers import make_password

from accounts.demo import ACCOUNTS, OFFICER, PASSWORD, UNIT_HEAD
from accounts.models import Role, Unit, UnitKind, User
from dashboards.demo.loading import Loader
from dashboards.demo.sentences import words
from dashboards.demo.world import START, World
from liaisons.models import Officer

OFFICERS = 89
# How many of the 89 carry two, three and four platforms: 290 in all (R1: counted from the tables, not written there).
LOADS = (2,) * 12 + (3,) * 42 + (4,) * 35
FULL = 4
# Officers by home unit; what is left of the 89 goes to the parks in turn.
OFFICERS_OF = {"M-STB": 22, "M-DRC": 8, "M-EDU": 9}
OFFICERS_OF_A_DISTRICT = 3


@dataclass(slots=True)
class DemoOfficer:
    """An officer while the demo is made. `load` is how many platforms the officer carries."""

    pk: int
    user_pk: int
    name: str
    unit: Unit
    load: int
    platforms: list[int] = field(default_factory=list)


@dataclass(slots=True)
class People:
    officers: list[DemoOfficer]
    heads: dict[int, int]  # unit → user
    staff: int  # the member of the bureau who keeps the register
    commission_office: int
    office_clerk: int  # handles D, so that another of the office closes it


def make_people(world: World, loader: Loader, scale: int) -> People:
    """The printed accounts, a head for every city unit, and 89 officers for each step of the scale."""
    hired = world.at(START, 8 * 60)
    maker = _Maker(world, loader, hired, make_password(PASSWORD))
    named = {account.role: maker.user(*account) for account in ACCOUNTS}
    heads = {world.units[UNIT_HEAD.unit].pk: named[Role.UNIT_HEAD]}
    for unit in world.units.values():
        if unit.kind in (UnitKind.MUNICIPAL_BUREAU, UnitKind.DISTRICT, UnitKind.PARK) and unit.pk not in heads:
            heads[unit.pk] = maker.user(f"head-{unit.code.lower()}", maker.name(), Role.UNIT_HEAD, unit.code)
    homes, loads = _home_units(world) * scale, list(LOADS) * scale
    world.dice.shuffle(loads)
    loads.remove(FULL)
    loads.insert(0, FULL)  # the demo officer carries as many as one may
    officers = [
        maker.officer(number, world.units[code], load, named)
        for number, (code, load) in enumerate(zip(homes, loads, strict=True))
    ]
    office_clerk = maker.user("office-clerk", maker.name(), Role.COMMISSION_OFFICE, "CO")
    return People(officers, heads, named[Role.BUREAU_STAFF], named[Role.COMMISSION_OFFICE], office_clerk)


def _home_units(world: World) -> list[str]:
    """The codes of the 89 home units, the demo officer's first."""
    districts = [u.code for u in world.units.values() if u.kind == UnitKind.DISTRICT]
    parks = [u.code for u in world.units.values() if u.kind == UnitKind.PARK]
    codes = [code for code, count in OFFICERS_OF.items() for _ in range(count)]
    codes += [code for code in districts for _ in range(OFFICERS_OF_A_DISTRICT)]
    codes += [parks[i % len(parks)] for i in range(OFFICERS - len(codes))]
    return codes


class _Maker:
    def __init__(self, world: World, loader: Loader, hired: datetime, password: str) -> None:
        self.world, self.users, self.officers = world, loader[User], loader[Officer]
        self.hired, self.password = hired, password
        self.names = {account.name for account in ACCOUNTS}

    def name(self) -> str:
        """A name that nobody else of the demo has, while there are any left."""
        for _ in range(20):
            name = invented_name(self.world)
            if name not in self.names:
                break
        self.names.add(name)
        return name

    def user(self, username: str, name: str, role: Role, unit: str) -> int:
        return self.users.add(
            username=username,
            name=name,
            role=role.value,
            unit_id=self.world.units[unit].pk if unit else None,
            phone=invented_phone(self.world),
            email=f"{username}@liandian.example",
            password=self.password,
            date_joined=self.hired,
        )

    def officer(self, number: int, unit: Unit, load: int, named: dict[Role, int]) -> DemoOfficer:
        if number == 0:
            name, user = OFFICER.name, named[Role.OFFICER]
        else:
            name = self.name()
            user = self.user(f"officer{number + 1:03d}", name, Role.OFFICER, unit.code)
        office = self.world.pick(words(f"office {unit.code}") or words("office"))
        pk = self.officers.add(
            user_id=user,
            staff_no=f"L{number + 1:05d}",
            home_unit_id=unit.pk,
            position=f"{office} {self.world.pick(words('rank'))}",
        )
        return DemoOfficer(pk, user, name, unit, load)


def invented_name(world: World) -> str:
    return world.pick(words("surname")) + world.pick(words("given"))


def invented_phone(world: World) -> str:
    """Eleven digits that no network has given out: no mobile number begins with 10."""
    return f"10{world.dice.randrange(10**9):09d}"
