"""A small world with every case a figure must tell apart, told in the tests' own words.

Today is Thursday 2026-10-15. Raised on 2026-09-17, B falls due on 10-08, C on 10-14, D on 11-04 (R14).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import Role, Unit, UnitKind, User
from config.clock import frozen
from issues.models import Issue
from issues.services import confirm, confirm_plan, refer, resolve
from liaisons.duties import write_duties
from liaisons.models import Officer
from platforms.models import Platform
from tests.factories import (
    DistrictFactory,
    OfficerFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
    make_issue,
    make_visit,
)
from tests.issues.acts import head_of, office


@dataclass(frozen=True)
class World:
    lu: Officer
    chen: Officer
    science: Unit
    housing: Unit
    head: User
    issues: dict[str, Issue]
    platforms: dict[str, Platform]


def close(issue: Issue, at: str, **fields: Any) -> None:
    with frozen(at):
        resolve(issue, **{"result": "solved", "reply": "已办好。", "actor": issue.handler, **fields})


def plan(issue: Issue, at: str, promised_on: str) -> None:
    """C is referred to the officer's own unit, whose head plans it and has it in hand from then on."""
    with frozen(at):
        if issue.tier == "C":
            refer(issue, unit=issue.home_unit, actor=office())
            issue.handler = _head_of(issue.home_unit)
        confirm_plan(
            issue,
            text="分两批进场。",
            unit=issue.lead_unit,
            person="周工",
            promised_on=date.fromisoformat(promised_on),
            told_platform_on=date.fromisoformat(at[:10]),
            actor=issue.handler,
        )


def _head_of(unit: Unit) -> User:
    return User.objects.filter(role=Role.UNIT_HEAD, unit=unit).first() or head_of(unit)


def small_world() -> World:
    """Two officers of two units; what each issue came to is its text."""
    science = UnitFactory(code="KJJ", name="市科技局", takes_tiers=["B", "C"])
    housing = UnitFactory(code="ZJJ", name="市住建局", kind=UnitKind.MUNICIPAL_BUREAU, takes_tiers=["B", "C"])
    lu = OfficerFactory(user=UserFactory(unit=science, name="陆干事"))
    chen = OfficerFactory(user=UserFactory(unit=housing, name="陈思远"))
    head = UserFactory(role=Role.UNIT_HEAD, unit=science)
    yuelu, gaoxin = DistrictFactory(), DistrictFactory(code="430199", name="长沙高新区", kind="park")
    platforms: dict[str, Platform] = {
        "已联系": PlatformFactory(name="示例·已联系", officer=lu, district=yuelu),
        "未接通": PlatformFactory(name="示例·未接通", officer=lu, district=yuelu),
        "未联系": PlatformFactory(name="示例·未联系", officer=chen, district=gaoxin),
        "没有干部": PlatformFactory(name="示例·没有干部", district=gaoxin),
    }
    write_duties()
    make_visit(lu, platform=platforms["已联系"], visited_on=date(2026, 10, 12))
    make_visit(lu, platform=platforms["未接通"], is_reached=False)
    with frozen("2026-08-27T10:00"):
        make_visit(chen, platform=platforms["未联系"], mode="phone")
    return World(lu, chen, science, housing, head, _issues(lu, chen, platforms), platforms)


def _issues(lu: Officer, chen: Officer, platforms: dict[str, Platform]) -> dict[str, Issue]:
    ours, theirs = platforms["已联系"], platforms["未联系"]

    def raised(text: str, by: Officer, at: str, tier: str = "B", **fields: Any) -> Issue:
        with frozen(f"{at}T09:00"):
            return make_issue(by, platform=ours if by == lu else theirs, text=text, tier=tier, **fields)

    rows = [
        raised("当场答复，平台认可", lu, "2026-09-17", "A", platform_agrees=True),
        raised("当场答复，平台没表态", chen, "2026-09-17", "A"),
        raised("到期当天办结", lu, "2026-09-17"),
        raised("晚一天办结", lu, "2026-09-17"),
        raised("按时定方案，没到承诺日", lu, "2026-09-17"),
        raised("按时定方案，兑现了", lu, "2026-09-17", "C"),
        raised("按时定方案，晚于承诺办结", chen, "2026-09-17", "C"),
        raised("逾期没人动", chen, "2026-09-17"),
        raised("方案逾期", lu, "2026-09-17", "C"),
        raised("今天到期", lu, "2026-09-24"),
        raised("临期", chen, "2026-09-28"),
        raised("还早", lu, "2026-10-12", "D"),
        raised("去年的，逾期后办结", lu, "2025-11-03"),
    ]
    issues = {issue.text: issue for issue in rows}
    close(issues["到期当天办结"], "2026-10-08T23:59:59", is_confirmed_solved=True)
    close(issues["晚一天办结"], "2026-10-09T00:00:00")
    plan(issues["按时定方案，没到承诺日"], "2026-10-08T10:00", "2026-12-18")
    plan(issues["按时定方案，兑现了"], "2026-10-09T10:00", "2026-10-13")
    close(issues["按时定方案，兑现了"], "2026-10-13T17:00")
    confirm(issues["按时定方案，兑现了"], actor=lu.user)
    plan(issues["按时定方案，晚于承诺办结"], "2026-10-09T10:00", "2026-10-12")
    close(issues["按时定方案，晚于承诺办结"], "2026-10-14T17:00", result="partly")
    plan(issues["方案逾期"], "2026-10-09T10:00", "2026-10-14")
    close(issues["去年的，逾期后办结"], "2025-12-01T10:00")
    return {text: Issue.objects.get(pk=issue.pk) for text, issue in issues.items()}
