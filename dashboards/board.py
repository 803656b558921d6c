"""The board: where things stand now, how the period went, and which platforms the quarter still owes a contact."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Unit, User
from config.clock import today
from dashboards.coverage import ContactBoard, contacts_of
from dashboards.figures import Figure, Links, Rate, Stat, nearing_note
from dashboards.metrics import (
    ON_TIME_RATE,
    PROMISE_KEPT_RATE,
    RESOLVED_IN_TIME_RATE,
    SOLVED_RATE,
    History,
    Metric,
)
from dashboards.periods import Month, Span, months, period_of, trend_of, window_of
from dashboards.running import Running
from issues.levels import Yardstick
from issues.models import CLOCKED_TIERS, Clock, Issue, Level, Tier
from issues.selections import Period, Selection
from platforms.coverage import Coverage

# F4 stands beside F7 wherever either is shown, so that 办结 does not outshine 化解.
RATES = (ON_TIME_RATE, SOLVED_RATE, RESOLVED_IN_TIME_RATE, PROMISE_KEPT_RATE)
UNITS_IN_VIEW = 10
# From which share of the largest cell on a cell of the matrix is how deep a blue.
_DEPTHS = ((0.6, "ld-h3"), (0.3, "ld-h2"), (0.1, "ld-h1"))

# An unresolved issue is on one of them, unless it is suspended or not graded yet.
CLOCKS = (Clock.STATUTORY, Clock.PLAN)


@dataclass(frozen=True, slots=True)
class Cell:
    figure: Figure
    css: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """`tier` is None in the row of sums."""

    tier: Tier | None
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class MonthRow:
    month: Month
    raised: Figure
    resolved: Figure
    rates: list[Rate]


@dataclass(frozen=True, slots=True)
class UnitRow:
    unit: Unit
    raised: Figure
    running: Figure
    overdue: Figure
    rates: list[Rate]


@dataclass(frozen=True, slots=True)
class Board:
    span: Span
    period: Period
    stats: list[Stat]
    rates: list[Rate]
    matrix: list[MatrixRow]
    collected: Figure
    trend: list[MonthRow]
    contacts: ContactBoard
    units: list[UnitRow]
    all_units: int


def board_for(user: User, span: Span, *, every_unit: bool = False) -> Board:
    """Everything the board shows the user for a period, in a fixed number of statements.

    Of the units the first UNITS_IN_VIEW, those with most to do, unless every one is asked for.
    """
    return _Builder(user, span).board(every_unit)


class _Builder:
    def __init__(self, user: User, span: Span) -> None:
        self.user, self.span, self.period = user, span, period_of(span)
        self.links, self.yardstick = Links(), Yardstick()
        issues = Issue.objects.visible_to(user)
        self.running = Running(issues, self.yardstick)
        self.history = History(issues, window_of(self.period), today())

    def board(self, every_unit: bool) -> Board:
        units = self._units()
        return Board(
            span=self.span,
            period=self.period,
            stats=self._stats(),
            rates=[self._rate(metric, self.period) for metric in RATES],
            matrix=self._matrix(),
            collected=self._selected(Selection.COLLECTED, self.period),
            trend=[self._month(month, days) for month, days in months(trend_of(self.period))],
            contacts=contacts_of(self.user, Coverage(), self.links),
            units=[self._unit(unit) for unit in (units if every_unit else units[:UNITS_IN_VIEW])],
            all_units=len(units),
        )

    def _stats(self) -> list[Stat]:
        tiers = " · ".join(f"{tier.value} {self.running.count(tier=tier)}" for tier in CLOCKED_TIERS)
        return [
            self._stat(gettext_lazy("在办"), "inbox", tiers),
            self._stat(
                Level.NEARING.label,
                "hourglass-split",
                self._with_plans(nearing_note(self.yardstick), Level.NEARING),
                level=Level.NEARING,
            ),
            self._stat(
                Level.DUE_TODAY.label,
                "alarm",
                self._with_plans(_("24:00前有效"), Level.DUE_TODAY),
                level=Level.DUE_TODAY,
            ),
            self._stat(
                Level.OVERDUE.label,
                "exclamation-triangle",
                _("已过处置时限"),
                level=Level.OVERDUE,
                clock=Clock.STATUTORY,
            ),
            self._stat(
                gettext_lazy("方案逾期"),
                "flag",
                _("已过方案承诺日"),
                level=Level.OVERDUE,
                clock=Clock.PLAN,
            ),
        ]

    def _with_plans(self, note: str, level: Level) -> str:
        """The two levels count both clocks; how many of them are promises of a plan stands beside them."""
        plans = self.running.count(level=level, clock=Clock.PLAN)
        said = ngettext("%(note)s，含方案%(plans)d项", "%(note)s，含方案%(plans)d项", plans)
        return said % {"note": note, "plans": plans} if plans else note

    def _stat(
        self, label: str | Promise, icon: str, note: str, *, level: Level | None = None, clock: Clock | None = None
    ) -> Stat:
        css = {Level.NEARING: "soon", Level.DUE_TODAY: "today", Level.OVERDUE: "late", None: ""}[level]
        figure = self._running(level=level, clock=clock)
        return Stat(label, icon, figure, ngettext("项", "项", figure.value), note, css)

    def _running(
        self,
        *,
        unit: int | None = None,
        tier: Tier | None = None,
        clock: Clock | None = None,
        level: Level | None = None,
    ) -> Figure:
        filters = {"unit": unit, "tier": tier, "warning": level, **({"clock": clock} if clock else {"open": "true"})}
        url = self.links.issues(**{name: str(value) for name, value in filters.items() if value is not None})
        return Figure(self.running.count(unit=unit, tier=tier, clock=clock, level=level), url)

    def _selected(self, selection: Selection, period: Period, unit: int | None = None) -> Figure:
        count = self.history.count(selection, period, unit or "")
        return Figure(count, self.links.selection(selection, period, **({"unit": unit} if unit else {})))

    def _rate(self, metric: Metric, period: Period, unit: int | None = None) -> Rate:
        return Rate(
            metric,
            self._selected(metric.numerator, period, unit),
            self._selected(metric.denominator, period, unit),
        )

    def _matrix(self) -> list[MatrixRow]:
        """Now, by state, and what the period resolved. The columns are named in the template."""
        largest = max((self.running.count(tier=tier, clock=clock) for tier in Tier for clock in CLOCKS), default=0)
        return [self._matrix_row(tier, largest) for tier in (*Tier, None)]

    def _matrix_row(self, tier: Tier | None, largest: int) -> MatrixRow:
        clocks = [self._running(tier=tier, clock=clock) for clock in CLOCKS]
        resolved = Figure(
            self.history.count(Selection.RESOLVED, self.period, tier or ""),
            self.links.selection(Selection.RESOLVED, self.period, **({"tier": tier.value} if tier else {})),
        )
        return MatrixRow(
            tier,
            [
                Cell(self._running(tier=tier), "sum"),
                *(Cell(figure, "sum" if tier is None else _depth(figure.value, largest)) for figure in clocks),
                Cell(resolved, "sum"),
            ],
        )

    def _month(self, month: Month, days: Period) -> MonthRow:
        return MonthRow(
            month,
            self._selected(Selection.COLLECTED, days),
            self._selected(Selection.RESOLVED, days),
            [self._rate(ON_TIME_RATE, days), self._rate(SOLVED_RATE, days)],
        )

    def _units(self) -> list[Unit]:
        """Those with most to do first; never by how well they did it."""
        wanted = self.running.units | self.history.units(self.period)
        load = {
            pk: (self.history.count(Selection.COLLECTED, self.period, pk), self.running.count(unit=pk)) for pk in wanted
        }
        units = Unit.objects.visible_to(self.user).filter(pk__in=wanted)
        return sorted(units, key=lambda unit: load[unit.pk], reverse=True)

    def _unit(self, unit: Unit) -> UnitRow:
        return UnitRow(
            unit,
            self._selected(Selection.COLLECTED, self.period, unit.pk),
            self._running(unit=unit.pk),
            self._running(unit=unit.pk, level=Level.OVERDUE, clock=Clock.STATUTORY),
            [self._rate(ON_TIME_RATE, self.period, unit.pk), self._rate(SOLVED_RATE, self.period, unit.pk)],
        )


def _depth(count: int, largest: int) -> str:
    return next((css for share, css in _DEPTHS if largest and count >= share * largest), "")
