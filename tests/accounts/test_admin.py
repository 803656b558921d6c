"""The administration: three administrators, none of whom can do another's work, and who rewrite no past."""

from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import ADMINISTRATORS, ApiToken, Role, Scope, Unit, User
from accounts.rights import RIGHTS
from accounts.services import create_token
from issues.models import Issue, TierTerm
from liaisons.models import PortfolioRule
from platforms.models import PlatformContact
from tests.factories import (
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
    make_issue,
    make_visit,
)
from workdays.models import CalendarDay

pytestmark = pytest.mark.django_db

MODELS = {model._meta.label_lower: model for model in admin.site._registry}
VERBS = ("view", "add", "change", "delete")
# A contact comes by a link and is refused everywhere else (tests/contacts).
BY_PASSWORD = [role for role in Role if role != Role.PLATFORM_CONTACT]
ADMITTED = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)


def path_of(label: str, page: str, *args: Any) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=args)


@pytest.fixture
def administrator(sign_in: Any) -> Client:
    client: Client = sign_in(UserFactory(role=Role.SYSTEM_ADMIN, unit=None))
    return client


@pytest.fixture
def guard(sign_in: Any) -> Client:
    client: Client = sign_in(UserFactory(role=Role.SECURITY_ADMIN, unit=None))
    return client


class TestRights:
    """Each administrator, each page, each verb: as accounts.rights has them and no more."""

    def test_every_page_is_somebodys_and_no_page_is_two_peoples(self) -> None:
        owners = [table for tables in RIGHTS.values() for table in tables if table != "issues.rung"]
        assert sorted(owners) == sorted({*MODELS, "visits.visitneed"})  # these two stand on other rows' pages
        assert not set(RIGHTS[Role.SYSTEM_ADMIN]) & set(RIGHTS[Role.SECURITY_ADMIN])
        assert Role.AUDIT_ADMIN not in RIGHTS

    def test_nothing_of_cases_and_accounts_can_be_deleted(self) -> None:
        deletable = {table for tables in RIGHTS.values() for table, verbs in tables.items() if "delete" in verbs}
        assert deletable == {
            *("accounts.apitoken", "liaisons.dutyrule", "liaisons.portfoliorule", "platforms.linkrule"),
            *("issues.firstreplyterm", "issues.handlingrule", "issues.rung", "issues.signingterm", "issues.tierterm"),
            *("issues.warningladder", "visits.feedbackterm"),
        }

    @pytest.mark.parametrize("role", BY_PASSWORD)
    def test_lists_open_to_their_keeper_alone(self, role: Role, sign_in: Any) -> None:
        client = sign_in(UserFactory(role=role))
        for label in MODELS:
            expected = 200 if label in RIGHTS.get(role, {}) else 403
            got = client.get(path_of(label, "changelist"), follow=role not in ADMITTED).status_code
            assert (label, got) == (label, expected)

    @pytest.mark.parametrize("role", ADMINISTRATORS)
    def test_forms_to_add_open_to_those_who_may_add(self, role: Role, sign_in: Any) -> None:
        client = sign_in(UserFactory(role=role))
        for label in MODELS:
            expected = 200 if "add" in RIGHTS.get(role, {}).get(label, ()) else 403
            answer = client.get(path_of(label, "add"), follow=role not in ADMITTED)
            assert (label, answer.status_code) == (label, expected)

    @pytest.mark.parametrize("role", ADMINISTRATORS)
    def test_rows_are_changed_and_deleted_by_those_who_may(self, role: Role, sign_in: Any) -> None:
        officer = OfficerFactory()
        make_visit(officer, platform=PlatformFactory(officer=officer))
        make_issue(officer)
        PlatformContactFactory()
        create_token(user=UserFactory(role=Role.API_CLIENT), name="x", scopes=[Scope.READ_ISSUES], days=30)
        client = sign_in(UserFactory(role=role))
        tried = 0
        for label, model in MODELS.items():
            row = model._default_manager.order_by("pk").first()
            if row is None:
                continue
            verbs, tried = RIGHTS.get(role, {}).get(label, frozenset()), tried + 1
            page = client.get(path_of(label, "change", row.pk), follow=role not in ADMITTED)
            assert (label, page.status_code) == (label, 200 if "view" in verbs else 403)
            if "change" not in verbs:
                answer = client.post(path_of(label, "change", row.pk), {}, follow=role not in ADMITTED)
                assert (label, answer.status_code) == (label, 403)
            if "delete" not in verbs:
                answer = client.post(path_of(label, "delete", row.pk), {"post": "yes"}, follow=role not in ADMITTED)
                assert (label, answer.status_code) == (label, 403)
        assert tried >= 20

    def test_the_mark_of_staff_opens_nothing(self, sign_in: Any) -> None:
        client = sign_in(UserFactory(role=Role.OFFICER, is_staff=True, is_superuser=True))
        assert client.get("/admin/", follow=True).status_code == 403

    def test_the_log_is_the_audit_administrators_alone(self, sign_in: Any, client: Client) -> None:
        for role in BY_PASSWORD:
            expected = 200 if role == Role.AUDIT_ADMIN else 403
            signed_in = sign_in(UserFactory(role=role))
            for url in ("/audit/", "/audit/export/"):
                assert (role, signed_in.get(url).status_code) == (role, expected)
            assert signed_in.post("/audit/verify/").status_code == (302 if role == Role.AUDIT_ADMIN else 403)
        assert client.get("/audit/")["Location"] == "/sign-in/?next=/audit/"

    def test_the_status_of_the_system_is_the_system_administrators_alone(self, sign_in: Any) -> None:
        for role in ADMINISTRATORS:
            expected = 200 if role == Role.SYSTEM_ADMIN else 403
            assert sign_in(UserFactory(role=role)).get("/status/").status_code == expected


