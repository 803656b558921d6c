"""What is staged, because chance leaves some days empty: the demo officer's workbench, what stands out elsewhere."""

from dataclasses import dataclass
from datetime import date

from dashboards.demo.world import START, World


@dataclass(frozen=True, slots=True)
class Scene:
    """One issue of the demo officer's platform number `slot`, or of somebody else's (None).

    `raised_on` is chosen so that it falls due as staged. `promised_in` counts working days from today and makes it an
    issue with a confirmed plan. An empty category is any that fits.
    """

    slot: int | None
    tier: str
    category: str
    raised_on: date
    promised_in: int | None


# slot, tier, category, due in working days, plan promised in working days
OF_THE_DEMO_OFFICER = (
    (0, "B", "COND-FUND", -2, None),
    (1, "B", "TRAN-MATCH", 0, None),
    (0, "C", "COND-PERMIT", 2, None),
    (1, "B", "TRAN-EVAL", 3, None),
    (1, "C", "TALE-HOUSE", 5, 3),
    (0, "D", "INNO-RECOG", 12, None),
)
ELSEWHERE = (
    (None, "B", "", -6, None),
    (None, "C", "", -3, None),
    (None, "D", "", -1, None),
    (None, "B", "", 0, None),
    (None, "C", "", 0, None),
    (None, "B", "", 1, None),
    (None, "C", "", 4, -2),
    (None, "D", "", 9, -5),
)


def staged_scenes(world: World, scale: int) -> list[Scene]:
    """Those whose day of raising lies within the demo's time."""
    is_working = world.calendar.is_working(world.today)
    scenes = []
    for slot, tier, category, due_in, promised_in in OF_THE_DEMO_OFFICER + ELSEWHERE * scale:
        ahead = due_in if is_working or due_in else 1  # nothing falls due on a day off
        raised_on = world.worked_day(world.elapsed + ahead - world.terms[tier].working_days)
        if raised_on >= START:
            scenes.append(Scene(slot, tier, category, raised_on, promised_in))
    return scenes
