"""The morning digest: one a person and working day, of what is pressing and not acknowledged."""

from datetime import date
from typing import Any

import pytest

from accounts.models import Role, User
from config.clock import frozen
from issues.models import Issue
from issues.services import refer, resolve, withdraw
from issues.tick import tick
from issues.warnings import acknowledge
from notices.models import Heartbeat, Notice
from tests.concurrency import at_once
from tests.factories import OfficerFactory, UnitFactory, UserFactory, disable, make_issue
from tests.issues.acts import fresh, plan, resume, suspend


def digests_at(instant: str) -> int:
    with frozen(instant):
        return tick().digests


def digest_of(user: User, day: str) -> dict[str, Any] | None:
    return Notice.objects.filter(recipient=user, cause=f"digest/{day}").values_list("data", flat=True).first()


@pytest.fixture
def issue(officer):
    """Tier B raised on Thursday 2026-10-15: nearing from Monday 10-26, due on Thursday 10-29."""
    return make_issue(officer)


def test_it_comes_once_with_the_first_run_of_a_working_morning(officer, issue):
    assert digests_at("2026-10-26T08:29:59") == 0
    assert digests_at("2026-10-26T08:30") == 1
    assert digests_at("2026-10-26T08:31") == digests_at("2026-10-26T17:00") == 0
    notice = Notice.objects.get(kind="digest")
    with frozen("2026-10-26T08:30") as at:
        assert (notice.recipient, notice.cause, notice.url) == (officer.user, "digest/2026-10-26", "/")
        assert (notice.created_at, notice.send_after, notice.read_at) == (at, at, None)
    assert digests_at("2026-10-27T10:15") == 1


def test_nothing_at_night_on_days_off_or_without_a_reason(issue):
    assert digests_at("2026-10-23T09:00") == 0  # past its half, no more
    assert digests_at("2026-10-31T09:00") == 0  # a Saturday
    assert digests_at("2026-11-02T18:00") == 0
    assert digests_at("2026-11-03T08:30") == 1


@pytest.mark.at("2026-09-20T12:00")
def test_a_make_up_saturday_has_a_digest_and_a_holiday_has_none(officer):
    make_issue(officer, raised_on=date(2026, 9, 1))
    assert digests_at("2026-10-01T09:00") == 0
    assert digests_at("2026-10-10T09:00") == 1


def test_it_counts_what_each_person_has_to_look_after(officer, issue):
    unit, head = issue.lead_unit, UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit)
    make_issue(officer, tier="C")  # due on 11-05: far
    make_issue(officer, raised_on=date(2026, 10, 10))  # due on 10-23: overdue
    make_issue(OfficerFactory(user=UserFactory(unit=unit)), raised_on=date(2026, 10, 12))  # due today
    UserFactory(role=Role.UNIT_HEAD, unit=UnitFactory(code="U-idle"))
    assert digests_at("2026-10-26T09:00") == 3  # both officers, the head, and nobody of the idle unit
    assert digest_of(officer.user, "2026-10-26") == {"overdue": 1, "due_today": 0, "nearing": 1, "review": 0, "held": 0}
    assert digest_of(head, "2026-10-26") == {"overdue": 1, "due_today": 1, "nearing": 1, "review": 0, "held": 0}


def test_who_was_told_of_a_rung_hears_of_it_until_somebody_knows(officer, issue, bureau_staff):
    for day in ("2026-10-30", "2026-11-03"):
        digests_at(f"{day}T00:00")
    assert digests_at("2026-11-03T09:00") == 2
    assert digest_of(bureau_staff, "2026-11-03") == {"overdue": 1, "due_today": 0, "nearing": 0, "review": 0, "held": 1}
    acknowledge(issue.warnings.get(level="overdue", step=3), bureau_staff)
    assert digests_at("2026-11-04T09:00") == 1
    assert digest_of(bureau_staff, "2026-11-04") is None
    acknowledge(issue.warnings.get(level="overdue", step=1), officer.user)  # the last rung that tells the officer
    assert digests_at("2026-11-05T09:00") == 0


def test_r35_an_acknowledged_rung_is_not_brought_up_again_but_the_next_one_is(officer, issue):
    digests_at("2026-10-26T00:00")
    acknowledge(issue.warnings.get(level="nearing"), officer.user)
    assert digests_at("2026-10-26T09:00") == digests_at("2026-10-27T09:00") == digests_at("2026-10-28T09:00") == 0
    assert digests_at("2026-10-29T09:00") == 1
    assert digest_of(officer.user, "2026-10-29") == {"overdue": 0, "due_today": 1, "nearing": 0, "review": 0, "held": 0}


