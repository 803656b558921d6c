"""What a stock Django and DRF answer with 500, or accept in silence: here each is a 4xx problem."""

import uuid

import orjson
import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory

from config.wsgi import in_utf8
from tests.api.calls import JSON, Caller, assert_problem, caller
from tests.factories import CategoryFactory

NUL, LONE = b"\\u0000", b"\\ud800"
TEXTS = ("text", "people_met", "companions", "mode", "visited_on", "client_id", "platform")
ISSUE_TEXTS = ("tier", "category", "text", "answer", "nature", "urgency", "importance")


@pytest.fixture
def call(world):
    return caller(world.east.user)


@pytest.fixture
def good(world):
    return {
        "client_id": str(uuid.uuid4()),
        "platform": world.east.platform.pk,
        "visited_on": "2026-10-14",
        "mode": "phone",
        "text": "x",
        "needs": [{"domain": "talent", "difficulty": "x", "need": "x"}],
        "issues": [{"tier": "A", "category": CategoryFactory().code, "text": "x", "answer": "x"}],
    }


def with_mark(body):
    """The body as bytes, with each MARK replaced by what must not be there."""
    text = orjson.dumps(body)
    assert b"MARK" in text
    return lambda bad: text.replace(b"MARK", bad)


def assert_all_refused(call, body):
    spoil = with_mark(body)
    problem = assert_problem(call.post("visits/", spoil(NUL)), 400, *call.post("visits/", spoil(NUL)).json()["errors"])
    assert "NUL" in str(problem["errors"])
    assert_problem(call.post("visits/", spoil(LONE)), 400)
    assert_problem(call.post("visits/", spoil(b"\\udfff\\ud800")), 400)
    assert_problem(call.post("visits/", spoil(b"\xff\xfe")), 400)
    assert_problem(call.post("visits/", spoil(b"\xed\xa0\x80")), 400)
    assert_problem(call.post("visits/", spoil(b"\x00")), 400)


@pytest.mark.parametrize("name", TEXTS)
def test_nul_and_lone_surrogates_in_any_text_of_a_visit(call, good, name):
    assert_all_refused(call, {**good, name: "aMARKb"})


@pytest.mark.parametrize("name", ISSUE_TEXTS)
def test_nul_and_lone_surrogates_in_any_text_of_an_issue(call, good, name):
    assert_all_refused(call, {**good, "issues": [{**good["issues"][0], name: "MARK"}]})


@pytest.mark.parametrize("name", ["domain", "difficulty", "need"])
def test_nul_and_lone_surrogates_in_any_text_of_a_need(call, good, name):
    assert_all_refused(call, {**good, "needs": [{**good["needs"][0], name: "MARK"}]})


@pytest.mark.parametrize(
    "extra", [{"MARK": 1}, {"extra": {"MARK": 1}}, {"extra": [[["MARK"]]]}, {"issues": [{"MARK": 1}]}]
)
def test_nul_and_lone_surrogates_in_names_and_in_fields_nobody_reads(call, good, extra):
    assert_all_refused(call, {**good, **extra})


def test_the_field_that_holds_a_nul_is_named_by_its_place(call, good):
    good["issues"][0]["text"] = "a\0"
    assert_problem(call.post("visits/", good), 400, "issues.0.text")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 20_000 + b"]" * 20_000,
        b'{"text":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"text":' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"issues":' + b'[{"x":' * 30 + b"1" + b"}]" * 30 + b"}",
        b"",
        b" ",
        b"null",
        b"true",
        b"1",
        b'"x"',
        b"[]",
        b"[{}]",
        b"{",
        b"{}x",
        b"NaN",
        b'{"platform": NaN}',
        b'{"platform": Infinity}',
        b'{"platform": 1e400}',
        b'{"platform": -1e400}',
        b'{"platform": ' + b"9" * 5000 + b"}",
        b'{"platform": 18446744073709551616}',
        b'{"visited_on": 9999999999999999999}',
        b'{"client_id": 340282366920938463463374607431768211456}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        "{}".encode("utf-32"),
        b"extra=null",
        b"\x1f\x8b\x08\x00",
        b"\x00",
        b"{'text': 'x'}",
        b'{"text": "x"',
        b'{"text": "\x01"}',
    ],
)
def test_a_body_that_is_no_visit(call, body):
    response = call.post("visits/", body)
    assert_problem(response, 400, *response.json().get("errors", ()))


