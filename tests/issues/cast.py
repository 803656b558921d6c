"""Everybody who has to do with one issue, and the issue in any state, brought there by the services."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Role, Unit, User
from config.clock import today
from issues.models import Issue, State
from issues.parties import Party
from issues.services import (
    answer_support,
    ask_for_suspension,
    close,
    confirm,
    confirm_plan,
    decide,
    give_back,
    merge,
    refer,
    register_request,
    resolve,
    sign_for,
    withdraw,
)
from liaisons.models import Officer
from platforms.models import Platform
from tests.factories import (
    CategoryFactory,
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
    make_issue,
)
from tests.issues.acts import fresh


@dataclass(frozen=True)
class Cast:
    """`units`: home (the officer's), lead, support and other, which each take B, C and D; `people` by name."""

    officer: Officer
    platform: Platform
    units: dict[str, Unit]
    people: dict[str, User]

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def home(self) -> Unit:
        return self.units["home"]

    @property
    def lead(self) -> Unit:
        return self.units["lead"]

    @property
    def support(self) -> Unit:
        return self.units["support"]

    @property
    def other(self) -> Unit:
        return self.units["other"]

    def referrer(self, tier: str) -> User:
        """Who gives an issue of this tier to a unit (R30)."""
        return self.officer.user if tier == "B" else self.people["office"]


def make_cast() -> Cast:
    units: dict[str, Any] = {
        name: UnitFactory(code=f"W-{name}", name=name, takes_tiers=["B", "C", "D"])
        for name in ("home", "lead", "support", "other")
    }
    officer = OfficerFactory(user=UserFactory(unit=units["home"], name="干部"))
    platform = PlatformFactory(officer=officer)
    contact = UserFactory(role=Role.PLATFORM_CONTACT, unit=None, name="联络员")
    PlatformContactFactory(platform=platform, user=contact)
    people = {
        "liaison": officer.user,
        "home_head": UserFactory(role=Role.UNIT_HEAD, unit=units["home"]),
        "lead_head": UserFactory(role=Role.UNIT_HEAD, unit=units["lead"]),
        "lead_clerk": UserFactory(role=Role.CLERK, unit=units["lead"]),
        "support_clerk": UserFactory(role=Role.CLERK, unit=units["support"]),
        "other_head": UserFactory(role=Role.UNIT_HEAD, unit=units["other"]),
        "bureau": UserFactory(role=Role.BUREAU_STAFF),
        "office": UserFactory(role=Role.COMMISSION_OFFICE),
        "contact": contact,
        "leader": UserFactory(role=Role.LEADER),
        "stranger": OfficerFactory().user,
    }
    return Cast(officer, platform, units, people)


def parties_at(cast: Cast, issue: Issue, name: str) -> set[Party]:
    """Who somebody of the cast is to an issue, said in the tests' own words."""
    unit_of = {"home_head": cast.home, "lead_head": cast.lead, "lead_clerk": cast.lead, "other_head": cast.other}
    found = set[Party]()
    if name in unit_of and unit_of[name].pk == issue.lead_unit_id:
        found |= {Party.LEAD} if name.endswith("clerk") else {Party.LEAD, Party.LEAD_HEAD}
    if issue.handler_id == cast.people[name].pk and issue.state not in (State.ASSIGNED, State.RETURNED):
        found.add(Party.LEAD)
    stays = issue.tier == "B" and issue.lead_unit_id == issue.home_unit_id
    if name == "liaison" and stays and issue.state not in (State.ASSIGNED, State.RETURNED):
        found.add(Party.LEAD)  # B is the matter of the officer's own unit (R30)
    if name == "support_clerk" and issue.supports.filter(unit=cast.support).exists():
        found.add(Party.SUPPORT)
    fixed = {
        "liaison": Party.OFFICER,
        "home_head": Party.HOME_HEAD,
        "bureau": Party.BUREAU,
        "office": Party.OFFICE,
        "contact": Party.CONTACT,
    }
    return found | ({fixed[name]} if name in fixed else set())


def raised(cast: Cast, tier: str, **fields: Any) -> Issue:
    """As the platform asked for it (no tier yet), or as the officer registered it."""
    if not tier:
        return register_request(
            platform=cast.platform, category=CategoryFactory(), text="设备进不了场", actor=cast.contact
        ).issue
    return make_issue(cast.officer, platform=cast.platform, tier=tier, **fields)


def referred(cast: Cast, tier: str) -> Issue:
    """Given to the lead unit, with a supporting one that has not answered."""
    issue = raised(cast, tier)
    refer(issue, unit=cast.lead, supports=[cast.support], actor=cast.referrer(tier))
    return fresh(issue)


def in_hands(cast: Cast, tier: str) -> Issue:
    """Accepted: B by the officer's own unit, C and D by the lead unit's head."""
    if tier == "B":
        return fresh(raised(cast, tier))
    issue = referred(cast, tier)
    sign_for(issue, actor=cast.lead_head)
    return fresh(issue)


def planned(issue: Issue, promised_on: date | None = None, *, actor: User | None = None) -> Issue:
    confirm_plan(
        issue,
        text="分两批进场。",
        unit=issue.lead_unit,
        person="周工",
        promised_on=promised_on or today() + timedelta(days=30),
        told_platform_on=today(),
        actor=actor or issue.handler,
    )
    return fresh(issue)


def paused(cast: Cast, issue: Issue) -> Issue:
    request = ask_for_suspension(
        issue, review_on=today() + timedelta(days=30), reason="等平台补材料。", actor=issue.handler
    )
    decide(request, approve=True, actor=cast.office)
    return fresh(issue)


def supported(cast: Cast, issue: Issue) -> Issue:
    """With the answers of those who were asked to support it."""
    if issue.supports.filter(answered_at=None).exists():
        answer_support(issue, answer="无不同意见。", agrees=True, actor=cast.support_clerk)
    return fresh(issue)


def resolved(cast: Cast, tier: str) -> Issue:
    if tier == "A":
        return fresh(raised(cast, tier))
    issue = supported(cast, in_hands(cast, tier))
    resolve(issue, result="solved", reply="已办好。", actor=issue.handler)
    return fresh(issue)


def confirmed(cast: Cast, tier: str) -> Issue:
    issue = resolved(cast, tier)
    confirm(issue, actor=cast.contact)
    return fresh(issue)


def closed(cast: Cast, tier: str) -> Issue:
    issue = confirmed(cast, tier)
    close(issue, actor=cast.home_head if tier in "AB" else cast.office)
    return fresh(issue)


def returned(cast: Cast, tier: str) -> Issue:
    issue = referred(cast, tier)
    give_back(issue, reason="不属于本单位职责。", suggested_unit=cast.other, actor=cast.lead_head)
    return fresh(issue)


def merged(cast: Cast, tier: str) -> Issue:
    issue = raised(cast, tier)
    merge(issue, target=raised(cast, "B"), actor=cast.bureau)
    return fresh(issue)


def withdrawn(cast: Cast, tier: str) -> Issue:
    issue = raised(cast, tier)
    withdraw(issue, reason="平台不再需要。", actor=cast.contact)
    return fresh(issue)


BUILT: dict[str, Callable[[Cast, str], Issue]] = {
    State.REGISTERED: raised,
    State.GRADED: raised,
    State.ASSIGNED: referred,
    State.ACCEPTED: in_hands,
    State.RETURNED: returned,
    State.PLAN_CONFIRMED: lambda cast, tier: planned(in_hands(cast, tier)),
    State.SUSPENDED: lambda cast, tier: paused(cast, in_hands(cast, tier)),
    State.RESOLVED: resolved,
    State.CONFIRMED: confirmed,
    State.CLOSED: closed,
    State.MERGED: merged,
    State.WITHDRAWN: withdrawn,
}


def in_state(cast: Cast, state: str, tier: str) -> Issue:
    """An issue of the tier in the state; not every tier passes through every state."""
    found = fresh(BUILT[state](cast, tier))
    assert (found.state, found.tier) == (state, tier)
    return found


@contextmanager
def rolled_back() -> Iterator[None]:
    """Nothing of what happens within the block stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
