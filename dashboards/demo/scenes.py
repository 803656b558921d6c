"""What the demo officer finds on the workbench: staged, because chance would leave some days empty."""

from dataclasses import dataclass
from datetime import date

from dashboards.demo.world import START, World


@dataclass(frozen=True, slots=True)
class Scene:
    """One issue of the officer's platform number `slot`. `due_in` counts working days from today; so does
    `promised_in`, which makes the issue one with a confirmed plan."""

    slot: int
    tier: str
    category: str
    due_in: int
    raised_on: date
    promised_in: int | None = None


STAGED = (
    (0, "B", "COND-FUND", -2, None),
    (1, "B", "TRAN-MATCH", 0, None),
    (0, "C", "COND-PERMIT", 2, None),
    (1, "B", "TRAN-EVAL", 3, None),
    (1, "C", "TALE-HOUSE", 5, 3),
    (0, "D", "INNO-RECOG", 12, None),
)


def scenes_of_the_demo_officer(world: World) -> list[Scene]:
    """Those whose day of raising lies within the demo's time."""
    is_working = world.calendar.is_working(world.today)
    scenes = []
    for slot, tier, category, due_in, promised_in in STAGED:
        ahead = due_in if is_working or due_in else 1  # nothing falls due on a day off
        seq = world.elapsed + ahead - world.terms[tier].working_days
        raised_on = world.worked_day(seq)
        if raised_on >= START:
            scenes.append(Scene(slot, tier, category, ahead, raised_on, promised_in))
    return scenes
