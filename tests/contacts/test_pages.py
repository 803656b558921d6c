"""What a platform's contact reads and does: its own issues, in plain words, and nothing of the house."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from config import clock
from issues.models import Issue, Rating
from issues.services import merge, refer, resolve, sign_for
from platforms.links import make_link
from tests.factories import (
    CategoryFactory,
    PlatformContactFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
    make_issue,
)
from tests.issues.acts import extend, fresh, plan

pytestmark = pytest.mark.django_db

INTERNAL = "处里先压一压，别跟平台说"


@pytest.fixture
def other():
    return CategoryFactory(code="OTHR", name="其他")


@pytest.fixture
def issue(officer, contact):
    return make_issue(officer, platform=contact.platform)


@pytest.fixture
def resolved(officer, issue):
    return resolve(issue, result="solved", reply="消防验收已通过，证书在窗口领取。", actor=officer.user)


def url(name, issue):
    return reverse(f"contacts:{name}", args=[issue.number])


def text_of(response):
    return response.content.decode()


# What is shown


def test_the_first_page_says_what_waits_for_a_word_what_is_done_and_what_is_finished(
    contact, officer, come_in, resolved
):
    running = make_issue(officer, platform=contact.platform, text="恒温间的空调坏了")
    finished = make_issue(officer, platform=contact.platform, text="专家能否周末指导", tier="A", platform_agrees=True)
    response = come_in(contact).get("/p/")
    shown = {name: [row["issue"].pk for row in response.context[name]] for name in ("waiting", "running", "finished")}
    assert shown == {"waiting": [resolved.pk], "running": [running.pk], "finished": [finished.pk]}
    html = text_of(response)
    assert "王小明，您好。" in html
    assert "有1项结果等您看一看" in html
    assert "10月29日前给出结果或方案" in html
    assert "陈思远" in html
    assert "0731-88880000" in html


def test_the_first_page_costs_the_same_with_one_issue_and_with_three(
    contact, officer, come_in, django_assert_num_queries
):
    client = come_in(contact)
    make_issue(officer, platform=contact.platform)
    with django_assert_num_queries(9) as few:
        client.get("/p/")
    make_issue(officer, platform=contact.platform)
    make_issue(officer, platform=contact.platform)
    with django_assert_num_queries(len(few)):
        client.get("/p/")


def test_an_issue_of_another_platform_does_not_exist(come_in, contact, other):
    elsewhere = make_issue()
    client = come_in(contact)
    assert elsewhere.text not in text_of(client.get("/p/"))
    assert client.get(url("issue", elsewhere)).status_code == 404
    assert client.get(url("receipt", elsewhere)).status_code == 404
    for name in ("solved", "unsolved", "rate", "withdraw"):
        assert client.post(url(name, elsewhere), {"reason": "x"}).status_code == 404
    assert fresh(elsewhere).state == "accepted"


def test_nothing_internal_is_told(contact, officer, come_in):
    """R57, R58: no notes, no reasons among colleagues, no handler's name or number, no other platform."""
    issue = make_issue(officer, platform=contact.platform, tier="C", grading_reason=INTERNAL)
    unit = UnitFactory(code="M-HUD", name="市住建局", takes_tiers=["C"])
    head = UserFactory(role=Role.UNIT_HEAD, unit=unit, name="周处长", phone="13777777777")
    office = UserFactory(role=Role.COMMISSION_OFFICE, name="何主任", phone="13766666666")
    refer(issue, unit=unit, note=INTERNAL, actor=office)
    sign_for(issue, actor=head)
    extend(fresh(issue), fresh(issue).due_on.replace(month=11, day=16))
    issue = plan(fresh(issue), clock.today().replace(day=30))
    make_issue(text="别家平台的困难")
    html = text_of(come_in(contact).get(url("issue", issue)))
    for secret in (INTERNAL, "等评审会排期", "周处长", "13777777777", "何主任", "13766666666", "别家平台", "周工"):
        assert secret not in html
    for told in ("市住建局", "分两批进场。", "交给办理单位", "办理单位已接收", "办理日期有调整", "定下解决方案"):
        assert told in html


def test_every_step_of_an_issue_is_either_told_in_plain_words_or_kept(contact, officer, come_in, resolved):
    html = text_of(come_in(contact).get(url("issue", resolved)))
    assert "有了结果，请您确认" in html
    assert "消防验收已通过，证书在窗口领取。" in html
    for house_word in ("办结待确认", "补录", "预警", "定级", "销号", "首问", "B 本单位"):
        assert house_word not in html


def test_a_late_issue_says_so_without_hiding_it(contact, come_in, issue):
    with clock.frozen("2026-11-02T10:00"):
        client = come_in(contact)
        assert "原定10月29日，已经过了，还在办" in text_of(client.get(url("issue", issue)))


