import pytest
from django.test import override_settings


def test_healthz_answers_without_a_statement(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_readyz_names_every_part(client, db):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "ok": True,
        "database": {"ok": True},
        "broker": {"ok": True},
        "calendar": {"ok": True, "final_through": "2026-12-28"},
    }


@override_settings(REDIS_URL="redis://127.0.0.1:1/0")
def test_readyz_is_503_and_says_which_part_is_missing(client, db):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["broker"] == {"ok": False, "error": "ConnectionError"}


@pytest.mark.at("2027-10-03T12:00")
def test_readyz_is_503_when_less_than_a_quarter_of_calendar_is_left(client, db):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["calendar"]["ok"] is False
