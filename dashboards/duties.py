"""The contact duties: how a quarter stands (F1-F3), and what an officer still owes, the nearest first."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from accounts.models import User
from config.clock import today
from dashboards.coverage import By, ContactBoard, contacts_of
from dashboards.figures import Figure, Links, Rate
from dashboards.metrics import COVERAGE_RATE, DUTY_METRICS, DutyMetric
from liaisons.models import Duty, DutyState
from platforms.coverage import Coverage, Quarter

QUARTERS = 6
SOON = timedelta(days=7)
MOST_TASKS = 12


@dataclass(frozen=True, slots=True)
class DutyBoard:
    """`quarters` are those that can be opened, the present one last."""

    quarters: list[Quarter]
    rates: list[Rate]
    contacts: ContactBoard


@dataclass(frozen=True, slots=True)
class DutyTask:
    """`days_left` are days of the week, working or not: a first contact falls due on a Sunday."""

    duty: Duty
    days_left: int

    @property
    def css(self) -> str:
        if self.days_left < 0:
            return "late"
        return "today" if self.days_left == 0 else "soon" if self.days_left <= SOON.days else "line"


def duty_board(user: User, quarter: Quarter, by: By) -> DutyBoard:
    """The duties of the platforms the user sees that fall due in the quarter, in a fixed number of statements."""
    links = Links()
    return DutyBoard(_quarters(), _rates(user, quarter, links), contacts_of(user, Coverage(quarter), links, by))


def quarter_named(text: str) -> Quarter:
    """`2026-3` is a quarter that the board shows; anything else is the present one."""
    shown = {f"{quarter.year}-{quarter.number}": quarter for quarter in _quarters()}
    return shown.get(text, Quarter.of(today()))


def _quarters() -> list[Quarter]:
    quarters = [Quarter.of(today())]
    while len(quarters) < QUARTERS:
        quarters.insert(0, quarters[0].before())
    return quarters


def _rates(user: User, quarter: Quarter, links: Links) -> list[Rate]:
    """One statement. Of first contacts and visits only those count whose day is over."""
    over = min(quarter.end, today() - timedelta(days=1))
    last = {metric: quarter.end if metric is COVERAGE_RATE else over for metric in DUTY_METRICS}
    duties = Duty.objects.visible_to(user).filter(due_on__range=(quarter.start, quarter.end)).with_state()
    counted: Counter[tuple[str, str, bool]] = Counter()
    for kind, state, due_on, n in duties.order_by().values_list("kind", "state", "due_on").annotate(n=Count("pk")):
        counted[kind, state, due_on <= over] += n
    return [_rate(metric, counted, links, quarter.start, last[metric]) for metric in DUTY_METRICS]


def _rate(metric: DutyMetric, counted: Counter[tuple[str, str, bool]], links: Links, first: date, last: date) -> Rate:
    def figure(states: tuple[DutyState, ...]) -> Figure:
        ends = (True, False) if metric is COVERAGE_RATE else (True,)
        count = sum(counted[metric.kind.value, state.value, is_over] for state in states for is_over in ends)
        return Figure(count, links.duties(states, kind=metric.kind.value, due_from=first, due_to=last))

    return Rate(metric, figure(metric.numerator), figure(metric.denominator))


def duties_to_do(user: User) -> list[DutyTask]:
    """What the officer still owes own platforms, the nearest first. One statement."""
    duties = Duty.objects.visible_to(user).still_to_do().select_related("platform").order_by("due_on", "pk")
    return [DutyTask(duty, (duty.due_on - today()).days) for duty in duties[:MOST_TASKS]]
