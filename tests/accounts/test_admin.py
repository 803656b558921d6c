"""The administration holds accounts and settings, is the system administrator's alone, and rewrites no past."""

from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, Role, Scope, Unit, User
from accounts.services import create_token
from issues.models import TierTerm
from liaisons.models import PortfolioRule
from tests.factories import OfficerFactory, UnitFactory, UserFactory
from workdays.models import CalendarDay

pytestmark = pytest.mark.django_db

PAGES = [
    (f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", model._meta.label)
    for model in admin.site._registry
]


@pytest.fixture
def administrator(sign_in: Any) -> Client:
    client: Client = sign_in(UserFactory(role=Role.SYSTEM_ADMIN, is_staff=True, unit=None))
    return client


def test_cases_are_not_among_the_pages() -> None:
    assert sorted(label for _name, label in PAGES) == [
        "accounts.ApiToken",
        "accounts.Unit",
        "accounts.User",
        "issues.SigningTerm",
        "issues.TierTerm",
        "issues.WarningLadder",
        "liaisons.DutyRule",
        "liaisons.PortfolioRule",
        "notices.Channel",
        "notices.Delivery",
        "platforms.District",
        "platforms.PlatformType",
        "platforms.TechDomain",
        "workdays.Calendar",
        "workdays.CalendarDay",
        "workdays.CalendarRevision",
    ]


@pytest.mark.parametrize("name", [name for name, _label in PAGES])
def test_every_page_opens_for_the_system_administrator(name: str, administrator: Client) -> None:
    assert administrator.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM_ADMIN])
def test_nobody_else_gets_in_even_if_marked_as_staff(role: Role, sign_in: Any) -> None:
    client = sign_in(UserFactory(role=role, is_staff=True))
    for name, _label in PAGES:
        assert client.get(reverse(name)).status_code == 403


def test_anonymous_is_asked_to_sign_in(client: Client) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/sign-in/?next=/admin/"


def test_those_who_are_signed_in_already_are_told_so_instead_of_asked_again(sign_in: Any) -> None:
    answer = sign_in(UserFactory(role=Role.OFFICER)).get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "这里由系统管理员维护。" in answer.content.decode()


def test_a_new_account_gets_its_role_and_no_rights_besides(administrator: Client) -> None:
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
    assert administrator.post(reverse("admin:accounts_user_add"), data).status_code == 302
    user = User.objects.get(username="wang")
    assert (user.role, user.is_staff, user.is_superuser, user.check_password("long-enough-1")) == (
        "unit_head",
        False,
        False,
        True,
    )


def test_a_role_that_needs_a_unit_asks_for_it(administrator: Client) -> None:
    data = {
        "username": "wang",
        "usable_password": "false",
        "name": "王五",
        "role": "unit_head",
        "unit": "",
        "phone": "",
    }
    response = administrator.post(reverse("admin:accounts_user_add"), data)
    assert response.context["adminform"].form.errors == {"unit": ["这个角色要有单位。"]}


def test_an_imported_officers_password_can_be_set_and_the_unit_stays(administrator: Client) -> None:
    user = OfficerFactory().user
    user.set_unusable_password()
    user.save()
    page = administrator.get(reverse("admin:accounts_user_change", args=[user.pk]))
    assert {"unit", "role"} <= set(page.context["adminform"].readonly_fields)
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    data = {"usable_password": "true", "password1": "long-enough-1", "password2": "long-enough-1"}
    assert administrator.post(url, data | {"set-password": "1"}).status_code == 302
    user.refresh_from_db()
    assert user.check_password("long-enough-1")


def test_accounts_are_disabled_not_deleted(administrator: Client) -> None:
    user = UserFactory()
    assert administrator.post(reverse("admin:accounts_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403


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


def test_a_token_is_taken_back_but_not_made(administrator: Client) -> None:
    client = UserFactory(role=Role.API_CLIENT)
    token, _text = create_token(user=client, name="市平台", scopes=[Scope.READ_ISSUES], days=30)
    assert administrator.get(reverse("admin:accounts_apitoken_add")).status_code == 403
    url = reverse("admin:accounts_apitoken_delete", args=[token.pk])
    assert administrator.post(url, {"post": "yes"}).status_code == 302
    assert not ApiToken.objects.exists()
