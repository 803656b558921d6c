"""A long list of units can be searched: boxes and selects of a form, with what is chosen always in sight."""

import pytest
from playwright.sync_api import expect

from accounts.models import Role
from tests.factories import UnitFactory, UserFactory, make_issue

pytestmark = pytest.mark.browser


def test_units_are_searched_ticked_and_sent(committed, enter, site):
    for n in range(20):
        UnitFactory(code=f"T-{n}", name=f"第{n}科技局", takes_tiers=["C"])
    lead = UnitFactory(code="M-HUD", name="市住建局", takes_tiers=["C"])
    support = UnitFactory(code="M-EMB", name="市应急局", takes_tiers=["C"])
    issue = make_issue(tier="C")
    page = enter(UserFactory(role=Role.COMMISSION_OFFICE))
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/issues/{issue.number}/refer/")
    boxes = page.get_by_role("group", name="协办单位")
    search = boxes.get_by_role("searchbox", name="按名称筛选")
    search.fill("应急")
    expect(boxes.get_by_role("checkbox")).to_have_count(1)
    boxes.get_by_label("市应急局").check()
    search.fill("没有这个单位")
    expect(boxes.get_by_label("市应急局")).to_be_checked()
    search.press("Enter")
    assert page.url.endswith("/refer/")
    page.get_by_role("searchbox", name="按名称筛选 主办单位").fill("住建")
    select = page.locator("#id_unit")
    expect(select.locator("option")).to_have_text(["请选择", "市住建局"])
    select.select_option(label="市住建局")
    page.get_by_role("searchbox", name="按名称筛选 主办单位").fill("")
    expect(select.locator("option")).to_have_count(23)
    expect(select).to_have_value(str(lead.pk))
    page.locator("main form").get_by_role("button", name="交办", exact=True).click()
    expect(page.locator("main")).to_contain_text("待签收")
    assert [part.unit for part in issue.supports.all()] == [support]
    assert issue.referrals.get().unit == lead
