"""The books: a world in which everything has happened has no finding, and each account finds its own planted fault."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import Role, UnitKind
from config.clock import frozen, parse, today
from issues import reconcile as books
from issues.models import Deadline, Issue, Request, Rung, WarningLadder
from issues.models import Warning as IssueWarning
from issues.publishing.services import catch_up
from issues.services import (
    answer_supervision,
    answer_support,
    ask_for_suspension,
    ask_for_tier,
    close,
    confirm,
    confirm_plan,
    decide,
    give_back,
    merge,
    move_plan,
    refer,
    reopen,
    resolve,
    resume,
    sign_for,
    supervise,
    withdraw,
)
from issues.tick import tick
from liaisons.duties import write_duties
from notices import reconcile as outbox_books
from notices.models import Channel, ChannelKind, Delivery, Notice
from tests.factories import OfficerFactory, UnitFactory, UserFactory, make_issue
from tests.issues.cast import in_hands, make_cast
from workdays.models import NATIONAL, Calendar
from workdays.services import change_calendars, rewrite
from workdays.shipped import Kept

ACCOUNTS = (*books.ACCOUNTS, *outbox_books.ACCOUNTS)
FAULTS: list[tuple[str, Callable[..., str]]] = []


def fault_of(account):
    """The function plants a fault that this account has to find; it answers the row's id."""

    def remember(plan):
        FAULTS.append((account, plan))
        return plan

    return remember


def found():
    return [(f.account, f.kind, f.id) for f in (*books.reconcile_issues(), *outbox_books.reconcile_outbox())]


def plan_until(issue, promised_on):
    return confirm_plan(
        issue,
        text="分两批进场。",
        unit=issue.lead_unit,
        person="周工",
        promised_on=date.fromisoformat(promised_on),
        told_platform_on=today(),
        actor=issue.handler,
    )


@pytest.fixture
def world(db):
    """One issue in each state, with everything that can happen to a clock, scanned every morning up to 2026-11-12."""
    office = UserFactory(role=Role.COMMISSION_OFFICE, unit=UnitFactory(code="CO", kind=UnitKind.COMMISSION_OFFICE))
    officer, other = OfficerFactory(), UnitFactory(code="U-other", takes_tiers=["B", "C"])
    head = UserFactory(role=Role.UNIT_HEAD, unit=other)
    issues = {name: make_issue(officer) for name in ("plain", "planned", "paused", "resumed", "retiered", "referred")}
    issues["signed"], issues["late"] = make_issue(officer), make_issue(officer, raised_on=date(2026, 9, 17))
    issues["answered"] = make_issue(officer, tier="A")
    issues |= {name: make_issue(officer, tier="C") for name in ("supported", "returned", "taken in")}
    issues |= {name: make_issue(officer) for name in ("redone", "closed", "withdrawn")}
    support, home_head = UnitFactory(code="U-support"), UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit)
    tick()

    def approved(request):
        decide(request, approve=True, actor=office)

    refer(issues["referred"], unit=other, actor=officer.user)
    refer(issues["signed"], unit=other, actor=officer.user)
    refer(issues["supported"], unit=other, supports=[support], actor=office)
    refer(issues["returned"], unit=other, actor=office)
    supervise(issues["supported"], text="请说明。", reply_by=date(2026, 10, 20), actor=office)

    def done(name, actor):
        resolve(issues[name], result="solved", reply="已办好。", actor=actor)

    for day in range(16, 32):
        with frozen(f"2026-10-{day}T09:00"):
            tick()
            if day == 16:
                sign_for(issues["signed"], actor=head)
                sign_for(issues["supported"], actor=head)
                give_back(issues["returned"], reason="不属于本单位职责。", actor=head)
                merge(issues["taken in"], target=issues["plain"], actor=office)
                withdraw(issues["withdrawn"], reason="平台不再需要。", actor=officer.user)
                clerk = UserFactory(role=Role.CLERK, unit=support)
                answer_support(issues["supported"], answer="同意。", agrees=True, actor=clerk)
                answer_supervision(issues["supported"], reply="正在办。", actor=head)
            if day == 19:
                done("supported", head)
                done("closed", officer.user)
                done("redone", officer.user)
                confirm(issues["closed"], actor=officer.user)
                close(issues["closed"], actor=home_head)
            if day == 20:
                reopen(issues["redone"], reason="没有好。", actor=office)
                plan_until(issues["planned"], "2026-11-18")
                for name in ("paused", "resumed"):
                    approved(
                        ask_for_suspension(
                            issues[name], review_on=date(2026, 11, 20), reason="等材料", actor=officer.user
                        )
                    )
            if day == 27:
                until = date(2026, 11, 20)
                move_plan(issues["planned"], promised_on=until, reason="设备晚到", actor=officer.user)
                resume(issues["resumed"], actor=officer.user)
                approved(ask_for_tier(issues["retiered"], tier="C", reason="跨部门", actor=officer.user))
            if day == 30:
                done("late", officer.user)
    with frozen("2026-11-12T09:00", everywhere=True):
        tick()
        yield {name: Issue.objects.get(pk=issue.pk) for name, issue in issues.items()}


