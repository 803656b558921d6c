"""A quarter's contacts (F2): a dot a platform, by district or by unit; bars where dots would be too many to read."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Subquery
from django.utils.translation import gettext as _

from accounts.models import NamedInTwoLanguages, Unit, User
from config.clock import today
from dashboards.figures import Figure, Links
from dashboards.metrics import COVERAGE_RATE
from liaisons.models import Assignment
from platforms.coverage import Contact, Coverage, Quarter
from platforms.models import District, Platform

MOST_DOTS = 1000
_SHAPES = {Contact.DONE: "y", Contact.TRIED: "t", Contact.NONE: "n", Contact.WAIVED: "x"}
_ORDER = {contact: place for place, contact in enumerate(Contact)}


class By(Enum):
    """What the platforms are put together by; the value is the filter of the lists."""

    DISTRICT = "district"
    UNIT = "unit"


# Key and names of the place of a row.
_COLUMNS = {
    By.DISTRICT: ("district", "district__name", "district__name_en"),
    By.UNIT: ("home_unit", "home_unit_name", "home_unit_name_en"),
}
_IN_REGISTER = {"unit": "home_unit"}


class Dot(NamedTuple):
    url: str
    name: str
    contact: Contact

    @property
    def shape(self) -> str:
        return _SHAPES[self.contact]


@dataclass(frozen=True, slots=True)
class Shares:
    """Every platform, the contacts owed and those made of them: F2 is `done` over `owing`."""

    every: Figure
    done: Figure
    owing: Figure


@dataclass(frozen=True, slots=True)
class PlaceCoverage:
    """`place` is the district, or the home unit of the officers; None where there is no officer. `dots` is empty where
    numbers have to do."""

    place: NamedInTwoLanguages | None
    shares: Shares
    dots: list[Dot]

    @property
    def label(self) -> str:
        return self.place.label if self.place else _("没有联点干部")


@dataclass(slots=True)
class _Found:
    place: NamedInTwoLanguages | None
    counts: Counter[Contact] = field(default_factory=Counter)
    owing: int = 0
    done: int = 0
    dots: list[Dot] = field(default_factory=list)

    def add(self, contact: Contact, *, owes: bool, count: int = 1) -> None:
        self.counts[contact] += count
        self.owing += count if owes else 0
        self.done += count if owes and contact == Contact.DONE else 0


@dataclass(frozen=True, slots=True)
class Key:
    """A line of the legend."""

    contact: Contact
    figure: Figure

    @property
    def shape(self) -> str:
        return _SHAPES[self.contact]


@dataclass(frozen=True, slots=True)
class ContactBoard:
    """`has_dots` is False when there are too many platforms for them: places then show numbers and bars."""

    quarter: Quarter
    by: By
    has_dots: bool
    shares: Shares
    legend: list[Key]
    places: list[PlaceCoverage]


def contacts_of(user: User, coverage: Coverage, links: Links, by: By = By.DISTRICT) -> ContactBoard:
    """The coverage of the platforms the user sees, in two statements."""
    return _Builder(user, coverage, links, by).board()


class _Builder:
    def __init__(self, user: User, coverage: Coverage, links: Links, by: By) -> None:
        self.coverage, self.links, self.by = coverage, links, by
        self.platforms = Platform.objects.visible_to(user)
        self.is_present = coverage.quarter == Quarter.of(today())
        self.found: dict[int | None, _Found] = {}

    def board(self) -> ContactBoard:
        has_dots = self.platforms[: MOST_DOTS + 1].count() <= MOST_DOTS
        rows: Any = self.platforms.annotate(contact=self.coverage.status(), owes=self.coverage.owes(), **self._unit())
        self._read_dots(rows) if has_dots else self._read_counts(rows)
        whole = _Found(None)
        for each in self.found.values():
            whole.counts.update(each.counts)
            whole.owing, whole.done = whole.owing + each.owing, whole.done + each.done
        # Large places first, as the grid fills best; never by how well they did.
        places = sorted(self.found.items(), key=lambda item: (item[0] is None, -item[1].counts.total(), item[0]))
        return ContactBoard(
            quarter=self.coverage.quarter,
            by=self.by,
            has_dots=has_dots,
            shares=self._shares(whole, {}),
            legend=[Key(contact, self._platforms(whole.counts[contact], contact=contact.value)) for contact in Contact],
            places=[
                PlaceCoverage(found.place, self._shares(found, self._of(key)), found.dots) for key, found in places
            ],
        )

    def _shares(self, found: _Found, of: dict[str, int] | None) -> Shares:
        every = found.counts.total()
        if of is None:  # no officer, no unit: the lists of duties cannot be asked for that
            return Shares(self._platforms(every, has_officer="false"), Figure(found.done), Figure(found.owing))
        rate, end = COVERAGE_RATE, self.coverage.quarter.end
        filters = {"kind": rate.kind.value, "due_from": end, "due_to": end, **of}
        return Shares(
            # A platform's unit is that of its officer; the register calls it the home unit.
            every=self._platforms(every, **{_IN_REGISTER.get(name, name): key for name, key in of.items()}),
            done=Figure(found.done, self.links.duties(rate.numerator, **filters)),
            owing=Figure(found.owing, self.links.duties(rate.denominator, **filters)),
        )

    def _of(self, key: int | None) -> dict[str, int] | None:
        return None if key is None else {self.by.value: key}

    def _platforms(self, count: int, **filters: object) -> Figure:
        """The register knows how platforms stand today, not how they stood in a quarter that has gone."""
        return Figure(count, self.links.platforms(**filters) if self.is_present else "")

    def _unit(self) -> dict[str, Subquery]:
        """The home unit of the officer of the day, which the filter of the duties asks too (R51)."""
        if self.by is By.DISTRICT:
            return {}
        in_force = Assignment.objects.on(self.coverage.day).filter(platform=OuterRef("pk"))
        home = ("officer__home_unit", "officer__home_unit__name", "officer__home_unit__name_en")
        return {name: Subquery(in_force.values(path)[:1]) for name, path in zip(_COLUMNS[By.UNIT], home, strict=True)}

    def _read_dots(self, rows: Any) -> None:
        fields = (*_COLUMNS[self.by], "contact", "owes", "pk", "name")
        for pk, name, name_en, status, owes, platform, platform_name in rows.in_pinyin_order().values_list(*fields):
            contact, found = Contact(status), self._at(pk, name, name_en)
            found.add(contact, owes=owes)
            found.dots.append(Dot(self.links.platform(platform), platform_name, contact))
        for found in self.found.values():
            found.dots.sort(key=lambda dot: _ORDER[dot.contact])

    def _read_counts(self, rows: Any) -> None:
        fields = (*_COLUMNS[self.by], "contact", "owes")
        counted = rows.order_by().values(*fields).annotate(n=Count("pk")).values_list(*fields, "n")
        for pk, name, name_en, status, owes, count in counted:
            self._at(pk, name, name_en).add(Contact(status), owes=owes, count=count)

    def _at(self, pk: int | None, name: str, name_en: str) -> _Found:
        if pk not in self.found:
            model = District if self.by is By.DISTRICT else Unit
            self.found[pk] = _Found(None if pk is None else model(pk=pk, name=name, name_en=name_en))
        return self.found[pk]
