"""Acknowledging a rung, and what the page of the issue says of its warnings."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import Role
from config.clock import frozen, now
from issues.levels import Yardstick
from issues.models import EventKind, Issue
from issues.models import Warning as IssueWarning
from issues.raised import WarningsOf
from issues.tick import tick
from issues.warnings import acknowledge
from notices.models import Channel, Delivery, DeliveryState, Notice
from tests.concurrency import Call, at_once, wait_until_blocked
from tests.factories import OfficerFactory, UserFactory, make_issue

MORNING = "2026-10-29T09:00"  # due today


@pytest.fixture
def issue(officer):
    """Tier B raised on Thursday 2026-10-15, due on 10-29: past its half, nearing and due today by now."""
    issue = make_issue(officer)
    with frozen(MORNING):
        tick()
    return issue


@pytest.fixture
def warning(issue):
    return issue.warnings.get(level="due_today")


def url_of(warning: IssueWarning) -> str:
    return f"/issues/{warning.issue.number}/warnings/{warning.pk}/"


class TestAcknowledge:
    def test_it_is_kept_with_its_person_moment_and_event(self, officer, warning):
        with frozen("2026-10-29T10:00") as at:
            known = acknowledge(warning, officer.user)
        assert (known.acknowledged_by, known.acknowledged_at) == (officer.user, at)
        event = warning.issue.events.get(kind=EventKind.ACKNOWLEDGED)
        assert (event.actor, event.at, event.before, event.deadline) == (
            officer.user,
            at,
            "due_today",
            warning.deadline,
        )
        assert Notice.objects.get(recipient=officer.user, kind="due_today").read_at == at

    def test_a_second_time_changes_nothing_and_the_first_person_stays(self, officer, issue):
        head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit)
        with frozen("2026-10-30T09:00"):
            tick()
        second = issue.warnings.get(level="overdue", step=2)
        Notice.objects.create(recipient=officer.user, cause=f"warning/{second.deadline_id}/overdue/2", kind="overdue",
                              url="/", created_at=now())  # fmt: skip
        acknowledge(second, head)
        assert acknowledge(second, officer.user).acknowledged_by == head
        assert issue.events.filter(kind=EventKind.ACKNOWLEDGED).count() == 1

    def test_only_those_who_were_told_of_this_rung_may(self, officer, issue, warning, bureau_staff):
        for stranger in (bureau_staff, OfficerFactory().user):
            with pytest.raises(PermissionDenied):
                acknowledge(warning, stranger)
        with pytest.raises(PermissionDenied):  # a lower rung, reached in the same run, told nobody
            acknowledge(issue.warnings.get(level="nearing"), officer.user)
        assert not IssueWarning.objects.exclude(acknowledged_at=None).exists()

    def test_the_next_rung_still_comes(self, officer, issue, warning):
        acknowledge(warning, officer.user)
        with frozen("2026-10-30T09:00"):
            assert tick().overdue == 1
        assert Notice.objects.filter(recipient=officer.user, kind="overdue").exists()


class TestAcknowledgeAtOnce:
    pytestmark = pytest.mark.usefixtures("committed")

    def test_of_two_at_once_one_is_kept(self):
        officer = OfficerFactory()
        issue = make_issue(officer)
        head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit)
        with frozen(MORNING, everywhere=True):
            tick()
            warning = issue.warnings.get(level="due_today")
            people = (officer.user, head)
            results = at_once(*[lambda person=person: acknowledge(warning, person) for person in people])
        assert results[0].acknowledged_by == results[1].acknowledged_by
        assert issue.events.filter(kind=EventKind.ACKNOWLEDGED).count() == 1

    def test_it_waits_for_whoever_moves_the_issue(self):
        issue = make_issue(OfficerFactory())
        with frozen(MORNING, everywhere=True):
            tick()
            warning = issue.warnings.get(level="due_today")
            with transaction.atomic():
                Issue.objects.select_for_update().get(pk=issue.pk)
                call = Call(lambda: acknowledge(warning, issue.handler))
                wait_until_blocked()
            assert call.result().acknowledged_at is not None


class TestThePage:
    def test_the_button_acknowledges_and_comes_back(self, sign_in, officer, warning):
        client = sign_in(officer.user)
        page = client.get(warning.issue.get_absolute_url()).content.decode()
        assert page.count(f'action="{url_of(warning)}"') == page.count("/warnings/") == 1
        answer = client.post(url_of(warning), follow=True)
        assert answer.redirect_chain == [(warning.issue.get_absolute_url(), 302)]
        html = answer.content.decode()
        assert "已记下您知悉这条预警" in html
        assert f"{officer.user.name} 10月15日 12:00 已知悉" in html
        assert "/warnings/" not in html

    def test_from_the_inbox_it_leads_back_there_and_nowhere_else(self, sign_in, officer, warning):
        client = sign_in(officer.user)
        assert f'action="{url_of(warning)}"' in client.get("/notices/").content.decode()
        assert client.post(url_of(warning), {"next": "/notices/"})["Location"] == "/notices/"
        assert "/warnings/" not in client.get("/notices/").content.decode()
        for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(1)"):
            assert client.post(url_of(warning), {"next": elsewhere})["Location"] == warning.issue.get_absolute_url()

    def test_outsider_reader_and_anonymous(self, sign_in, client, warning, leader):
        outsider = sign_in(OfficerFactory().user)
        assert outsider.post(url_of(warning)).status_code == 404
        assert sign_in(leader).post(url_of(warning)).status_code == 403
        assert client.post(url_of(warning))["Location"].startswith("/sign-in/")
        assert not IssueWarning.objects.exclude(acknowledged_at=None).exists()

    def test_another_issues_warning_a_missing_one_and_a_look_are_no_way_in(self, sign_in, officer, warning):
        other, client = make_issue(officer), sign_in(officer.user)
        assert client.post(f"/issues/{other.number}/warnings/{warning.pk}/").status_code == 404
        assert client.post(f"/issues/{other.number}/warnings/999999/").status_code == 404
        assert client.post(f"/issues/{other.number}/warnings/{10**30}/").status_code == 404
        assert client.get(url_of(warning)).status_code == 405

    def test_it_says_what_was_reached_who_was_told_and_what_is_to_come(self, sign_in, officer, issue, warning):
        mail = Channel.objects.filter(kind="mail").first() or Channel.objects.create(name="邮件", kind="mail")
        with frozen("2026-10-29T09:01") as sent_at:
            delivery = Delivery.objects.create(
                channel=mail, recipient=officer.user, content={}, state=DeliveryState.SENT, next_attempt_at=sent_at,
                created_at=sent_at, sent_at=sent_at,
            )  # fmt: skip
        Notice.objects.filter(kind="due_today").update(delivery=delivery)
        with frozen("2026-10-29T12:00", everywhere=True):
            shown = WarningsOf(issue, officer.user, Yardstick())
            html = sign_in(officer.user).get(issue.get_absolute_url()).content.decode()
        assert [(each.chip.word, each.reached_on, each.was_topped, len(each.told)) for each in shown.raised] == [
            ("今日到期", date(2026, 10, 29), False, 1),
            ("临期", date(2026, 10, 26), True, 0),
            ("过半", date(2026, 10, 22), True, 0),
        ]
        told = shown.raised[0].told[0]
        assert (told.name, told.mail, told.mail_at, told.read_at) == (officer.user.name, "邮件已送达", sent_at, None)
        assert [(each.chip.word, each.on, each.whom) for each in shown.coming] == [
            ("逾期", date(2026, 10, 30), "承办人、平台的联点干部"),
            ("逾期·第2级", date(2026, 10, 30), "主办单位负责人"),
            ("逾期·第3级", date(2026, 11, 3), "市科技局"),
            ("逾期·第4级", date(2026, 11, 5), "市委科技办"),
        ]
        for words in ("邮件已送达", "站内，未读", "10月30日 逾期：通知承办人、平台的联点干部", "同时到达更高的级次"):
            assert words in html, words

    @pytest.mark.parametrize(
        ("state", "word"), [(DeliveryState.WAITING, "邮件发送中"), (DeliveryState.DEAD, "邮件未能送达")]
    )
    def test_a_mail_that_waits_or_failed_says_so(self, officer, issue, warning, state, word):
        mail = Channel.objects.filter(kind="mail").first() or Channel.objects.create(name="邮件", kind="mail")
        delivery = Delivery.objects.create(
            channel=mail, content={}, state=state, next_attempt_at=now(), created_at=now()
        )
        Notice.objects.filter(kind="due_today").update(delivery=delivery)
        told = WarningsOf(issue, officer.user, Yardstick()).raised[0].told[0]
        assert (told.mail, told.is_dead) == (word, state == DeliveryState.DEAD)

    def test_a_resolved_issue_has_nothing_to_come(self, officer, issue):
        Issue.objects.filter(pk=issue.pk).update(state="resolved", resolved_at=now(), result="solved",
                                                 clock_due_on=None, nearing_on=None)  # fmt: skip
        issue.alarms.all().delete()
        assert WarningsOf(issue, officer.user, Yardstick()).coming == []

    def test_one_warning_and_two_hundred_cost_the_same_statements(
        self, sign_in, officer, issue, django_assert_max_num_queries
    ):
        client, deadline = sign_in(officer.user), issue.deadlines.get()
        with django_assert_max_num_queries(100) as first:
            client.get(issue.get_absolute_url())
        for step in range(10, 210):
            IssueWarning.objects.create(issue=issue, deadline=deadline, level="overdue", step=step,
                                        reached_on=date(2026, 10, 30), raised_at=now())  # fmt: skip
            issue.events.create(kind=EventKind.WARNED, at=now(), after="overdue", deadline=deadline)
            Notice.objects.create(recipient=officer.user, cause=f"warning/{deadline.pk}/overdue/{step}",
                                  kind="overdue", url="/", created_at=now())  # fmt: skip
        with django_assert_max_num_queries(100) as second:
            html = client.get(issue.get_absolute_url()).content.decode()
        assert len(first) == len(second)
        assert html.count("/warnings/") == 1  # the newest rung that the reader was told of
