"""The strip by its exact cells: what counts, what does not, and sums that add up."""

from datetime import date, timedelta

import pytest
from django.utils.translation import override

from config.clock import frozen
from issues.dossier import Dossier
from issues.levels import Yardstick
from issues.models import Clock, Issue
from issues.services import ask_for_suspension, confirm_plan, decide, reopen, resolve, resume
from issues.strip import build_strip
from tests.factories import make_issue
from tests.issues.acts import extend
from workdays.calendar import current_calendar
from workdays.models import Calendar
from workdays.services import rewrite
from workdays.shipped import Kept
from workdays.strip import Strip, StripDay

pytestmark = pytest.mark.django_db


def strip_of(issue: Issue, today: str) -> Strip:
    issue = Issue.objects.get(pk=issue.pk)
    newest = issue.deadlines.filter(clock=Clock.STATUTORY).latest("version")
    return build_strip(issue, newest, current_calendar(), date.fromisoformat(today))


def raised(day: str, tier: str = "B") -> Issue:
    with frozen(f"{day}T09:00"):
        return make_issue(tier=tier)


def cells(strip: Strip) -> dict[str, StripDay]:
    return {day.date.isoformat(): day for week in strip.weeks for day in week}


def drawn(strip: Strip) -> list[str]:
    """A week a line: the dots, `.` for a day outside."""
    return [" ".join(day.dot or "." for day in week) for week in strip.weeks]


def test_over_the_golden_week_with_its_make_up_sunday():
    strip = strip_of(raised("2025-09-26"), "2025-09-26")
    assert drawn(strip) == [
        ". . . . 起 休 1",
        "2 3 休 休 休 休 休",
        "休 休 休 4 5 6 休",
        "7 8 9 10 . . .",
    ]
    days = cells(strip)
    assert days["2025-09-26"] == StripDay(
        date(2025, 9, 26), "start", "9.26", "提出", "起", "周五，今天，提出日，不计", True
    )
    assert days["2025-09-28"] == StripDay(
        date(2025, 9, 28), "run make", "28", "调休班", "1", "周日，第1个工作日，调休上班"
    )
    assert days["2025-10-01"] == StripDay(date(2025, 10, 1), "off hol", "10.1", "国庆", "休", "周三，国庆节放假，不计")
    assert days["2025-10-02"].tag == ""
    assert days["2025-10-16"] == StripDay(
        date(2025, 10, 16), "run due", "10.16", "到期", "10", "周四，第10个工作日，到期日"
    )
    assert days["2025-10-17"] == StripDay(date(2025, 10, 17), "out", "17")
    assert strip.lead == "9月26日提出，次日起算，第10个工作日是<strong>10月16日（星期四）</strong>24:00前。"
    assert strip.sums == [(10, "计入的工作日（含调休上班2天）"), (8, "节假日"), (2, "周末"), (20, "个自然日")]
    assert [css for css, _words in strip.keys] == ["k-next", "k-make", "k-wk", "k-hol", "k-due"]
    assert strip.note == ""


def test_a_holiday_right_after_its_make_up_day_bears_its_name():
    days = cells(strip_of(raised("2026-02-11"), "2026-02-11"))
    assert [days[f"2026-02-{n}"].tag for n in ("14", "15", "16", "17")] == ["调休班", "春节", "春节", ""]


def test_it_is_told_in_english_too():
    with override("en"):
        strip = strip_of(raised("2025-09-26"), "2025-09-26")
    days = cells(strip)
    assert drawn(strip)[0] == ". . . . 0 off 1"
    assert days["2025-10-01"].tag == "National Day"
    assert days["2025-10-01"].sentence == "Wed, National Day holiday, not counted"
    assert strip.lead == (
        "Raised on 26 Sep and counted from the next day. Working day 10 is "
        "<strong>16 Oct (Thursday)</strong>, until 24:00."
    )
    assert strip.sums == [
        (10, " working days counted (incl. 2 make-up)"),
        (8, " holidays"),
        (2, " weekend days"),
        (20, " calendar days"),
    ]


