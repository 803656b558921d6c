"""Figures as pages show them: a number and the address of the list that holds exactly the rows it counts (wall 8)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboards.metrics import DutyMetric, Metric
from issues.levels import Yardstick
from issues.selections import Period, Selection


@dataclass(frozen=True, slots=True)
class Figure:
    """Without an address it is a number that no list can show."""

    value: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """A metric with its two numbers; what 0 out of 0 comes to is the template's to say: "—"."""

    metric: Metric | DutyMetric
    numerator: Figure
    denominator: Figure


@dataclass(frozen=True, slots=True)
class Stat:
    """One of the large figures at the head of a page; `css` is the warning level it stands for, or empty."""

    label: str | Promise
    icon: str
    figure: Figure
    counted_in: str | Promise
    note: str
    css: str = ""

    @property
    def is_alarming(self) -> bool:
        """Red is for overdue, and only where something is."""
        return self.css == "late" and self.figure.value > 0


def nearing_note(yardstick: Yardstick) -> str:
    """From when on a clock is nearing, as the ladder in force has it."""
    days = yardstick.ladder.nearing_days
    if days is None:
        return _("按预警规则")
    return ngettext("%(days)d个工作日内", "%(days)d个工作日内", days) % {"days": days}


class Links:
    """Addresses of lists and platforms. Each pattern is looked up once: a board has hundreds of links."""

    def __init__(self) -> None:
        self._issues = reverse("issues:list")
        self._platforms = reverse("platforms:list")
        self._platform = reverse("platforms:detail", args=[0]).split("0")
        self._duties = reverse("liaisons:duties")

    def issues(self, **filters: object) -> str:
        return _with_query(self._issues, filters)

    def selection(self, selection: Selection, period: Period, **filters: object) -> str:
        """The list of a selection's rows in a period."""
        return self.issues(selection=selection.value, period_from=period.first, period_to=period.last, **filters)

    def platforms(self, **filters: object) -> str:
        return _with_query(self._platforms, filters)

    def duties(self, states: Iterable[str], **filters: object) -> str:
        """The list of duties at any of these states."""
        wanted = "".join(f"&state={state}" for state in states)
        return f"{_with_query(self._duties, filters)}{wanted}"

    def platform(self, pk: int) -> str:
        return str(pk).join(self._platform)


def _with_query(path: str, filters: dict[str, object]) -> str:
    """The filters are keys, dates and names of our own: nothing in them needs to be quoted."""
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in filters.items())}" if filters else path
