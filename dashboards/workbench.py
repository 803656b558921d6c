"""The workbench: what the reader owes today, and how the quarter's contacts stand."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts.models import User
from dashboards.duties import DutyTask, duties_to_do
from dashboards.figures import Figure, Links, Stat, nearing_note
from dashboards.threads import PlatformCard, platform_cards
from dashboards.waiting import waiting_stats
from issues.handovers.services import offers_waiting_for
from issues.levels import PRESSING, Standing, Yardstick
from issues.models import Clock, Issue, Level, State
from liaisons.models import Absence
from platforms.coverage import Contact, Coverage
from platforms.models import Platform

MOST_TASKS = 20
MOST_COMING = 5


@dataclass(frozen=True, slots=True)
class Task:
    issue: Issue
    standing: Standing
    is_plan: bool
    is_due_today: bool


@dataclass(frozen=True, slots=True)
class Workbench:
    """`duties` are an officer's. `platforms` are the officer's own; to the others, the first of those without a contact
    this quarter. `offers` are the handovers that wait for the user's word, `covered` the leaves in which the user
    stands in today."""

    days_left: int
    facts: str
    stats: list[Stat]
    todo: Figure
    tasks: list[Task]
    coming: list[Task]
    duties: list[DutyTask]
    platforms: list[PlatformCard]
    all_platforms: Figure
    not_contacted: Figure
    has_platforms: bool
    waiting: list[Stat]
    offers: list[Any]
    covered: list[Absence]


def workbench_for(user: User) -> Workbench:
    """Everything the workbench shows the user, in a fixed number of statements."""
    return _Builder(user).workbench()


class _Builder:
    def __init__(self, user: User) -> None:
        self.user, self.links, self.yardstick = user, Links(), Yardstick()
        self.coverage = Coverage()
        self.todo = Issue.objects.to_do_of(user)
        self.counts = self._counts()
        self.contacts = self._contacts()

    def workbench(self) -> Workbench:
        issues = self.todo.select_related("platform", "term").order_by("clock_due_on", "pk")
        first = list(issues[: MOST_TASKS + MOST_COMING])
        flagged = [issue for issue in first if self._level(issue) is not None]
        coming = [issue for issue in first if self._level(issue) is None]
        stats, not_contacted = self._stats(first), self._not_contacted()
        return Workbench(
            days_left=self.yardstick.left(self.coverage.quarter.end),
            facts=self._facts(),
            stats=[*stats, not_contacted] if self._has_platforms else stats,
            todo=stats[0].figure,
            tasks=[self._task(issue) for issue in flagged[:MOST_TASKS]],
            coming=[self._task(issue) for issue in coming[:MOST_COMING]],
            duties=duties_to_do(self.user) if self.user.is_officer else [],
            platforms=platform_cards(self.user, self.coverage, self.links),
            all_platforms=Figure(self.contacts.total(), self.links.platforms()),
            not_contacted=not_contacted.figure,
            has_platforms=self._has_platforms,
            waiting=waiting_stats(self.user, self.links),
            offers=offers_waiting_for(self.user),
            covered=self._covered(),
        )

    @property
    def _has_platforms(self) -> bool:
        """Whether contacts are a matter of this person's at all: a department that only handles issues has none."""
        return self.user.is_officer or self.contacts.total() > 0

    def _covered(self) -> list[Absence]:
        absences = Absence.objects.covered_by(self.user).select_related("officer__user")
        return list(absences) if self.user.is_officer else []

    def _counts(self) -> dict[str, int]:
        levels = {level.value: Count("pk", filter=self.yardstick.where(level)) for level in PRESSING}
        planned = Count("pk", filter=Q(state=State.PLAN_CONFIRMED))
        return self.todo.aggregate(total=Count("pk"), planned=planned, **levels)

    def _contacts(self) -> Counter[Contact]:
        statuses = Platform.objects.visible_to(self.user).annotate(contact=self.coverage.status()).order_by()
        rows = statuses.values("contact").annotate(n=Count("pk")).values_list("contact", "n")
        return Counter({Contact(contact): count for contact, count in rows})

    def _level(self, issue: Issue) -> Level | None:
        if issue.clock_due_on is None or issue.nearing_on is None:
            return None
        return self.yardstick.level_of(issue.clock_due_on, issue.nearing_on)

    def _facts(self) -> str:
        overdue, due_today, nearing = (self.counts[level] for level in (Level.OVERDUE, Level.DUE_TODAY, Level.NEARING))
        facts = [
            ngettext("%(n)d项逾期", "%(n)d项逾期", overdue) % {"n": overdue} if overdue else "",
            ngettext("%(n)d项今日到期", "%(n)d项今日到期", due_today) % {"n": due_today} if due_today else "",
            ngettext("%(n)d项临期", "%(n)d项临期", nearing) % {"n": nearing} if nearing else "",
        ]
        said = _("、").join(fact for fact in facts if fact)
        return _("您有%(facts)s。") % {"facts": said} if said else _("今天没有到期的事项。")

    def _stats(self, first: list[Issue]) -> list[Stat]:
        late = _("没有逾期")
        if self.counts[Level.OVERDUE] and first and first[0].clock_due_on:
            days = -self.yardstick.left(first[0].clock_due_on, first[0].calendar_id)
            late = ngettext("最久%(n)d个工作日", "最久%(n)d个工作日", days) % {"n": days} if days else _("刚过期")
        nearing = nearing_note(self.yardstick)
        plans = self.counts["planned"]
        planned = ngettext("其中已定方案%(n)d项", "其中已定方案%(n)d项", plans) % {"n": plans}
        return [
            self._stat(gettext_lazy("待办"), "inbox", planned),
            self._stat(Level.NEARING.label, "hourglass-split", nearing, level=Level.NEARING),
            self._stat(Level.DUE_TODAY.label, "alarm", _("24:00前有效"), level=Level.DUE_TODAY),
            self._stat(Level.OVERDUE.label, "exclamation-triangle", late, level=Level.OVERDUE),
        ]

    def _stat(self, label: str | Promise, icon: str, note: str, level: Level | None = None) -> Stat:
        css = {Level.NEARING: "soon", Level.DUE_TODAY: "today", Level.OVERDUE: "late", None: ""}[level]
        url = self.links.issues(todo="true", **({"warning": level.value} if level else {}))
        count = self.counts[level or "total"]
        return Stat(label, icon, Figure(count, url), ngettext("项", "项", count), note, css)

    def _not_contacted(self) -> Stat:
        every, tried = self.contacts.total(), self.contacts[Contact.TRIED]
        note = ngettext("共%(n)d家平台", "共%(n)d家平台", every) % {"n": every}
        if tried:
            note += ngettext("，另%(n)d家未接通", "，另%(n)d家未接通", tried) % {"n": tried}
        count = self.contacts[Contact.NONE]
        figure = Figure(count, self.links.platforms(contact=Contact.NONE.value))
        return Stat(pgettext("in full", "本季未联系"), "telephone", figure, ngettext("家", "家", count), note)

    def _task(self, issue: Issue) -> Task:
        return Task(
            issue,
            self.yardstick.standing(issue),
            is_plan=issue.clock == Clock.PLAN,
            is_due_today=self._level(issue) == Level.DUE_TODAY,
        )
