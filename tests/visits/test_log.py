"""/visits/new/: who may log, what one submit does, and that a second one does nothing more."""

import uuid
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from issues.models import Deadline, Event, Issue
from issues.services import register_issues
from tests.concurrency import at_once, wait_until_blocked
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory, UserFactory, make_visit
from tests.visits.typed import Typed
from visits import services
from visits.models import Visit, VisitNeed

LOG = reverse("visits:log")


@pytest.fixture
def desk(sign_in, officer, platform):
    """The officer's browser."""
    return sign_in(officer.user)


# A contact comes by a link and is refused everywhere else (tests/contacts).
MAY_LOG = (Role.OFFICER, Role.BUREAU_STAFF, Role.PLATFORM_CONTACT)


@pytest.mark.django_db
class TestWhoMayLog:
    def test_an_officer_and_bureau_staff_may(self, desk, sign_in, bureau_staff, typed):
        assert desk.get(LOG).status_code == 200
        assert sign_in(bureau_staff).get(LOG).status_code == 200

    @pytest.mark.parametrize("role", [role for role in Role if role not in MAY_LOG])
    def test_nobody_else_may_even_open_the_form(self, sign_in, role, typed):
        client = sign_in(UserFactory(role=role))
        assert client.get(LOG).status_code == 403
        assert client.post(LOG, typed()).status_code == 403
        assert not Visit.objects.exists()

    def test_an_anonymous_submit_leads_to_the_sign_in_page(self, client, typed):
        answer = client.post(LOG, typed())
        assert (answer.status_code, answer.url) == (302, "/sign-in/?next=/visits/new/")
        assert not Visit.objects.exists()

    def test_an_outsider_cannot_log_for_a_platform_of_someone_else(self, sign_in, typed):
        outsider = OfficerFactory()
        PlatformFactory(officer=outsider)
        answer = sign_in(outsider.user).post(LOG, typed())
        assert answer.status_code == 422
        assert answer.context["form"].visit.errors == {"platform": ["您只能为自己联点的平台记录联系。"]}
        assert not Visit.objects.exists()

    def test_what_bureau_staff_type_in_is_the_platforms_officers_visit(self, sign_in, bureau_staff, officer, typed):
        sign_in(bureau_staff).post(LOG, typed())
        visit = Visit.objects.get()
        assert (visit.officer, visit.created_by) == (officer, bureau_staff)

    def test_bureau_staff_are_told_when_a_platform_has_no_officer(self, sign_in, bureau_staff, typed):
        answer = sign_in(bureau_staff).post(LOG, typed(platform=str(PlatformFactory().pk)))
        assert answer.status_code == 422
        assert answer.context["form"].visit.errors == {"platform": ["这家平台还没有联点干部，请先安排。"]}

    def test_a_platform_handed_over_while_the_form_was_open_is_refused_beside_the_field(self, desk, officer, typed):
        data = typed().with_issue()
        officer.assignments.update(ended_on=date(2026, 10, 14))
        answer = desk.post(LOG, data)
        assert answer.status_code == 422
        assert answer.context["form"].visit.errors == {"platform": ["您只能为自己联点的平台记录联系。"]}


