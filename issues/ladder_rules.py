"""What rungs need to make a ladder: held when somebody writes one, each fault a sentence that says where."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from django.utils.translation import gettext as _

from issues.ladder import days_left_at
from issues.models import CLOCKED_TIERS, Clock, Level, Measure, Rung, Tier

ORDER = {level: place for place, level in enumerate(Level)}


def faults_of(rungs: Iterable[Rung], terms: dict[str, int]) -> Iterator[str]:
    """The faults of a ladder. `terms` are the working days of each tier, by which shares are compared with days."""
    groups: dict[tuple[str, str], list[Rung]] = {}
    for rung in rungs:
        groups.setdefault((rung.clock, rung.tier), []).append(rung)
    for clock in Clock:
        for tier in CLOCKED_TIERS:
            where = f"{clock.label}{_('·')}{tier.value} {tier.label}"
            for fault in _faults(clock, tier, groups.get((clock, tier), []), terms):
                yield _("%(where)s：%(fault)s") % {"where": where, "fault": fault}


def _faults(clock: Clock, tier: Tier, rungs: list[Rung], terms: dict[str, int]) -> Iterator[str]:
    if not any(rung.measure == Measure.DAYS_LATE and rung.amount == 0 for rung in rungs):
        yield _("缺少“逾期0个工作日”这一级，到期次日的逾期由它记下。")
    if any(rung.level == Level.DUE_TODAY and (rung.measure, rung.amount) != (Measure.DAYS_LEFT, 0) for rung in rungs):
        yield _("“今日到期”只能是剩余0个工作日。")
    yield from _faults_of_steps(rungs)
    before_due = [rung for rung in rungs if rung.measure != Measure.DAYS_LATE]
    if clock == Clock.STATUTORY:
        yield from _faults_of_order(before_due, terms[tier])
    else:  # without a term of its own, shares and days cannot be compared
        for measure in (Measure.SHARE_LEFT, Measure.DAYS_LEFT):
            yield from _faults_of_order([rung for rung in before_due if rung.measure == measure], 100)


def _faults_of_steps(rungs: Sequence[Rung]) -> Iterator[str]:
    for level in Level:
        steps = sorted((rung for rung in rungs if rung.level == level), key=lambda rung: rung.step)
        if [rung.step for rung in steps] != list(range(1, len(steps) + 1)):
            yield _("“%(level)s”的级次要从1起依次编号，不重复。") % {"level": level.label}
        elif level == Level.OVERDUE and any(later.amount <= rung.amount for rung, later in pairwise(steps)):
            yield _("逾期各级的工作日数要逐级增加。")


def _faults_of_order(rungs: Sequence[Rung], term: int) -> Iterator[str]:
    """Before the due day each rung is nearer to it than the one before."""
    climbed = sorted(rungs, key=lambda rung: (ORDER[Level(rung.level)], rung.step))
    for rung, later in pairwise(climbed):
        if days_left_at(later, term) >= days_left_at(rung, term):
            yield _("“%(later)s”要比“%(level)s”更接近到期日。") % {
                "later": Level(later.level).label,
                "level": Level(rung.level).label,
            }
