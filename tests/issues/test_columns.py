"""Which columns the list shows: chosen in the address, refused in words, never at the price of a statement."""

import re

import pytest
from django.http import QueryDict
from django.urls import reverse

from issues.columns import COLUMNS, USUAL, chosen
from issues.models import Issue, IssueCategory
from tests.factories import CategoryFactory, DistrictFactory, OfficerFactory, PlatformFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db

LIST, CHOOSE = reverse("issues:list"), reverse("issues:columns")


@pytest.fixture
def desk(sign_in, bureau_staff):
    return sign_in(bureau_staff)


def heads(answer) -> list[str]:
    return [head.label for head in answer.context["heads"] if not head.is_card_only]


def cells(answer) -> list[str]:
    """The words of the first row's chosen cells as the table shows them on a desk."""
    found = re.findall(r'<td role="cell"(?: class="([^"]*)")?[^>]*>(.*?)</td>', answer.context["rows"][0]["cells"])
    fixed = ("sel", "num no", "full issue")
    return [re.sub("<[^>]*>", "", html).strip() for css, html in found if "ld-phone" not in css and css not in fixed]


def test_without_a_word_the_usual_ones_are_shown(desk):
    make_issue()
    answer = desk.get(LIST)
    assert heads(answer) == ["类别", "状态", "主办单位", "到期日", "预警"]
    assert "编号" in answer.content.decode()


def test_the_address_says_which_in_the_lists_own_order(desk):
    officer = OfficerFactory()
    domain = IssueCategory.objects.create(code="COND", name="条件建设")
    category = CategoryFactory(code="COND-FIRE", name="消防与安全", parent=domain)
    platform = PlatformFactory(officer=officer, district=DistrictFactory())
    issue = make_issue(officer, platform=platform, category=category, urgency="urgent", importance="major", nature="")
    answer = desk.get(LIST, {"columns": "updated,handler,district,urgency,category,nature,raised,home_unit,officer"})
    assert heads(answer) == [
        *("需求类别", "性质", "紧急程度", "联点单位", "首问干部", "承办人", "区县", "提出日期", "更新于"),
    ]
    home, name = issue.home_unit.name, officer.user.name
    assert cells(answer) == [
        *("消防与安全", "—", "紧急", home, name, name, "岳麓区", "2026-10-15", "2026-10-15 12:00"),
    ]


def test_columns_may_stand_in_one_word_or_in_several(desk):
    assert chosen(QueryDict("columns=due,tier")).names == ("tier", "due")
    assert chosen(QueryDict("columns=due&columns=tier")).names == ("tier", "due")
    assert chosen(QueryDict("columns=")).names == USUAL
    assert chosen(QueryDict("columns=number,text")).names == ()


def test_the_phones_card_stays_what_it_is(desk):
    make_issue(tier="C")
    html = desk.get(LIST, {"columns": "handler"}).context["rows"][0]["cells"]
    card = re.findall(r'<td role="cell" class="([^"]*ld-phone[^"]*)"', html)
    assert len(card) == len(USUAL)
    assert 'class="text-nowrap hide"' in html  # the handler, which the card leaves out
    assert "跨部门协调" in html


def test_number_and_text_are_always_there(desk):
    issue = make_issue(text="总在的")
    answer = desk.get(LIST, {"columns": "number"})
    assert heads(answer) == []
    assert issue.number in answer.content.decode()
    assert "总在的" in answer.content.decode()


def test_an_unknown_column_is_left_out_in_words_and_the_rows_are_there(desk):
    make_issue(text="还在")
    answer = desk.get(LIST, {"columns": "tier,colour,<b>,x" + "y" * 300})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert heads(answer) == ["类别"]
    assert "没有“colour、&lt;b&gt;、xyyyyyyyyyyyyyyyyyyy”这样的列，已略去。" in html
    assert "还在" in html
    assert heads(desk.get(LIST, {"columns": "colour"})) == ["类别", "状态", "主办单位", "到期日", "预警"]


def test_what_people_wrote_is_text_in_every_cell(desk):
    evil = "<img src=x onerror=alert(1)>"
    officer = OfficerFactory(user=UserFactory(name=evil))
    issue = make_issue(officer, text=evil, category=CategoryFactory(code="EVIL", name=evil))
    Issue.objects.filter(pk=issue.pk).update(handler=officer.user)
    html = desk.get(LIST, {"columns": ",".join(COLUMNS)}).content.decode()
    assert "<img src=x" not in html


def test_they_survive_paging_sorting_and_filters(desk):
    for number in range(21):
        make_issue(text=str(number))
    html = desk.get(LIST, {"columns": "tier,handler", "open": "true"}).content.decode()
    following = re.search(r'rel="next" href="([^"]*)"', html)
    sorting = re.search(r'<a href="([^"]*sort=due[^"]*)">到期日', desk.get(LIST, {"columns": "due"}).content.decode())
    assert following
    assert "columns=tier%2Chandler" in following[1]
    assert sorting
    assert "columns=due" in sorting[1]
    assert '<input type="hidden" name="columns" value="tier,handler">' in html


def test_choosing_leads_back_to_the_list_it_came_from(desk):
    page = desk.get(f"{CHOOSE}?tier=C&sort=due&columns=tier,handler&cursor=abc").content.decode()
    assert re.findall(r'name="pick" value="(\w+)" checked', page) == ["tier", "handler"]
    assert '<input type="hidden" name="tier" value="C">' in page
    assert 'name="cursor"' not in page
    picked = desk.get(f"{CHOOSE}?tier=C&sort=due&pick=due&pick=tier&pick=nonsense&show=1")
    assert (picked.status_code, picked.url) == (302, f"{LIST}?tier=C&sort=due&columns=tier,due")
    assert desk.get(f"{CHOOSE}?tier=C&show=1").url == f"{LIST}?tier=C&columns=number,text"
    usual = "&".join(f"pick={name}" for name in USUAL)
    assert desk.get(f"{CHOOSE}?{usual}&show=1").url == f"{LIST}?view=all"


def test_any_columns_cost_the_statements_of_none(desk, django_assert_num_queries):
    make_issue()
    for columns in ("", ",".join(COLUMNS)):
        with django_assert_num_queries(8):
            assert desk.get(LIST, {"columns": columns}).status_code == 200
    for _number in range(19):
        make_issue()
    for columns in ("", ",".join(COLUMNS)):
        with django_assert_num_queries(8):
            assert len(desk.get(LIST, {"columns": columns}).context["rows"]) == 20


def test_names_follow_the_readers_language(desk):
    district = DistrictFactory(code="430181", name="浏阳市", name_en="Liuyang")
    officer = OfficerFactory()
    make_issue(officer, platform=PlatformFactory(officer=officer, district=district))
    assert cells(desk.get(LIST, {"columns": "district"})) == ["浏阳市"]
    desk.cookies["django_language"] = "en"
    assert cells(desk.get(LIST, {"columns": "district"})) == ["Liuyang"]
