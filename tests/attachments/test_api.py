"""GET /api/v1/issues/{number}/attachments/: the files of an issue, for a client system to read."""

import hashlib

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role
from issues.comments.services import withdraw, write_comment
from tests.api.calls import assert_problem, caller
from tests.api.conftest import world  # noqa: F401 - a fixture
from tests.api.test_schema import document, faults  # noqa: F401 - a fixture
from tests.attachments import files
from tests.factories import PlatformContactFactory, UserFactory
from tests.media import upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


@pytest.fixture
def said(world):  # noqa: F811 - the fixture
    sent = [upload(files.jpeg(), "现场.jpg"), upload(files.pdf(), "报告.pdf")]
    return write_comment(world.east.issue, text="请看", attachments=sent, actor=world.east.user)


def path(world, tail=""):  # noqa: F811 - the fixture
    return f"issues/{world.east.issue.number}/attachments/{tail}"


def test_the_list_one_and_its_content(world, said, document):  # noqa: F811 - the fixtures
    call = caller(world.east.client)
    answer = call.get(path(world))
    assert faults(document, "issues_attachments_list", 200, answer.json()) == []
    paper, picture = answer.json()["results"]
    row = said.attachments.get(kind="pdf")
    assert paper == {
        "id": row.pk,
        "kind": "pdf",
        "name": "报告.pdf",
        "size": len(files.pdf()),
        "sha256": hashlib.sha256(files.pdf()).hexdigest(),
        "content_type": "application/pdf",
        "uploaded_at": "2026-10-15T04:00:00Z",
        "uploaded_by": world.east.user.name,
    }
    one = call.get(path(world, f"{row.pk}/"))
    assert one.json() == paper
    assert faults(document, "issues_attachments_retrieve", 200, one.json()) == []
    content = call.get(path(world, f"{row.pk}/content/"))
    assert b"".join(content.streaming_content) == files.pdf()
    assert (content["Content-Type"], content["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    image = call("GET", path(world, f"{picture['id']}/content/"), headers={"Accept": "image/jpeg"})
    assert (image.status_code, image["Content-Type"]) == (200, "image/jpeg")


def test_pages_follow_each_other(world, said):  # noqa: F811 - the fixture
    rows = caller(world.east.client).all_rows(path(world), limit=1)
    assert [row["name"] for row in rows] == ["报告.pdf", "现场.jpg"]


def test_who_does_not_see_the_issue_finds_nothing(world, said):  # noqa: F811 - the fixture
    pk = said.attachments.first().pk
    contact = UserFactory(role=Role.PLATFORM_CONTACT, unit=None)
    PlatformContactFactory(platform=world.east.platform, user=contact)
    with pytest.raises(ValidationError):
        caller(contact)  # no token is made for a contact
    call = caller(world.west.client)
    assert_problem(call.get(path(world, f"{pk}/")), 404)
    assert_problem(call.get(path(world, f"{pk}/content/")), 404)
    assert_problem(caller(world.west.client).get(path(world)), 404)
    assert_problem(caller(world.west.client).get("issues/2026-999999/attachments/"), 404)
    assert_problem(caller(world.east.client, "visits:read").get(path(world)), 403)
    assert_problem(caller(world.east.client, "visits:read").get(path(world, f"{pk}/content/")), 403)


def test_what_was_withdrawn_is_not_there(world, said):  # noqa: F811 - the fixture
    pk = said.attachments.first().pk
    withdraw(said, actor=world.east.user)
    call = caller(world.east.client)
    assert call.rows(path(world)) == []
    assert_problem(call.get(path(world, f"{pk}/content/")), 404)


def test_nothing_is_added_here(world):  # noqa: F811 - the fixture
    assert_problem(caller(world.east.user).post(path(world), {}), 405)


def test_a_body_beyond_every_limit_is_a_problem(world):  # noqa: F811 - the fixture
    assert_problem(caller(world.east.user).post("visits/", bytes(7_000_000)), 413)
