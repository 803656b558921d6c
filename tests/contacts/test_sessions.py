"""A contact's session opens the contact's pages and nothing of the house, and ends with its link."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from config import clock
from platforms.links import make_link, revoke_link
from platforms.models import PlatformContact
from tests.factories import make_issue, make_visit

pytestmark = pytest.mark.django_db

SAMPLES = {
    "int": "1",
    "issue_number": "2026-000001",
    "str": "x",
    "path": "x",
    "slug": "x",
    "uuid": "00000000-0000-0000-0000-000000000000",
}
# Open to everybody, signed in or not, or the contact's own.
OPEN = {"healthz", "readyz", "set_language", "door:enter"}


def addresses(patterns, prefix="", namespace=""):
    """Every address of the URL table with sample values, and the name of its view."""
    for each in patterns:
        route = prefix + sample(str(each.pattern))
        if isinstance(each, URLPattern):
            yield f"/{route}", f"{namespace}{each.name}"
        else:
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from addresses(each.url_patterns, route, inner)


def sample(route):
    by_regex = r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)"
    route = re.sub(by_regex, lambda match: "2026-000001" if match[1] == "number" else "1", route)
    route = re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES.get(match[1] or "str", "1"), route)
    return route.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\.", ".").replace("/?", "/")


HOUSE = sorted(
    {
        (url, name)
        for url, name in addresses(get_resolver().url_patterns)
        if name not in OPEN and not name.startswith("contacts:")
    }
)


def test_the_url_table_was_read():
    names = {name for _url, name in HOUSE}
    assert {"issues:detail", "visits:log", "platforms:detail", "admin:accounts_user_changelist", "status"} <= names
    assert any(url.startswith("/api/v1/issues/") for url, _name in HOUSE)
    assert len(HOUSE) > 100


def is_refused(response, name):
    """Forbidden, no such method, or sent to the own pages."""
    leads_home = name in ("dashboards:home", "accounts:sign-in") and response.headers.get("Location") == "/p/"
    return leads_home or response.status_code in (403, 405)


def test_every_address_of_the_house_refuses_a_contact(contact, come_in, officer):
    make_visit(officer, platform=contact.platform)
    issue = make_issue(officer, platform=contact.platform)
    client = come_in(contact)
    wrong = {}
    for pattern, name in HOUSE:
        url = pattern.replace("2026-000001", issue.number)
        for method in ("get", "post"):
            response = getattr(client, method)(url)
            if not is_refused(response, name) or issue.text in response.content.decode():
                wrong[f"{method} {url}"] = response.status_code
    assert wrong == {}
    assert client.get("/p/").status_code == 200  # still inside


def test_the_house_says_kindly_where_the_contact_belongs(contact, come_in):
    client = come_in(contact)
    assert client.get("/")["Location"] == "/p/"
    page = client.get(reverse("issues:list"))
    assert page.status_code == 403
    assert 'href="/p/"' in page.content.decode()


def test_the_api_refuses_a_contacts_session_in_its_own_shape(contact, come_in, officer):
    issue = make_issue(officer, platform=contact.platform)
    for url in (f"/api/v1/issues/{issue.number}/", "/api/v1/issues/", "/api/v1/platforms/", "/api/v1/schema/"):
        response = come_in(contact).get(url)
        assert response.status_code == 403
        assert response["Content-Type"].startswith("application/problem+json")
        assert issue.text not in json.dumps(response.json(), ensure_ascii=False)


def test_taking_the_link_back_ends_the_session_with_the_next_request(contact, come_in, officer):
    client = come_in(contact)
    assert client.get("/p/").status_code == 200
    revoke_link(contact, actor=officer.user)
    assert client.get("/p/").status_code == 403
    assert "_auth_user_id" not in client.session


def test_a_new_link_ends_the_sessions_of_the_old_one(contact, come_in, officer):
    client = come_in(contact)
    newer = come_in(contact)
    assert client.get("/p/").status_code == 403
    assert newer.get("/p/").status_code == 200


def test_the_session_ends_when_the_link_does(contact, officer):
    path = make_link(contact, actor=officer.user).path
    client = Client()
    with clock.frozen("2026-11-14T11:50"):
        assert client.post(path).status_code == 302
    with clock.frozen("2026-11-14T11:59"):
        assert client.get("/p/").status_code == 200
    with clock.frozen("2026-11-14T12:00"):
        assert client.get("/p/").status_code == 403


def test_half_an_hour_without_a_touch_ends_the_session_and_every_touch_begins_it_anew(contact, come_in):
    client, at = come_in(contact), clock.now()
    for minutes in (29, 58, 87):
        with clock.frozen(at + timedelta(minutes=minutes)):
            assert client.get("/p/").status_code == 200
    with clock.frozen(at + timedelta(minutes=87 + 31)):
        assert client.get("/p/").status_code == 403


def test_a_touch_writes_the_session_once_a_minute_at_most(contact, come_in, django_assert_num_queries):
    client = come_in(contact)
    client.get("/p/")
    stored = Session.objects.get().session_data
    with clock.frozen(clock.now() + timedelta(seconds=59)):
        client.get("/p/")
    assert Session.objects.get().session_data == stored


def test_who_is_a_contact_without_a_link_is_nobody(contact, officer, sign_in):
    """A session that was not made by the door, whatever made it, is none."""
    make_link(contact, actor=officer.user)
    contact.refresh_from_db()
    client = sign_in(contact.user)
    assert client.get("/p/").status_code == 403
    assert "_auth_user_id" not in client.session


def test_what_was_typed_when_the_session_had_ended_is_given_back(contact, come_in, officer):
    client = come_in(contact)
    revoke_link(contact, actor=officer.user)
    response = client.post("/p/new/", {"text": "恒温间的<b>空调</b>坏了"})
    assert response.status_code == 403
    assert "恒温间的&lt;b&gt;空调&lt;/b&gt;坏了" in response.content.decode()


def test_a_stranger_is_asked_to_open_the_link_and_an_officer_sent_to_the_list(client, officer, sign_in):
    page = client.get("/p/")
    assert page.status_code == 403
    assert "请再打开一次链接" in page.content.decode()
    assert sign_in(officer.user).get("/p/").status_code == 403


def test_leaving_ends_the_session_and_not_the_link(contact, officer):
    path, client = make_link(contact, actor=officer.user).path, Client()
    client.post(path)
    assert client.get("/p/leave/").status_code == 405
    assert client.post("/p/leave/").status_code == 200
    assert client.get("/p/").status_code == 403
    assert client.post(path).status_code == 302


def test_the_check_of_a_request_is_one_statement_by_the_links_key(contact, come_in, django_assert_num_queries):
    client = come_in(contact)
    with django_assert_num_queries(3) as seen:  # session, user with unit, link
        assert client.get(reverse("issues:list")).status_code == 403
    assert '"platforms_contactlink"."id" = ' in seen.captured_queries[-1]["sql"]


def test_who_was_struck_off_the_register_is_out(contact, come_in):
    client = come_in(contact)
    PlatformContact.objects.all().delete()
    assert client.get("/p/").status_code == 403
