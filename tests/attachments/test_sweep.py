"""Nightly: what no row knows goes once it is a day old, rows without their file are told of. Books agree."""

import os
from datetime import timedelta

import pytest
from django.core.management import call_command

from accounts.models import Role
from config.clock import frozen, now
from issues.attachments.sweep import Swept, reconcile_attachments, sweep
from issues.comments.services import withdraw, write_comment
from issues.models import Attachment
from issues.tasks import sweep_attachments
from notices.models import Alert, Notice
from tests.attachments import files
from tests.factories import UserFactory, make_issue
from tests.media import upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def picture(officer, media):
    return write_comment(
        make_issue(officer), text="", attachments=[upload(files.jpeg())], actor=officer.user
    ).attachments.get()


def place(media, row, tail=""):
    return media / f"{row.file.name}{tail}"


def leave(media, name, *, days):
    """A file that lies there since `days` ago."""
    path = media / "attachments" / "ab" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    os.utime(path, (now().timestamp() - days * 86_400,) * 2)
    return path


def make_old(media):
    for path in media.rglob("*"):
        os.utime(path, (now().timestamp() - 90 * 86_400,) * 2)


def findings():
    return [(each.account, each.kind, each.id) for each in reconcile_attachments()]


def test_files_with_rows_stay_however_old_they_are(media, picture, on_disk):
    make_old(media)
    before = on_disk()
    assert len(before) == 2
    assert sweep() == Swept(0, 0)
    assert on_disk() == before
    assert findings() == []


def test_what_no_row_knows_goes_after_a_day(media, picture, on_disk):
    names = ["ab" * 16, f"{'ac' * 16}.small", f"{'ad' * 16}.part"]
    old = [leave(media, name, days=1.01) for name in names]
    young = leave(media, "ae" * 16, days=0.99)
    assert findings() == [("no-file-without-a-row", "file", name) for name in names]
    assert sweep() == Swept(3, 0)
    assert not any(path.exists() for path in old)
    assert young.exists()
    assert len(on_disk()) == 3
    with frozen(now() + timedelta(days=1)):
        sweep_attachments()
    assert not young.exists()


def test_what_was_withdrawn_stays(media, picture, officer, on_disk):
    withdraw(picture.comment, actor=officer.user)
    make_old(media)
    assert sweep() == Swept(0, 0)
    assert len(on_disk()) == 2


@pytest.mark.parametrize("tail", ["", ".small"])
def test_a_row_whose_file_is_gone_is_told_of_once_until_it_is_back(media, picture, tail):
    admin = UserFactory(role=Role.SYSTEM_ADMIN)
    path = place(media, picture, tail)
    content = path.read_bytes()
    path.unlink()
    assert sweep() == sweep() == Swept(0, 1)
    notice = Notice.objects.get()
    assert notice.recipient == admin
    assert notice.sentence == "有1个附件的文件不在存储目录中，请从备份恢复"
    assert findings() == [("attachment-has-its-file", "attachment", str(picture.pk))]
    path.write_bytes(content)
    assert sweep() == Swept(0, 0)
    assert Alert.objects.get().closed_at == now()


def test_a_file_of_another_length_is_a_finding(media, picture):
    with place(media, picture).open("ab") as file:
        file.write(b"x")
    assert findings() == [("attachment-has-its-file", "attachment", str(picture.pk))]


def test_before_the_first_attachment_there_is_nothing_to_sweep(media):
    assert sweep() == Swept(0, 0)
    assert findings() == []


def test_a_withdrawn_comment_leaves_the_books_in_balance(media, picture, officer, capsys):
    withdraw(picture.comment, actor=officer.user)
    call_command("reconcile")
    assert capsys.readouterr().out == "the books balance\n"


def test_the_books_say_it_too(media, picture, capsys):
    place(media, picture).unlink()
    with pytest.raises(SystemExit):
        call_command("reconcile")
    assert f"attachment-has-its-file: attachment {picture.pk}" in capsys.readouterr().out
    assert Attachment.objects.count() == 1
