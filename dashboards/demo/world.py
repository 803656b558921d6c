"""What the demo meets when it begins: the day, the calendar, the reference rows, and the dice."""

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from accounts.models import Unit
from config.clock import SHANGHAI, now, on_date
from dashboards.demo.sentences import Texts
from issues.levels import Yardstick
from issues.models import IssueCategory, TierTerm
from issues.services import terms_in_force

START = date(2025, 6, 11)  # the kick-off (推进会): the first batch is assigned
FIRST_CONTACT_BY = date(2025, 6, 15)
FIRST_VISIT_BY = date(2025, 6, 30)

T = TypeVar("T")


class World:
    """Read once; nothing in it changes while the demo is made, except the state of the dice."""

    def __init__(self, seed: int) -> None:
        self.now = now()
        self.today = on_date(self.now)
        self.yardstick = Yardstick(self.today)
        self.calendar = self.yardstick.calendar
        self.dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self.texts = Texts(self.dice)
        self.units = {unit.code: unit for unit in Unit.objects.all()}
        self.unit_of = {unit.pk: unit for unit in self.units.values()}
        self.categories = {category.code: category for category in IssueCategory.objects.all()}
        self.terms: dict[str, TierTerm] = terms_in_force(START)
        self.elapsed = self.calendar.seq(self.today)  # today's place among the working days

    def at(self, day: date, minute: int) -> datetime:
        """The instant `minute` minutes into the day, never later than now."""
        instant = datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minute, seconds=self.dice.randrange(60))
        return min(instant, self.now)

    def in_office_hours(self, day: date) -> datetime:
        return self.at(day, self.dice.randint(8 * 60 + 40, 17 * 60 + 50))

    def worked_day(self, seq: int) -> date:
        return self.calendar.worked_day(seq)

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def pick(self, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
        return self.dice.choices(choices, weights)[0] if weights else self.dice.choice(choices)
