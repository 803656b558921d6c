"""Figures as pages show them: a number and the address of the list that holds exactly the rows it counts (wall 8)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise

from dashboards.metrics import Metric
from issues.selections import Period, Selection


@dataclass(frozen=True, slots=True)
class Figure:
    value: int
    url: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A metric with its two numbers; what 0 out of 0 comes to is the template's to say: "—"."""

    metric: Metric
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


class Links:
    """Addresses of filtered lists. The two lists are looked up once: a board has hundreds of links."""

    def __init__(self) -> None:
        self._issues = reverse("issues:list")
        self._platforms = reverse("platforms:list")

    def issues(self, **filters: Any) -> str:
        return _with_query(self._issues, filters)

    def selection(self, selection: Selection, period: Period, **filters: Any) -> str:
        """The list of a selection's rows in a period."""
        days = {"period_from": period.first.isoformat(), "period_to": period.last.isoformat()}
        return self.issues(selection=selection.value, **days, **filters)

    def platforms(self, **filters: Any) -> str:
        return _with_query(self._platforms, filters)


def _with_query(path: str, filters: dict[str, Any]) -> str:
    return f"{path}?{urlencode(filters, doseq=True)}" if filters else path
