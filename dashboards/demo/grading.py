"""What an issue is about, which tier it gets, and who leads it: consistent with R26, R27 and with who takes what."""

from dataclasses import dataclass
from functools import lru_cache

from accounts.models import Unit, UnitKind
from dashboards.demo.people import DemoOfficer
from dashboards.demo.schedule import PlannedVisit
from dashboards.demo.sentences import IssueText, Subject
from dashboards.demo.world import World
from issues.models import Importance, IssueCategory, Nature, Tier, Urgency

TIERS = {Tier.A: 30, Tier.B: 34, Tier.C: 26, Tier.D: 10}
URGENCY = {Urgency.NORMAL: 60, Urgency.PRESSING: 31, Urgency.URGENT: 9}
IMPORTANCE = {Importance.ORDINARY: 42, Importance.IMPORTANT: 46, Importance.MAJOR: 12}

MORE_SAID = 0.45  # of the issues that are taken back say one thing more


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue as graded, before it is registered."""

    tier: str
    category: IssueCategory
    lead: Unit
    support: tuple[str, ...]
    nature: str
    urgency: str
    importance: str
    text: str
    subject: Subject

    @property
    def root(self) -> str:
        """The service domain of the category: COND, INNO, TRAN, TALE, OTHR."""
        return root_of(self.category.code)


class Grading:
    def __init__(self, world: World) -> None:
        self.world = world
        self.texts_for = lru_cache(maxsize=None)(self._texts_for)

    def draft(self, planned: PlannedVisit, officer: DemoOfficer) -> Draft:
        world, scene = self.world, planned.scene
        tier = scene.tier if scene else world.pick(list(TIERS), list(TIERS.values()))
        domain = planned.platform.domain
        choices = self.texts_for(tier, officer.unit.code, domain, scene.category if scene else "")
        text = world.pick(choices)
        lead = self._lead(text, officer.unit)
        subject = Subject(domain, planned.platform.topic, lead.name.split("(")[0], here(officer.unit))
        urgency, importance = self._weight(text)
        return Draft(
            tier=tier,
            category=world.categories[text.category],
            lead=lead,
            support=tuple(world.units[code].name for code in text.support),
            nature=text.nature,
            urgency=urgency,
            importance=importance,
            text=self._word(text, subject),
            subject=subject,
        )

    def _word(self, text: IssueText, subject: Subject) -> str:
        texts = self.world.texts
        said = texts.fill(text.text, subject)
        if text.tier != Tier.A and self.world.chance(MORE_SAID):
            said += texts.phrase("more", subject, root_of(text.category))
        return said

    def _texts_for(self, tier: str, unit_code: str, domain: str, category: str) -> list[IssueText]:
        """What an officer of that unit may hear at a platform of that domain."""
        return [
            text
            for text in self.world.texts.issues
            if text.tier == tier
            and text.category == (category or text.category)
            and (not text.domains or domain in text.domains)
            and self._may_be_raised(text, self.world.units[unit_code])
        ]

    def _may_be_raised(self, text: IssueText, home: Unit) -> bool:
        if text.tier == Tier.C:
            return home.code not in text.lead  # what the own unit can do is not a matter for several
        if text.tier == Tier.D:
            return True
        is_ours = not text.lead or home.code.startswith(text.lead)
        return is_ours and (text.tier == Tier.A or text.category in home.takes_categories)

    def _lead(self, text: IssueText, home: Unit) -> Unit:
        return self.world.units[text.lead[0]] if text.tier in (Tier.C, Tier.D) else home

    def _weight(self, text: IssueText) -> tuple[str, str]:
        """Urgency and importance with which R27 suggests the tier that the issue has."""
        if text.tier == Tier.D and text.nature == Nature.CROSS_UNIT:
            return Urgency.URGENT.value, Importance.MAJOR.value
        urgency = self.world.pick(list(URGENCY), list(URGENCY.values()))
        importance = self.world.pick(list(IMPORTANCE), list(IMPORTANCE.values()))
        if text.tier == Tier.B and text.nature == Nature.EXPLAIN:
            importance = Importance.MAJOR
        elif text.tier in (Tier.A, Tier.C) and importance == Importance.MAJOR:
            importance = Importance.IMPORTANT
        return urgency.value, importance.value


def root_of(category: str) -> str:
    """The code of a category's service domain."""
    return category.split("-", maxsplit=1)[0]


def here(unit: Unit) -> str:
    """How people speak of the home unit's place."""
    if unit.kind == UnitKind.PARK:
        return "园区"
    if unit.kind == UnitKind.DISTRICT:
        return {"区": "区里", "县": "县里"}.get(unit.name.removesuffix("科技部门")[-1], "市里")
    return "市里"
