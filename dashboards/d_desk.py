"""D类调度台: what the commission office dispatches, by where it stands, each issue with its one next move (R30)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Subquery, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role, User
from dashboards.figures import Figure, Links
from issues.levels import Standing, Yardstick
from issues.models import Event, EventKind, Issue, IssueQuerySet, State, Tier
from issues.queues import Queue, waiting_for
from issues.workflow import Action

# So many of each group; the others are in its list.
MOST = 20
GROUPS: Sequence[tuple[State, Promise]] = (
    (State.GRADED, _("待交办")),
    (State.ASSIGNED, _("待签收")),
    (State.RETURNED, _("退回待裁定")),
    (State.ACCEPTED, _("办理中")),
    (State.PLAN_CONFIRMED, _("已定方案")),
    (State.SUSPENDED, _("挂账")),
    (State.RESOLVED, _("待平台确认")),
    (State.CONFIRMED, _("待销号")),
)
ON_DESK = [state for state, _label in GROUPS]
LETTER = pgettext_lazy("button", "起草请示或函")


@dataclass(frozen=True, slots=True)
class NextMove:
    label: str | Promise
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class DRow:
    """`written_at` is when the last letter was drafted; `move` is None where it is somebody else's turn."""

    issue: Issue
    standing: Standing
    written_at: datetime | None
    move: NextMove | None


@dataclass(frozen=True, slots=True)
class DGroup:
    key: str
    label: str | Promise
    figure: Figure
    rows: list[DRow]

    @property
    def has_more(self) -> bool:
        return self.figure.value > len(self.rows)


@dataclass(frozen=True, slots=True)
class DDesk:
    """What should be supervised comes first, and stands in its other group, too."""

    groups: list[DGroup]
    all: Figure


def d_desk_for(user: User) -> DDesk:
    """The desk in a fixed number of statements, whatever lies on it."""
    return _Builder(user).desk()


class _Builder:
    def __init__(self, user: User) -> None:
        self.user, self.links, self.yardstick = user, Links(), Yardstick()
        self.issues = Issue.objects.visible_to(user).filter(tier=Tier.D)
        self._queues: dict[Queue, IssueQuerySet] = {}
        self.is_dispatcher = user.role == Role.COMMISSION_OFFICE

    def desk(self) -> DDesk:
        on_desk = self.issues.filter(state__in=ON_DESK)
        counts = dict(on_desk.order_by().values_list("state").annotate(n=Count("pk")))
        found = self._first_of_each(on_desk)
        to_supervise = list(self._shown(self._queue(Queue.SUPERVISE)).order_by("clock_due_on", "pk")[:MOST])
        rows = {issue.pk: issue for issue in (*found, *to_supervise)}
        self.to_supervise = self._of(Queue.SUPERVISE, rows)
        self.to_close = self._of(Queue.CLOSE, rows)
        groups = [
            self._group(state, label, counts.get(state, 0), [issue for issue in found if issue.state == state])
            for state, label in GROUPS
        ]
        if self.is_dispatcher:
            groups.insert(0, self._supervise(to_supervise))
        url = self.links.issues(tier=Tier.D.value) + "".join(f"&state={state.value}" for state in ON_DESK)
        return DDesk(groups, Figure(sum(counts.values()), url))

    def _first_of_each(self, on_desk: IssueQuerySet) -> list[Issue]:
        """Those due first in each group, the oldest where no clock runs: one statement."""
        order = [F("clock_due_on").asc(nulls_last=True), F("pk").asc()]
        nth = Window(RowNumber(), partition_by=F("state"), order_by=order)
        return list(self._shown(on_desk.annotate(nth=nth).filter(nth__lte=MOST)).order_by("nth"))

    def _shown(self, issues: IssueQuerySet) -> Any:
        letters = Event.objects.filter(issue=OuterRef("pk"), kind=EventKind.LETTER).order_by("-at", "-pk")
        written = Subquery(letters.values("at")[:1])
        return issues.select_related("platform", "lead_unit", "term").annotate(written_at=written)

    def _queue(self, queue: Queue) -> IssueQuerySet:
        if queue not in self._queues:
            self._queues[queue] = waiting_for(self.user, queue).filter(tier=Tier.D)
        return self._queues[queue]

    def _of(self, queue: Queue, keys: Iterable[int]) -> set[int]:
        return set(self._queue(queue).filter(pk__in=list(keys)).values_list("pk", flat=True))

    def _supervise(self, rows: list[Issue]) -> DGroup:
        url = self.links.issues(tier=Tier.D.value, queue=Queue.SUPERVISE.value)
        figure = Figure(self._queue(Queue.SUPERVISE).count(), url)
        return DGroup("supervise", Queue.SUPERVISE.label, figure, [self._row(issue) for issue in rows])

    def _group(self, state: State, label: Promise, count: int, issues: list[Issue]) -> DGroup:
        figure = Figure(count, self.links.issues(tier=Tier.D.value, state=state.value))
        return DGroup(state.value, label, figure, [self._row(issue) for issue in issues])

    def _row(self, issue: Any) -> DRow:
        return DRow(issue, self.yardstick.standing(issue), issue.written_at, self._move(issue))

    def _move(self, issue: Any) -> NextMove | None:
        """What the commission office does next with it, if it is its turn at all."""
        if not self.is_dispatcher:
            return None
        if issue.pk in self.to_supervise:
            return _link(issue, Action.SUPERVISE, "flag")
        match issue.state:
            case State.GRADED:
                return _link(issue, Action.REFER, "send")
            case State.RETURNED:
                return _link(issue, Action.REASSIGN, "signpost-split")
            case State.CONFIRMED if issue.pk in self.to_close:
                return _link(issue, Action.CLOSE, "check-circle")
            case State.ACCEPTED | State.PLAN_CONFIRMED | State.SUSPENDED if issue.written_at is None:
                return NextMove(LETTER, "file-earmark-text", reverse("issues:letter", args=[issue.number]))
            case _:
                return None


def _link(issue: Issue, action: Action, icon: str) -> NextMove:
    return NextMove(action.label, icon, reverse(f"issues:{action}", args=[issue.number]))