@pytest.fixture
def plant(world):
    """Writes what no service would: without the triggers that keep a ledger, without the constraints named."""

    def run(statement, *params, without=()):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table, constraint in without:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement, params)
            assert cursor.rowcount > 0, "nothing was planted"
            cursor.execute("SET LOCAL session_replication_role = origin")

    return run


def newest(issue, clock="statutory"):
    return issue.deadlines.filter(clock=clock).latest("version")


def test_a_world_in_which_everything_happened_balances(world):
    assert [f.sentence for f in books.reconcile_issues()] == []
    assert found() == []
    assert {issue.state for issue in world.values()} == {
        *("accepted", "assigned", "closed", "confirmed", "graded", "merged", "plan_confirmed", "resolved"),
        *("returned", "suspended", "withdrawn"),
    }
    assert IssueWarning.objects.count() > 10
    breached = {name for name, issue in world.items() if issue.breached_on}
    assert breached == {"plain", "referred", "signed", "late", "resumed", "retiered", "returned", "redone"}
    assert world["supported"].confirmation == world["answered"].confirmation == "silent"


def test_a_supporting_unit_that_was_released_is_not_missed(db):
    cast = make_cast()
    issue = in_hands(cast, "C")
    refer(issue, unit=cast.other, actor=cast.office)
    resolve(issue, result="solved", reply="已办好。", actor=cast.other_head)
    assert found() == []


def test_every_account_takes_one_statement(world, django_assert_num_queries):
    with django_assert_num_queries(len(books.ACCOUNTS) + 1):
        list(books.reconcile_issues())
    with django_assert_num_queries(len(outbox_books.ACCOUNTS)):
        list(outbox_books.reconcile_outbox())


@fault_of("versions-without-gap")
def version_gap(world, plant):
    plant("UPDATE issues_deadline SET version = 4 WHERE id = %s", newest(world["resumed"]).pk)
    return world["resumed"].number


@fault_of("versions-name-the-one-before")
def broken_chain(world, plant):
    version = newest(world["retiered"])
    plant("UPDATE issues_deadline SET previous_due_on = previous_due_on + 1 WHERE id = %s", version.pk)
    return str(version.pk)


@fault_of("counted-as-the-calendar-says")
def miscounted(world, plant):
    version = newest(world["plain"])
    plant("UPDATE issues_deadline SET working_days = 11 WHERE id = %s", version.pk)
    plant("UPDATE issues_issue SET working_days = 11 WHERE id = %s", world["plain"].pk)
    return str(version.pk)


@fault_of("counted-as-the-calendar-says")
def provisional_by_itself(world, plant):
    version = newest(world["plain"])
    plant("UPDATE issues_deadline SET is_provisional = true WHERE id = %s", version.pk)
    plant("UPDATE issues_issue SET due_is_provisional = true WHERE id = %s", world["plain"].pk)
    return str(version.pk)


@fault_of("issue-follows-the-ledger")
def copy_gone_astray(world, plant):
    plant("UPDATE issues_issue SET counted_from = counted_from + 1 WHERE id = %s", world["plain"].pk)
    return world["plain"].number


@fault_of("running-clock-follows-the-ledger")
def clock_gone_astray(world, plant):
    plant("UPDATE issues_issue SET clock_due_on = clock_due_on + 1 WHERE id = %s", world["planned"].pk)
    return world["planned"].number


@fault_of("nearing-as-the-ladder-says")
def nearing_gone_astray(world, plant):
    plant("UPDATE issues_issue SET nearing_on = nearing_on + 1 WHERE id = %s", world["planned"].pk)
    return world["planned"].number


