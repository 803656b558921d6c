"""The list of platforms: its rows, and the filter bar above them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, FilteredRelation, Model, OuterRef, Q, Subquery
from django.forms import BoundField

from accounts.models import Unit, User
from platforms.coverage import Coverage
from platforms.filters import PlatformFilter
from platforms.models import Platform, PlatformQuerySet

ORDER = ("sort_key", "pk")
SHOWN = ("level", "type", "district", "contact")
MORE = ("unit", "domain", "has_officer")


def room_above(relation: str) -> Any:
    """The manager of the rows that point at a platform, in a room that this one must not import."""
    return Platform._meta.get_field(relation).related_model._default_manager  # type: ignore[union-attr] # a reverse one


def with_standing(rows: PlatformQuerySet, user: User, coverage: Coverage) -> Any:
    """Adds `officer_name`, `contact` (this quarter), `contacted_on` (the last contact) and `running`, the issues of the
    platform that the reader may see and that are not resolved. No statement more, however many rows."""
    reached = room_above("visits").filter(platform=OuterRef("pk"), is_reached=True).order_by("-visited_on")
    running = room_above("issues").visible_to(user).unresolved().filter(platform=OuterRef("pk")).order_by()
    return rows.annotate(
        current=FilteredRelation("assignments", condition=Q(assignments__ended_on=None)),
        officer_name=Subquery(
            room_above("assignments").current().filter(platform=OuterRef("pk")).values("officer__user__name")[:1]
        ),
        contact=coverage.status(),
        contacted_on=Subquery(reached.values("visited_on")[:1]),
        running=Subquery(running.values("platform").annotate(n=Count("pk")).values("n")),
    )


class FilterBar:
    """What the page shows of the filters: the controls, and each one in force with the way to be rid of it."""

    def __init__(self, filters: PlatformFilter, user: User) -> None:
        self.filters = filters
        self.form = filters.form
        self.user = user
        self.asked = filters.data

    @property
    def q(self) -> BoundField:
        field: BoundField = self.form["q"]
        return field

    @property
    def is_more(self) -> bool:
        return "more" in self.asked or any(self.asked.get(name) for name in MORE)

    @property
    def selects(self) -> list[BoundField]:
        return [self.form[name] for name in (*SHOWN, *(MORE if self.is_more else ()))]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Filters that a link has set and that have no control."""
        return [
            (name, self.asked[name]) for name in ("officer", "home_unit", "sensitive", "more") if self.asked.get(name)
        ]

    @property
    def complaints(self) -> list[tuple[str, str]]:
        """(label, message) of what cannot be filtered by."""
        return [
            (str(self.form.fields[name].label), str(message))
            for name, messages in self.form.errors.items()
            for message in messages
        ]

    @property
    def applied(self) -> list[tuple[str, str]]:
        """(words, the query without it) of each filter in force."""
        return list(self._applied())

    def _applied(self) -> Iterator[tuple[str, str]]:
        for name in self.filters.filters:
            value = self.form.cleaned_data.get(name) if not self.form.errors else None
            if value not in (None, ""):
                rest = self.asked.copy()
                for each in (name, "cursor"):
                    rest.pop(each, None)
                yield self._words(name, value), rest.urlencode()

    def _words(self, name: str, value: Any) -> str:
        if name == "officer":
            return f"{self.form.fields[name].label} {self._officer_name(value)}"
        if name == "home_unit":
            return (
                f"{self.form.fields[name].label} {Unit.objects.visible_to(self.user).filter(pk=value).first() or value}"
            )
        if isinstance(value, Model):
            return str(value)
        if name == "sensitive":
            return str(self.form.fields[name].label)
        return str(dict(getattr(self.form.fields[name], "choices", ())).get(value, value))

    def _officer_name(self, pk: int) -> str:
        """The name of an officer of platforms that the reader may see; of others the number is all there is."""
        seen = Platform.objects.visible_to(self.user).filter(assignments__officer=pk)
        return seen.values_list("assignments__officer__user__name", flat=True).first() or str(pk)
