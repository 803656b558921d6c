"""The door: a GET shows it and changes nothing, the button opens it, and what is no link is one answer."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from config import clock
from config.logs import WithoutLinks
from platforms import links
from platforms.links import make_link, revoke_link
from platforms.models import ContactLinkEvent, FailedEntry

pytestmark = pytest.mark.django_db


def rows_of_every_table():
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        counts = {}
        for name in names:
            cursor.execute(f"SELECT count(*), coalesce(max(t::text), '') FROM {name} t")  # noqa: S608 - names from the catalogue
            counts[name] = cursor.fetchone()
        return counts


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_previewers_look_signs_nobody_in_and_changes_no_row(contact, officer, client, method):
    path = make_link(contact, actor=officer.user).path
    before = rows_of_every_table()
    response = getattr(client, method)(path)
    assert response.status_code == 200
    assert "sessionid" not in response.cookies
    assert rows_of_every_table() == before


def test_what_a_previewer_reads_names_neither_platform_nor_person(contact, officer, client):
    html = client.get(make_link(contact, actor=officer.user).path).content.decode()
    assert "进入" in html
    for told in (contact.platform.name, contact.name, contact.masked_name, contact.phone, officer.user.name):
        assert told not in html


def test_the_door_is_kept_by_no_cache_found_by_no_engine_and_named_to_no_site(contact, officer, client):
    response = client.get(make_link(contact, actor=officer.user).path)
    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "strict-origin"
    assert client.get("/c/nothing/")["Referrer-Policy"] == "no-referrer"


def test_the_button_opens_the_door_again_and_again_until_the_link_ends(contact, officer):
    path = make_link(contact, actor=officer.user).path
    for _ in range(2):
        client = Client()
        response = client.post(path)
        assert (response.status_code, response["Location"]) == (302, "/p/")
        assert client.get("/p/").status_code == 200
    assert list(ContactLinkEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["made", "used", "used"]


def test_the_button_needs_its_token(contact, officer):
    path = make_link(contact, actor=officer.user).path
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path).status_code == 403
    assert not Session.objects.exists()
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', strict.get(path).content.decode())[0]
    assert strict.post(path, {"csrfmiddlewaretoken": token}).status_code == 302


def dead_paths(contact, actor):
    """A link that never was, one that was replaced, one that has run out, and a pass that nobody signed."""
    replaced = make_link(contact, actor=actor).path
    with clock.frozen("2026-08-01T12:00"):
        other = make_link(contact, actor=actor).path
    return ["/c/" + "x" * 43 + "/", "/c/1.99999999999:forged/", "/c/a%00b/", replaced, other]


def bare(response):
    """The page without what differs from request to request."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|name="next" value="[^"]+"', "", response.content.decode())


def test_unknown_replaced_and_expired_links_get_one_and_the_same_page(contact, officer):
    seen = set()
    for path in dead_paths(contact, officer.user):
        for method in ("get", "post"):
            response = getattr(Client(), method)(path)
            headers = tuple(sorted((k, v) for k, v in response.items() if k not in ("Content-Length", "Set-Cookie")))
            seen.add((response.status_code, bare(response), headers))
            assert "sessionid" not in response.cookies
    assert len(seen) == 1
    assert next(iter(seen))[0] == 404


def test_a_dead_link_costs_as_many_statements_as_another(contact, officer, django_assert_num_queries):
    live = make_link(contact, actor=officer.user).path
    with django_assert_num_queries(2):  # barred? and the link itself
        Client().get(live)
    revoke_link(contact, actor=officer.user)
    with django_assert_num_queries(2):
        Client().get(live)


def test_after_twenty_wrong_texts_an_address_is_not_looked_up_any_more_for_a_quarter_of_an_hour(contact, officer):
    good = make_link(contact, actor=officer.user).path
    for n in range(links.MOST_FAILURES):
        assert Client().get(f"/c/wrong{n}/").status_code == 404
    barred = Client().get(good)
    assert (barred.status_code, barred["Retry-After"]) == (429, "900")
    assert FailedEntry.objects.count() == links.MOST_FAILURES
    assert Client(REMOTE_ADDR="10.9.8.7").get(good).status_code == 200
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert Client().get(good).status_code == 200


def test_a_link_that_ended_is_no_guess_and_bars_nobody(contact, officer, client):
    path = make_link(contact, actor=officer.user).path
    revoke_link(contact, actor=officer.user)
    for _ in range(links.MOST_FAILURES + 1):
        assert client.get(path).status_code == 404
    assert not FailedEntry.objects.exists()


def test_failed_tries_keep_no_address_and_are_forgotten_after_a_day(client):
    client.get("/c/wrong/", REMOTE_ADDR="10.1.2.3")
    assert "10.1.2.3" not in FailedEntry.objects.get().source
    with clock.frozen("2026-10-16T13:00"):
        client.get("/c/wrong/")
    assert FailedEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("trusted", "forwarded", "sources"),
    [
        (0, ("1.1.1.1", "2.2.2.2"), 1),  # anybody can write it
        (1, ("1.1.1.1", "2.2.2.2"), 2),
        (1, ("1.1.1.1, 10.0.0.1", "2.2.2.2, 10.0.0.1"), 1),  # what our proxy added, not what the client claims
        (1, ("nonsense", "more nonsense"), 1),
    ],
)
def test_wrong_texts_are_counted_by_the_address_that_the_house_believes(settings, client, trusted, forwarded, sources):
    settings.TRUSTED_PROXIES = trusted
    for claimed in forwarded:
        client.get("/c/wrong/", headers={"X-Forwarded-For": claimed})
    assert FailedEntry.objects.values("source").distinct().count() == sources


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/p/",
        "/\\elsewhere.example/p/",
        "javascript:alert(1)",
        "/issues/2026-000001/",
        "/p/../issues/",
        "/p/nowhere/",
        "/p/\nSet-Cookie:x",
        "",
    ],
)
def test_the_door_leads_nowhere_but_to_the_contacts_own_pages(contact, officer, client, wanted):
    path = make_link(contact, actor=officer.user).path
    assert client.post(f"{path}?next={quote(wanted)}")["Location"] == "/p/"