@fault_of("found-by-what-is-written")
def words_gone_astray(world, plant):
    plant("UPDATE issues_issuesearch SET said = 'x' WHERE issue_id = %s", world["plain"].pk)
    return world["plain"].number


@fault_of("found-by-what-is-written")
def words_left_out(world, plant):
    plant("DELETE FROM issues_issuesearch WHERE issue_id = %s", world["planned"].pk)
    return world["planned"].number


@fault_of("plan-follows-the-ledger")
def plan_gone_astray(world, plant):
    plant("UPDATE issues_solutionplan SET promised_on = promised_on + 1 WHERE issue_id = %s", world["planned"].pk)
    return world["planned"].number


@fault_of("no-alarm-without-a-clock")
def alarm_of_a_stopped_clock(world, plant):
    paused = world["paused"]
    plant(
        "INSERT INTO issues_alarm (issue_id, clock, deadline_id, rings_on) VALUES (%s, 'statutory', %s, '2027-01-04')",
        paused.pk,
        newest(paused).pk,
    )
    return paused.number


@fault_of("alarm-of-the-date-that-holds")
def alarm_of_an_old_date(world, plant):
    planned = world["planned"]
    first = planned.deadlines.get(clock="plan", version=1)
    plant("UPDATE issues_alarm SET deadline_id = %s WHERE issue_id = %s", first.pk, planned.pk)
    return planned.number


@fault_of("every-rung-has-its-alarm")
def lost_alarm(world, plant):
    plant("DELETE FROM issues_alarm WHERE issue_id = %s", world["planned"].pk)
    return world["planned"].number


@fault_of("every-rung-has-its-alarm")
def alarm_too_late(world, plant):
    plant("UPDATE issues_alarm SET rings_on = '2026-12-24' WHERE issue_id = %s", world["planned"].pk)
    return world["planned"].number


@fault_of("every-rung-has-its-alarm")
def lost_warning(world, plant):
    plant("DELETE FROM issues_warning WHERE issue_id = %s AND level = 'due_today'", world["plain"].pk)
    Notice.objects.filter(cause__startswith=f"warning/{newest(world['plain']).pk}/due_today/").delete()
    return world["plain"].number


@fault_of("no-alarm-overslept")
def overslept(world, plant):
    plant("UPDATE issues_alarm SET rings_on = '2026-11-12' WHERE issue_id = %s", world["planned"].pk)
    return world["planned"].number


@fault_of("warning-of-its-own-issue")
def warning_of_another_issue(world, plant):
    warning = world["plain"].warnings.earliest("pk")
    plant("UPDATE issues_warning SET issue_id = %s WHERE id = %s", world["planned"].pk, warning.pk)
    return str(warning.pk)


@fault_of("no-level-twice")
def warned_twice(world, plant):
    warning = world["plain"].warnings.earliest("pk")
    plant(
        "INSERT INTO issues_warning (issue_id, deadline_id, level, step, reached_on, raised_at)"
        " SELECT issue_id, deadline_id, level, step, reached_on, raised_at FROM issues_warning WHERE id = %s",
        warning.pk,
        without=[("issues_warning", "warning_once_a_deadline_and_level")],
    )
    return str(warning.deadline_id)


@fault_of("warning-on-the-rungs-day")
def warned_on_another_day(world, plant):
    warning = world["plain"].warnings.get(level="due_today")
    plant("UPDATE issues_warning SET reached_on = reached_on + 1 WHERE id = %s", warning.pk)
    return str(warning.pk)


@fault_of("notice-of-a-warning-that-stands")
def notice_of_no_warning(world, plant):
    notice = Notice.objects.filter(cause__startswith="warning/").latest("pk")
    plant("UPDATE notices_notice SET cause = 'warning/0/overdue/1' WHERE id = %s", notice.pk)
    return str(notice.pk)


@fault_of("breach-as-the-ledger-says")
def breach_denied(world, plant):
    plant("UPDATE issues_issue SET breached_on = NULL WHERE id = %s", world["late"].pk)
    return world["late"].number


@fault_of("breach-as-the-ledger-says")
def breach_invented(world, plant):
    plant("UPDATE issues_issue SET breached_on = '2026-10-30' WHERE id = %s", world["planned"].pk)
    return world["planned"].number