class TestAdministratorsAmongThemselves:
    """Nobody holds two of the roles, by no detour (DOMAIN 9)."""

    def data(self, user: User, **changes: Any) -> dict[str, Any]:
        shown = {"username": user.username, "name": user.name, "role": user.role, "unit": user.unit_id or ""}
        return {**shown, "email": "", "phone": "", "is_active": "on", **changes}

    @pytest.mark.parametrize("role", ADMINISTRATORS)
    def test_none_of_the_three_is_made_in_the_pages(self, role: Role, guard: Client) -> None:
        data = {"username": "second", "usable_password": "false", "name": "二", "role": role, "unit": "", "phone": ""}
        page = guard.post(reverse("admin:accounts_user_add"), data)
        assert "role" in page.context["adminform"].form.errors
        assert not User.objects.filter(username="second").exists()

    @pytest.mark.parametrize("role", ADMINISTRATORS)
    def test_nobody_becomes_one_of_the_three_in_the_pages(self, role: Role, guard: Client) -> None:
        user = UserFactory(role=Role.LEADER)
        page = guard.post(path_of("accounts.user", "change", user.pk), self.data(user, role=role))
        assert "role" in page.context["adminform"].form.errors
        user.refresh_from_db()
        assert user.role == Role.LEADER

    @pytest.mark.parametrize("role", ADMINISTRATORS)
    def test_another_administrator_can_be_disabled_and_keeps_role_and_password(self, role: Role, guard: Client) -> None:
        other = UserFactory(role=role, unit=None)
        page = guard.get(path_of("accounts.user", "change", other.pk)).content.decode()
        assert other.password not in page
        assert "md5" not in page
        change = self.data(other, role="leader", username="x", is_active="")
        assert guard.post(path_of("accounts.user", "change", other.pk), change).status_code == 302
        fresh = User.objects.get(pk=other.pk)
        assert (fresh.role, fresh.username, fresh.is_active) == (role, other.username, False)
        url = reverse("admin:auth_user_password_change", args=[other.pk])
        data = {"usable_password": "true", "password1": "long-enough-1", "password2": "long-enough-1"}
        assert guard.post(url, data | {"set-password": "1"}).status_code == 403
        fresh.refresh_from_db()
        assert fresh.password == other.password

    def test_the_own_account_is_not_changed(self, sign_in: Any) -> None:
        user = UserFactory(role=Role.SECURITY_ADMIN, unit=None)
        client = sign_in(user)
        url = path_of("accounts.user", "change", user.pk)
        page = client.get(url)
        assert page.status_code == 200
        assert "md5" not in page.content.decode()
        assert client.post(url, self.data(user, is_active="")).status_code == 403
        password = reverse("admin:auth_user_password_change", args=[user.pk])
        assert client.post(password, {"usable_password": "false"}).status_code == 403