def test_the_door_leads_where_a_mail_wanted(contact, officer, client):
    path = make_link(contact, actor=officer.user).path
    assert client.post(f"{path}?next=/p/issues/2026-000001/")["Location"] == "/p/issues/2026-000001/"


def test_nobody_who_works_here_becomes_the_platform(contact, officer, sign_in):
    path = make_link(contact, actor=officer.user).path
    client = sign_in(officer.user)
    assert '<button class="btn btn-primary' not in client.get(path).content.decode()
    assert client.post(path).status_code == 403
    assert int(client.session["_auth_user_id"]) == officer.user.pk
    assert not ContactLinkEvent.objects.filter(kind="used").exists()


def test_an_account_that_was_disabled_is_no_way_in(contact, officer, client):
    path = make_link(contact, actor=officer.user).path
    User.objects.filter(platform_contact=contact).update(is_active=False)
    assert client.post(path).status_code == 404


def test_a_contacts_account_has_no_password_to_sign_in_with(contact, officer, client):
    make_link(contact, actor=officer.user)
    contact.refresh_from_db()
    for password in ("", "!", contact.user.password):
        response = client.post(reverse("accounts:sign-in"), {"username": contact.user.username, "password": password})
        assert response.status_code == 422


def test_a_log_line_does_not_hold_the_link(caplog):
    caplog.handler.addFilter(WithoutLinks())
    Client().post("/c/secret-text/?next=/p/")
    lines = " ".join(record.getMessage() for record in caplog.records)
    assert "secret-text" not in lines
    assert "/c/…/" in lines
