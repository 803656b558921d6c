"""The year as a page, and the calculator on it."""

import re
from datetime import date

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.models import Role
from tests.factories import UserFactory
from tests.workdays.notices import notice_of
from workdays.calendar import current_calendar
from workdays.models import Calendar
from workdays.services import apply_notice, create_regional_calendar, propose_notice
from workdays.yearbook import Year

pytestmark = pytest.mark.django_db

TODAY = date(2026, 10, 15)


@pytest.fixture
def reader():
    client = Client()
    client.force_login(UserFactory())
    return client


def year_of(number: int, code: str = "CN") -> Year:
    row = Calendar.objects.get(code=code)
    return Year(row, current_calendar(row.pk), number, TODAY)


def cell(year: Year, day: str) -> tuple[str, str]:
    on = date.fromisoformat(day)
    found = [c for month in year.months for week in month.weeks for c in week if c and c.date == on]
    assert len(found) == 1
    return found[0].css, found[0].word


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


class TestYear:
    def test_months_and_the_year_are_summed(self):
        year = year_of(2026)
        assert [month.working_days for month in year.months] == [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]
        assert year.working_days == 248

    @pytest.mark.parametrize(
        ("day", "css", "word"),
        [
            ("2026-01-01", "off", "元旦"),
            ("2026-01-02", "off", "休"),
            ("2026-01-04", "mk", "班"),
            ("2026-02-14", "mk", "班"),
            ("2026-02-15", "off", "春节"),
            ("2026-04-04", "off", "清明"),
            ("2026-05-01", "off", "劳动"),
            ("2026-03-07", "we", ""),
            ("2026-03-09", "", ""),
            ("2026-10-15", "td", "今天"),
            ("2026-12-28", "", ""),
            ("2026-12-29", "pv", "暂定"),
            ("2027-02-05", "pv", "春节"),
            ("2027-02-06", "pv", "暂定"),
            ("2027-03-09", "", ""),
        ],
    )
    def test_the_word_is_written_in_the_cell(self, day, css, word):
        assert cell(year_of(int(day[:4])), day) == (css, word)

    def test_every_day_stands_once_under_its_weekday(self):
        days = [c.date for month in year_of(2027).months for week in month.weeks for c in week if c]
        assert (len(days), len(set(days))) == (365, 365)
        for month in year_of(2027).months:
            assert all(c is None or c.date.weekday() == place for week in month.weeks for place, c in enumerate(week))

    def test_neighbours_end_with_the_calendar(self):
        assert (year_of(2023).previous, year_of(2023).next) == (None, 2024)
        assert (year_of(2035).previous, year_of(2035).next) == (2034, None)


