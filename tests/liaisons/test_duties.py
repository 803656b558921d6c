"""Contact duties: which there are, by when, and what meets them (R16, R17, R19, R20)."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Role, User
from config.clock import frozen
from liaisons.duties import DutyRefused, note_contact, restore_duty, waive_first_visit, write_duties
from liaisons.models import Assignment, Duty, DutyKind, DutyRule, DutyState, Officer, PlatformWord
from liaisons.services import assign, end_assignment, write_assignment
from platforms.models import Platform
from tests.factories import (
    AssignmentFactory,
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    UserFactory,
    make_visit,
)

pytestmark = pytest.mark.django_db

FIRST_CONTACT, FIRST_VISIT, QUARTERLY = DutyKind
Rows = list[tuple[str, date, date]]


def given(started_on: date, **fields: Any) -> Assignment:
    """An assignment with its duties written on its first day."""
    with frozen(f"{started_on}T10:00"):
        assignment = AssignmentFactory(started_on=started_on, **fields)
        write_duties()
    return assignment


def due(assignment: Assignment, kind: str) -> date:
    return Duty.objects.get(assignment=assignment, kind=kind).due_on


def rows() -> list[tuple[Any, ...]]:
    fields = ("kind", "platform", "assignment", "from_on", "due_on", "met_on", "met_by", "waived_on")
    return list(Duty.objects.order_by("platform", "kind", "from_on", "assignment").values_list(*fields))


def state(duty: Duty) -> str:
    return str(Duty.objects.with_state().get(pk=duty.pk).state)


def first_visit(assignment: Assignment) -> Duty:
    return Duty.objects.get(assignment=assignment, kind=FIRST_VISIT)


WORD: dict[str, Any] = {"said_by": "王小明", "said_on": date(2026, 10, 14), "channel": "phone"}


# --- by when --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("started_on", "due_on"),
    [
        ("2025-06-09", "2025-06-15"),  # Monday
        ("2025-06-11", "2025-06-15"),  # the first batch, a Wednesday
        ("2025-06-12", "2025-06-15"),  # Thursday
        ("2025-06-13", "2025-06-22"),  # Friday
        ("2025-06-14", "2025-06-22"),
        ("2025-06-15", "2025-06-22"),  # Sunday
        ("2025-06-16", "2025-06-22"),
        ("2025-12-31", "2026-01-04"),  # over the new year
    ],
)
def test_r16_the_first_contact_is_due_by_the_sunday_of_the_week_or_from_friday_on_of_the_next(
    started_on: str, due_on: str
) -> None:
    assert due(given(date.fromisoformat(started_on)), FIRST_CONTACT) == date.fromisoformat(due_on)


@pytest.mark.parametrize(
    ("started_on", "due_on"),
    [
        ("2025-06-11", "2025-06-30"),
        ("2025-06-20", "2025-06-30"),
        ("2025-06-21", "2025-07-31"),  # the last ten days begin
        ("2025-06-22", "2025-07-31"),
        ("2025-06-30", "2025-07-31"),
        ("2026-02-18", "2026-02-28"),
        ("2026-02-19", "2026-03-31"),
        ("2025-12-25", "2026-01-31"),
    ],
)
def test_r17_the_first_visit_is_due_by_the_end_of_the_month_or_in_its_last_ten_days_of_the_next(
    started_on: str, due_on: str
) -> None:
    assert due(given(date.fromisoformat(started_on)), FIRST_VISIT) == date.fromisoformat(due_on)


@pytest.mark.parametrize(
    ("started_on", "owes"),
    [
        # 15 working days before Thursday 2026-12-31 lies Thursday 12-10.
        ("2026-12-10", True),
        ("2026-12-11", False),
        # The third quarter of 2026 ends before the holidays: 09-20 is a make-up Sunday and counts, 09-25 is off.
        ("2026-09-09", True),
        ("2026-09-10", False),
    ],
)
def test_r20_with_fewer_than_15_working_days_left_the_quarter_owes_nothing(started_on: str, owes: bool) -> None:
    day = date.fromisoformat(started_on)
    assignment = given(day)
    assert Duty.objects.filter(assignment=assignment, kind=QUARTERLY).exists() is owes
    # What the first weeks owe is another matter.
    assert Duty.objects.filter(assignment=assignment).exclude(kind=QUARTERLY).count() == 2


def test_r20_the_boundary_is_the_calendars() -> None:
    from workdays.calendar import current_calendar

    calendar = current_calendar()
    assert calendar.between(date(2026, 12, 10), date(2026, 12, 31)) == 15
    assert calendar.between(date(2026, 12, 11), date(2026, 12, 31)) == 14
    assert calendar.between(date(2026, 9, 9), date(2026, 9, 30)) == 15
    assert calendar.between(date(2026, 9, 10), date(2026, 9, 30)) == 14


@pytest.mark.at("2026-10-15T12:00")
def test_r19_every_quarter_since_the_assignment_owes_one_contact() -> None:
    assignment = AssignmentFactory(started_on=date(2026, 3, 20))  # too late for the first quarter
    assert write_duties() == 5
    quarterly = Duty.objects.filter(kind=QUARTERLY).order_by("from_on")
    assert list(quarterly.values_list("from_on", "due_on")) == [
        (date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 12, 31)),
    ]
    assert set(quarterly.values_list("assignment", flat=True)) == {assignment.pk}


def test_a_new_quarter_brings_its_duty_on_its_first_day_and_not_before() -> None:
    given(date(2026, 8, 3))
    with frozen("2026-09-30T23:59"):
        assert write_duties() == 0
    with frozen("2026-10-01T00:00"):
        assert write_duties() == 1
        assert write_duties() == 0
    assert Duty.objects.filter(kind=QUARTERLY, from_on=date(2026, 10, 1)).count() == 1


# --- the scan -------------------------------------------------------------------------------------------------------


def test_a_second_run_writes_nothing() -> None:
    AssignmentFactory(started_on=date(2026, 10, 12))
    assert write_duties() == 3
    before = rows()
    assert write_duties() == 0
    assert rows() == before


def test_a_run_every_day_and_one_in_the_end_leave_the_same_rows(bureau_staff: User) -> None:
    """A month without beat, with a handover, an end and a late assignment in it."""

    def story(every_day: bool) -> list[tuple[Any, ...]]:
        with transaction.atomic():
            one, two, three = OfficerFactory(), OfficerFactory(), OfficerFactory()
            platforms = [PlatformFactory() for _ in range(3)]
            names = {p.pk: n for n, p in enumerate(platforms)}
            for offset in range(110):
                day = date(2026, 8, 27) + timedelta(days=offset)
                with frozen(f"{day}T10:00"):
                    if offset == 0:
                        for platform in platforms:
                            assign(officer=one, platform=platform, started_on=day, actor=bureau_staff)
                    if offset == 8:
                        make_visit(one, platform=platforms[0], mode="phone")
                    if offset == 20:
                        assign(officer=two, platform=platforms[0], started_on=day, actor=bureau_staff)
                    if offset == 37:
                        make_visit(two, platform=platforms[0])
                        end = platforms[1].assignments.get()
                        end_assignment(assignment=end, ended_on=day, actor=bureau_staff)
                    if offset == 106:
                        assign(officer=three, platform=platforms[1], started_on=day, actor=bureau_staff)
                    if every_day:
                        write_duties()
            with frozen("2026-12-14T23:00"):
                write_duties()
                state_of = Duty.objects.with_state().order_by("platform", "kind", "from_on")
                found = [
                    (names[d.platform_id], d.kind, d.assignment.started_on, d.from_on, d.due_on, d.met_on, d.state)
                    for d in state_of.select_related("assignment")
                ]
            transaction.set_rollback(True)
        return found

    daily, once = story(every_day=True), story(every_day=False)
    assert daily == once
    assert len(daily) == 5 * 2 + 2 * 3
    assert {row[-1] for row in daily} == set(DutyState) - {DutyState.WAIVED}


def test_nothing_to_do_is_one_statement_whatever_lies_behind(django_assert_num_queries: Any) -> None:
    for _ in range(3):
        AssignmentFactory()
    write_duties()
    with django_assert_num_queries(1):
        assert write_duties() == 0


def test_writing_costs_the_same_statements_for_one_platform_and_thirty(django_assert_max_num_queries: Any) -> None:
    for number in (1, 30):
        for _ in range(number):
            AssignmentFactory()
        # The look, the savepoint's two, the lock, the calendar, the statement.
        with django_assert_max_num_queries(6):
            assert write_duties() == number * (2 + 6)


def test_an_assignment_that_begins_in_the_future_owes_nothing_yet() -> None:
    AssignmentFactory(started_on=date(2026, 10, 16))
    assert write_duties() == 0
    with frozen("2026-10-16T00:00"):
        assert write_duties() == 3


def test_the_rules_of_the_first_day_hold_and_a_change_never_rewrites_the_past() -> None:
    old = given(date(2026, 10, 12))
    DutyRule.objects.create(
        valid_from=date(2026, 10, 19), week_ends_on=5, contact_days=2, visit_days=0, owes_quarterly_contact=False
    )
    with frozen("2026-10-22T10:00"):
        late = AssignmentFactory(started_on=date(2026, 10, 18))  # the eve of the new rule, typed in later
        new = AssignmentFactory(started_on=date(2026, 10, 22))  # a Thursday: one day left to Friday
        write_duties()
    assert due(old, FIRST_CONTACT) == date(2026, 10, 18)
    assert due(late, FIRST_CONTACT) == date(2026, 10, 25)
    assert due(new, FIRST_CONTACT) == date(2026, 10, 30)
    assert (due(late, FIRST_VISIT), due(new, FIRST_VISIT)) == (date(2026, 10, 31), date(2026, 10, 31))
    assert Duty.objects.filter(assignment=late, kind=QUARTERLY).exists()
    assert not Duty.objects.filter(assignment=new, kind=QUARTERLY).exists()
    assert Duty.objects.get(assignment=old, kind=QUARTERLY).rule.valid_from == date(2025, 1, 1)


def test_what_is_not_asked_for_is_not_owed() -> None:
    DutyRule.objects.create(valid_from=date(2026, 1, 1), owes_first_contact=False, owes_first_visit=False)
    assignment = given(date(2026, 2, 2))
    assert list(Duty.objects.filter(assignment=assignment).values_list("kind", flat=True)) == [QUARTERLY]


def test_the_database_keeps_a_second_one_out() -> None:
    assignment = given(date(2026, 10, 12))
    for kind in DutyKind:
        twin = Duty.objects.get(assignment=assignment, kind=kind)
        twin.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save(force_insert=True)


# --- met by visits --------------------------------------------------------------------------------------------------


@pytest.fixture
def assignment(officer: Officer) -> Assignment:
    """Assigned on Monday 2026-10-12: to be contacted by 10-18, visited by 10-31, contacted in the quarter by 12-31."""
    return given(date(2026, 10, 12), officer=officer)


def states(assignment: Assignment) -> dict[str, str]:
    found = Duty.objects.filter(platform=assignment.platform).with_state()
    return {str(duty.kind): duty.state for duty in found}


def test_a_call_is_a_contact_and_no_visit(assignment: Assignment) -> None:
    visit = make_visit(assignment.officer, platform=assignment.platform, mode="phone")
    assert states(assignment) == {"first_contact": "met", "first_visit": "open", "quarterly_contact": "met"}
    assert set(visit.duties.values_list("kind", "met_on")) == {
        ("first_contact", date(2026, 10, 15)),
        ("quarterly_contact", date(2026, 10, 15)),
    }


@pytest.mark.parametrize("mode", ["phone", "wechat", "video", "meeting"])
def test_only_who_comes_has_visited(assignment: Assignment, mode: str) -> None:
    make_visit(assignment.officer, platform=assignment.platform, mode=mode)
    assert states(assignment)["first_visit"] == "open"
    make_visit(assignment.officer, platform=assignment.platform, mode="on_site")
    assert states(assignment)["first_visit"] == "met"


def test_r16_an_unanswered_call_is_an_attempt_only(assignment: Assignment) -> None:
    visit = make_visit(assignment.officer, platform=assignment.platform, mode="on_site", is_reached=False)
    assert states(assignment) == {"first_contact": "open", "first_visit": "open", "quarterly_contact": "open"}
    assert not visit.duties.exists()


@pytest.mark.parametrize(("day", "expected"), [("2026-10-18", "met"), ("2026-10-19", "met_late")])
def test_the_day_of_the_visit_decides_and_not_that_of_typing_it_in(
    assignment: Assignment, day: str, expected: str
) -> None:
    with frozen("2026-10-30T10:00"):
        assert states(assignment)["first_contact"] == "overdue"
        visited_on = date.fromisoformat(day)
        make_visit(assignment.officer, platform=assignment.platform, visited_on=visited_on, mode="phone")
        assert states(assignment)["first_contact"] == expected


def test_a_visit_logged_late_meets_the_duty_of_its_own_quarter(officer: Officer) -> None:
    assignment = given(date(2026, 7, 6), officer=officer)
    with frozen("2026-10-05T09:00"):
        write_duties()
        make_visit(officer, platform=assignment.platform, visited_on=date(2026, 9, 30), mode="phone")
    quarterly = Duty.objects.filter(kind=QUARTERLY).with_state().order_by("from_on")
    assert [(d.from_on, d.state) for d in quarterly] == [(date(2026, 7, 1), "met"), (date(2026, 10, 1), "open")]


def test_a_quarter_that_has_gone_is_not_made_good_by_a_later_visit(officer: Officer) -> None:
    assignment = given(date(2026, 7, 6), officer=officer)
    with frozen("2026-10-08T09:00"):
        write_duties()
        make_visit(officer, platform=assignment.platform, mode="phone")
        quarterly = Duty.objects.filter(kind=QUARTERLY).with_state().order_by("from_on")
        assert [d.state for d in quarterly] == ["overdue", "met"]
        assert states(assignment)["first_contact"] == "met_late"


VISITS = [("2026-10-13", "phone", True), ("2026-10-15", "on_site", True), ("2026-10-14", "on_site", False),
          ("2026-11-03", "on_site", True)]  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(range(4))))
@pytest.mark.parametrize("written_after", [0, 2, 4])
def test_the_earliest_visit_counts_in_whatever_order_visits_and_duties_are_written(
    officer: Officer, order: tuple[int, ...], written_after: int
) -> None:
    with frozen("2026-11-04T10:00"):
        assignment = AssignmentFactory(started_on=date(2026, 10, 12), officer=officer)
        for number, place in enumerate(order):
            if number == written_after:
                write_duties()
            day, mode, is_reached = VISITS[place]
            make_visit(
                officer,
                platform=assignment.platform,
                visited_on=date.fromisoformat(day),
                mode=mode,
                is_reached=is_reached,
            )
        write_duties()
        met = dict(Duty.objects.values_list("kind", "met_on"))
    assert met == {
        "first_contact": date(2026, 10, 13),
        "first_visit": date(2026, 10, 15),
        "quarterly_contact": date(2026, 10, 13),
    }
    for duty in Duty.objects.select_related("met_by"):
        assert duty.met_by is not None
        assert duty.met_by.visited_on == duty.met_on


def test_a_visit_to_another_platform_meets_nothing_here(assignment: Assignment) -> None:
    make_visit(assignment.officer, platform=PlatformFactory(officer=assignment.officer))
    assert set(states(assignment).values()) == {"open"}


def test_a_visit_that_is_refused_meets_nothing(assignment: Assignment) -> None:
    before = rows()
    with pytest.raises(ValidationError):
        make_visit(assignment.officer, platform=assignment.platform, text=" ")
    assert rows() == before


# --- handover -------------------------------------------------------------------------------------------------------


def test_after_a_handover_the_first_contact_is_the_new_officers_and_the_quarterly_one_the_platforms(
    assignment: Assignment, bureau_staff: User
) -> None:
    platform, old, new = assignment.platform, assignment.officer, OfficerFactory()
    make_visit(old, platform=platform, mode="phone")
    with frozen("2026-12-17T10:00"):  # a Thursday, with fewer than 15 working days left
        later = assign(officer=new, platform=platform, started_on=date(2026, 12, 17), actor=bureau_staff)
        assert write_duties() == 2
        assert {d.kind: d.due_on for d in Duty.objects.filter(assignment=later)} == {
            "first_contact": date(2026, 12, 20),
            "first_visit": date(2026, 12, 31),
        }
        (quarterly,) = Duty.objects.filter(platform=platform, kind=QUARTERLY).with_state().with_holder()
        assert (quarterly.state, quarterly.met_on, quarterly.holder) == ("met", date(2026, 10, 15), new.pk)
        make_visit(new, platform=platform, visited_on=date(2026, 12, 17), mode="phone")
        firsts = Duty.objects.filter(kind=FIRST_CONTACT).with_state().order_by("pk")
        assert [(d.met_on, d.state) for d in firsts] == [(date(2026, 10, 15), "met"), (date(2026, 12, 17), "met")]


def test_an_open_quarterly_contact_passes_to_who_takes_the_platform_over(
    assignment: Assignment, bureau_staff: User
) -> None:
    new = OfficerFactory()
    with frozen("2026-12-18T10:00"):
        assign(officer=new, platform=assignment.platform, started_on=date(2026, 12, 18), actor=bureau_staff)
        write_duties()
        todo = Duty.objects.still_to_do()
        assert {d.kind for d in todo.held_by(Officer.objects.filter(pk=new.pk))} == set(DutyKind)
        assert not todo.held_by(Officer.objects.filter(pk=assignment.officer_id)).exists()
        # Nobody was late: the old first visit fell due in October.
        gone = Duty.objects.filter(assignment=assignment).with_state()
        assert {d.kind: d.state for d in gone} == {
            "first_contact": "overdue", "first_visit": "overdue", "quarterly_contact": "open",
        }  # fmt: skip


def test_what_was_not_due_before_the_assignment_ended_is_nobodys(assignment: Assignment, bureau_staff: User) -> None:
    with frozen("2026-10-16T10:00"):
        end_assignment(assignment=assignment, ended_on=date(2026, 10, 16), actor=bureau_staff)
        assert set(states(assignment).values()) == {"open"}
    with frozen("2026-10-17T10:00"):
        assert set(states(assignment).values()) == {"lapsed"}
        assert not Duty.objects.still_to_do().exists()
    with frozen("2027-02-01T10:00"):
        assert set(states(assignment).values()) == {"lapsed"}


def test_a_corrected_assignment_gets_its_duties_anew(assignment: Assignment, bureau_staff: User) -> None:
    make_visit(assignment.officer, platform=assignment.platform, visited_on=date(2026, 10, 13))
    assignment.started_on = date(2026, 9, 28)
    write_assignment(assignment, actor=bureau_staff)
    assert write_duties() == 3
    assert due(assignment, FIRST_CONTACT) == date(2026, 10, 4)
    assert due(assignment, FIRST_VISIT) == date(2026, 10, 31)
    assert states(assignment) == {"first_contact": "met_late", "first_visit": "met", "quarterly_contact": "met"}
    assert write_duties() == 0


# --- the platform's word --------------------------------------------------------------------------------------------


def test_r18_the_platforms_word_waives_the_first_visit(assignment: Assignment) -> None:
    duty = first_visit(assignment)
    waive_first_visit(duty, **WORD, note="十一月设备进场，暂不方便", actor=assignment.officer.user)
    assert state(duty) == "waived"
    word = duty.words.get()
    assert (word.says, word.said_by, word.said_on, word.channel, word.note) == (
        *("not_needed", "王小明", date(2026, 10, 14), "phone"),
        "十一月设备进场，暂不方便",
    )
    assert (word.recorded_by, word.masked_name) == (assignment.officer.user, "王*")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"said_by": " "}, "said_by"),
        ({"channel": ""}, "channel"),
        ({"channel": "rumour"}, "channel"),
        ({"said_on": date(2026, 10, 16)}, "said_on"),
        ({"said_on": date(2026, 10, 11)}, "said_on"),
    ],
)
def test_r18_without_who_when_and_how_nothing_is_waived(
    assignment: Assignment, change: dict[str, Any], field: str
) -> None:
    duty = first_visit(assignment)
    with pytest.raises(ValidationError) as refusal:
        waive_first_visit(duty, **{**WORD, **change}, actor=assignment.officer.user)
    assert set(refusal.value.message_dict) == {field}
    assert (state(duty), duty.words.count()) == ("open", 0)


@pytest.mark.parametrize("kind", [FIRST_CONTACT, QUARTERLY])
def test_r18_no_other_duty_can_be_waived(assignment: Assignment, kind: DutyKind) -> None:
    with pytest.raises(DutyRefused):
        waive_first_visit(Duty.objects.get(kind=kind), **WORD, actor=assignment.officer.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        Duty.objects.filter(kind=kind).update(waived_on=date(2026, 10, 14))


def test_a_visit_made_and_a_waiver_made_are_seen_from_a_stale_copy(assignment: Assignment) -> None:
    stale, actor = first_visit(assignment), assignment.officer.user
    waive_first_visit(stale, **WORD, actor=actor)
    with pytest.raises(DutyRefused, match="无需走访"):
        waive_first_visit(stale, **WORD, actor=actor)
    restore_duty(stale, **WORD, actor=actor)
    with pytest.raises(DutyRefused):
        restore_duty(stale, **WORD, actor=actor)
    make_visit(assignment.officer, platform=assignment.platform)
    with pytest.raises(DutyRefused, match="走访过"):
        waive_first_visit(stale, **WORD, actor=actor)


def test_the_platform_takes_its_word_back_and_who_kept_to_it_is_not_late(assignment: Assignment) -> None:
    duty, actor = first_visit(assignment), assignment.officer.user
    waive_first_visit(duty, **WORD, actor=actor)
    with frozen("2026-12-08T10:00"):
        word = {**WORD, "said_by": "李主任", "said_on": date(2026, 12, 7), "channel": "letter"}
        restored = restore_duty(duty, **word, actor=actor)
        assert (restored.due_on, state(duty)) == (date(2026, 12, 31), "open")
    assert [word.says for word in duty.words.all()] == ["not_needed", "wanted"]


def test_a_word_taken_back_in_time_leaves_the_day_as_it_was(assignment: Assignment) -> None:
    duty, actor = first_visit(assignment), assignment.officer.user
    waive_first_visit(duty, **WORD, actor=actor)
    assert restore_duty(duty, **WORD, actor=actor).due_on == date(2026, 10, 31)


def test_a_visit_made_while_waived_meets_the_duty_once_the_word_is_taken_back(assignment: Assignment) -> None:
    duty, officer = first_visit(assignment), assignment.officer
    waive_first_visit(duty, **WORD, actor=officer.user)
    visit = make_visit(officer, platform=assignment.platform)
    assert state(duty) == "waived"
    restored = restore_duty(duty, **{**WORD, "said_on": date(2026, 10, 15)}, actor=officer.user)
    assert (restored.met_on, restored.met_by, state(duty)) == (visit.visited_on, visit, "met")


# --- who sees what --------------------------------------------------------------------------------------------------


def test_r58_everybody_sees_the_duties_of_the_platforms_they_see(
    assignment: Assignment, bureau_staff: User, leader: User, commission: User
) -> None:
    other = given(date(2026, 10, 12))
    ours, theirs = (set(Duty.objects.filter(platform=each.platform)) for each in (assignment, other))
    contact = PlatformContactFactory(
        platform=assignment.platform, user=UserFactory(role=Role.PLATFORM_CONTACT, unit=None)
    )
    head = UserFactory(role=Role.UNIT_HEAD, unit=assignment.officer.home_unit)
    for user in (bureau_staff, leader, commission):
        assert set(Duty.objects.visible_to(user)) == ours | theirs
    for user in (assignment.officer.user, head, contact.user):
        assert user is not None
        assert set(Duty.objects.visible_to(user)) == ours
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        assert not Duty.objects.visible_to(UserFactory(role=role, unit=None)).exists()
    assert set(Duty.objects.editable_by(bureau_staff)) == ours | theirs
    assert set(Duty.objects.editable_by(assignment.officer.user)) == ours
    assert contact.user is not None
    assert set(Duty.objects.editable_by(contact.user)) == ours
    for user in (leader, commission, head):
        assert not Duty.objects.editable_by(user).exists()


def test_the_former_officer_writes_nothing_down_any_more(assignment: Assignment, bureau_staff: User) -> None:
    new = OfficerFactory()
    assign(officer=new, platform=assignment.platform, started_on=date(2026, 10, 15), actor=bureau_staff)
    write_duties()
    assert not Duty.objects.visible_to(assignment.officer.user).exists()
    assert {d.assignment.officer_id for d in Duty.objects.editable_by(new.user)} == {new.pk}


def test_logging_a_visit_takes_two_statements_more_for_its_duties(
    assignment: Assignment, django_assert_num_queries: Any
) -> None:
    visit = make_visit(assignment.officer, platform=assignment.platform, mode="phone")
    with django_assert_num_queries(2):
        note_contact(platform=assignment.platform, visit_id=visit.pk, visited_on=date(2026, 10, 13), is_on_site=False)
    assert dict(Duty.objects.values_list("kind", "met_on"))["first_contact"] == date(2026, 10, 13)
    assert PlatformWord.objects.count() == 0
    assert Platform.objects.count() == 1