def test_a_body_that_nests_too_deep_says_so(call):
    problem = assert_problem(
        call.post("visits/", b'{"text":' + b"[" * 30 + b"]" * 30 + b"}"), 400, *["text" + ".0" * 19]
    )
    assert "嵌套过深" in str(problem["errors"])


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 10 * 1024 * 1024])
def test_a_body_that_is_too_large_is_not_read_to_its_end(call, size):
    assert_problem(call.post("visits/", b'{"text": "' + b"x" * (size - 12) + b'"}'), 413)


def test_a_body_as_large_as_allowed_is_read(call):
    assert_problem(
        call.post("visits/", b'{"mode": "' + b"x" * (1024 * 1024 - 12) + b'"}'),
        400,
        "client_id",
        "mode",
        "platform",
        "text",
        "visited_on",
    )


def test_a_session_writing_too_large_a_body_is_refused_too(world, sign_in):
    call = Caller(client=sign_in(world.east.user))
    assert_problem(call.post("visits/", b'{"text": "' + b"x" * 2_000_000 + b'"}'), 413)


@pytest.mark.parametrize("length", ["x", "-1", "1e3", "99999999999999999999"])
def test_a_length_that_is_no_length(call, length):
    response = call.client.generic("POST", "/api/v1/visits/", b"{}", JSON, CONTENT_LENGTH=length, headers=call.headers)
    assert 400 <= response.status_code < 500
    assert_problem(response, response.status_code, *response.json().get("errors", ()))


def test_a_body_in_chunks_is_not_taken_for_an_empty_one(call):
    headers = {**call.headers, "transfer-encoding": "chunked"}
    response = call.client.generic("POST", "/api/v1/visits/", b"{}", JSON, CONTENT_LENGTH="", headers=headers)
    assert_problem(response, 411)


@pytest.mark.parametrize("charset", ["utf-16", "rot13", "idna", "punycode", "hex", "nonsense", "\x00", '"a"; x=y', ""])
def test_a_charset_python_cannot_decode_a_query_with_is_not_believed(charset):
    """Django would read the query with it before any handler is there to answer."""
    request = RequestFactory().generic("POST", "/?q=%41%FF", b"{}", JSON)
    environ = {**request.environ, "CONTENT_TYPE": f"{JSON}; Charset={charset}"}
    read = in_utf8(lambda environ, start_response: [WSGIRequest(environ).GET["q"].encode()])
    assert list(read(environ, print)) == ["A\ufffd".encode()]
    assert environ["CONTENT_TYPE"].startswith(JSON)


LISTS = ("units/", "platforms/", "officers/", "visits/", "issues/")
INSTANTS = [("issues/", "updated_since"), ("visits/", "logged_since")]
DAYS = [("issues/", "due_from"), ("issues/", "raised_to"), ("visits/", "visited_from")]
IDS = [("issues/", "platform"), ("issues/", "officer"), ("platforms/", "officer"), ("visits/", "platform")]


@pytest.mark.parametrize("path", LISTS)
def test_nul_in_a_query(call, path):
    for query in ("q=%00", "q=a%00b", "%00=1", "q%00=1", "cursor=%00", "limit=%00", "unit=%00"):
        response = call.get(f"{path}?{query}")
        assert_problem(response, 400, *response.json()["errors"])


@pytest.mark.parametrize("path", LISTS)
def test_any_bytes_in_a_search_are_only_words(call, path):
    for words in ("%ED%A0%80", "%FF%FE", "%", "%zz", "%F0%9F%98%80" * 100, "'%22;--", "%25_", "%5C", "%E2%80%8B"):
        response = call.get(f"{path}?q={words}")
        assert response.status_code == 200, response.content


