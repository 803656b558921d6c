"""R3: a platform passes on its day, once the receiver has accepted; R2 holds when it is asked, accepted and applied."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Role, User
from config.clock import frozen
from issues.handovers.services import take_effect
from liaisons.handovers import HandoverRefused, accept, apply, ask, decline, withdraw
from liaisons.models import Handover, OfferState, Officer, PortfolioRule
from liaisons.services import AssignmentRefused, DateRefused, OverLimit, assign, end_assignment, responsible_on
from notices.models import Notice
from platforms.models import Platform
from tests.factories import AssignmentFactory, OfficerFactory, PlatformFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db

TODAY, LATER = date(2026, 10, 15), date(2026, 11, 2)


@pytest.fixture
def receiver(db: None) -> Officer:
    return OfficerFactory()


@pytest.fixture
def platform(officer: Officer) -> Platform:
    return PlatformFactory(officer=officer)


def asked(platform: Platform, receiver: Officer, on: date = LATER, actor: User | None = None, **more: str) -> Handover:
    giver = platform.assignments.current().get().officer
    return ask(platform, receiver=receiver, planned_on=on, reason="岗位调整", actor=actor or giver.user, **more)


def accepted(platform: Platform, receiver: Officer, on: date = LATER) -> Handover:
    return accept(asked(platform, receiver, on), actor=receiver.user)


def told(person: User) -> list[str]:
    return [str(notice.sentence) for notice in Notice.objects.filter(recipient=person).order_by("pk")]


def test_until_its_day_the_old_officer_is_responsible_and_from_it_on_the_new_one(
    officer: Officer, receiver: Officer, platform: Platform
) -> None:
    accepted(platform, receiver)
    with frozen("2026-11-01T23:59:59"):
        assert take_effect() == 0
        assert responsible_on(platform, LATER).officer == officer
    with frozen("2026-11-02T00:00"):
        assert take_effect() == 1
    assert list(platform.assignments.values_list("officer", "started_on", "ended_on")) == [
        (receiver.pk, LATER, None),
        (officer.pk, date(2025, 6, 11), date(2026, 11, 1)),
    ]
    assert Handover.objects.get().state == OfferState.DONE


def test_days_without_a_scan_change_nothing_in_the_outcome(receiver: Officer, platform: Platform) -> None:
    accepted(platform, receiver)
    with frozen("2026-11-09T08:00"):
        assert take_effect() == 1
    assert platform.assignments.current().get().started_on == LATER


def test_a_second_scan_changes_nothing(receiver: Officer, platform: Platform) -> None:
    accepted(platform, receiver)
    with frozen("2026-11-02T00:00"):
        take_effect()
        rows = list(platform.assignments.values())
        said = Notice.objects.count()
        assert take_effect() == 0
        assert apply(Handover.objects.get()) is None
    assert list(platform.assignments.values()) == rows
    assert Notice.objects.count() == said


def test_nothing_happens_before_it_is_accepted_and_a_day_that_passed_meanwhile_becomes_today(
    officer: Officer, receiver: Officer, platform: Platform
) -> None:
    handover = asked(platform, receiver)
    with frozen("2026-11-05T10:00"):
        assert take_effect() == 0
        assert responsible_on(platform, date(2026, 11, 5)).officer == officer
        assert accept(handover, actor=receiver.user).effective_on == date(2026, 11, 5)


def test_everybody_concerned_is_told_and_the_question_is_settled_by_the_answer(
    officer: Officer, receiver: Officer, platform: Platform, bureau_staff: User
) -> None:
    handover = asked(platform, receiver, actor=bureau_staff)
    giver, taker = officer.user.name, receiver.user.name
    assert told(receiver.user) == [f"{giver}请您接手{platform.name}，自11月2日起，等待您接受"]
    accept(handover, actor=receiver.user)
    assert told(officer.user) == told(bureau_staff) == [f"{taker}接受了{platform.name}的移交，自11月2日起负责"]
    assert not Notice.objects.filter(recipient=receiver.user).unread().exists()
    with frozen("2026-11-02T08:00"):
        take_effect()
    assert told(receiver.user)[-1] == told(officer.user)[-1] == f"{platform.name}自11月2日起由{taker}负责"


def test_declined_with_a_reason_the_giver_goes_on(officer: Officer, receiver: Officer, platform: Platform) -> None:
    handover = asked(platform, receiver, TODAY)
    with pytest.raises(ValidationError) as refused:
        decline(handover, note=" \n", actor=receiver.user)
    assert refused.value.message_dict == {"note": ["不接受时请写明原因。"]}
    declined = decline(handover, note="本季有四家在跟进", actor=receiver.user)
    assert (declined.state, declined.note) == (OfferState.DECLINED, "本季有四家在跟进")
    assert platform.assignments.current().get().officer == officer
    assert asked(platform, OfficerFactory()).is_waiting


@pytest.mark.parametrize("step", ["asked", "accepted"])
def test_what_has_not_taken_effect_can_be_withdrawn(
    step: str, officer: Officer, receiver: Officer, platform: Platform
) -> None:
    handover = asked(platform, receiver) if step == "asked" else accepted(platform, receiver)
    withdraw(handover, actor=officer.user)
    with frozen("2026-11-02T08:00"):
        assert take_effect() == 0
    assert platform.assignments.current().get().officer == officer
    with pytest.raises(HandoverRefused, match="已撤回"):
        accept(handover, actor=receiver.user)


def test_only_the_receiver_answers_and_only_once(officer: Officer, receiver: Officer, platform: Platform) -> None:
    handover = asked(platform, receiver)
    for person in (officer.user, OfficerFactory().user):
        with pytest.raises(HandoverRefused, match="由接收人"):
            accept(handover, actor=person)
    accept(handover, actor=receiver.user)
    with pytest.raises(HandoverRefused, match="已接受，待生效"):
        decline(handover, note="改主意了", actor=receiver.user)


def test_the_officer_the_units_head_and_the_bureau_ask_nobody_else(
    officer: Officer, receiver: Officer, platform: Platform, bureau_staff: User, leader: User
) -> None:
    head = UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit)
    for person in (receiver.user, leader, UserFactory(role=Role.UNIT_HEAD)):
        with pytest.raises(HandoverRefused, match="由联点干部本人"):
            asked(platform, receiver, actor=person)
    for person in (officer.user, head, bureau_staff):
        withdraw(asked(platform, receiver, actor=person), actor=person)
    assert Handover.objects.count() == 3


def test_a_second_one_of_the_same_platform_waits_for_the_first(receiver: Officer, platform: Platform) -> None:
    asked(platform, receiver)
    with pytest.raises(HandoverRefused, match="已有一项移交在办"):
        asked(platform, OfficerFactory())


def test_the_database_itself_refuses_a_second_one(officer: Officer, receiver: Officer, platform: Platform) -> None:
    handover = asked(platform, receiver)
    handover.pk = None
    with pytest.raises(IntegrityError, match="handover_one_open_a_platform"), transaction.atomic():
        handover.save(force_insert=True)


def test_the_present_officer_an_inactive_one_and_no_reason_are_refused(
    officer: Officer, receiver: Officer, platform: Platform
) -> None:
    with pytest.raises(ValidationError) as refused:
        asked(platform, officer)
    assert refused.value.message_dict == {"receiver": [f"{officer.user.name}现在就负责这家平台。"]}
    with pytest.raises(ValidationError) as refused:
        ask(platform, receiver=receiver, planned_on=LATER, reason=" ", actor=officer.user)
    assert refused.value.message_dict == {"reason": ["请写明移交的原因。"]}
    User.objects.filter(pk=receiver.user_id).update(is_active=False)
    with pytest.raises(AssignmentRefused, match="账号已停用"):
        asked(platform, receiver)
    assert not Handover.objects.exists()


@pytest.mark.parametrize(
    ("day", "words"),
    [(date(2026, 10, 14), "生效日期不能早于今天"), (date(2027, 10, 17), "生效日期最晚在一年之内")],
)
def test_a_day_that_has_passed_or_lies_too_far_off_is_refused(
    day: date, words: str, receiver: Officer, platform: Platform
) -> None:
    with pytest.raises(DateRefused, match=words):
        asked(platform, receiver, day)


def test_nobody_is_relieved_on_the_first_day(receiver: Officer) -> None:
    platform = AssignmentFactory(started_on=TODAY).platform
    with pytest.raises(DateRefused, match="请选这之后的日期"):
        asked(platform, receiver, TODAY)


def test_a_platform_without_officer_is_assigned_not_handed_over(receiver: Officer, bureau_staff: User) -> None:
    with pytest.raises(HandoverRefused, match="请直接安排"):
        ask(PlatformFactory(), receiver=receiver, planned_on=LATER, reason="x", actor=bureau_staff)


# --- R2 ---------------------------------------------------------------------------------------------------------------


def carrying(officer: Officer, number: int) -> None:
    for _ in range(number):
        PlatformFactory(officer=officer)


def test_r2_a_fifth_is_refused_when_asked_and_taken_with_a_reason(receiver: Officer, platform: Platform) -> None:
    carrying(receiver, 4)
    with pytest.raises(OverLimit, match="已联点4家平台，上限为4家"):
        asked(platform, receiver)
    handover = accept(asked(platform, receiver, TODAY, exception_reason="同一园区"), actor=receiver.user)
    apply(handover)
    assert platform.assignments.current().get().exception_reason == "同一园区"


def test_r2_what_was_accepted_meanwhile_counts_when_the_next_is_accepted(
    receiver: Officer, platform: Platform, officer: Officer
) -> None:
    carrying(receiver, 3)
    second = asked(PlatformFactory(officer=officer), receiver, date(2026, 12, 1))
    accepted(platform, receiver)
    with pytest.raises(OverLimit, match="已联点4家平台"):
        accept(second, actor=receiver.user)
    assert Handover.objects.get(pk=second.pk).is_waiting


def test_r2_what_was_promised_counts_when_the_bureau_assigns(receiver: Officer, platform: Platform) -> None:
    carrying(receiver, 3)
    accepted(platform, receiver)
    with pytest.raises(OverLimit):
        assign(officer=receiver, platform=PlatformFactory(), started_on=TODAY, actor=None)


def test_r2_two_full_officers_exchange_platforms_one_after_the_other(officer: Officer, receiver: Officer) -> None:
    carrying(officer, 3)
    carrying(receiver, 4)
    theirs = receiver.assignments.all()[0].platform
    accept(asked(theirs, officer, date(2026, 11, 2)), actor=officer.user)
    mine = officer.assignments.all()[0].platform
    accept(asked(mine, receiver, date(2026, 11, 2)), actor=receiver.user)
    with frozen("2026-11-02T00:00"):
        assert take_effect() == 2
    assert (officer.assignments.current().count(), receiver.assignments.current().count()) == (3, 4)


def test_r2_a_rule_that_changed_meanwhile_stops_it_and_everybody_is_told(
    officer: Officer, receiver: Officer, platform: Platform, bureau_staff: User
) -> None:
    carrying(receiver, 3)
    accepted(platform, receiver)
    PortfolioRule.objects.create(minimum=2, maximum=3, valid_from=LATER)
    with frozen("2026-11-02T00:00"):
        assert take_effect() == 0
        assert take_effect() == 0
    handover = Handover.objects.get()
    assert (handover.state, handover.note) == (
        OfferState.FAILED,
        f"{receiver.user.name}已联点3家平台，上限为3家。确需增加时请填写例外理由。",
    )
    assert platform.assignments.current().get().officer == officer
    failed = f"{platform.name}的移交未能生效，仍由{officer.user.name}负责，请看原因"
    assert [told(person)[-1] for person in (officer.user, receiver.user, bureau_staff)] == [failed] * 3


def test_a_platform_that_went_elsewhere_meanwhile_stays_there(receiver: Officer, platform: Platform) -> None:
    accepted(platform, receiver)
    other = OfficerFactory()
    assign(officer=other, platform=platform, started_on=TODAY, actor=None)
    with frozen("2026-11-02T00:00"):
        assert take_effect() == 0
    assert Handover.objects.get().state == OfferState.FAILED
    assert platform.assignments.current().get().officer == other


def test_one_that_fails_keeps_no_other_waiting(officer: Officer, receiver: Officer, platform: Platform) -> None:
    accepted(platform, receiver)
    second = PlatformFactory(officer=officer)
    accepted(second, receiver)
    end_assignment(assignment=platform.assignments.get(), ended_on=TODAY, actor=None)
    with frozen("2026-11-02T00:00"):
        assert take_effect() == 1
    assert second.assignments.current().get().officer == receiver


def test_a_reader_sees_the_handovers_of_officers_in_scope(
    officer: Officer, receiver: Officer, platform: Platform, bureau_staff: User, leader: User
) -> None:
    asked(platform, receiver)
    head = UserFactory(role=Role.UNIT_HEAD, unit=receiver.home_unit)
    for person in (officer.user, receiver.user, head, bureau_staff, leader):
        assert Handover.objects.visible_to(person).count() == 1
    outsiders = [OfficerFactory().user, UserFactory(role=Role.UNIT_HEAD), UserFactory(role=Role.AUDIT_ADMIN)]
    assert [Handover.objects.visible_to(person).count() for person in outsiders] == [0, 0, 0]
    editors: list[User] = [officer.user, bureau_staff, UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit)]
    assert [Handover.objects.editable_by(person).count() for person in editors] == [1, 1, 1]
    readers: list[User] = [receiver.user, leader, head]
    assert [Handover.objects.editable_by(person).count() for person in readers] == [0, 0, 0]


def test_units_above_the_officers_see_and_ask_too(officer: Officer, receiver: Officer, platform: Platform) -> None:
    above = UnitFactory(code="ABOVE")
    officer.home_unit.parent = above
    officer.home_unit.save()
    head = UserFactory(role=Role.UNIT_HEAD, unit=above)
    asked(platform, receiver, actor=head)
    assert Handover.objects.visible_to(head).exists()