def test_what_was_held_overnight_is_counted(officer, issue):
    with frozen("2026-10-23T18:30"):
        tick()  # past its half, since yesterday: held over the weekend
    assert digests_at("2026-10-26T08:30") == 1
    assert digest_of(officer.user, "2026-10-26") == {"overdue": 0, "due_today": 0, "nearing": 1, "review": 0, "held": 1}
    assert digests_at("2026-10-27T08:30") == 1
    held = digest_of(officer.user, "2026-10-27")
    assert held is not None
    assert held["held"] == 0


def test_disabled_people_and_stopped_clocks_have_none(officer, issue):
    disable(officer.user)
    assert digests_at("2026-10-26T09:00") == 0
    User.objects.filter(pk=officer.user_id).update(is_active=True)
    Issue.objects.filter(pk=issue.pk).update(state="suspended", clock_due_on=None, nearing_on=None)
    assert digests_at("2026-10-27T09:00") == 0


def test_r31_an_unsigned_referral_is_in_the_digest_of_those_who_were_told(commission):
    issue = make_issue(OfficerFactory(), tier="C")
    head = UserFactory(role=Role.UNIT_HEAD, unit=UnitFactory(code="U-lead", takes_tiers=["C"]))
    refer(issue, unit=head.unit, actor=commission)  # to be signed on Friday 10-16
    assert digests_at("2026-10-16T09:00") == 1
    assert digest_of(head, "2026-10-16") == {"overdue": 0, "due_today": 1, "nearing": 0, "review": 0, "held": 0}
    assert digests_at("2026-10-19T09:00") == 2  # the head and the officer
    assert digests_at("2026-10-20T09:00") == 3  # and the commission office
    found = digest_of(commission, "2026-10-20")
    assert found is not None
    assert found["overdue"] == 1


def resolve_without_signing(issue: Issue, head: User) -> None:
    """Who may sign and acts has signed by it (R31)."""
    resolve(issue, result="solved", reply="已办好。", actor=head)


def plan_without_signing(issue: Issue, head: User) -> None:
    issue.handler = head
    plan(issue, date(2026, 11, 20))


def take_back(issue: Issue, head: User) -> None:
    withdraw(issue, reason="平台不再需要。", actor=issue.officer.user)


@pytest.mark.parametrize("settle", [resolve_without_signing, plan_without_signing, take_back])
def test_r31_nobody_is_asked_to_sign_for_what_is_settled(commission, settle):
    issue = make_issue(OfficerFactory(), tier="D")
    head = UserFactory(role=Role.UNIT_HEAD, unit=UnitFactory(code="U-lead", takes_tiers=["D"]))
    refer(issue, unit=head.unit, actor=commission)
    assert digests_at("2026-10-20T09:00") == 3  # told as late and unsigned: the head, the officer, the commission
    with frozen("2026-10-20T15:00"):
        settle(fresh(issue), head)
    assert digests_at("2026-10-21T09:00") == 0
    assert digest_of(head, "2026-10-21") is None


def test_r36_a_suspension_is_brought_up_from_its_review_on_until_the_clock_goes_on(issue, commission):
    head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit)
    suspend(issue, date(2026, 10, 20))
    Notice.objects.all().delete()  # what the request itself told them
    assert digests_at("2026-10-19T09:00") == 0
    for day in ("2026-10-20", "2026-10-21"):
        assert digests_at(f"{day}T09:00") == 3
        for person in (issue.handler, head, commission):
            assert digest_of(person, day) == {"overdue": 0, "due_today": 0, "nearing": 0, "review": 1, "held": 0}
    with frozen("2026-10-21T15:00"):
        resume(issue)
    assert digests_at("2026-10-22T09:00") == 0


class TestAtOnce:
    pytestmark = pytest.mark.usefixtures("committed")

    def test_four_runs_at_once_write_it_once(self):
        make_issue(OfficerFactory())
        with frozen("2026-10-26T09:00", everywhere=True):
            results = at_once(*[tick] * 4)
            assert sorted(result.digests for result in results) == [0, 0, 0, 1]
        assert Notice.objects.filter(kind="digest").count() == 1
        assert Heartbeat.objects.filter(job="digest").count() == 1
