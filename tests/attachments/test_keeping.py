"""No file without its row and no row without its file: a full disk, a refused transaction, a lost connection."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, OperationalError, connection

from config.clock import now
from issues.attachments.keeping import DiskRefused
from issues.attachments.sweep import Swept, sweep
from issues.comments.services import write_comment
from issues.models import Attachment, Comment, Event
from tests.attachments import files
from tests.concurrency import Call
from tests.factories import OfficerFactory, make_issue
from tests.media import upload

SMALL, LARGE = files.pdf(b" " * 1000), files.pdf(b" " * 400_000)


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """The kernel itself stops a longer file in the middle of a write, as a full disk does (EFBIG for ENOSPC)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def tiny_disk(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A file system of 256 KB of its own."""
    place = tmp_path / "tiny"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk; the limit of the kernel stands in for it above")
    settings.MEDIA_ROOT = str(place)
    yield place
    subprocess.run(["umount", str(place)], check=True)


def nothing_happened() -> bool:
    rows = (Comment.objects, Attachment.objects, Event.objects.filter(kind__in=["commented", "attached"]))
    return not any(each.exists() for each in rows)


@pytest.mark.django_db
class TestFullDisk:
    @pytest.fixture
    def issue(self, officer):
        return make_issue(officer)

    def test_nothing_stays_of_a_file_that_was_cut_off_nor_of_those_before_it(self, issue, officer, on_disk):
        with files_no_longer_than(100_000), pytest.raises(DiskRefused):
            write_comment(issue, text="好", attachments=[upload(SMALL), upload(LARGE)], actor=officer.user)
        assert on_disk() == []
        assert nothing_happened()

    def test_nor_of_a_picture_whose_small_one_found_no_room(self, issue, officer, media, on_disk, monkeypatch):
        # The picture fits, its small one does not: flat colours against noise.
        from issues.attachments import pictures

        monkeypatch.setattr(pictures, "SMALL_QUALITY", 100)
        monkeypatch.setattr(pictures, "QUALITY", 1)
        noise = files.written(files.noise(480, 480), "JPEG", quality=95)
        with files_no_longer_than(60_000), pytest.raises(DiskRefused):
            write_comment(issue, text="", attachments=[upload(noise)], actor=officer.user)
        assert on_disk() == []
        assert nothing_happened()

    def test_a_disk_that_is_really_full(self, issue, officer, tiny_disk):
        write_comment(issue, text="", attachments=[upload(SMALL)], actor=officer.user)
        with pytest.raises(DiskRefused) as caught:
            write_comment(issue, text="好", attachments=[upload(SMALL), upload(LARGE)], actor=officer.user)
        assert str(caught.value.__cause__).startswith("[Errno 28]")
        kept = [path for path in tiny_disk.rglob("*") if path.is_file()]
        assert [path.stat().st_size for path in kept] == [len(SMALL)]
        assert (Comment.objects.count(), Attachment.objects.count()) == (1, 1)
        write_comment(issue, text="", attachments=[upload(SMALL)], actor=officer.user)

    def test_the_page_says_so_and_keeps_the_words(self, issue, officer, on_disk, sign_in):
        client = sign_in(officer.user)
        for headers, status in (({}, 503), ({"HX-Request": "true"}, 422)):
            sent = {"text": "写了很久的话", "attachments": upload(LARGE)}
            with files_no_longer_than(100_000):
                answer = client.post(f"/issues/{issue.number}/comments/", sent, headers=headers)
            assert answer.status_code == status
            assert "服务器的磁盘暂时存不下附件，这条留言没有保存。" in answer.content.decode()
            assert headers or "写了很久的话</textarea>" in answer.content.decode()
        assert on_disk() == []
        assert nothing_happened()
        sent = {"text": "写了很久的话", "attachments": upload(LARGE)}
        assert client.post(f"/issues/{issue.number}/comments/", sent).status_code == 302

    def test_a_folder_that_cannot_be_written(self, issue, officer, tmp_path, settings):
        (tmp_path / "a file").write_text("")
        settings.MEDIA_ROOT = str(tmp_path / "a file")
        with pytest.raises(DiskRefused):
            write_comment(issue, text="", attachments=[upload(SMALL)], actor=officer.user)


@pytest.mark.django_db
class TestRefusedTransaction:
    @pytest.fixture
    def issue(self, officer):
        return make_issue(officer)

    def test_a_refused_file_takes_the_good_ones_with_it(self, issue, officer, on_disk):
        with pytest.raises(ValidationError) as caught:
            write_comment(
                issue,
                text="好",
                attachments=[upload(SMALL, "a.pdf"), upload(files.SVG, "b.svg"), upload(files.EXE, "c.exe")],
                actor=officer.user,
            )
        assert [message[:6] for message in caught.value.message_dict["attachments"]] == ["“b.svg", "“c.exe"]
        assert on_disk() == []
        assert nothing_happened()

    @pytest.mark.parametrize(
        ("limits", "words"),
        [
            ({"ATTACHMENTS_PER_ISSUE": 2}, "一个问题最多2个附件，已有1个。"),
            ({"ATTACHMENT_MEGABYTES_PER_ISSUE": 1}, "一个问题的附件合计最多1MB，现已占用1MB。"),
        ],
    )
    def test_beyond_a_limit_of_the_issue(self, issue, officer, on_disk, settings, limits, words):
        write_comment(issue, text="", attachments=[upload(LARGE)], actor=officer.user)
        for name, value in limits.items():
            setattr(settings, name, value)
        before = on_disk()
        with pytest.raises(ValidationError) as caught:
            write_comment(issue, text="好", attachments=[upload(LARGE), upload(LARGE)], actor=officer.user)
        assert caught.value.message_dict == {"attachments": [words]}
        assert on_disk() == before
        assert Comment.objects.count() == 1

    def test_a_row_that_the_database_refuses(self, issue, officer, on_disk):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE issues_attachment ADD CONSTRAINT none CHECK (false) NOT VALID")
        with pytest.raises(DatabaseError):
            write_comment(issue, text="好", attachments=[upload(SMALL)], actor=officer.user)
        assert on_disk() == []
        assert nothing_happened()


@pytest.fixture
def cut_off(committed: None) -> Iterator[None]:
    """Whoever writes a row of an attachment loses the connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'"
        )
        cursor.execute(
            "CREATE TRIGGER cut_off AFTER INSERT ON issues_attachment FOR EACH STATEMENT EXECUTE FUNCTION cut_off()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION cut_off() CASCADE")


def test_when_nobody_knows_whether_the_rows_stand_the_sweep_finds_out(cut_off, on_disk, media):
    officer = OfficerFactory()
    issue = make_issue(officer)
    call = Call(lambda: write_comment(issue, text="好", attachments=[upload(SMALL)], actor=officer.user))
    with pytest.raises(OperationalError):
        call.result()
    assert nothing_happened()
    (name,) = on_disk()
    (path,) = media.rglob(name)
    os.utime(path, (now().timestamp(),) * 2)
    assert sweep() == Swept(removed=0, lost=0)
    os.utime(path, (now().timestamp() - 86_401,) * 2)
    assert sweep() == Swept(removed=1, lost=0)
    assert on_disk() == []
