"""Every kind of act lands in the log once, with who did it, as what, from where and how it went."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, Role, Scope, User
from accounts.services import create_token, revoke_token
from audit.models import Action, AuditEntry
from audit.origin import acting_as
from config.clock import now, today
from issues.models import Event, Issue, Request
from issues.services import decide
from issues.services.requests import ask_for_suspension
from tests.audit.log import mark, said
from tests.factories import (
    AssignmentFactory,
    CategoryFactory,
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
    make_issue,
    make_visit,
)
from tests.liaisons.files import register, xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def security(sign_in: Any) -> tuple[User, Client]:
    user = UserFactory(role=Role.SECURITY_ADMIN, unit=None)
    return user, sign_in(user)


@pytest.fixture
def system(sign_in: Any) -> tuple[User, Client]:
    user = UserFactory(role=Role.SYSTEM_ADMIN, unit=None)
    return user, sign_in(user)


class TestSignIns:
    def test_a_sign_in_and_a_sign_out(self, client: Client) -> None:
        user = UserFactory(username="chen")
        before = mark()
        client.post("/sign-in/", {"username": "chen", "password": "pass-word-1"}, REMOTE_ADDR="10.1.2.3")
        client.post("/sign-out/", REMOTE_ADDR="10.1.2.3")
        assert said(before) == [
            ("sign_in", "accounts_user", "chen", user.pk, True),
            ("sign_out", "accounts_user", "chen", user.pk, True),
        ]
        entry = AuditEntry.objects.get(action=Action.SIGN_IN)
        assert (entry.source, entry.actor_name, entry.actor_role, entry.at) == ("10.1.2.3", user.name, "officer", now())

    def test_a_sign_in_that_failed_under_the_name_that_was_typed(self, client: Client) -> None:
        UserFactory(username="chen")
        before = mark()
        client.post("/sign-in/", {"username": "chen", "password": "wrong"})
        client.post("/sign-in/", {"username": "nobody", "password": "wrong"})
        assert said(before) == [
            ("sign_in", "accounts_user", "chen", None, False),
            ("sign_in", "accounts_user", "nobody", None, False),
        ]

    def test_what_is_read_writes_nothing(self, sign_in: Any) -> None:
        officer = OfficerFactory()
        client = sign_in(officer.user)
        before = mark()
        client.get("/workbench/")
        assert said(before) == []


class TestPermissions:
    def test_an_account_made_changed_and_disabled(self, security: tuple[User, Client]) -> None:
        actor, client = security
        unit = UnitFactory(code="M-STB")
        before = mark()
        data = {"username": "wang", "name": "王五", "role": "unit_head", "unit": unit.pk, "phone": "13812345678"}
        passwords = {"usable_password": "true", "password1": "long-enough-1", "password2": "long-enough-1"}
        client.post(reverse("admin:accounts_user_add"), data | passwords)
        user = User.objects.get(username="wang")
        client.post(reverse("admin:accounts_user_change", args=[user.pk]), data | {"role": "clerk", "is_active": "on"})
        client.post(reverse("admin:accounts_user_change", args=[user.pk]), data | {"role": "clerk"})
        assert said(before) == [
            ("create", "accounts_user", "wang", actor.pk, True),
            ("change", "accounts_user", "wang", actor.pk, True),
            ("change", "accounts_user", "wang", actor.pk, True),
        ]
        made, changed, disabled = AuditEntry.objects.filter(pk__gt=before).order_by("pk")
        assert made.detail["phone"] == "138****5678"
        assert "password" not in made.detail
        assert changed.detail == {"role": ["unit_head", "clerk"]}
        assert disabled.detail == {"is_active": [True, False]}

    def test_a_password_changed_says_that_and_nothing_of_it(self, sign_in: Any) -> None:
        user = UserFactory()
        client = sign_in(user)
        before = mark()
        new = {"new_password1": "Xiang-jiang-26", "new_password2": "Xiang-jiang-26"}
        client.post("/password/", {"old_password": "pass-word-1", **new})
        assert said(before) == [("password", "accounts_user", user.username, user.pk, True)]
        assert AuditEntry.objects.get(pk__gt=before).detail == {"password": "***"}

    def test_a_password_set_by_the_security_administrator(self, security: tuple[User, Client]) -> None:
        actor, client = security
        user = UserFactory()
        before = mark()
        data = {"usable_password": "true", "password1": "long-enough-1", "password2": "long-enough-1"}
        client.post(reverse("admin:auth_user_password_change", args=[user.pk]), data | {"set-password": "1"})
        assert said(before) == [("password", "accounts_user", user.username, actor.pk, True)]

    def test_a_token_made_on_the_server_and_taken_back_by_the_security_administrator(
        self, security: tuple[User, Client]
    ) -> None:
        actor, client = security
        owner = UserFactory(role=Role.API_CLIENT)
        before = mark()
        token, text = create_token(user=owner, name="市平台", scopes=[Scope.READ_ISSUES], days=30)
        client.post(reverse("admin:accounts_apitoken_delete", args=[token.pk]), {"post": "yes"})
        assert said(before) == [
            ("create", "accounts_apitoken", "市平台", None, True),
            ("delete", "accounts_apitoken", "市平台", actor.pk, True),
        ]
        made = AuditEntry.objects.filter(pk__gt=before).earliest("pk")
        assert made.key == text[:15]
        assert token.digest not in str(made.detail)

    def test_a_token_in_use_is_no_entry(self, client: Client) -> None:
        owner = UserFactory(role=Role.API_CLIENT)
        _token, text = create_token(user=owner, name="市平台", scopes=[Scope.READ_ISSUES], days=30)
        before = mark()
        assert client.get("/api/v1/issues/", headers={"Authorization": f"Bearer {text}"}).status_code == 200
        assert ApiToken.objects.get().last_used_on == today()
        assert said(before) == []
        revoke_token(text)
        assert said(before) == [("delete", "accounts_apitoken", "市平台", None, True)]

    def test_an_account_made_on_the_server_has_no_actor(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LIANDIAN_PASSWORD", "Yuelu-shan-2026")
        before = mark()
        call_command("create_user", "aud", name="审计", role="audit_admin", verbosity=0)
        assert said(before) == [("create", "accounts_user", "aud", None, True)]

    def test_a_role_changed_by_hand_in_the_database_is_seen(self) -> None:
        user = UserFactory()
        before = mark()
        User.objects.filter(pk=user.pk).update(role=Role.SECURITY_ADMIN)
        assert said(before) == [("change", "accounts_user", user.username, None, True)]


class TestPhoneNumbers:
    def test_a_number_shown(self, sign_in: Any) -> None:
        officer = OfficerFactory()
        contact = PlatformContactFactory(platform=PlatformFactory(name="甲实验室", officer=officer))
        client = sign_in(officer.user)
        before = mark()
        client.post(reverse("platforms:reveal-phone", args=[contact.platform.pk, contact.pk]))
        label = "甲实验室 王* 138****5678"
        assert said(before) == [("reveal", "platforms_platformcontact", label, officer.user.pk, True)]

    def test_a_number_refused(self, sign_in: Any, bureau_staff: User) -> None:
        contact = PlatformContactFactory(platform=PlatformFactory(name="甲实验室"))
        client = sign_in(bureau_staff)
        before = mark()
        url = reverse("platforms:reveal-phone", args=[contact.platform.pk, contact.pk])
        assert client.post(url).status_code == 403
        label = "甲实验室 王* 138****5678"
        assert said(before) == [("reveal", "platforms_platformcontact", label, bureau_staff.pk, False)]


class TestExports:
    def test_the_list_of_issues_with_its_filters(self, sign_in: Any, bureau_staff: User) -> None:
        client = sign_in(bureau_staff)
        before = mark()
        client.get("/issues/export/?tier=B")
        assert said(before) == [("export", "issues_issue", "", bureau_staff.pk, True)]
        assert AuditEntry.objects.get(pk__gt=before).detail == {"filters": "tier=B"}

    def test_the_log_itself(self, sign_in: Any) -> None:
        auditor = UserFactory(role=Role.AUDIT_ADMIN, unit=None)
        client = sign_in(auditor)
        before = mark()
        client.get("/audit/export/?action=sign_in")
        assert said(before) == [("export", "audit_auditentry", "", auditor.pk, True)]


class TestCases:
    def test_a_visit_with_three_issues_logged_by_form(self, sign_in: Any) -> None:
        officer = OfficerFactory()
        platform = PlatformFactory(name="甲实验室", officer=officer)
        client = sign_in(officer.user)
        before = mark()
        issue = {"tier": "B", "category": CategoryFactory().code, "text": "实验楼消防验收迟迟没有通过"}
        visit = {
            "client_id": str(uuid.uuid4()),
            "platform": platform.pk,
            "visited_on": today().isoformat(),
            "mode": "on_site",
            "text": "看了试验间。",
            "issues": [issue] * 3,
        }
        answer = client.post("/api/v1/visits/", visit, content_type="application/json", REMOTE_ADDR="10.1.2.3")
        assert answer.status_code == 201, answer.content
        moves = [("move", "issues_issue", number, officer.user.pk, True) for number in numbers_of_issues()]
        assert said(before) == [("create", "visits_visit", "甲实验室", officer.user.pk, True), *moves]
        assert set(AuditEntry.objects.filter(pk__gt=before).values_list("source", flat=True)) == {"10.1.2.3"}
        # R58: the auditor reads logs; what was said on the platform is not in them.
        assert "消防" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))

    def test_an_edit_once_and_without_its_words(self, sign_in: Any) -> None:
        officer = OfficerFactory()
        issue, client = make_issue(officer), sign_in(officer.user)
        before = mark()
        said_there = {"text": "消防验收已经排期", "category": issue.category_id, "nature": "", "version": 1}
        grading = {"urgency": "normal", "importance": "ordinary"}
        answer = client.post(f"/issues/{issue.number}/edit/", said_there | grading)
        assert answer.status_code == 302
        assert said(before) == [("move", "issues_issue", issue.number, officer.user.pk, True)]
        # R58, as above: the timeline has old and new.
        assert "消防" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))

    def test_every_event_of_a_person_and_none_of_a_job(self) -> None:
        officer = OfficerFactory()
        issue = make_issue(officer)
        before = mark()
        make_event(issue, officer.user, "acknowledged")  # nobody is at work: a load, a job
        with acting_as(officer.user):
            make_event(issue, officer.user, "acknowledged")
            make_event(issue, None, "warned")
            make_event(issue, officer.user, "calendar_revised")
        assert said(before) == [("move", "issues_issue", issue.number, officer.user.pk, True)]
        entry = AuditEntry.objects.get(pk__gt=before)
        assert (entry.key, entry.detail) == (str(issue.pk), {"kind": "acknowledged", "before": "", "after": ""})

    def test_a_decision(self, commission: User) -> None:
        officer = OfficerFactory()
        issue = make_issue(officer)
        request = ask_for_suspension(issue, review_on=today() + timedelta(days=30), reason="等材料", actor=officer.user)
        before = mark()
        with acting_as(commission):
            decide(Request.objects.get(pk=request.pk), approve=False, note="材料已齐", actor=commission)
        assert said(before) == [
            ("decide", "issues_request", issue.number, commission.pk, True),
            ("move", "issues_issue", issue.number, commission.pk, True),
        ]
        decision = AuditEntry.objects.get(action=Action.DECIDE)
        assert decision.detail == {"state": ["pending", "refused"]}


class TestRegister:
    def test_a_platform_and_its_contact_edited_keep_old_and_new(self, sign_in: Any, bureau_staff: User) -> None:
        contact = PlatformContactFactory(platform=PlatformFactory(name="甲实验室"))
        platform = contact.platform
        before = mark()
        with acting_as(bureau_staff):
            platform.name = "乙实验室"
            platform.save()
            contact.phone = "13900000000"
            contact.save()
        assert said(before) == [
            ("change", "platforms_platform", f"{platform.code} 乙实验室", bureau_staff.pk, True),
            ("change", "platforms_platformcontact", "乙实验室", bureau_staff.pk, True),
        ]
        first, second = AuditEntry.objects.filter(pk__gt=before).order_by("pk")
        assert first.detail == {"name": ["甲实验室", "乙实验室"]}
        assert second.detail == {"phone": ["138****5678", "139****0000"]}

    def test_an_assignment_made_and_ended(self, sign_in: Any, bureau_staff: User) -> None:
        assignment = AssignmentFactory()
        client = sign_in(bureau_staff)
        before = mark()
        client.post(reverse("liaisons:end-assignment", args=[assignment.pk]), {"ended_on": today().isoformat()})
        label = f"{assignment.officer.user.name} — {assignment.platform.name}"
        assert said(before) == [("change", "liaisons_assignment", label, bureau_staff.pk, True)]
        assert AuditEntry.objects.get(pk__gt=before).detail == {"ended_on": [None, "2026-10-15"]}

    def test_an_import_as_a_whole_and_row_by_row(self, bureau_staff: User) -> None:
        from liaisons.imports import run_import
        from tests.factories import DistrictFactory, PlatformTypeFactory

        PlatformTypeFactory()
        DistrictFactory()
        before = mark()
        with acting_as(bureau_staff):
            run_import("底册.xlsx", xlsx(register()), actor=bureau_staff, apply=False)
            assert said(before) == []
            report = run_import("底册.xlsx", xlsx(register()), actor=bureau_staff, apply=True)
        assert report.applied
        entries = said(before)
        assert entries[-1] == ("import", "", "底册.xlsx", bureau_staff.pk, True)
        assert {subject for _action, subject, *_rest in entries[:-1]} == {
            *("accounts_unit", "accounts_user", "platforms_platform", "platforms_platformcontact"),
            *("liaisons_officer", "liaisons_assignment"),
        }


class TestSettings:
    def test_a_number_of_the_bureau(self, system: tuple[User, Client]) -> None:
        actor, client = system
        before = mark()
        data = {"tier": "B", "working_days": "8", "note": "新规定", "valid_from": "2026-11-01"}
        client.post(reverse("admin:issues_tierterm_add"), data)
        assert said(before) == [("create", "issues_tierterm", "B 2026-11-01", actor.pk, True)]

    def test_a_slip_of_the_pen_mended_keeps_old_and_new(self, system: tuple[User, Client]) -> None:
        actor, client = system
        issue = make_issue()
        before = mark()
        data = {"text": "实验楼消防验收已经通过", "category": issue.category_id}
        answer = client.post(reverse("admin:issues_issue_change", args=[issue.pk]), data)
        assert answer.status_code == 302
        assert said(before) == [("change", "issues_issue", issue.number, actor.pk, True)]
        entry = AuditEntry.objects.get(pk__gt=before)
        assert entry.detail == {"text": ["实验楼消防验收迟迟没有通过", "实验楼消防验收已经通过"]}
        assert Issue.objects.get().text == "实验楼消防验收已经通过"

    def test_a_visit_mended(self, system: tuple[User, Client]) -> None:
        _actor, client = system
        visit = make_visit()
        before = mark()
        data = {"text": "看了新试验间。", "people_met": "", "companions": ""}
        inline = {"needs-TOTAL_FORMS": "0", "needs-INITIAL_FORMS": "0"}
        answer = client.post(reverse("admin:visits_visit_change", args=[visit.pk]), data | inline)
        assert answer.status_code == 302
        assert [each[:2] for each in said(before)] == [("change", "visits_visit")]
        assert AuditEntry.objects.get(pk__gt=before).detail == {"text": [visit.text, "看了新试验间。"]}


def numbers_of_issues() -> list[str]:
    return list(Issue.objects.order_by("pk").values_list("number", flat=True))


def make_event(issue: Issue, actor: User | None, kind: str) -> None:
    Event.objects.create(issue=issue, kind=kind, at=now(), actor=actor)
