"""Writing the visits down, day by day, each with the needs it heard and the issues it raised."""

import uuid
from datetime import date, datetime

from dashboards.demo.casework import Casework
from dashboards.demo.loading import Loader
from dashboards.demo.register import DemoPlatform
from dashboards.demo.schedule import Kind, PlannedVisit
from dashboards.demo.sentences import Subject, words
from dashboards.demo.world import World
from visits.models import Mode, NeedDomain, Visit, VisitNeed

MODES = {
    Kind.FIRST_CONTACT: ((Mode.PHONE, 60), (Mode.WECHAT, 40)),
    Kind.FIRST_VISIT: ((Mode.ON_SITE, 92), (Mode.MEETING, 8)),
    Kind.QUARTERLY: ((Mode.ON_SITE, 46), (Mode.PHONE, 27), (Mode.WECHAT, 14), (Mode.VIDEO, 6), (Mode.MEETING, 7)),
    Kind.ON_DEMAND: ((Mode.ON_SITE, 34), (Mode.PHONE, 32), (Mode.WECHAT, 20), (Mode.VIDEO, 8), (Mode.MEETING, 6)),
    Kind.ATTEMPT: ((Mode.PHONE, 75), (Mode.WECHAT, 25)),
    Kind.SCENE: ((Mode.ON_SITE, 1),),
}
PHRASES = {Kind.FIRST_CONTACT: "first", Kind.FIRST_VISIT: "first_visit", Kind.ATTEMPT: "attempt"}
NEEDS = {
    "COND": NeedDomain.CONDITIONS,
    "INNO": NeedDomain.INNOVATION,
    "TRAN": NeedDomain.TRANSFER,
    "TALE": NeedDomain.TALENT,
}
NAMES_A_NEED_UNASKED = 0.12
WITH_COMPANY = 0.25


class Visiting:
    def __init__(self, world: World, loader: Loader, casework: Casework) -> None:
        self.world, self.casework = world, casework
        self.visits, self.needs = loader[Visit], loader[VisitNeed]

    def write_day(self, day: date, planned: list[PlannedVisit]) -> None:
        """The day's visits in the order in which they were typed in; announcements due before come first."""
        self.casework.announcing.write_up_to(day)
        timed = [(self.world.in_office_hours(day), n, visit) for n, visit in enumerate(planned)]
        for at, _n, visit in sorted(timed, key=lambda item: item[:2]):
            self._write(visit, at)

    def _write(self, planned: PlannedVisit, at: datetime) -> None:
        world, platform = self.world, planned.platform
        officer = platform.officer_on(planned.day)
        modes, shares = zip(*MODES[planned.kind], strict=True)
        mode = world.pick(modes, shares)
        drafts = [self.casework.grading.draft(planned, officer) for _ in range(planned.issues)]
        reached = planned.kind != Kind.ATTEMPT
        visit = self.visits.add(
            client_id=uuid.UUID(int=world.dice.getrandbits(128), version=4),
            platform_id=platform.pk,
            officer_id=officer.pk,
            visited_on=planned.day,
            mode=mode.value,
            is_reached=reached,
            people_met=platform.contact if reached else "",
            companions=world.pick(words("companion")) if mode == Mode.ON_SITE and world.chance(WITH_COMPANY) else "",
            text=self._text(planned, [draft.category.name for draft in drafts]),
            created_by_id=officer.user_pk,
            created_at=at,
        )
        roots = {draft.root for draft in drafts}
        if reached and world.chance(NAMES_A_NEED_UNASKED):
            roots.add(world.pick(list(NEEDS)))
        self._write_needs(visit, platform, roots)
        for draft in drafts:
            self.casework.register(draft, planned, officer, visit, at)

    def _text(self, planned: PlannedVisit, heard: list[str]) -> str:
        kind = "raised" if heard else PHRASES.get(planned.kind, "visit")
        return self.world.texts.phrase(kind, subject_of(planned.platform), heard="、".join(dict.fromkeys(heard)))

    def _write_needs(self, visit: int, platform: DemoPlatform, roots: set[str]) -> None:
        texts, subject = self.world.texts, subject_of(platform)
        for root, domain in NEEDS.items():
            if root not in roots:
                continue
            said = self.world.pick(("both", "difficulty", "need"), (5, 2, 3))
            self.needs.add(
                visit_id=visit,
                domain=domain.value,
                difficulty="" if said == "need" else texts.phrase(f"difficulty_{root}", subject),
                need="" if said == "difficulty" else texts.phrase(f"need_{root}", subject),
            )


def subject_of(platform: DemoPlatform) -> Subject:
    return Subject(platform.domain, platform.topic)
