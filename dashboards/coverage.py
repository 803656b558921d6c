"""The quarter's contacts on the board (F2): a dot a platform by district, bars where dots would be too many to read."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Count

from accounts.models import User
from dashboards.figures import Figure, Links
from platforms.coverage import OWING, Contact, Coverage, Quarter
from platforms.models import District, Platform, PlatformQuerySet

MOST_DOTS = 1000
_SHAPES = {Contact.DONE: "y", Contact.TRIED: "t", Contact.NONE: "n", Contact.WAIVED: "x"}
_ORDER = {contact: place for place, contact in enumerate(Contact)}
_DISTRICT = ("district", "district__name", "district__name_en")


class Dot(NamedTuple):
    url: str
    name: str
    contact: Contact

    @property
    def shape(self) -> str:
        return _SHAPES[self.contact]


@dataclass(frozen=True, slots=True)
class Shares:
    """Every platform, those contacted, those owing a contact: F2 is `done` over `owing`."""

    every: Figure
    done: Figure
    owing: Figure


@dataclass(frozen=True, slots=True)
class DistrictCoverage:
    """`dots` is empty where numbers have to do."""

    district: District
    shares: Shares
    dots: list[Dot]


@dataclass(slots=True)
class _Found:
    district: District
    counts: Counter[Contact] = field(default_factory=Counter)
    dots: list[Dot] = field(default_factory=list)


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
    """`has_dots` is False when there are too many platforms for them: districts then show numbers and bars."""

    quarter: Quarter
    has_dots: bool
    shares: Shares
    legend: list[Key]
    districts: list[DistrictCoverage]


def contacts_of(user: User, coverage: Coverage, links: Links) -> ContactBoard:
    """The coverage of the platforms the user sees, in two statements."""
    platforms = Platform.objects.visible_to(user)
    has_dots = platforms[: MOST_DOTS + 1].count() <= MOST_DOTS
    platforms = platforms.annotate(contact=coverage.status())
    found = _with_dots(platforms, links) if has_dots else _counted(platforms)
    # Large districts first, as the grid fills best; never by how well they did.
    found.sort(key=lambda place: (-place.counts.total(), place.district.pk))
    total: Counter[Contact] = Counter()
    for place in found:
        total.update(place.counts)
    return ContactBoard(
        quarter=coverage.quarter,
        has_dots=has_dots,
        shares=_shares(total, links),
        legend=[Key(contact, Figure(total[contact], links.platforms(contact=contact.value))) for contact in Contact],
        districts=[
            DistrictCoverage(place.district, _shares(place.counts, links, district=place.district.pk), place.dots)
            for place in found
        ],
    )


def _shares(counts: Counter[Contact], links: Links, **filters: int) -> Shares:
    every = counts.total()
    return Shares(
        every=Figure(every, links.platforms(**filters)),
        done=Figure(counts[Contact.DONE], links.platforms(**filters, contact=Contact.DONE.value)),
        owing=Figure(every - counts[Contact.WAIVED], links.platforms(**filters, contact=OWING)),
    )


def _with_dots(platforms: PlatformQuerySet, links: Links) -> list[_Found]:
    rows = platforms.order_by("sort_key", "pk").values_list(*_DISTRICT, "contact", "pk", "name")
    found: dict[int, _Found] = {}
    for pk, name, name_en, status, platform, platform_name in rows:
        place = found.get(pk) or found.setdefault(pk, _Found(District(pk=pk, name=name, name_en=name_en)))
        contact = Contact(status)
        place.counts[contact] += 1
        place.dots.append(Dot(links.platform(platform), platform_name, contact))
    for place in found.values():
        place.dots.sort(key=lambda dot: _ORDER[dot.contact])
    return list(found.values())


def _counted(platforms: PlatformQuerySet) -> list[_Found]:
    rows = platforms.order_by().values(*_DISTRICT, "contact").annotate(n=Count("pk"))
    found: dict[int, _Found] = {}
    for pk, name, name_en, status, count in rows.values_list(*_DISTRICT, "contact", "n"):
        place = found.get(pk) or found.setdefault(pk, _Found(District(pk=pk, name=name, name_en=name_en)))
        place.counts[Contact(status)] += count
    return list(found.values())