@fault_of("breach-as-the-ledger-says")
def breach_on_another_day(world, plant):
    plant("UPDATE issues_issue SET breached_on = breached_on + 1 WHERE id = %s", world["plain"].pk)
    return world["plain"].number


@fault_of("events-explain-the-state")
def state_without_an_event(world, plant):
    plant(
        "UPDATE issues_issue SET state = 'resolved', result = 'solved', resolved_at = %s, clock_due_on = NULL,"
        " nearing_on = NULL WHERE id = %s",
        "2026-10-29T10:00+08:00",
        world["signed"].pk,
    )
    plant("UPDATE issues_issue SET breached_on = NULL WHERE id = %s", world["signed"].pk)
    return world["signed"].number


@fault_of("events-follow-each-other")
def event_out_of_line(world, plant):
    event = world["late"].events.get(kind="resolved")
    plant("UPDATE issues_event SET before = 'suspended' WHERE id = %s", event.pk)
    return str(event.pk)


@fault_of("every-version-is-told")
def version_nobody_told(world, plant):
    version = newest(world["retiered"])
    plant("UPDATE issues_event SET deadline_id = NULL WHERE deadline_id = %s", version.pk)
    return str(version.pk)


@fault_of("suspended-by-one-suspension")
def no_open_suspension(world, plant):
    plant("UPDATE issues_suspension SET ended_on = '2026-11-02' WHERE issue_id = %s", world["paused"].pk)
    return world["paused"].number


@fault_of("decided-by-a-second-person")
def decided_alone(world, plant):
    request = world["retiered"].requests.get()
    plant(
        "UPDATE issues_request SET decided_by_id = asked_by_id WHERE id = %s",
        request.pk,
        without=[("issues_request", "request_decided_by_a_second_person")],
    )
    return str(request.pk)


@fault_of("referral-holds-while-a-unit-has-it")
def referral_that_ended_unseen(world, plant):
    plant("UPDATE issues_referral SET ended_at = now() WHERE issue_id = %s", world["referred"].pk)
    return world["referred"].number


@fault_of("referral-holds-while-a-unit-has-it")
def signed_and_yet_waiting(world, plant):
    plant("UPDATE issues_referral SET signed_at = NULL, signed_by_id = NULL WHERE issue_id = %s", world["signed"].pk)
    return world["signed"].number


@fault_of("referral-holds-while-a-unit-has-it")
def referred_to_one_led_by_another(world, plant):
    signed = world["signed"]
    plant("UPDATE issues_issue SET lead_unit_id = home_unit_id WHERE id = %s", signed.pk)
    return signed.number


@fault_of("referral-holds-while-a-unit-has-it")
def referral_that_never_ended(world, plant):
    returned = world["returned"]
    plant(
        "UPDATE issues_referral SET ended_at = NULL, returned_by_id = NULL, return_reason = '' WHERE issue_id = %s",
        returned.pk,
    )
    return returned.number


@fault_of("returned-by-its-last-unit")
def returned_by_nobody(world, plant):
    returned = world["returned"]
    plant("UPDATE issues_referral SET returned_by_id = NULL, return_reason = '' WHERE issue_id = %s", returned.pk)
    return returned.number


@fault_of("supports-answered-before-the-resolution")
def resolved_over_an_open_question(world, plant):
    supported = world["supported"]
    plant(
        "UPDATE issues_supportpart SET answered_at = NULL, answered_by_id = NULL, answer = '', agrees = NULL"
        " WHERE issue_id = %s",
        supported.pk,
    )
    return supported.number


@fault_of("supports-answered-before-the-resolution")
def answered_after_the_resolution(world, plant):
    supported = world["supported"]
    plant("UPDATE issues_supportpart SET answered_at = '2026-10-20T09:00+08:00' WHERE issue_id = %s", supported.pk)
    return supported.number


@fault_of("merged-into-what-can-be-answered")
def merged_into_the_void(world, plant):
    taken = world["taken in"]
    plant("UPDATE issues_issue SET merged_into_id = %s WHERE id = %s", world["withdrawn"].pk, taken.pk)
    return taken.number


