"""R3, R22: open issues pass with their platform or one by one, and who had one in hand stays answerable."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.utils import DatabaseError

from accounts.models import Role, User
from config.clock import frozen
from issues.handovers import services
from issues.handovers.services import (
    accept_case,
    accept_platform,
    ask_case,
    ask_platform,
    decline_case,
    withdraw_case,
)
from issues.handovers.tenures import handler_on
from issues.models import CaseHandover, EventKind, HandlerChange, Issue
from issues.services import MoveRefused, refer, resolve, sign_for
from issues.tick import tick
from liaisons.models import Handover, OfferState, Officer
from notices.models import Notice
from platforms.models import Platform
from tests.factories import OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db

TODAY, LATER = date(2026, 10, 15), date(2026, 11, 2)


@pytest.fixture
def platform(officer: Officer) -> Platform:
    return PlatformFactory(officer=officer)


@pytest.fixture
def receiver(officer: Officer) -> Officer:
    return OfficerFactory()


def colleague(officer: Officer, role: Role = Role.OFFICER) -> User:
    return UserFactory(unit=officer.home_unit, role=role)


def passed(issue: Issue) -> list[tuple[Any, ...]]:
    events = issue.events.filter(kind=EventKind.HANDED_OVER).order_by("pk")
    return [(event.actor, event.before, event.after, event.note) for event in events]


# --- with the platform ------------------------------------------------------------------------------------------------


def test_each_open_issue_goes_or_stays_as_was_said(officer: Officer, receiver: Officer, platform: Platform) -> None:
    goes, stays, done = (make_issue(officer, platform=platform) for _ in range(3))
    resolve(done, result="solved", reply="已办好。", actor=officer.user)
    elsewhere = make_issue(officer)
    handover = ask_platform(
        platform, receiver=receiver, planned_on=TODAY, reason="岗位调整", staying=[stays.pk], actor=officer.user
    )
    assert list(handover.choices.values_list("issue", "moves")) == [(goes.pk, True), (stays.pk, False)]
    accept_platform(handover, actor=receiver.user)
    handlers = dict(Issue.objects.values_list("pk", "handler"))
    assert handlers == {
        goes.pk: receiver.user_id,
        stays.pk: officer.user_id,
        done.pk: officer.user_id,
        elsewhere.pk: officer.user_id,
    }
    words = f"{officer.user.name} → {receiver.user.name}\n岗位调整"
    assert passed(goes) == [(receiver.user, "accepted", "accepted", words)]
    assert passed(stays) == passed(done) == []
    goes.refresh_from_db()
    assert (goes.officer, goes.due_on) == (officer, date(2026, 10, 29))


def test_it_takes_effect_by_the_scan_and_a_second_scan_adds_nothing(
    officer: Officer, receiver: Officer, platform: Platform
) -> None:
    before = make_issue(officer, platform=platform)
    handover = ask_platform(platform, receiver=receiver, planned_on=LATER, reason="调整", actor=officer.user)
    accept_platform(handover, actor=receiver.user)
    after = make_issue(officer, platform=platform)  # what is raised in between goes with its platform
    with frozen("2026-11-01T23:59"):
        tick()
        assert set(Issue.objects.values_list("handler", flat=True)) == {officer.user_id}
    with frozen("2026-11-02T00:00"):
        tick()
        tick()
    assert set(Issue.objects.values_list("handler", flat=True)) == {receiver.user_id}
    assert [len(passed(issue)) for issue in (before, after)] == [1, 1]
    assert passed(before)[0][0] is None


def test_what_rings_on_the_day_is_told_to_the_new_officer_alone(
    officer: Officer, receiver: Officer, platform: Platform
) -> None:
    make_issue(officer, platform=platform)  # due on 10-29
    handover = ask_platform(
        platform, receiver=receiver, planned_on=date(2026, 10, 29), reason="调整", actor=officer.user
    )
    accept_platform(handover, actor=receiver.user)
    with frozen("2026-10-28T09:00"):
        tick()
    with frozen("2026-10-29T09:00"):
        tick()
        assert tick().digests == 0
    due = Notice.objects.filter(kind="due_today").values_list("recipient", flat=True)
    digests = Notice.objects.filter(kind="digest", cause="digest/2026-10-29").values_list("recipient", flat=True)
    assert list(due) == [receiver.user_id]
    assert list(digests) == [receiver.user_id]


def test_what_another_unit_has_in_hand_stays_there(officer: Officer, receiver: Officer, platform: Platform) -> None:
    unit = UnitFactory(takes_tiers=["B"])
    head = UserFactory(role=Role.UNIT_HEAD, unit=unit)
    issue = make_issue(officer, platform=platform)
    refer(issue, unit=unit, actor=officer.user)
    handover = ask_platform(platform, receiver=receiver, planned_on=TODAY, reason="调整", actor=officer.user)
    sign_for(issue, actor=head)
    accept_platform(handover, actor=receiver.user)
    assert Issue.objects.get().handler == head


def test_the_new_officer_sees_the_issues_and_who_kept_one_still_does(
    officer: Officer, receiver: Officer, platform: Platform
) -> None:
    goes, stays = (make_issue(officer, platform=platform) for _ in range(2))
    handover = ask_platform(
        platform, receiver=receiver, planned_on=TODAY, reason="调整", staying=[stays.pk], actor=officer.user
    )
    assert not Issue.objects.visible_to(receiver.user).exists()
    accept_platform(handover, actor=receiver.user)
    assert set(Issue.objects.editable_by(receiver.user)) == {goes, stays}
    assert stays in Issue.objects.editable_by(officer.user)


# --- one case ---------------------------------------------------------------------------------------------------------


def test_r22_the_first_person_keeps_it_until_another_has_accepted(officer: Officer) -> None:
    issue, other = make_issue(officer), colleague(officer, Role.CLERK)
    handover = ask_case(issue, receiver=other, reason="熟悉这项业务", actor=officer.user)
    assert Issue.objects.get().handler == officer.user
    accept_case(handover, actor=other)
    assert Issue.objects.get().handler == other
    assert passed(issue) == [(other, "accepted", "accepted", f"{officer.user.name} → {other.name}\n熟悉这项业务")]
    said = [str(notice.sentence) for notice in Notice.objects.filter(kind="handover").order_by("pk")]
    assert said == [
        f"{officer.user.name}请您接手问题 {issue.number}，等待您接受",
        f"{other.name}接手了问题 {issue.number}",
    ]


def test_declined_it_stays_and_the_reason_is_kept(officer: Officer) -> None:
    issue, other = make_issue(officer), colleague(officer)
    handover = ask_case(issue, receiver=other, reason="调整", actor=officer.user)
    with pytest.raises(ValidationError) as refused:
        decline_case(handover, note="", actor=other)
    assert refused.value.message_dict == {"note": ["不接受时请写明原因。"]}
    decline_case(handover, note="手上已有五项", actor=other)
    assert CaseHandover.objects.get().note == "手上已有五项"
    assert Issue.objects.get().handler == officer.user
    with pytest.raises(MoveRefused, match="未接受"):
        accept_case(handover, actor=other)


def test_withdrawn_nobody_can_accept_it(officer: Officer) -> None:
    issue, other = make_issue(officer), colleague(officer)
    handover = ask_case(issue, receiver=other, reason="调整", actor=officer.user)
    with pytest.raises(MoveRefused, match="由提出的人撤回"):
        withdraw_case(handover, actor=other)
    withdraw_case(handover, actor=officer.user)
    with pytest.raises(MoveRefused, match="已撤回"):
        accept_case(handover, actor=other)


def test_only_colleagues_and_the_platforms_officer_can_be_asked(officer: Officer, bureau_staff: User) -> None:
    issue = make_issue(officer)
    head = UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit)
    disabled = UserFactory(unit=officer.home_unit, is_active=False)
    for person in (OfficerFactory().user, bureau_staff, disabled):
        with pytest.raises(ValidationError) as refused:
            ask_case(issue, receiver=person, reason="调整", actor=officer.user)
        assert refused.value.message_dict == {"receiver": ["请选同单位的在岗人员，或这家平台的联点干部。"]}
    with pytest.raises(ValidationError) as refused:
        ask_case(issue, receiver=officer.user, reason="调整", actor=officer.user)
    assert refused.value.message_dict == {"receiver": [f"{officer.user.name}现在就是承办人。"]}
    with pytest.raises(ValidationError) as refused:
        ask_case(issue, receiver=head, reason=" ", actor=officer.user)
    assert refused.value.message_dict == {"reason": ["请写明移交的原因。"]}
    accept_case(ask_case(issue, receiver=head, reason="调整", actor=officer.user), actor=head)
    issue.refresh_from_db()
    back = ask_case(issue, receiver=officer.user, reason="仍由联点干部办", actor=head)
    assert back.receiver == officer.user


def test_the_handler_the_head_and_the_bureau_ask_nobody_else(
    officer: Officer, bureau_staff: User, leader: User
) -> None:
    issue, other = make_issue(officer), colleague(officer)
    for person in (other, leader, UserFactory(role=Role.UNIT_HEAD)):
        with pytest.raises(MoveRefused, match="由承办人"):
            ask_case(issue, receiver=other, reason="调整", actor=person)
    for person in (officer.user, UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit), bureau_staff):
        withdraw_case(ask_case(issue, receiver=other, reason="调整", actor=person), actor=person)


def test_one_at_a_time_and_none_of_what_is_resolved(officer: Officer) -> None:
    issue, other = make_issue(officer), colleague(officer)
    handover = ask_case(issue, receiver=other, reason="调整", actor=officer.user)
    with pytest.raises(MoveRefused, match="已有一项移交在办"):
        ask_case(issue, receiver=colleague(officer), reason="调整", actor=officer.user)
    resolve(issue, result="solved", reply="已办好。", actor=officer.user)
    with pytest.raises(MoveRefused, match="不用再移交"):
        accept_case(handover, actor=other)


def test_an_offer_of_somebody_who_has_it_no_more_is_void_and_in_nobodys_way(officer: Officer) -> None:
    issue, other, third = make_issue(officer), colleague(officer), colleague(officer)
    handover = ask_case(issue, receiver=other, reason="调整", actor=officer.user)
    Issue.objects.filter(pk=issue.pk).update(handler=third)
    with pytest.raises(MoveRefused, match="已不由"):
        accept_case(handover, actor=other)
    issue.refresh_from_db()
    ask_case(issue, receiver=officer.user, reason="调整", actor=third)
    assert CaseHandover.objects.get(pk=handover.pk).state == OfferState.WITHDRAWN


def test_the_database_keeps_one_open_handover_an_issue(officer: Officer) -> None:
    handover = ask_case(make_issue(officer), receiver=colleague(officer), reason="调整", actor=officer.user)
    handover.pk = None
    with pytest.raises(DatabaseError, match="casehandover_one_open_an_issue"), transaction.atomic():
        handover.save(force_insert=True)


# --- who had it -------------------------------------------------------------------------------------------------------


def test_r3_who_had_it_on_a_day_is_answered_whatever_changed_the_hand(officer: Officer, sign_in: Any) -> None:
    unit = UnitFactory(takes_tiers=["B"])
    head = UserFactory(role=Role.UNIT_HEAD, unit=unit)
    clerk = UserFactory(role=Role.CLERK, unit=unit)
    issue = make_issue(officer)
    with frozen("2026-10-16T10:00"):
        refer(issue, unit=unit, actor=officer.user)
    with frozen("2026-10-19T23:59:59"):
        sign_for(issue, actor=head)
    with frozen("2026-10-21T00:00"):
        issue.refresh_from_db()
        accept_case(ask_case(issue, receiver=clerk, reason="调整", actor=head), actor=clerk)
    issue.refresh_from_db()
    days = {day: handler_on(issue, date(2026, 10, day)) for day in (14, 15, 18, 19, 20, 21, 30)}
    assert days == {14: None, 15: officer.user, 18: officer.user, 19: head, 20: head, 21: clerk, 30: clerk}
    page = sign_in(officer.user).get(issue.get_absolute_url())
    assert [each.handler for each in page.context["tenures"]] == [officer.user, head, clerk]
    for words in ("2026-10-15 至 2026-10-19", "2026-10-19 至 2026-10-21", "2026-10-21 至今"):
        assert words in page.content.decode()


def test_every_change_of_hand_is_kept_by_the_database_and_stays(officer: Officer) -> None:
    issue, other = make_issue(officer), colleague(officer)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE issues_issue SET handler_id = %s WHERE id = %s", [other.pk, issue.pk])
        cursor.execute("UPDATE issues_issue SET handler_id = handler_id WHERE id = %s", [issue.pk])
    assert list(HandlerChange.objects.values_list("issue", "before", "after")) == [
        (issue.pk, officer.user_id, other.pk)
    ]
    for statement in ("UPDATE issues_handlerchange SET at = now()", "DELETE FROM issues_handlerchange"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_failure_while_issues_move_leaves_platform_and_issues_as_they_were(
    officer: Officer, receiver: Officer, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_issue(officer, platform=platform)
    handover = ask_platform(platform, receiver=receiver, planned_on=TODAY, reason="调整", actor=officer.user)

    def fail(*_: Any) -> None:
        raise RuntimeError("half-way")

    monkeypatch.setattr(services, "_pass_on", fail)
    with pytest.raises(RuntimeError):
        accept_platform(handover, actor=receiver.user)
    assert Handover.objects.get().is_waiting
    assert platform.assignments.get().officer == officer


def test_a_handover_that_the_database_refuses_keeps_no_other_and_no_warning_waiting(
    officer: Officer, receiver: Officer
) -> None:
    broken, whole = (PlatformFactory(officer=officer) for _ in range(2))
    for platform in (broken, whole):
        handover = ask_platform(platform, receiver=receiver, planned_on=LATER, reason="岗位调整", actor=officer.user)
        accept_platform(handover, actor=receiver.user)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON liaisons_assignment FOR EACH ROW "
            f"WHEN (NEW.platform_id = {broken.pk}) EXECUTE FUNCTION refuse()"
        )
    with frozen(f"{LATER}T09:00"):
        tick()
    assert {each.platform: each.state for each in Handover.objects.all()} == {
        broken: OfferState.ACCEPTED,
        whole: OfferState.DONE,
    }