@pytest.mark.django_db
class TestOneSubmit:
    def test_it_logs_the_visit_with_its_needs_and_issues(self, desk, officer, platform, typed):
        data = typed(
            visited_on="2026-10-13",
            mode="phone",
            people_met="副主任 刘*",
            companions="张*",
            is_missed="",
            **{"conditions-difficulty": "设备进不了场", "talent-need": "周末工程师", "transfer-need": "  "},
        )
        data.with_issue(
            "C", nature="cross_unit", urgency="urgent", importance="major", grading_reason="两家单位已经谈妥。"
        )
        data.with_issue("A", text="能否柔性引才", platform_agrees="on")
        answer = desk.post(LOG, data)
        visit = Visit.objects.get()
        assert (answer.status_code, answer.url) == (302, f"/visits/{visit.pk}/")
        assert (visit.platform, visit.officer, visit.created_by) == (platform, officer, officer.user)
        assert (visit.visited_on, visit.mode, visit.is_reached) == (date(2026, 10, 13), "phone", True)
        assert (visit.people_met, visit.companions, visit.text) == ("副主任 刘*", "张*", "看了新装修的振动试验间。")
        assert str(visit.client_id) == data["client_id"]
        assert list(visit.needs.values_list("domain", "difficulty", "need")) == [
            ("conditions", "设备进不了场", ""),
            ("talent", "", "周末工程师"),
        ]
        as_told = visit.issues.order_by("pk").values_list("number", "tier", "text", "nature", "urgency", "importance")
        assert list(as_told) == [
            ("2026-000001", "C", "消防验收没有通过", "cross_unit", "urgent", "major"),
            ("2026-000002", "A", "能否柔性引才", "", "normal", "ordinary"),
        ]
        outcome = visit.issues.order_by("pk").values_list("due_on", "state", "reply", "is_confirmed_solved")
        assert list(outcome) == [
            (date(2026, 11, 3), "graded", "", False),
            (None, "confirmed", "可以，已留下办事指南。", True),
        ]

    def test_its_answer_names_the_numbers_and_the_last_days(self, desk, typed):
        answer = desk.post(LOG, typed().with_issue("B").with_issue("A"))
        first, second = (f'<a href="/issues/2026-00000{n}/">2026-00000{n}</a>' for n in (1, 2))
        (said,) = get_messages(answer.wsgi_request)
        assert str(said).strip() == (
            '<p class="mb-0">已记下这次联系。登记问题 2 项：'
            f"{first}（B 本单位办理，最迟2026年10月29日）、{second}（A 当场解决，已答复）。</p>"
        )
        assert '<a href="/issues/2026-000001/">' in desk.get(answer.url).content.decode()

    @pytest.mark.at("2026-12-15T12:00")
    def test_a_last_day_beyond_the_published_calendar_is_called_provisional(self, desk, typed):
        answer = desk.post(LOG, typed(visited_on="2026-12-15").with_issue("C"))
        (said,) = get_messages(answer.wsgi_request)
        assert "（C 跨部门协调，最迟2027年1月6日，暂定）" in str(said)

    def test_rows_may_have_gone_from_the_middle(self, desk, typed):
        desk.post(LOG, typed().with_issue(key=1, text="一").with_issue(key=7, text="二"))
        assert list(Issue.objects.order_by("pk").values_list("text", flat=True)) == ["一", "二"]

    def test_without_contact_it_is_an_attempt(self, desk, typed):
        desk.post(LOG, typed(mode="phone", is_missed="on", text="打了两次没人接。"))
        assert Visit.objects.get().is_reached is False

    def test_an_answer_typed_before_another_tier_was_chosen_is_not_taken_for_one(self, desk, typed):
        desk.post(LOG, typed().with_issue("B", answer="x" * 3000, platform_agrees="on"))
        issue = Issue.objects.get()
        assert (issue.state, issue.reply, issue.is_confirmed_solved) == ("accepted", "", False)

    def test_one_wrong_issue_leaves_no_trace_of_the_rest(self, desk, typed):
        data = typed(**{"talent-need": "周末工程师"}).with_issue("B").with_issue("C", text="")
        assert desk.post(LOG, data).status_code == 422
        assert not any(model.objects.exists() for model in (Visit, VisitNeed, Issue, Deadline, Event))

    def test_a_failure_half_way_leaves_no_trace_either(self, desk, typed, monkeypatch):
        def fail(*args: Any, **kwargs: Any) -> None:
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(services, "register_issues", fail)
        with pytest.raises(RuntimeError):
            desk.post(LOG, typed().with_issue())
        assert not Visit.objects.exists()
        assert not VisitNeed.objects.exists()

    def test_statements_do_not_grow_with_the_issues(self, desk, typed):
        desk.post(LOG, typed().with_issue())
        counts = []
        for issues in (1, 30):
            data = typed()
            for _ in range(issues):
                data.with_issue("B")
            with CaptureQueriesContext(connection) as asked:
                assert desk.post(LOG, data).status_code == 302
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_a_browser_without_script_still_sends_an_id(self, desk):
        sent = desk.get(LOG).context["form"].visit["client_id"].value()
        assert uuid.UUID(str(sent)).version == 4

    @pytest.mark.parametrize("client_id", ["", "nonsense", "1" * 400])
    def test_a_broken_id_costs_nothing_but_the_protection(self, desk, typed, client_id):
        assert desk.post(LOG, typed(client_id=client_id)).status_code == 302
        assert Visit.objects.get().client_id.version == 4


@pytest.mark.django_db
class TestASecondSubmit:
    def test_gives_the_first_result_and_says_so(self, desk, typed):
        data = typed().with_issue()
        first = desk.post(LOG, data)
        second = desk.post(LOG, {**data, "text": "改了几个字"})
        assert (second.status_code, second.url) == (302, first.url)
        assert Visit.objects.get().text == "看了新装修的振动试验间。"
        assert Issue.objects.count() == 1
        assert "先前已经记下" in desk.get(second.url).content.decode()

    def test_gives_the_first_result_even_when_the_platform_has_a_new_officer_since(self, desk, officer, typed):
        data = typed().with_issue()
        first = desk.post(LOG, data)
        officer.assignments.update(ended_on=date(2026, 10, 14))
        logged = services.log_visit(
            services.NewVisit(
                client_id=uuid.UUID(data["client_id"]),
                platform=Visit.objects.get().platform,
                visited_on=date(2026, 10, 15),
                mode="phone",
                text="再发一次",
                needs={},
            ),
            actor=officer.user,
        )
        assert (logged.visit.get_absolute_url(), logged.is_new) == (first.url, False)

    def test_an_id_that_another_person_used_is_replaced_so_that_the_next_submit_works(self, desk, typed):
        taken = make_visit()
        answer = desk.post(LOG, typed(client_id=str(taken.client_id)))
        assert answer.status_code == 422
        assert list(answer.context["form"].visit.errors) == ["client_id"]
        fresh = answer.context["form"].visit["client_id"].value()
        assert fresh != str(taken.client_id)
        assert desk.post(LOG, typed(client_id=fresh)).status_code == 302


@pytest.mark.usefixtures("committed")
def test_twins_sent_at_once_are_one_visit_and_both_lead_to_it(monkeypatch):
    """One holds its visit uncommitted until the other waits for the same id; then both are through."""
    officer = OfficerFactory()
    data = Typed(PlatformFactory(officer=officer), CategoryFactory()).with_issue().with_issue("A")
    register = register_issues

    def register_once_the_twin_waits(*args: Any, **kwargs: Any) -> list[Issue]:
        wait_until_blocked()
        return register(*args, **kwargs)

    monkeypatch.setattr(services, "register_issues", register_once_the_twin_waits)
    twins = Client(), Client()
    for twin in twins:
        twin.force_login(officer.user)
    answers = at_once(*(partial(twin.post, LOG, data) for twin in twins))
    visit = Visit.objects.get()
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, f"/visits/{visit.pk}/")] * 2
    assert (Issue.objects.count(), Event.objects.count()) == (2, 3)
