"""R39, T11: a platform that says nothing is asked once more after five working days and waited for ten, by its own
calendar; whatever the scan missed, it makes up for without cutting anybody's time short."""

from datetime import date, timedelta
from functools import partial

import pytest

from config.clock import frozen
from issues import silence
from issues.levels import Yardstick, last_day
from issues.models import HandlingRule, Issue, State
from issues.reconcile import reconcile_issues
from issues.services import MoveRefused, confirm, reopen, resolve, take_as_unanswered
from issues.services.confirming import ask_again
from issues.silence import chase
from issues.tick import tick
from notices.models import Notice
from tests.concurrency import at_once
from tests.factories import OfficerFactory, UnitFactory, make_issue
from tests.issues.acts import fresh
from tests.issues.cast import Cast, in_hands, make_cast, resolved
from tests.workdays.calendars import calendar_of
from workdays.calendar import current_calendar

D = date.fromisoformat


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def morning(day: str) -> tuple[int, int]:
    """How many were asked again and how many were taken as unanswered in the first scan of a morning."""
    with frozen(f"{day}T09:00"):
        found = tick()
        return found.asked_again, found.unanswered


def asked(kind: str) -> list[str]:
    rows = Notice.objects.filter(kind=kind, cause__endswith="/again").order_by("pk")
    return list(rows.values_list("recipient__username", flat=True))


class TestByTheDay:
    """Resolved on Thursday 2026-10-15: the fifth working day is Thursday 10-22, the tenth Thursday 10-29."""

    def test_asked_again_on_the_fifth_working_day_and_ended_on_the_tenth(self, cast):
        issue = resolved(cast, "B")
        assert [morning(f"2026-10-{day}") for day in (16, 19, 20, 21)] == [(0, 0)] * 4
        assert morning("2026-10-22") == (1, 0)
        assert [morning(f"2026-10-{day}") for day in (23, 26, 27, 28)] == [(0, 0)] * 4
        assert fresh(issue).state == State.RESOLVED
        assert morning("2026-10-29") == (0, 1)
        found = fresh(issue)
        assert (found.state, found.confirmation, found.is_confirmed_solved) == (State.CONFIRMED, "silent", False)
        assert morning("2026-10-30") == (0, 0)
        kinds = list(issue.events.order_by("pk").values_list("kind", "before", "after"))[-2:]
        assert kinds == [("asked_again", "resolved", "resolved"), ("unanswered", "resolved", "confirmed")]
        assert not issue.events.filter(kind__in=["asked_again", "unanswered"], actor__isnull=False).exists()

    def test_platform_and_officer_hear_of_the_second_question_and_nobody_answers_for_them(self, cast):
        resolved(cast, "B")
        morning("2026-10-22")
        assert asked("confirm_asked") == [cast.contact.username]
        assert asked("unconfirmed") == [cast.liaison.username]
        morning("2026-10-29")
        assert not Notice.objects.filter(kind__in=["confirm_asked", "unconfirmed"], read_at=None).exists()

    def test_what_was_resolved_at_night_or_on_a_day_off_counts_from_that_day(self, cast):
        with frozen("2026-10-17T23:30"):  # a Saturday
            issue = resolved(cast, "B")
        assert morning("2026-10-22") == (0, 0)
        assert morning("2026-10-23") == (1, 0)
        assert morning("2026-10-29") == (0, 0)
        assert morning("2026-10-30") == (0, 1)
        assert fresh(issue).confirmation == "silent"

    def test_who_answers_meanwhile_is_not_asked_and_not_overruled(self, cast):
        first, second = resolved(cast, "B"), resolved(cast, "C")
        with frozen("2026-10-21T10:00"):
            confirm(first, actor=cast.contact)
        assert morning("2026-10-22") == (1, 0)
        with frozen("2026-10-28T10:00"):
            confirm(second, actor=cast.liaison)
        assert morning("2026-10-29") == (0, 0)
        assert [fresh(each).confirmation for each in (first, second)] == ["platform", "spoken"]

    def test_a_redo_begins_a_new_waiting(self, cast):
        issue = resolved(cast, "B")
        morning("2026-10-22")
        with frozen("2026-10-23T10:00"):
            reopen(issue, reason="没有好。", actor=cast.contact)
        with frozen("2026-10-26T10:00"):
            resolve(issue, result="solved", reply="这次好了。", actor=cast.liaison)
        assert fresh(issue).asked_again_at is None
        assert morning("2026-10-29") == (0, 0)
        assert morning("2026-11-02") == (1, 0)
        assert morning("2026-11-09") == (0, 1)

    def test_silence_is_never_satisfaction_and_a_redo_stays_open(self, cast):
        issue = resolved(cast, "B")
        for day in ("2026-10-22", "2026-10-29"):
            morning(day)
        with frozen("2026-11-02T10:00"):
            reopen(issue, reason="其实没有好。", actor=cast.contact)
        assert (fresh(issue).state, fresh(issue).confirmation) == (State.ACCEPTED, "")

    def test_nothing_at_night_or_on_a_day_off(self, cast):
        resolved(cast, "B")
        for instant in ("2026-10-22T08:29", "2026-10-24T09:00", "2026-10-25T10:00"):
            with frozen(instant):
                assert (tick().asked_again, asked("confirm_asked")) == (0, [])
        assert morning("2026-10-26") == (1, 0)


