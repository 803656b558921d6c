"""How C and D issues of the demo come to the unit that leads them, and what supporting units answer (R30-R33)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.clock import on_date
from dashboards.demo.world import World
from issues.models import HandlingRule, SigningTerm

ANSWERED_AFTER = (20, 300)  # minutes


@dataclass(frozen=True, slots=True)
class Referred:
    """When it was referred and signed for; None where that has not happened yet."""

    at: datetime
    sign_by: date
    signed_at: datetime | None


class Referring:
    def __init__(self, world: World) -> None:
        self.world = world
        self.signing = SigningTerm.objects.latest("valid_from", "pk").working_days
        self.support_within = HandlingRule.objects.latest("valid_from", "pk").support_within

    def of(self, registered_at: datetime) -> Referred | None:
        """The commission office refers within the hour, in office hours; the unit signs soon after."""
        world = self.world
        at = registered_at + timedelta(minutes=world.dice.randint(10, 40))
        day = on_date(registered_at)
        if not world.calendar.is_working(day) or at >= world.at(day, 17 * 60):
            next_day = world.worked_day(world.calendar.seq(day) + 1)
            at = world.at(next_day, world.dice.randint(8 * 60 + 31, 8 * 60 + 36))
        elif at < world.at(day, 8 * 60 + 30):
            at = world.at(day, world.dice.randint(8 * 60 + 31, 8 * 60 + 36))
        if at >= world.now:
            return None
        signed_at = at + timedelta(minutes=world.dice.randint(3, 10))
        sign_by = world.calendar.due(on_date(at), self.signing).on
        return Referred(at, sign_by, signed_at if signed_at < world.now else None)

    def answer_by(self, asked_on: date) -> date:
        return self.world.calendar.due(asked_on, self.support_within).on

    def answered_at(self, signed_at: datetime, before: datetime | None) -> datetime | None:
        """When a supporting unit answered: before the resolution, if there was one."""
        at = signed_at + timedelta(minutes=self.world.dice.randint(*ANSWERED_AFTER))
        if before is not None:
            at = min(at, before - timedelta(minutes=1))
        return at if at < self.world.now else None