def test_days_fill_up_to_today():
    strip = strip_of(raised("2026-10-15"), "2026-10-20")
    days = cells(strip)
    assert [days[f"2026-10-{n}"].css for n in (16, 17, 19, 20, 21, 29)] == [
        "run past",
        "off",
        "run past",
        "run",
        "run",
        "run due",
    ]
    assert [day.date.isoformat() for day in days.values() if day.is_today] == ["2026-10-20"]
    assert strip.keys[0] == ("k-run", "已过的工作日")


def test_overdue_goes_on_to_today_and_counts_the_days_late():
    strip = strip_of(raised("2026-09-17"), "2026-10-15")
    days = cells(strip)
    assert days["2026-10-08"].css == "run past due"
    assert [days[f"2026-10-{n}"].dot for n in ("09", "10", "11", "12", "13", "14", "15")] == [
        *("+1", "+2", "休", "+3", "+4", "+5", "+6")
    ]
    assert days["2026-10-15"].sentence == "周四，今天，逾期第6个工作日"
    assert days["2026-10-15"].css == "over"
    assert days["2026-10-16"].css == "out"
    assert strip.sums[-1] == (21, "个自然日")
    assert ("k-over", "逾期的工作日") in strip.keys


def test_the_due_day_itself_is_not_past():
    strip = strip_of(raised("2026-09-17"), "2026-10-08")
    assert cells(strip)["2026-10-08"].css == "run due"
    assert "k-over" not in dict(strip.keys)


def test_where_the_clock_stopped_the_days_stay_open():
    issue = raised("2026-09-17")
    with frozen("2026-09-22T10:00"):
        confirm_plan(
            issue,
            text="分批",
            unit=issue.lead_unit,
            person="周工",
            promised_on=date(2026, 11, 20),
            told_platform_on=date(2026, 9, 22),
            actor=issue.handler,
        )
    strip = strip_of(issue, "2026-10-15")
    days = cells(strip)
    assert (days["2026-09-22"].tag, days["2026-09-22"].css) == ("定方案", "run past")
    assert days["2026-09-23"].css == "run"
    assert "2026-10-15" not in days
    assert strip.lead.endswith("24:00前。9月22日确定解决方案，停表。")


def test_a_late_resolution_ends_the_strip():
    issue = raised("2026-09-17")
    with frozen("2026-10-10T10:00"):
        resolve(issue, result="solved", reply="好", actor=issue.handler)
    strip = strip_of(issue, "2026-12-01")
    assert drawn(strip)[-1] == "休 休 休 10 +1 +2 ."
    assert cells(strip)["2026-10-10"].tag == "办结"
    assert strip.lead.endswith("10月10日办结，停表。")


def test_a_provisional_date_says_so_everywhere():
    strip = strip_of(raised("2026-12-25"), "2026-12-25")
    due = cells(strip)["2027-01-11"]
    assert (due.css, due.tag, due.sentence) == ("run due prov", "暂定", "周一，第10个工作日，到期日，暂定")
    assert "2027年放假安排还没有公布，这一天是暂定的。" in strip.lead
    assert "2027年1月11日" in strip.lead
    assert "k-prov" in dict(strip.keys)
    assert "k-due" not in dict(strip.keys)


def test_a_very_long_delay_is_cut_and_says_so():
    strip = strip_of(raised("2026-01-05"), "2026-10-15")
    assert len(strip.weeks) == 16
    assert strip.note == "只画出前16周，后面还有25周；到10月15日已逾期181个工作日。"


def test_a_revised_calendar_is_not_passed_off_as_the_old_one():
    issue = raised("2026-10-15")
    national = Calendar.objects.get(code="CN")
    rewrite(national, {date(2026, 10, 20): Kept("holiday", "临时放假")}, date(2026, 12, 28), note="closed")
    strip = strip_of(issue, "2026-10-15")
    assert cells(strip)["2026-10-29"].dot == "9"
    assert strip.note == "到期日按登记时的日历算定，时限10个工作日；之后日历有调整，上面按现在的日历画出。"