@fault_of("nothing-to-decide-off-the-list")
def request_that_outlived_its_issue(world, plant):
    plant(
        "INSERT INTO issues_request (issue_id, kind, reason, tier, state, asked_by_id, asked_at, decision_note) "
        "SELECT id, 'suspend', 'x', '', 'pending', handler_id, registered_at, '' FROM issues_issue WHERE id = %s",
        world["closed"].pk,
    )
    return str(Request.objects.get(issue=world["closed"]).pk)


@fault_of("rounds-as-often-as-reopened")
def round_that_nobody_counted(world, plant):
    plant("UPDATE issues_issue SET reopened_count = 0 WHERE id = %s", world["redone"].pk)
    return world["redone"].number


@fault_of("rounds-as-often-as-reopened")
def round_out_of_turn(world, plant):
    plant("UPDATE issues_round SET number = 2 WHERE issue_id = %s", world["redone"].pk)
    return world["redone"].number


@fault_of("reopened-with-a-fresh-term")
def reopened_with_the_old_term(world, plant):
    plant(
        "UPDATE issues_deadline SET counted_from = '2026-10-15' WHERE issue_id = %s AND cause = 'reopened'",
        world["redone"].pk,
    )
    return world["redone"].number


@fault_of("paused-as-the-suspensions-say")
def a_day_given_back_twice(world, plant):
    version = newest(world["resumed"])
    plant("UPDATE issues_suspension SET began_on = began_on - 1 WHERE issue_id = %s", world["resumed"].pk)
    return str(version.pk)


@fault_of("confirmed-by-whose-word-it-says")
def silence_taken_for_consent(world, plant):
    supported = world["supported"]
    plant("UPDATE issues_issue SET confirmation = 'platform', is_confirmed_solved = true WHERE id = %s", supported.pk)
    return supported.number


@fault_of("confirmed-by-whose-word-it-says")
def solved_and_not_counted(world, plant):
    plant("UPDATE issues_issue SET is_confirmed_solved = false WHERE id = %s", world["closed"].pk)
    return world["closed"].number


@fault_of("confirmed-by-whose-word-it-says")
def closed_before_it_was_confirmed(world, plant):
    plant("UPDATE issues_issue SET closed_at = closed_at - interval '1 day' WHERE id = %s", world["closed"].pk)
    return world["closed"].number


@fault_of("silent-only-when-asked-twice")
def silence_nobody_asked_into(world, plant):
    event = world["supported"].events.get(kind="unanswered")
    plant(
        "UPDATE issues_event SET kind = 'reminded' WHERE kind = 'asked_again' AND issue_id = %s", world["supported"].pk
    )
    return str(event.pk)


@fault_of("closed-by-another-hand")
def closed_by_its_own_hand(world, plant):
    closed = world["closed"]
    plant("UPDATE issues_event SET actor_id = %s WHERE kind = 'closed'", closed.handler_id)
    return closed.number


@fault_of("closed-with-every-supervision-answered")
def closed_over_a_supervision(world, plant):
    plant("UPDATE issues_supervision SET issue_id = %s, replied_at = NULL, replied_by_id = NULL", world["closed"].pk)
    return world["closed"].number


@fault_of("every-step-is-in-the-table")
def step_nobody_may_make(world, plant):
    event = world["closed"].events.get(kind="closed")
    plant("UPDATE issues_event SET before = 'resolved' WHERE id = %s", event.pk)
    return str(event.pk)


def message(plant, *, without=(), **changes):
    channel = Channel.objects.create(name="邮件", kind=ChannelKind.MAIL)
    values = {"state": "sent", "sent_at": "2026-11-10T09:00+08:00", **changes}
    delivery = Delivery.objects.create(
        channel=channel, content={}, created_at=values["sent_at"], next_attempt_at=values["sent_at"]
    )
    plant(
        "UPDATE notices_delivery SET state = %s, sent_at = %s WHERE id = %s",
        values["state"],
        None if changes.get("unsent") else values["sent_at"],
        delivery.pk,
        without=without,
    )
    return delivery


@fault_of("nothing-forgotten")
def forgotten_notice(world, plant):
    Channel.objects.create(name="邮件", kind=ChannelKind.MAIL)
    reader, entry = (
        UserFactory(email="a@example.com"),
        {"kind": "nearing", "url": "/", "created_at": "2026-11-10T09:00Z"},
    )
    Notice.objects.create(recipient=reader, cause="young", send_after="2026-11-11T10:00+08:00", **entry)
    notice = Notice.objects.create(recipient=reader, cause="old", send_after="2026-11-11T09:00+08:00", **entry)
    return str(notice.pk)


