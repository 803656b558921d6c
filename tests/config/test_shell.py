"""The frame of every page: who is offered what, and that nothing in it needs an inline script or style."""

import re

import pytest
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from config.embedded import BASE_DIR
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

LISTS = ["visits:list", "issues:list", "platforms:list", "dashboards:board", "liaisons:list"]
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE)


def page_of(user: User, url: str = "accounts:password-changed") -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse(url)).content.decode()


def offered(html: str) -> set[str]:
    return set(re.findall(r'href="([^"]*)"', html))


@pytest.mark.parametrize(
    ("role", "extra", "kept_back"),
    [
        (Role.OFFICER, ["dashboards:workbench", "visits:log"], ["liaisons:import-register"]),
        (Role.UNIT_HEAD, ["dashboards:workbench"], ["liaisons:import-register"]),
        (Role.BUREAU_STAFF, ["dashboards:workbench", "liaisons:import-register"], []),
        (Role.LEADER, [], ["dashboards:workbench", "visits:log", "liaisons:import-register"]),
    ],
)
def test_each_role_is_offered_what_it_may_do(role, extra, kept_back):
    links = offered(page_of(UserFactory(role=role)))
    assert {reverse(name) for name in LISTS + extra} <= links
    assert links.isdisjoint(reverse(name) for name in kept_back)


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_administrators_are_offered_no_cases(role):
    html = page_of(UserFactory(role=role, unit=None))
    assert offered(html).isdisjoint(reverse(name) for name in [*LISTS, "dashboards:workbench"])
    # Troubles of the system are told to those who can do something about them.
    assert (reverse("notices:list") in offered(html)) == (role == Role.SYSTEM_ADMIN)
    assert reverse("accounts:change-password") in offered(html)
    assert f'action="{reverse("accounts:sign-out")}"' in html


def test_signing_out_and_switching_language_are_posts_that_carry_the_token():
    html = page_of(UserFactory())
    for url in (reverse("accounts:sign-out"), reverse("set_language")):
        assert re.search(rf'<form method="post" action="{url}"><input type="hidden" name="csrfmiddlewaretoken"', html)


@pytest.mark.parametrize("url", ["accounts:password-changed", "accounts:change-password"])
def test_nothing_in_the_page_is_inline(url):
    assert INLINE.findall(page_of(UserFactory(), url)) == []


def test_the_sign_in_page_has_nothing_inline_either(client):
    assert INLINE.findall(client.get(reverse("accounts:sign-in")).content.decode()) == []


def test_an_unknown_address_is_answered_kindly_and_leads_on(client):
    response = client.get("/no-such-page/")
    html = response.content.decode()
    assert response.status_code == 404
    assert "没有找到这个页面" in html
    assert f'href="{reverse("dashboards:home")}"' in html


def test_a_failed_page_is_drawn_without_request_or_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        html = get_template("500.html").render()
    assert "这一页暂时打不开" in html


def test_english_readers_get_the_page_in_english_by_its_language_tag_and_room_for_longer_words(client):
    client.cookies["django_language"] = "en"
    english = client.get(reverse("accounts:sign-in")).content.decode()
    assert '<html lang="en">' in english
    assert "css/english.css" in english
    client.cookies["django_language"] = "zh-hans"
    chinese = client.get(reverse("accounts:sign-in")).content.decode()
    assert '<html lang="zh-Hans">' in chinese
    assert "css/english.css" not in chinese


def test_every_colour_and_size_that_a_style_names_is_given_somewhere():
    text = "".join(path.read_text() for path in (BASE_DIR / "static" / "css").glob("*.css"))
    assert set(re.findall(r"var\((--[\w-]+)", text)) <= set(re.findall(r"(--[\w-]+):", text))


def test_the_administration_bears_the_mark_and_the_colours_of_the_other_pages():
    html = page_of(UserFactory(role=Role.SYSTEM_ADMIN), "admin:index")
    assert "img/mark.svg" in html
    assert html.index("admin/css/base.css") < html.index("css/admin.css")