@pytest.mark.parametrize(("path", "name"), INSTANTS)
def test_an_instant_that_is_none(call, path, name):
    for instant in (
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
        "2026-10-15T08:00:00+24:00",
        "2026-10-15T25:00:00Z",
        "2026-10-15T08:00:00 08:00",
        "２０２６-10-15T08:00:00Z",
        "10000-01-01T00:00:00Z",
        "-1",
        "1e400",
        "\x00",
        "x" * 10_000,
    ):
        assert_problem(call.get(path, **{name: instant}), 400, name)


@pytest.mark.parametrize(("path", "name"), INSTANTS)
def test_an_instant_that_is_odd_but_is_one(call, path, name):
    odd = ("2026-10-15T08:00:00+18:58", "2026-10-15T08:00:00-23:59", "0001-01-02T00:00:00Z", "9999-12-30T00:00:00Z")
    assert [call.get(path, **{name: instant}).status_code for instant in odd] == [200] * 4


@pytest.mark.parametrize(("path", "name"), DAYS)
def test_a_day_that_is_none(call, path, name):
    for day in ("0000-01-01", "2026-02-30", "10000-01-01", "２０２６-10-15", "2026-10-15T00:00", "\x00", "9" * 5000):
        assert_problem(call.get(path, **{name: day}), 400, name)


@pytest.mark.parametrize(("path", "name"), DAYS)
def test_a_day_at_the_end_of_the_calendar_is_a_day(call, path, name):
    assert [call.get(path, **{name: day}).status_code for day in ("0001-01-01", "9999-12-31")] == [200, 200]


@pytest.mark.parametrize(("path", "name"), IDS)
def test_an_id_that_is_none_is_refused_or_finds_nothing(call, path, name):
    for key in ("1.5", "１", "0x1", "1_0", "\x00", "x", "1;2", "None", "[]", "9" * 5000):
        assert_problem(call.get(path, **{name: key}), 400, name)
    for key in ("9" * 18, "9" * 30, "-1"):  # a number, but of no row: a reference is looked up, a plain key is not
        response = call.get(path, **{name: key})
        if response.status_code == 200:
            assert response.json()["results"] == []
        else:
            assert_problem(response, 400, name)


@pytest.mark.parametrize("path", ["units", "platforms", "officers", "visits", "issue-categories"])
def test_an_address_of_no_row(call, path):
    for key in ("0", "9" * 18, "9" * 19, "9" * 5000, "-1", "１", "%00", "x", "1.0", "%F0%9F%98%80"):
        assert_problem(call.get(f"{path}/{key}/"), 404)


def test_a_cookie_of_any_bytes_is_nobody(db):
    nul = 'sessionid="' + "\\000" * 8 + '"'
    for cookie in (nul, "sessionid=" + "x" * 5000, "\xff=\xff", "django_language=\x00"):
        response = Client(raise_request_exception=False).get("/api/v1/issues/", headers={"cookie": cookie})
        assert_problem(response, 401)


def test_a_page_asked_for_with_a_nul_in_its_cookie_is_answered_as_to_nobody(db):
    nul = 'sessionid="' + "\\000" * 8 + '"'
    response = Client(raise_request_exception=False).get("/issues/", headers={"cookie": nul})
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/issues/")


def test_a_language_of_any_bytes(call):
    for language in ("\x00", "x" * 10_000, "en;q=x", "*", "zh-hans;q=0.1,en", "\xff", ",,,"):
        assert_problem(call("GET", "issues/", headers={"accept-language": language}, tiers="A"), 400, "tiers")


def test_an_accept_header_of_any_bytes(call):
    for accept in ("\x00", "*/*;q=x", "x" * 10_000, "application/json;version=\xff", ";;;", "a/b/c"):
        response = call("GET", "issues/", headers={"accept": accept})
        if response.status_code != 200:
            assert_problem(response, 406)
