"""Each filter by a row it takes and a row it leaves; wrong values by the sentence that answers them."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.http import QueryDict

from accounts.models import User
from config.clock import frozen, today
from issues.filters import IssueFilter
from issues.models import Issue, IssueCategory
from issues.services import resolve
from platforms.models import Level
from tests.factories import CategoryFactory, DistrictFactory, OfficerFactory, PlatformFactory, UnitFactory, make_issue
from tests.issues.acts import in_hand, plan
from workdays.calendar import current_calendar

pytestmark = pytest.mark.django_db


def filtered(query: str, user: User) -> IssueFilter:
    # As the views give it: the reader's own rows, and a request that knows the reader.
    rows = Issue.objects.visible_to(user).order_by("pk")
    return IssueFilter(QueryDict(query), rows, request=SimpleNamespace(user=user))  # type: ignore[arg-type]


@pytest.fixture
def texts(bureau_staff):
    def of(query: str, user: User = bureau_staff) -> list[str]:
        result = filtered(query, user)
        assert result.errors == {}
        return [issue.text for issue in result.qs]

    return of


def nearing_on(due: str) -> date:
    return current_calendar().back(date.fromisoformat(due), 3)


@pytest.fixture
def complaints(bureau_staff):
    return lambda query: {name: list(messages) for name, messages in filtered(query, bureau_staff).errors.items()}


def test_no_filter_takes_everything(texts):
    make_issue(text="一")
    assert texts("") == ["一"]
    assert texts("cursor=abc&more=1&tier=&q=") == ["一"]


def test_tiers_and_states_may_be_repeated(texts):
    make_issue(text="甲", tier="A")
    make_issue(text="乙", tier="B")
    plan(in_hand(make_issue(text="丙", tier="C")), today())
    make_issue(text="丁", tier="D")
    assert texts("tier=B") == ["乙"]
    assert texts("tier=B&tier=C") == ["乙", "丙"]
    assert texts("state=resolved") == ["甲"]
    assert texts("state=graded") == ["丁"]
    assert texts("state=accepted&state=plan_confirmed") == ["乙", "丙"]
    assert texts("open=true") == ["乙", "丙", "丁"]
    assert texts("open=false") == ["甲"]


def test_warning_levels_meet_at_no_edge(texts):
    # From Thursday 2026-10-15 nearing reaches three working days: Friday, Monday, Tuesday.
    for due in ("10-14", "10-15", "10-16", "10-20", "10-21"):
        issue = make_issue(text=due)
        Issue.objects.filter(pk=issue.pk).update(clock_due_on=f"2026-{due}", nearing_on=nearing_on(f"2026-{due}"))
    done = make_issue(text="done")
    resolve(done, result="solved", reply="好", actor=done.handler)
    assert texts("warning=overdue") == ["10-14"]
    assert texts("warning=due_today") == ["10-15"]
    assert texts("warning=nearing") == ["10-16", "10-20"]
    assert texts("warning=nearing&warning=overdue") == ["10-14", "10-16", "10-20"]


def test_people_and_places(texts):
    officer, other = OfficerFactory(), OfficerFactory()
    yuelu = DistrictFactory()
    national = PlatformFactory(officer=officer, level=Level.NATIONAL, district=yuelu, name="示例·光电中心")
    elsewhere = PlatformFactory(officer=other, district=DistrictFactory(code="430105", name="开福区"))
    mine = make_issue(officer, platform=national, text="我的")
    make_issue(other, platform=elsewhere, text="别处")
    parent = IssueCategory.objects.create(code="TALENT", name="人才培育")
    Issue.objects.filter(pk=mine.pk).update(
        category=CategoryFactory(code="TALENT-1", parent=parent), lead_unit=UnitFactory(code="U-lead")
    )
    for query in (
        f"platform={national.pk}",
        f"officer={officer.pk}",
        f"unit={UnitFactory(code='U-lead').pk}",
        f"home_unit={officer.home_unit_id}",
        f"district={yuelu.pk}",
        f"category={parent.pk}",
        "level=national",
        "q=光电",
        "q=我的",
        f"q={mine.number}",
    ):
        assert texts(query) == ["我的"], query
    assert texts("mine=true", officer.user) == ["我的"]
    assert texts("mine=true") == []


def test_dates_belong_to_their_range(texts):
    with frozen("2026-09-17T10:00"):
        make_issue(text="九月", tier="B")  # due on 2026-10-08
    make_issue(text="十月", tier="B")
    assert texts("due_from=2026-10-08&due_to=2026-10-08") == ["九月"]
    assert texts("raised_from=2026-09-18") == ["十月"]
    assert texts("raised_to=2026-09-17") == ["九月"]
    assert texts("updated_since=2026-10-15T00:00:00%2B08:00") == ["十月"]
    assert texts("updated_since=2026-10-15T04:00:01Z") == []
    assert texts("selection=fell_due&period_from=2026-10-01&period_to=2026-10-31") == ["九月"]
    assert texts("selection=collected&period_from=2026-10-01") == ["十月"]
    assert texts("selection=on_time") == []


def test_wrong_values_get_a_sentence_each(complaints):
    assert complaints("tier=Z&state=nowhere&warning=red&open=maybe&level=cosmic&selection=luck") == {
        "tier": ["没有“Z”这个选项。"],
        "state": ["没有“nowhere”这个选项。"],
        "warning": ["没有“red”这个选项。"],
        "open": ["没有“maybe”这个选项。"],
        "level": ["没有“cosmic”这个选项。"],
        "selection": ["没有“luck”这个选项。"],
    }
    not_found = ["没有这一项，或不在您的查看范围。"]
    assert complaints("platform=999999&unit=x&officer=99999999999999999999&district=-1&category=1.5") == {
        "platform": not_found,
        "unit": not_found,
        "officer": not_found,
        "district": not_found,
        "category": not_found,
    }
    assert complaints("due_from=15.10.2026&updated_since=yesterday") == {
        "due_from": ["请写成2026-10-15这样的日期。"],
        "updated_since": ["请写成2026-10-15T08:00:00+08:00这样的时间。"],
    }
    assert complaints("due_from=2026-10-02&due_to=2026-10-01&raised_from=2026-10-02&raised_to=2026-10-01") == {
        "due_to": ["结束日期早于开始日期。"],
        "raised_to": ["结束日期早于开始日期。"],
    }
    assert complaints("period_from=2026-10-02") == {"period_from": ["期间要与selection一起用。"]}
    assert complaints("q=%00")["q"]
    assert complaints("q=" + "长" * 101)["q"]


def test_somebody_elses_platform_is_no_value(officer):
    theirs = PlatformFactory(officer=OfficerFactory())
    assert list(filtered(f"platform={theirs.pk}", officer.user).errors) == ["platform"]


ODD = (
    "%00", "%ED%A0%80", "0001-01-01", "9999-12-31", "99999-01-01", "0001-01-01T00:00:00%2B23:59",
    "9999-12-31T23:59:59-23:59", "-1", "1e999", "١٢٣", "２０２６-１０-１５", "%27%22%25_", "null", "9" * 5000,
)  # fmt: skip


@pytest.mark.parametrize("name", list(IssueFilter.get_filters()))
def test_no_value_is_an_error_of_the_server(bureau_staff, name):
    for value in ODD:
        result = filtered(f"{name}={value}&selection=late", bureau_staff)
        assert result.errors.keys() <= {name, "selection"}, value
        assert list(result.qs) == [], value


def test_twenty_filters_are_not_built_for_one(bureau_staff, django_assert_num_queries):
    result = filtered("tier=B", bureau_staff)
    assert list(result.filters) == ["tier"]
    with django_assert_num_queries(1):
        assert list(result.qs) == []