class TestAfterAnOutage:
    def test_who_was_not_asked_in_time_is_asked_first_and_has_the_days_of_everybody_else(self, cast):
        """The first scan after weeks: nobody's silence is taken for granted who was never asked a second time."""
        issue = resolved(cast, "B")
        assert morning("2026-11-16") == (1, 0)
        assert [morning(f"2026-11-{day}") for day in (17, 18, 19, 20)] == [(0, 0)] * 4
        assert morning("2026-11-23") == (0, 1)
        assert fresh(issue).confirmation == "silent"

    def test_the_service_itself_refuses_before_its_time(self, cast):
        issue = resolved(cast, "B")
        with frozen("2026-10-30T09:00"):
            with pytest.raises(MoveRefused, match="还没有再次询问平台"):
                take_as_unanswered(issue)
            ask_again(issue)
            with pytest.raises(MoveRefused, match="不需要再次询问"):
                ask_again(issue)
        with frozen("2026-11-05T23:59"), pytest.raises(MoveRefused, match="平台的答复期还没有过"):
            take_as_unanswered(issue)
        with frozen("2026-11-06T00:00"):
            assert take_as_unanswered(issue).confirmation == "silent"

    def test_what_is_left_over_is_found_the_next_time(self, cast, monkeypatch):
        monkeypatch.setattr(silence, "MOST", 2)
        for _ in range(3):
            resolved(cast, "A")
        assert [morning(day) for day in ("2026-10-22", "2026-10-23", "2026-10-26")] == [(2, 0), (1, 0), (0, 0)]
        assert [morning(day) for day in ("2026-10-29", "2026-10-30", "2026-11-02")] == [(0, 2), (0, 1), (0, 0)]


class TestByItsOwnCalendar:
    def test_a_region_that_works_on_other_days_is_waited_for_by_them(self, db):
        """The region works on every day of the week: five working days after 2026-10-15 are 10-20, ten 10-25."""
        regional = calendar_of("R-SEVEN", lambda day: True, D("2026-01-01"), D("2027-12-31"))
        here = make_issue(OfficerFactory(user__unit=UnitFactory(calendar=regional)), tier="A")
        there = make_issue(OfficerFactory(), tier="A")
        assert here.calendar_id != there.calendar_id
        assert morning("2026-10-19") == (0, 0)
        assert morning("2026-10-20") == (1, 0)
        assert (fresh(here).asked_again_at is None, fresh(there).asked_again_at is None) == (False, True)
        assert morning("2026-10-22") == (1, 0)
        assert morning("2026-10-23") == (0, 0)
        assert morning("2026-10-26") == (0, 1)  # 10-25 is a Sunday elsewhere, where the scan works
        assert [fresh(each).state for each in (here, there)] == [State.CONFIRMED, State.RESOLVED]

    @pytest.mark.at("2026-09-28T12:00")
    def test_a_week_of_holidays_is_no_silence(self, cast):
        """National day 2026: off from 10-01 to 10-07, Saturday 10-10 is worked."""
        resolved(cast, "B")
        assert [morning(day) for day in ("2026-09-30", "2026-10-08", "2026-10-09")] == [(0, 0)] * 3
        assert morning("2026-10-10") == (1, 0)
        assert morning("2026-10-15") == (0, 0)
        assert morning("2026-10-16") == (0, 1)

    @pytest.mark.parametrize("working_days", [1, 5, 10])
    def test_the_last_day_is_the_one_from_which_so_many_have_come(self, db, working_days):
        calendar = current_calendar()
        for offset in range(120):
            today = D("2026-09-01") + timedelta(days=offset)
            last = last_day(calendar, today, working_days)
            assert calendar.between(last, today) >= working_days > calendar.between(last + timedelta(days=1), today)

    def test_other_days_are_another_rule_from_its_day_on(self, cast):
        HandlingRule.objects.create(valid_from=D("2026-10-19"), ask_again_after=2, silent_after=3)
        resolved(cast, "B")
        assert morning("2026-10-16") == (0, 0)
        assert morning("2026-10-19") == (1, 0)
        assert morning("2026-10-20") == (0, 1)