class TestPage:
    def test_it_says_what_it_rests_on(self, reader):
        page = text_of(reader.get("/calendar/"))
        assert "工作日历 2026" in page
        assert "全年 248 个工作日 · 依据 2026 年放假通知，第 1 版 · 12月28日后为暂定" in page
        assert "2027 （未公布）" in page or "2027（未公布）" in page

    def test_an_unpublished_year_says_so_until_its_notice_is_applied(self, reader):
        assert "2027 年放假通知还没有公布，全年暂定" in text_of(reader.get("/calendar/2027/"))
        notice = propose_notice(Calendar.objects.get(), notice_of(2027), actor=UserFactory())
        apply_notice(notice, actor=UserFactory())
        page = text_of(reader.get("/calendar/2027/"))
        assert "依据 2027 年放假通知，第 2 版 · 国办发明电〔2026〕7号 · 12月28日后为暂定" in page

    def test_everybody_signed_in_may_look_and_nobody_else(self, client):
        for role in (Role.OFFICER, Role.LEADER, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN):
            reader = Client()
            reader.force_login(UserFactory(role=role))
            assert reader.get("/calendar/2026/").status_code == 200
        assert client.get("/calendar/").url == "/sign-in/?next=/calendar/"

    @pytest.mark.parametrize(
        "address",
        [
            *("/calendar/2022/", "/calendar/2036/", "/calendar/0/", "/calendar/99999999/", "/calendar/99999999999/"),
            "/calendar/?calendar=X",
        ],
    )
    def test_a_year_or_calendar_that_does_not_exist_is_not_found(self, reader, address):
        assert reader.get(address).status_code == 404
        assert reader.get("/calendar/?calendar=%00").status_code == 404

    def test_calendars_are_offered_where_there_are_several(self, reader):
        assert "广西" not in text_of(reader.get("/calendar/"))
        region = create_regional_calendar("GX", "广西工作日历")
        notice = propose_notice(
            region, "2026-11-30,off,三月三补假", actor=UserFactory(), document_number="桂政〔2026〕1号"
        )
        apply_notice(notice, actor=UserFactory())
        page = text_of(reader.get("/calendar/?calendar=GX"))
        assert "广西工作日历" in page
        assert "2026-11-30 周一 节假日 · 三月三补假 桂政〔2026〕1号" in page
        assert "全年 247 个工作日" in page

    def test_statements_do_not_grow_with_the_year_or_the_calendars(self, reader, django_assert_max_num_queries):
        reader.get("/calendar/2026/")
        create_regional_calendar("GX", "广西")
        with django_assert_max_num_queries(12):
            reader.get("/calendar/2026/")

    def test_it_speaks_english(self, reader):
        with override("en"):
            assert reader.get("/calendar/", headers={"accept-language": "en"}).status_code == 200


class TestCalculator:
    def ask(self, reader, **question) -> tuple[int, str]:
        response = reader.get("/calendar/2026/", question)
        return response.status_code, text_of(response)

    def test_the_answer_comes_first_and_the_days_after_it(self, reader):
        status, page = self.ask(reader, start="2026-12-08", term="C")
        assert status == 200
        assert "12月8日提出，次日起算，第15个工作日是 12月29日（星期二） 24:00前。" in page
        assert "2027年放假安排还没有公布，这一天是暂定的。" in page
        assert "周二，第15个工作日，到期日，暂定" in page
        assert "15 计入的工作日 + 6 周末 = 21 个自然日" in page

    def test_a_number_of_ones_own(self, reader):
        assert "第20个工作日是" in self.ask(reader, start="2026-03-02", term="own", days="20")[1]

    def test_a_term_that_is_over_is_not_called_late(self, reader):
        page = self.ask(reader, start="2025-09-26", term="B")[1]
        assert "2025年10月16日（星期四）" in page
        assert "逾期第" not in page

    @pytest.mark.parametrize(
        ("question", "complaint"),
        [
            ({"start": "2026-02-30", "term": "B"}, "不是有效的日期。"),
            ({"start": "", "term": "B"}, "请选日期。"),
            ({"start": "2026-03-02"}, "请选时限。"),
            ({"start": "2026-03-02", "term": "A"}, "没有这一项，请从列表中选。"),
            ({"start": "2026-03-02", "term": "own"}, "请填工作日数。"),
            ({"start": "2026-03-02", "term": "own", "days": "0"}, "至少1个工作日。"),
            ({"start": "2026-03-02", "term": "own", "days": "-5"}, "至少1个工作日。"),
            ({"start": "2026-03-02", "term": "own", "days": "1001"}, "最多1000个工作日。"),
            ({"start": "2026-03-02", "term": "own", "days": "１０"}, "请填整数。"),
            ({"start": "2035-12-30", "term": "D"}, "日历从2023-01-01到2035-12-31，算不到这么远。"),
            ({"start": "1999-12-30", "term": "D"}, "日历从2023-01-01到2035-12-31，算不到这么远。"),
            ({"start": "9999-12-31", "term": "D"}, "日历从2023-01-01到2035-12-31，算不到这么远。"),
        ],
    )
    def test_nonsense_is_refused_beside_the_field(self, reader, question, complaint):
        status, page = self.ask(reader, **question)
        assert status == 422
        assert complaint in page
        assert "个自然日" not in page