@fault_of("sent-with-its-moment")
def sent_without_a_moment(world, plant):
    delivery = message(plant, unsent=True, without=[("notices_delivery", "delivery_sent_exactly_with_its_moment")])
    return str(delivery.pk)


@fault_of("carried-by-its-own-channel")
def carried_by_a_strangers_mail(world, plant):
    delivery = message(plant)
    notice = Notice.objects.earliest("pk")
    plant("UPDATE notices_notice SET delivery_id = %s WHERE id = %s", delivery.pk, notice.pk)
    return str(delivery.pk)


def test_every_account_has_a_fault_to_find():
    assert {name for name, _plan in FAULTS} == {account.name for account in ACCOUNTS}


@pytest.mark.parametrize(("name", "plan"), FAULTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_planted_fault_is_found_by_its_account(world, plant, name, plan):
    row = plan(world, plant)
    kind = next(account.kind for account in ACCOUNTS if account.name == name)
    assert (name, kind, row) in found()


def test_the_command_lists_what_is_off_and_ends_with_1(world, plant, capsys):
    write_duties()
    call_command("reconcile")
    call_command("reconcile", json=True)
    assert capsys.readouterr().out == "the books balance\n[]\n"
    plant("UPDATE issues_issue SET clock_due_on = '2026-11-23' WHERE id = %s", world["planned"].pk)
    with pytest.raises(SystemExit) as ended:
        call_command("reconcile", json=True)
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out) == [
        {
            "account": "running-clock-follows-the-ledger",
            "kind": "issue",
            "id": world["planned"].number,
            "sentence": "its clock runs to 2026-11-23; the ledger says 2026-11-20",
        }
    ]


def test_a_ladder_no_scan_has_followed_yet_is_not_measured_by(world):
    WarningLadder.objects.create(valid_from=date(2026, 11, 12))
    assert found() == []


def test_a_new_ladder_wakes_no_clock_that_has_stopped(world):
    """A referral that nobody signed for before the platform took its matter back asks for no signature any more."""
    referred = world["referred"]
    withdraw(referred, reason="平台不再需要。", actor=referred.officer.user)
    signs = referred.warnings.filter(deadline__clock="sign")
    before = signs.count()
    ladder, rungs = WarningLadder.objects.create(valid_from=today()), list(Rung.objects.all())
    for rung in rungs:
        rung.pk, rung.ladder, rung.step = None, ladder, rung.step + 10
    Rung.objects.bulk_create(rungs)
    with frozen("2026-11-12T09:05"):
        tick()
        assert (signs.count(), referred.alarms.count()) == (before, 0)
        assert found() == []


def test_a_revision_of_the_calendar_leaves_the_older_versions_alone(world):
    revision = Deadline.objects.values_list("calendar_revision", flat=True).distinct().get()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO workdays_calendarrevision (calendar_id, final_through, note, created_at)"
            " SELECT calendar_id, final_through, 'next', created_at FROM workdays_calendarrevision WHERE id = %s",
            [revision],
        )
        cursor.execute("UPDATE workdays_calendarday SET seq = seq + 1 WHERE date > '2026-10-20'")
    assert found() == []


def test_the_books_balance_through_a_change_of_the_calendar(db):
    """Deadlines are moved, confirmed and kept while they run, warn and fall due; the books are read every morning."""
    officer = OfficerFactory()
    for day in range(1, 21):
        with frozen(f"2026-12-{day:02}T10:00"):
            make_issue(officer, tier="BCD"[day % 3], raised_on=today() - timedelta(days=day % 4))
            tick()
    days = {"2026-12-17": "holiday", "2026-12-26": "make_up"}
    changed = {date.fromisoformat(day): Kept(kind, "", 2027) for day, kind in days.items()}
    with frozen("2026-12-22T10:00"):
        with transaction.atomic():
            change_calendars()
            rewrite(Calendar.objects.get(code=NATIONAL), changed, date(2027, 12, 28), note="test")
        report = catch_up()
        assert min(report.moved, report.confirmed, report.kept) > 0
        assert found() == []
    for morning in range(30):
        with frozen(parse("2026-12-22T11:00") + timedelta(days=morning)):
            tick()
            assert [(today(), *f) for f in found()] == []
