"""Addresses too long or mangled: each is answered in words, with what may be done now."""

import runpy

import pytest
from gunicorn.config import Config
from gunicorn.http import message
from gunicorn.http.unreader import IterUnreader

from accounts.models import Role
from config.embedded import BASE_DIR
from tests.api.calls import assert_problem, caller
from tests.factories import UserFactory

LISTS = ["/issues/", "/platforms/", "/visits/", "/officers/"]


@pytest.fixture
def leader(db):
    return UserFactory(role=Role.LEADER)


def parsed(length, monkeypatch):
    """The query of a request whose address has so many bytes, as gunicorn hands it to the application."""
    monkeypatch.setattr(message, "MAX_REQUEST_LINE", message.MAX_REQUEST_LINE)
    said = runpy.run_path(str(BASE_DIR / "gunicorn.conf.py"))
    config = Config()
    config.set("limit_request_line", said["limit_request_line"])
    line = b"GET /issues/?q=" + b"x" * length + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    return message.Request(config, IterUnreader(iter([line])), ("127.0.0.1", 1)).query


def test_an_address_comes_through_to_where_it_is_answered_in_words(monkeypatch):
    assert len(parsed(60_000, monkeypatch)) == 60_002


def test_an_address_without_end_does_not(monkeypatch):
    with pytest.raises(message.LimitRequestLine):
        parsed(70_000, monkeypatch)


@pytest.mark.parametrize("url", LISTS)
def test_a_search_for_500_characters_has_its_sentence_beside_the_field(url, sign_in, leader):
    answer = sign_in(leader).get(url, {"q": "长" * 500})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_q_error"' in page
    assert "最多100个字，现在有500个字。" in page
    assert "长" * 500 in page


def test_a_longer_address_is_a_page_in_words(sign_in, leader):
    answer = sign_in(leader).get("/issues/", {"q": "长" * 2000})
    assert (answer.status_code, answer["Content-Type"]) == (414, "text/html; charset=utf-8")
    assert "查找文字或筛选条件太多，没有查找。请返回上一页，缩短后再试。" in answer.content.decode()


def test_a_longer_address_of_the_api_is_a_problem(leader):
    problem = assert_problem(caller(leader).get("issues/", q="长" * 2000), 414)
    assert problem["type"] == "urn:liandian:problem:uri-too-long"
    assert_problem(caller(leader).get("issues/", q="长" * 500), 400, "q")


@pytest.mark.parametrize("url", LISTS)
def test_a_mark_of_a_page_that_is_not_ours_offers_the_first_page_of_the_same_filter(url, sign_in, leader):
    answer = sign_in(leader).get(url, {"q": "中心", "cursor": "xx"})
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "翻页标记无效" in page
    assert f'href="{url}?q=%E4%B8%AD%E5%BF%83"' in page
    assert "可能已并案或撤回" not in page


@pytest.mark.django_db
def test_a_nul_in_a_list_of_the_administration_is_a_bad_request(sign_in):
    client = sign_in(UserFactory(role=Role.SYSTEM_ADMIN, unit=None))
    assert client.get("/admin/issues/issue/?state__exact=%00").status_code == 400
    assert client.get("/admin/issues/issue/?state__exact=closed").status_code == 200