def test_english_is_complete_enough_to_be_read(contact, come_in, issue):
    client = come_in(contact)
    client.cookies["django_language"] = "en"
    response = client.get("/p/")
    assert response.status_code == 200
    assert '<html lang="en">' in text_of(response)


# The word on a result


def test_r39_solved_is_one_tap(contact, come_in, resolved):
    response = come_in(contact).post(url("solved", resolved))
    assert (response.status_code, response["Location"]) == (302, url("issue", resolved))
    issue = fresh(resolved)
    assert (issue.state, issue.confirmation, issue.is_confirmed_solved) == ("confirmed", "platform", True)
    assert issue.events.first().actor == contact.__class__.objects.get().user


def test_r40_unsolved_asks_for_a_line_of_why_and_begins_anew(contact, come_in, resolved):
    client = come_in(contact)
    page = client.get(url("issue", resolved))
    assert not page.context["unsolved"]["reason"].value()  # nothing is put into their mouth
    empty = client.post(url("unsolved", resolved), {"reason": "  "})
    assert empty.status_code == 422
    assert "请写一句哪里还没有解决" in text_of(empty)
    assert fresh(resolved).state == "resolved"
    done = client.post(url("unsolved", resolved), {"reason": "证书还没有领到"})
    assert done.status_code == 302
    issue = fresh(resolved)
    assert (issue.state, issue.reopened_count, issue.due_on.isoformat()) == ("accepted", 1, "2026-10-29")
    html = text_of(client.get(url("issue", issue)))
    assert "您说还没有解决，重新办理" in html
    assert "证书还没有领到" in html  # the reader's own words
    assert "消防验收已通过，证书在窗口领取。" in html  # what was answered the first time


def test_a_second_contact_of_the_platform_does_not_read_what_the_first_one_wrote(contact, come_in, resolved):
    come_in(contact).post(url("unsolved", resolved), {"reason": "证书还没有领到"})
    colleague = PlatformContactFactory(platform=contact.platform, name="李红", is_primary=False)
    html = text_of(come_in(colleague).get(url("issue", resolved)))
    assert "证书还没有领到" not in html
    assert "重新办理" in html


def test_too_long_a_reason_is_refused_beside_its_field_and_kept(contact, come_in, resolved):
    response = come_in(contact).post(url("unsolved", resolved), {"reason": "长" * 501})
    assert response.status_code == 422
    assert "最多500个字，现有501个字" in text_of(response).replace("现在有", "现有")
    assert "长" * 501 in text_of(response)