@pytest.mark.usefixtures("committed")
class TestAtOnce:
    """Several connections, real commits."""

    def waiting(self) -> Cast:
        cast = make_cast()
        for _ in range(6):
            resolved(cast, "A")
        return cast

    @pytest.mark.parametrize("workers", [2, 3])
    def test_twice_at_once_every_platform_is_asked_once_and_ended_once(self, workers):
        self.waiting()
        for day, kind in (("2026-10-22", "asked_again"), ("2026-10-29", "unanswered")):
            with frozen(f"{day}T09:00", everywhere=True):
                answers = at_once(*[lambda: chase(Yardstick())] * workers)
            assert sum(asked + ended for asked, ended in answers) == 6
            for issue in Issue.objects.all():
                assert issue.events.filter(kind=kind).count() == 1
        assert len(asked("confirm_asked")) == 6
        assert [finding.sentence for finding in reconcile_issues()] == []

    @pytest.mark.parametrize(("day", "act"), [("2026-10-22", "ask_again"), ("2026-10-29", "take_as_unanswered")])
    def test_killed_in_between_the_rest_is_done_by_the_next_run_and_nothing_twice(self, monkeypatch, day, act):
        class Killed(BaseException):
            pass

        self.waiting()
        if act == "take_as_unanswered":
            with frozen("2026-10-22T09:00"):
                chase(Yardstick())
        whole, seen = getattr(silence, act), []

        def until_the_third(issue: Issue) -> object:
            seen.append(issue)
            if len(seen) == 4:
                raise Killed
            return whole(issue)

        monkeypatch.setattr(silence, act, until_the_third)
        with frozen(f"{day}T09:00"):
            with pytest.raises(Killed):
                tick()
            monkeypatch.setattr(silence, act, whole)
            found = [tick() for _scan in range(2)]
        assert [each.asked_again + each.unanswered for each in found] == [3, 0]
        kind = {"ask_again": "asked_again", "take_as_unanswered": "unanswered"}[act]
        assert [issue.events.filter(kind=kind).count() for issue in Issue.objects.all()] == [1] * 6

    def test_a_platform_that_answers_while_the_scan_ends_the_waiting_is_heard_or_too_late_never_both(self):
        cast = make_cast()
        for _ in range(4):
            issue = resolved(cast, "A")
            with frozen("2026-10-22T09:00"):
                chase(Yardstick())
            with frozen("2026-10-29T09:00", everywhere=True):
                at_once(partial(confirm, issue, actor=cast.contact), lambda: chase(Yardstick()))
            words = issue.events.filter(kind__in=["confirmed", "unanswered"]).values_list("kind", flat=True)
            assert list(words) == [{"platform": "confirmed", "silent": "unanswered"}[fresh(issue).confirmation]]
        assert [finding.sentence for finding in reconcile_issues()] == []


def test_an_issue_in_hand_is_never_asked_about(cast):
    in_hands(cast, "C")
    assert [morning(day) for day in ("2026-10-22", "2026-11-30")] == [(0, 0)] * 2
