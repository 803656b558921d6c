"""A file on its way out: headers under which it can do nothing, a copy that is asked about each time."""

import pytest

from issues.comments.services import write_comment
from tests.attachments import files
from tests.factories import UserFactory, make_issue
from tests.media import upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(officer, media):
    """`kept(content, name)` is an attachment of the officer's."""
    issue = make_issue(officer)

    def keep(content, name):
        return write_comment(issue, text="", attachments=[upload(content, name)], actor=officer.user).attachments.get()

    return keep


def body(answer):
    return b"".join(answer.streaming_content)


def test_a_paper_is_saved_under_its_name_and_can_do_nothing(sign_in, officer, kept):
    row = kept(files.pdf(), '../../检测 报告\u202e"; x=.pdf')
    answer = sign_in(officer.user).get(row.get_absolute_url())
    assert answer.status_code == 200
    assert body(answer) == files.pdf()
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E6%A3%80%E6%B5%8B%20%E6%8A%A5%E5%91%8A_%3B%20x%3D.pdf"
    )
    assert answer["Content-Length"] == str(len(files.pdf()))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("tail", ["", "small/"])
def test_a_picture_is_looked_at_in_place(sign_in, officer, kept, tail):
    row = kept(files.jpeg(1000, 500), "现场.png")
    answer = sign_in(officer.user).get(row.get_absolute_url() + tail)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("inline; filename*=utf-8''%E7%8E%B0%E5%9C%BA.jpg")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    content = body(answer)
    assert content.startswith(b"\xff\xd8\xff")
    assert (len(content) == row.size) is (tail == "")


def test_a_paper_has_no_small_one(sign_in, officer, kept):
    row = kept(files.pdf(), "a.pdf")
    assert sign_in(officer.user).get(f"{row.get_absolute_url()}small/").status_code == 404


def test_a_copy_in_the_browser_is_good_while_its_reader_may_see_it(sign_in, officer, kept, bureau_staff):
    row = kept(files.jpeg(), "a.jpg")
    client = sign_in(bureau_staff)
    etag = client.get(row.get_absolute_url())["ETag"]
    assert etag == f'"{row.sha256}"'
    again = client.get(row.get_absolute_url(), headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", "private, no-cache")
    small = client.get(f"{row.get_absolute_url()}small/", headers={"If-None-Match": etag})
    assert small.status_code == 200
    stranger = sign_in(UserFactory())
    assert stranger.get(row.get_absolute_url(), headers={"If-None-Match": etag}).status_code == 404


def test_what_the_disk_has_lost_is_not_found(sign_in, officer, kept, media):
    row = kept(files.jpeg(), "a.jpg")
    (media / row.file.name).unlink()
    assert sign_in(officer.user).get(row.get_absolute_url()).status_code == 404


def test_nothing_lies_where_a_web_server_would_look(settings, kept, media):
    row = kept(files.jpeg(), "a.jpg")
    path = media / row.file.name
    assert (path.stat().st_mode & 0o777, path.suffix) == (0o640, "")
    assert "a.jpg" not in str(path)
    served = [settings.STATIC_ROOT, *settings.STATICFILES_DIRS]
    from config.settings import base

    assert not any(str(base.MEDIA_ROOT).startswith(str(folder)) for folder in served)


@pytest.mark.parametrize("path", ["/media/attachments/", "/static/../media/attachments/x", "/attachments/"])
def test_there_is_no_other_way_in(sign_in, officer, path):
    assert sign_in(officer.user).get(path).status_code == 404