@pytest.mark.parametrize("name", ["solved", "unsolved", "rate", "withdraw"])
def test_whatever_moves_something_is_a_post_with_its_token(contact, come_in, resolved, name):
    client = come_in(contact)
    assert client.get(url(name, resolved)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(url(name, resolved), {"reason": "x"}).status_code == 403
    assert fresh(resolved).state == "resolved"


def test_the_second_of_two_taps_is_told_kindly_how_it_stands(contact, come_in, resolved):
    client = come_in(contact)
    client.post(url("unsolved", resolved), {"reason": "证书还没有领到"})
    late = client.post(url("solved", resolved))
    assert late.status_code == 409
    assert "刚刚已经变成“正在办理”" in text_of(late)
    again = client.post(url("unsolved", resolved), {"reason": "真的没有领到"})
    assert again.status_code == 409
    assert "您写的是：真的没有领到" in text_of(again)
    assert fresh(resolved).reopened_count == 1


def test_a_result_that_is_no_solution_is_accepted_not_called_solved(contact, officer, come_in, issue):
    resolve(issue, result="explained", reply="政策是这样规定的。", actor=officer.user)
    client = come_in(contact)
    assert "认可这个结果" in text_of(client.get(url("issue", issue)))
    client.post(url("solved", issue))
    assert (fresh(issue).state, fresh(issue).is_confirmed_solved) == ("confirmed", False)


def test_t18_the_own_request_is_withdrawn_with_a_reason(contact, come_in, issue):
    client = come_in(contact)
    assert client.post(url("withdraw", issue), {"reason": ""}).status_code == 422
    assert client.post(url("withdraw", issue), {"reason": "自己修好了"}).status_code == 302
    assert fresh(issue).state == "withdrawn"
    assert "您撤回了这项需求" in text_of(client.get(url("issue", issue)))


def test_a_plan_is_not_withdrawn_from(contact, come_in, issue):
    plan(issue, clock.today().replace(day=30))
    client = come_in(contact)
    assert url("withdraw", issue) not in text_of(client.get(url("issue", issue)))
    assert client.post(url("withdraw", issue), {"reason": "自己修好了"}).status_code == 409


def test_r37_a_merged_issue_is_answered_by_the_one_it_went_into(contact, officer, come_in, issue, bureau_staff):
    target = make_issue(text="另一家平台同样的问题")
    merge(issue, target=target, actor=bureau_staff)
    client = come_in(contact)
    assert "同样的问题合在一起办" in text_of(client.get(url("issue", issue)))
    resolve(target, result="solved", reply="统一协调后都已通电。", actor=target.handler)
    html = text_of(client.get(url("issue", issue)))
    assert "统一协调后都已通电。" in html
    assert "另一家平台同样的问题" not in html
    assert target.number not in html


# Rating


def test_r44_rating_is_offered_after_the_word_and_taken_once(contact, come_in, resolved):
    client = come_in(contact)
    assert url("rate", resolved) not in text_of(client.get(url("issue", resolved)))
    assert client.post(url("rate", resolved), {"service": "5", "result": "4"}).status_code == 409
    client.post(url("solved", resolved))
    page = client.get(url("issue", resolved))
    assert "checked" not in text_of(page)  # no level is chosen beforehand
    wrong = client.post(url("rate", resolved), {"service": "6"})
    assert wrong.status_code == 422
    assert set(wrong.context["rating"].errors) == {"service", "result"}
    assert client.post(url("rate", resolved), {"service": "5", "result": "4"}).status_code == 302
    assert client.post(url("rate", resolved), {"service": "1", "result": "1"}).status_code == 409
    assert list(Rating.objects.values_list("round", "service", "result")) == [(1, 5, 4)]
    assert "非常满意" in text_of(client.get(url("issue", resolved)))


def test_r45_who_was_not_satisfied_may_rate_once_more_and_reads_both(contact, come_in, resolved):
    client = come_in(contact)
    client.post(url("solved", resolved))
    client.post(url("rate", resolved), {"service": "2", "result": "4"})
    page = text_of(client.get(url("issue", resolved)))
    assert "情况变了，再评一次" in page
    assert url("rate", resolved) in page
    assert '<input type="hidden" name="is_added" value="true">' in page
    wrong = client.post(url("rate", resolved), {"service": "5"})
    assert wrong.status_code == 422
    assert '<details class="ld-no" id="rating" open>' in text_of(wrong)
    assert client.post(url("rate", resolved), {"service": "5", "result": "5"}).status_code == 409
    more = {"service": "5", "result": "5", "is_added": "true"}
    assert client.post(url("rate", resolved), more).status_code == 302
    page = text_of(client.get(url("issue", resolved)))
    assert "追评" in page
    assert url("rate", resolved) not in page
    assert client.post(url("rate", resolved), {"service": "5", "result": "5"}).status_code == 409


# A request


def test_t1_a_request_needs_a_line_and_nothing_else(contact, officer, come_in, other):
    client = come_in(contact)
    assert client.post(reverse("contacts:raise"), {"text": " "}).status_code == 422
    response = client.post(reverse("contacts:raise"), {"text": "恒温间的空调坏了三周"})
    issue = Issue.objects.get()
    assert response["Location"] == url("receipt", issue)
    assert (issue.state, issue.tier, issue.category, issue.platform) == ("registered", "", other, contact.platform)
    assert (issue.officer, issue.handler) == (officer, officer.user)
    assert list(officer.user.notices.values_list("kind", flat=True)) == ["raised"]


def test_r23_the_receipt_names_the_first_person_the_office_phone_and_the_day_of_the_reply(contact, come_in, other):
    client = come_in(contact)
    response = client.post(reverse("contacts:raise"), {"text": "恒温间的空调坏了三周"}, follow=True)
    html = text_of(response)
    assert "陈思远会在2026年10月20日（星期二）前回复您" in html  # Thursday, and three working days
    assert "0731-88880000" in html
    assert "2026-000001" in html


def test_a_second_tap_on_the_button_is_the_same_request(contact, come_in, other):
    client = come_in(contact)
    form = client.get(reverse("contacts:raise")).context["form"]
    typed = {"text": "恒温间的空调坏了三周", "client_id": str(form["client_id"].value())}
    first, second = (client.post(reverse("contacts:raise"), typed) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Issue.objects.count() == 1


def test_an_unknown_category_is_refused_and_the_text_kept(contact, come_in, other):
    response = come_in(contact).post(reverse("contacts:raise"), {"text": "空调坏了", "category": "999"})
    assert response.status_code == 422
    assert "空调坏了" in text_of(response)
    assert not Issue.objects.exists()


def test_a_platform_without_an_officer_is_told_whom_to_ask(come_in, other, bureau_staff):
    lonely = PlatformContactFactory(platform=PlatformFactory())
    client = Client()
    client.post(make_link(lonely, actor=bureau_staff).path)
    response = client.post(reverse("contacts:raise"), {"text": "空调坏了"})
    assert response.status_code == 422
    assert "还没有联点干部" in text_of(response)


def test_what_a_contact_types_is_shown_as_typed(contact, come_in, other):
    client = come_in(contact)
    client.post(reverse("contacts:raise"), {"text": "<script>alert(1)</script>"})
    assert "<script>alert" not in text_of(client.get("/p/"))
