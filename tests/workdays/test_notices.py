"""A notice on its way into the calendar: proposed, looked at day by day, approved by somebody else, applied once."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from config.clock import frozen, now
from tests.concurrency import at_once
from tests.factories import UserFactory
from tests.workdays.notices import notice_of
from workdays.arranging import diff, kept_days
from workdays.calendar import current_calendar
from workdays.models import Calendar, CalendarRevision, HolidayNotice
from workdays.services import apply_notice, create_regional_calendar, load_calendar, propose_notice, refuse_notice
from workdays.shipped import Kept, shipped_days

NUMBER = "国办发明电〔2026〕9号"


def national() -> Calendar:
    return Calendar.objects.get(code="CN")


def propose(text: str, calendar: Calendar | None = None, **fields) -> HolidayNotice:
    return propose_notice(calendar or national(), text, actor=UserFactory(), **fields)


def applied(text: str, calendar: Calendar | None = None, **fields) -> HolidayNotice:
    notice = propose(text, calendar, **fields)
    apply_notice(notice, actor=UserFactory())
    return notice


def refused(text: str, calendar: Calendar | None = None, **fields) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        propose(text, calendar, **fields)
    return caught.value.messages


def changes(notice: HolidayNotice) -> dict[str, str]:
    return {each.date.isoformat(): f"{each.old_label} → {each.new_label}" for each in diff(notice)}


@pytest.mark.django_db
class TestProposing:
    def test_it_changes_no_day_and_shows_each_that_it_would(self):
        before = kept_days(national())
        notice = propose(notice_of(2027))
        assert kept_days(national()) == before
        assert (notice.year, notice.document_number, notice.state) == (2027, "国办发明电〔2026〕7号", "proposed")
        assert changes(notice) == {
            "2027-01-02": "周末 → 节假日（元旦）",
            "2027-01-03": "周末 → 节假日（元旦）",
            "2027-01-31": "周末 → 调休上班（春节）",
            "2027-02-11": "工作日 → 节假日（春节）",
            "2027-02-20": "周末 → 调休上班（春节）",
            "2027-04-03": "周末 → 节假日（清明节）",
            "2027-04-04": "周末 → 节假日（清明节）",
            "2027-04-25": "周末 → 调休上班（劳动节）",
            "2027-05-05": "工作日 → 节假日（劳动节）",
            "2027-09-26": "周末 → 调休上班（国庆节）",
            "2027-10-06": "工作日 → 节假日（国庆节）",
            "2027-10-07": "工作日 → 节假日（国庆节）",
            "2027-10-09": "周末 → 调休上班（国庆节）",
        }

    def test_what_had_been_assumed_and_is_not_in_the_notice_is_taken_back_but_not_the_law(self):
        """9 and 10 February were assumed for the weekend days of 春节; 5 April is a day off by law."""
        notice = propose("2027-01-01,off,元旦", year=2027)
        days = changes(notice)
        assert {day for day, change in days.items() if change.endswith("→ 工作日")} == {
            *("2027-02-09", "2027-02-10", "2027-05-03", "2027-05-04", "2027-10-04", "2027-10-05")
        }
        assert len(days) == 6

    def test_one_notice_a_year_waits_at_a_time(self):
        propose(notice_of(2027))
        assert refused(notice_of(2027)) == ["2027年已有一份通知在等待复核。"]

    def test_a_year_is_loaded_after_the_one_before(self):
        assert refused("2028-01-01,off,元旦") == ["2027年的放假安排还没有载入，请先载入那一年的。"]

    def test_a_published_year_is_changed_only_with_a_document_number(self):
        """As on 2020-01-26, when 春节 was made longer."""
        assert refused("2026-11-30,off,临时放假") == ["2026年的放假安排已经载入过，再改需要填写文号。"]
        assert changes(propose("2026-11-30,off,临时放假", document_number=NUMBER)) == {
            "2026-11-30": "工作日 → 节假日（临时放假）"
        }

    @pytest.mark.at("2027-01-04T09:00")
    def test_a_day_already_past_is_changed_only_with_a_document_number(self):
        text = "2027-01-01,off,元旦\n2027-01-03,make_up,元旦\n2027-01-04,off,元旦调休"
        assert refused(text) == ["第2行：2027-01-03已经过去，改动过去的日子需要填写文号。"]
        assert propose(text, document_number=NUMBER).document_number == NUMBER

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("2026-11-30,working,", "第1行：2026-11-30原来就没有安排，不用取消。"),
            ("2026-11-28,working,", "第1行：2026-11-28原来就没有安排，不用取消。"),
            ("2035-12-31,off,元旦\n2036-01-01,off,元旦", "第2行：2036-01-01不在日历的范围内。"),
        ],
    )
    def test_what_does_not_fit_the_calendar_is_refused_with_its_line(self, text, complaint):
        if text.startswith("2035"):
            CalendarRevision.objects.update(final_through=date(2034, 12, 28))
        assert refused(text, document_number=NUMBER) == [complaint]

    def test_a_day_that_the_law_gives_is_not_worked(self):
        assert refused("2027-05-02,make_up,劳动节", year=2027) == ["第1行：2027-05-02是法定节假日，不能安排上班。"]


@pytest.mark.django_db
class TestApplying:
    def test_the_days_are_the_notices_and_final_through_its_year(self):
        revision = apply_notice(propose(notice_of(2027)), actor=UserFactory())
        calendar = current_calendar()
        assert (calendar.revision, calendar.final_through) == (revision.pk, date(2027, 12, 28))
        assert calendar.is_working(date(2027, 1, 31))
        assert not calendar.is_working(date(2027, 2, 11))
        # From Friday 2027-01-29: the make-up Sunday is day 1, the seven days of 春节 from 5 February are not counted.
        assert calendar.due(date(2027, 1, 29), 6) == (date(2027, 2, 12), False)
        seqs = list(national().days.order_by("date").values_list("kind", "seq"))
        assert [seq for _kind, seq in seqs] == _counted(kind for kind, _seq in seqs)

    def test_who_and_when_are_kept(self):
        second = UserFactory()
        notice = propose(notice_of(2027))
        apply_notice(notice, actor=second)
        notice.refresh_from_db()
        assert (notice.state, notice.decided_by, notice.decided_at) == ("applied", second, now())
        assert diff(notice) == []

    def test_the_same_person_does_not_approve(self):
        notice = propose(notice_of(2027))
        before = current_calendar().revision
        for decide in (apply_notice, refuse_notice):
            with pytest.raises(ValidationError, match="不能自己复核"):
                decide(notice, actor=notice.proposed_by)
        with pytest.raises(IntegrityError), transaction.atomic():
            HolidayNotice.objects.update(state="applied", decided_by=notice.proposed_by, decided_at=now())
        assert current_calendar().revision == before

    def test_a_second_time_changes_nothing(self):
        notice = applied(notice_of(2027))
        before = current_calendar().revision
        with pytest.raises(ValidationError, match="已经处理过：已生效"):
            apply_notice(notice, actor=UserFactory())
        assert current_calendar().revision == before

    def test_a_refused_one_is_not_applied(self):
        notice = propose(notice_of(2027))
        refuse_notice(notice, actor=UserFactory())
        with pytest.raises(ValidationError, match="已经处理过：未通过"):
            apply_notice(notice, actor=UserFactory())
        assert propose(notice_of(2027)).state == "proposed"

    def test_days_that_passed_while_it_waited_are_checked_again(self):
        notice = propose(notice_of(2027).replace("国办发明电〔2026〕7号", ""))
        with frozen("2027-02-01T09:00"), pytest.raises(ValidationError, match="2027-01-31已经过去"):
            apply_notice(notice, actor=UserFactory())

    def test_an_arrangement_can_be_taken_back(self):
        applied("2026-11-30,off,临时放假\n2026-11-28,make_up,临时放假", document_number=NUMBER)
        assert not current_calendar().is_working(date(2026, 11, 30))
        later = "2026-11-30,working,\n2026-11-28,working,"
        notice = propose(later, document_number=NUMBER)
        assert changes(notice) == {
            "2026-11-28": "调休上班（临时放假） → 周末",
            "2026-11-30": "节假日（临时放假） → 工作日",
        }
        apply_notice(notice, actor=UserFactory())
        assert current_calendar().is_working(date(2026, 11, 30))

    @pytest.mark.at("2026-08-03T09:00")
    def test_the_shipped_years_do_not_undo_it(self, monkeypatch):
        """Neither what they publish themselves (a make-up day of theirs taken back), nor what they only assume."""
        applied(notice_of(2027))
        applied("2026-10-10,working,\n2026-11-30,off,临时放假", document_number=NUMBER)
        assumed = {**shipped_days(), date(2027, 6, 10): Kept("holiday", "端午节")}
        monkeypatch.setattr("workdays.services.shipped_days", lambda: assumed)
        before = kept_days(national())
        result = load_calendar("again")
        assert (result.changed_days, result.final_through) == (0, date(2027, 12, 28))
        assert kept_days(national()) == before


@pytest.mark.django_db
class TestRegions:
    @pytest.mark.at("2026-08-03T09:00")
    def test_a_region_overrides_both_ways_and_the_nation_stays(self):
        """Guangxi 2017: a national make-up day off, another weekend day worked, and a closure of its own."""
        region = create_regional_calendar("GX", "广西")
        applied("2026-09-20,off,调整\n2026-09-19,make_up,调整\n2026-11-30,off,停电", region)
        own, nation = current_calendar(region.pk), current_calendar()
        days = [date(2026, 9, 19), date(2026, 9, 20), date(2026, 11, 30)]
        assert [own.is_working(day) for day in days] == [True, False, False]
        assert [nation.is_working(day) for day in days] == [False, True, True]
        assert own.final_through == date(2026, 12, 28)

    def test_a_national_notice_leaves_what_the_region_decided_and_moves_the_rest(self):
        region = create_regional_calendar("GX", "广西")
        applied("2027-04-09,off,三月三\n2027-01-31,off,不调休", region, year=2027)
        applied(notice_of(2027))
        own = current_calendar(region.pk)
        days = [date(2027, 4, 9), date(2027, 1, 31), date(2027, 2, 11), date(2027, 2, 20)]
        assert [own.is_working(day) for day in days] == [False, False, False, True]
        assert own.final_through == date(2027, 12, 28)
        assert [kept.is_local for day, kept in kept_days(region).items() if day in days] == [True, False, False, True]
        rows = list(region.days.order_by("date").values_list("kind", "seq"))
        assert [seq for _kind, seq in rows] == _counted(kind for kind, _seq in rows)

    def test_a_holiday_of_the_nation_may_be_worked_in_a_region(self):
        region = create_regional_calendar("GX", "广西")
        applied("2027-05-03,working,", region, year=2027)
        assert kept_days(region)[date(2027, 5, 3)].kind == "working"
        load_calendar("again")
        assert kept_days(region)[date(2027, 5, 3)] == Kept("working", "", 2027, HolidayNotice.objects.get().pk, True)

    def test_a_second_one_of_a_year_needs_its_number(self):
        region = create_regional_calendar("GX", "广西")
        applied("2026-11-30,off,停电", region)
        assert refused("2026-12-01,off,停电", region) == ["2026年的放假安排已经载入过，再改需要填写文号。"]
        applied("2026-12-01,off,停电", region, document_number="桂政办〔2026〕1号")


def test_two_people_approve_at_once_and_it_is_applied_once(committed):
    notice = propose(notice_of(2027))
    people = UserFactory(), UserFactory()
    before = CalendarRevision.objects.count()
    outcomes = at_once(*(lambda person=person: _approve(notice.pk, person) for person in people))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CalendarRevision", "ValidationError"]
    assert CalendarRevision.objects.count() == before + 1


def _approve(pk: int, person) -> CalendarRevision:
    return apply_notice(HolidayNotice.objects.get(pk=pk), actor=person)


def _counted(kinds) -> list[int]:
    counts, seq = [], 0
    for kind in kinds:
        seq += kind in ("working", "make_up")
        counts.append(seq)
    return counts