class TestLookUp:
    def test_states_and_dates_are_not_among_what_can_be_mended(self, administrator: Client) -> None:
        issue = make_issue()
        page = administrator.get(path_of("issues.issue", "change", issue.pk))
        assert set(page.context["adminform"].form.fields) == {"text", "category"}
        posted = {"text": "改过的字", "category": issue.category_id, "state": "resolved", "due_on": "2030-01-01"}
        administrator.post(path_of("issues.issue", "change", issue.pk), posted | {"tier": "D"})
        mended = Issue.objects.get()
        assert (mended.text, mended.state, mended.due_on, mended.tier) == ("改过的字", issue.state, issue.due_on, "B")

    def test_a_mended_issue_loses_nothing_that_was_done_meanwhile(self, administrator: Client) -> None:
        issue = make_issue()
        Issue.objects.filter(pk=issue.pk).update(needs_review=True)
        posted = {"text": "改过的字", "category": issue.category_id}
        administrator.post(path_of("issues.issue", "change", issue.pk), posted)
        assert Issue.objects.get().needs_review

    def test_a_contacts_number_is_masked_and_can_be_replaced(self, administrator: Client) -> None:
        contact = PlatformContactFactory()
        url = path_of("platforms.platformcontact", "change", contact.pk)
        page = administrator.get(url).content.decode()
        assert "138****5678" in page
        assert "13812345678" not in page
        assert "王小明" not in page
        kept = {"name": "王*", "position": "主任", "phone": "138****5678"}
        assert administrator.post(url, kept).status_code == 302
        contact.refresh_from_db()
        assert (contact.name, contact.phone, contact.position) == ("王小明", "13812345678", "主任")
        administrator.post(url, kept | {"phone": "13900000000"})
        assert PlatformContact.objects.get().phone == "13900000000"

    def test_a_renamed_platform_is_sorted_by_its_new_name(self, administrator: Client) -> None:
        platform = PlatformFactory(name="甲实验室")
        data = {"name": "乙实验室", "host_institution": "示例大学", "address": ""}
        administrator.post(path_of("platforms.platform", "change", platform.pk), data)
        platform.refresh_from_db()
        assert platform.sort_key.startswith("yi ")


def test_anonymous_is_asked_to_sign_in(client: Client) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/sign-in/?next=/admin/"


def test_those_who_are_signed_in_already_are_told_so_instead_of_asked_again(sign_in: Any) -> None:
    answer = sign_in(UserFactory(role=Role.OFFICER)).get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "这里由系统管理员和安全管理员维护。" in answer.content.decode()


def test_a_new_account_gets_its_role_and_no_rights_besides(guard: Client) -> None:
    data = {
        "username": "wang",
        "usable_password": "true",
        "password1": "long-enough-1",
        "password2": "long-enough-1",
        "name": "王五",
        "role": "unit_head",
        "unit": UnitFactory().pk,
        "phone": "",
    }
    assert guard.post(reverse("admin:accounts_user_add"), data).status_code == 302
    user = User.objects.get(username="wang")
    assert (user.role, user.is_staff, user.is_superuser, user.check_password("long-enough-1")) == (
        "unit_head",
        False,
        False,
        True,
    )


def test_a_second_click_on_save_is_told_that_it_is_saved(administrator: Client, monkeypatch: Any) -> None:
    data = {"code": "U-new", "name": "新单位", "kind": "district"}
    address = path_of("accounts.unit", "add")
    assert administrator.post(address, data).status_code == 302
    monkeypatch.setattr(Unit, "validate_unique", lambda *_asked, **_how: None)  # it was looked for a moment before
    answer = administrator.post(address, data, follow=True)
    assert (answer.status_code, "刚刚已经有了同样的记录" in answer.content.decode()) == (200, True)
    assert Unit.objects.filter(code="U-new").count() == 1


def test_a_role_that_needs_a_unit_asks_for_it(guard: Client) -> None:
    data = {
        "username": "wang",
        "usable_password": "false",
        "name": "王五",
        "role": "unit_head",
        "unit": "",
        "phone": "",
    }
    response = guard.post(reverse("admin:accounts_user_add"), data)
    assert response.context["adminform"].form.errors == {"unit": ["这个角色要有单位。"]}