class TestSuspension:
    """Raised on Thursday 2026-10-15, tier B: due on the 29th. Suspended on the 19th, the second working day."""

    @pytest.fixture
    def issue(self, commission):
        issue = raised("2026-10-15")
        with frozen("2026-10-19T10:00"):
            asked = ask_for_suspension(issue, review_on=date(2026, 11, 19), reason="等平台材料", actor=issue.handler)
            decide(asked, approve=True, actor=commission)
        return issue

    def test_while_it_lasts_no_day_counts_and_none_is_due(self, issue):
        strip = strip_of(issue, "2026-10-22")
        assert drawn(strip) == [". . . 起 1 休 休", "2 停 停 停 停 休 休", "停 停 停 停 . . ."]
        days = cells(strip)
        assert (days["2026-10-19"].tag, days["2026-10-19"].css) == ("挂账", "run past")
        assert days["2026-10-20"] == StripDay(date(2026, 10, 20), "held", "20", "", "停", "周二，停表，不计")
        assert (days["2026-10-29"].tag, days["2026-10-29"].css) == ("", "held")
        assert strip.lead.endswith("第10个工作日是<strong>10月29日（星期四）</strong>24:00前。10月19日起挂账，停表。")
        assert strip.note == ""

    def test_afterwards_the_days_are_given_back_and_the_sum_names_them(self, issue, commission):
        with frozen("2026-10-27T09:00"):
            resume(issue, actor=commission)
        strip = strip_of(issue, "2026-10-28")
        assert drawn(strip) == [". . . 起 1 休 休", "2 停 停 停 停 休 休", "停 停 3 4 5 休 休", "6 7 8 9 10 . ."]
        assert cells(strip)["2026-11-06"].css == "run due"
        assert strip.sums == [(10, "计入的工作日"), (6, "停表"), (6, "周末"), (22, "个自然日")]
        assert strip.keys[2:] == [("k-wk", "周末，不计"), ("k-held", "停表，不计"), ("k-due", "到期日")]
        assert strip.lead.endswith(
            "第10个工作日是<strong>11月6日（星期五）</strong>24:00前。10月19日至10月27日挂账，停表。"
        )
        assert strip.note == ""


def test_the_last_days_of_december_wait_for_the_notice_of_the_next_year():
    strip = strip_of(raised("2026-12-15"), "2026-12-15")
    assert cells(strip)["2026-12-29"].tag == "暂定"
    assert "2027年放假安排还没有公布，这一天是暂定的。" in strip.lead


@pytest.mark.parametrize("tier", ["B", "C", "D"])
def test_sums_add_up_and_numbers_run_through_from_every_start_of_a_year(tier):
    """Every tenth day from 2025 to the middle of 2026, holidays and days off among the starts."""
    for number in range(0, 540, 10):
        start = date(2025, 1, 1) + timedelta(days=number)
        strip = strip_of(raised(start.isoformat(), tier), start.isoformat())
        assert sum(count for count, _words in strip.sums[:-1]) == strip.sums[-1][0], start
        inside = [day for day in cells(strip).values() if day.css != "out"]
        assert strip.sums[-1][0] == len(inside) - 1
        counted = [int(day.dot) for day in inside if day.css.startswith("run")]
        assert counted == list(range(1, {"B": 10, "C": 15, "D": 30}[tier] + 1)), start
        assert all(len(week) == 7 and week[0].date.weekday() == 0 for week in strip.weeks)


def test_r40_a_redo_says_from_when_it_counts_and_when_the_matter_was_raised(officer):
    issue = make_issue(officer)
    resolve(issue, result="solved", reply="已办好。", actor=issue.handler)
    with frozen("2026-10-20T10:00"):
        reopen(issue, reason="没有好。", actor=issue.handler)
    issue.refresh_from_db()
    strip = build_strip(issue, issue.deadlines.latest("pk"), current_calendar(), date(2026, 10, 20))
    assert strip.lead == (
        "10月20日重办（10月15日提出），次日起重新计时，第10个工作日是<strong>11月3日（星期二）</strong>24:00前。"
    )


def test_r34_an_extension_is_named_beside_its_date(officer):
    issue = make_issue(officer)
    extend(issue, date(2026, 11, 5))
    issue.refresh_from_db()
    dossier = Dossier(issue, Yardstick())
    strip = build_strip(issue, issue.deadlines.latest("pk"), current_calendar(), date(2026, 10, 15), dossier.extension)
    assert strip.lead == (
        "10月15日提出，次日起算，第15个工作日是<strong>11月5日（星期四）</strong>24:00前。"
        "10月15日同意延期，原到期日10月29日。"
    )
