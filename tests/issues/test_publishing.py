"""A holiday notice from the paste to the ledger: two people, one transaction, and sentences for what will not do."""

from datetime import date

import pytest

from accounts.models import Role
from config.clock import frozen
from issues.models import Cause, Issue
from notices.models import Notice
from tests.factories import OfficerFactory, UserFactory, make_issue
from workdays.calendar import current_calendar
from workdays.models import Calendar, CalendarRevision, HolidayNotice

pytestmark = [pytest.mark.django_db, pytest.mark.at("2026-12-22T10:00")]

# Invented: the real notice of 2027 is not out.
LINES = "2027-01-01,off,元旦\n2027-01-02,off,元旦\n2027-01-03,off,元旦\n2027-01-04,off,元旦\n2027-01-09,make_up,元旦\n"


@pytest.fixture
def issue(db):
    """Due on 2027-01-04, provisional."""
    with frozen("2026-12-18T09:00"):
        return make_issue(OfficerFactory())


@pytest.fixture
def clerk(sign_in, bureau_staff):
    return sign_in(bureau_staff)


@pytest.fixture
def second(sign_in, commission):
    return sign_in(commission)


def load(client, **fields):
    given = {"calendar": Calendar.objects.get(code="CN").pk, "year": "2027", "text": LINES, **fields}
    return client.post("/calendar/notices/new/", given)


def test_a_second_person_sees_the_effect_and_brings_it_into_force(issue, clerk, second):
    notice_page = load(clerk)["Location"]
    own = clerk.get(notice_page).content.decode()
    assert "由另一个人复核" in own
    assert "立即生效" not in own
    page = second.get(notice_page).content.decode()
    assert '<b class="num">1</b> 项到期日换了一天' in page
    assert f"/issues/{issue.number}/" in page
    assert "2027-01-04 周一" in page
    assert Issue.objects.get(pk=issue.pk).due_on == date(2027, 1, 4)
    answer = second.post(f"{notice_page}approve/")
    assert answer["Location"] == notice_page
    issue.refresh_from_db()
    assert (issue.due_on, issue.due_is_provisional) == (date(2027, 1, 5), False)
    version = issue.deadlines.last()
    assert (version.cause, version.actor.role) == (Cause.CALENDAR_REVISED, Role.COMMISSION_OFFICE)
    notice = HolidayNotice.objects.get()
    assert (notice.state, notice.report["moved"], notice.report["confirmed"], notice.report["kept"]) == (
        "applied",
        1,
        0,
        0,
    )
    assert notice.report["examples"] == {"moved": [[issue.number, "2027-01-04", "2027-01-05"]]}
    assert current_calendar().final_through == date(2027, 12, 28)
    assert not CalendarRevision.objects.filter(recounted_at=None).exists()


def test_looking_changes_nothing(issue, clerk, second):
    before = current_calendar().revision
    page = load(clerk)["Location"]
    for client in (clerk, second):
        assert client.get(page).status_code == 200
    assert current_calendar().revision == before
    assert issue.deadlines.count() == 1
    assert HolidayNotice.objects.get().state == "proposed"


def test_who_entered_it_cannot_approve_it(issue, clerk):
    page = load(clerk)["Location"]
    answer = clerk.post(f"{page}approve/")
    assert answer.status_code == 409
    assert "请另一个人来复核" in answer.content.decode()
    assert Issue.objects.get(pk=issue.pk).due_on == date(2027, 1, 4)


def test_what_was_decided_stays_decided(issue, clerk, second):
    page = load(clerk)["Location"]
    assert second.post(f"{page}refuse/").status_code == 302
    answer = second.post(f"{page}approve/")
    assert answer.status_code == 409
    assert "这份通知已经处理过" in answer.content.decode()
    assert HolidayNotice.objects.get().state == "refused"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": ""}, "请粘贴通知内容，或上传一份文件"),
        ({"text": LINES + "2027-01-01,off,元旦"}, "第6行"),
        ({"text": LINES + "2027-01-11,make_up,元旦"}, "第6行"),
        ({"year": "27"}, "请写成2027这样的年份。"),
        ({"calendar": "77"}, "没有这个日历"),
        ({"text": "2027-01-01\x00,off,元旦"}, "无法保存的字符"),
    ],
)
def test_a_notice_that_will_not_do_is_refused_beside_the_field_and_nothing_typed_is_lost(clerk, fields, sentence):
    answer = load(clerk, **fields)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert page.count("2027-01-01") >= fields.get("text", LINES).count("2027-01-01")
    assert not HolidayNotice.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OFFICER, 403),
        (Role.UNIT_HEAD, 403),
        (Role.LEADER, 403),
        (Role.SYSTEM_ADMIN, 403),
        (Role.BUREAU_STAFF, 200),
        (Role.COMMISSION_OFFICE, 200),
    ],
)
def test_the_calendar_is_the_business_of_those_who_keep_it(sign_in, role, status):
    client = sign_in(UserFactory(role=role))
    assert client.get("/calendar/notices/").status_code == status
    assert client.get("/calendar/notices/new/").status_code == status


def test_a_regional_calendar_is_made_as_a_copy(clerk):
    answer = clerk.post("/calendar/notices/regions/new/", {"code": "GX", "name": "广西", "name_en": "Guangxi"})
    assert answer["Location"] == "/calendar/notices/"
    region = Calendar.objects.get(code="GX")
    assert current_calendar(region.pk).due(date(2026, 9, 18), 10) == current_calendar().due(date(2026, 9, 18), 10)


def test_those_who_may_approve_are_told_and_who_entered_it_may_take_it_back(clerk, second, commission):
    page = load(clerk)["Location"]
    notice = Notice.objects.get()
    assert (notice.recipient, notice.url, notice.sentence) == (commission, page, "2027年放假安排已载入，等待复核")
    assert second.post(f"{page}withdraw/").status_code == 409
    assert clerk.post(f"{page}withdraw/")["Location"] == "/calendar/notices/"
    assert HolidayNotice.objects.get().state == "withdrawn"
    assert second.post(f"{page}approve/").status_code == 409
    assert load(clerk).status_code == 302


def test_a_paste_that_was_cut_short_says_which_holidays_it_lacks(clerk, second):
    page = second.get(load(clerk)["Location"]).content.decode()
    assert "请核对是否漏贴了一段" in page
    assert "2027-10-01 国庆节" in page
    assert "2027-01-01 元旦" not in page