def test_an_imported_officers_password_can_be_set_and_the_unit_stays(guard: Client) -> None:
    user = OfficerFactory().user
    user.set_unusable_password()
    user.save()
    page = guard.get(reverse("admin:accounts_user_change", args=[user.pk]))
    assert {"unit", "role"} <= set(page.context["adminform"].readonly_fields)
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    data = {"usable_password": "true", "password1": "long-enough-1", "password2": "long-enough-1"}
    assert guard.post(url, data | {"set-password": "1"}).status_code == 302
    user.refresh_from_db()
    assert user.check_password("long-enough-1")


def test_accounts_are_disabled_not_deleted(guard: Client) -> None:
    user = UserFactory()
    assert guard.post(reverse("admin:accounts_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403


def test_a_unit_that_moves_takes_what_is_below_along(administrator: Client) -> None:
    top, moving = UnitFactory(code="A"), UnitFactory(code="B")
    UnitFactory(code="C", parent=moving)
    url = reverse("admin:accounts_unit_change", args=[moving.pk])
    data = {"name": "乙", "name_en": "", "kind": "municipal_bureau", "takes_tiers": "B", "takes_categories": ""}
    assert administrator.post(url, data | {"parent": top.pk}).status_code == 302
    assert Unit.objects.get(code="C").path == "A/B/C/"
    below = Unit.objects.get(code="C").pk
    response = administrator.post(url, data | {"parent": below})
    assert response.context["adminform"].form.errors == {"parent": ["上级单位不能是本单位，也不能是它的下属单位。"]}


def test_a_new_term_begins_today_or_later_and_an_old_one_stays(administrator: Client) -> None:
    add = reverse("admin:issues_tierterm_add")
    data = {"tier": "B", "working_days": "8", "note": "新规定"}
    response = administrator.post(add, data | {"valid_from": "2026-10-14"})
    assert response.context["adminform"].form.errors == {"valid_from": ["生效日期不能早于今天：已经按旧规定办的不改。"]}
    assert administrator.post(add, data | {"valid_from": "2026-11-01"}).status_code == 302
    planned = TierTerm.objects.get(working_days=8)
    assert (
        administrator.post(
            reverse("admin:issues_tierterm_change", args=[planned.pk]), data | {"valid_from": "2026-12-01"}
        ).status_code
        == 302
    )
    old = TierTerm.objects.exclude(pk=planned.pk).first()
    assert old is not None
    for move in ("change", "delete"):
        url = reverse(f"admin:issues_tierterm_{move}", args=[old.pk])
        assert administrator.post(url, data | {"valid_from": "2026-12-01", "post": "yes"}).status_code == 403
    assert (
        administrator.post(reverse("admin:issues_tierterm_delete", args=[planned.pk]), {"post": "yes"}).status_code
        == 302
    )


def test_the_portfolio_rule_cannot_have_its_ends_crossed(administrator: Client) -> None:
    data = {"minimum": "5", "maximum": "4", "valid_from": "2026-11-01", "note": ""}
    response = administrator.post(reverse("admin:liaisons_portfoliorule_add"), data)
    assert response.status_code == 200
    assert PortfolioRule.objects.filter(valid_from=date(2026, 11, 1)).count() == 0


def test_the_calendar_is_to_look_at(administrator: Client) -> None:
    assert administrator.get(reverse("admin:workdays_calendarday_add")).status_code == 403
    url = reverse("admin:workdays_calendarday_change", args=[CalendarDay.objects.get(date="2026-10-01").pk])
    assert administrator.get(url).status_code == 200
    assert administrator.post(url, {"kind": "working"}).status_code == 403


def test_a_token_is_taken_back_but_not_made(guard: Client) -> None:
    client = UserFactory(role=Role.API_CLIENT)
    token, _text = create_token(user=client, name="市平台", scopes=[Scope.READ_ISSUES], days=30)
    assert guard.get(reverse("admin:accounts_apitoken_add")).status_code == 403
    url = reverse("admin:accounts_apitoken_delete", args=[token.pk])
    assert guard.post(url, {"post": "yes"}).status_code == 302
    assert not ApiToken.objects.exists()
