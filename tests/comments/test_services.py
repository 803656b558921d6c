"""A comment is made and withdrawn: what is written, who is told, and what nobody can change."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from accounts.models import Role
from config.clock import frozen, now
from issues.comments.services import withdraw, write_comment
from issues.models import Attachment, Comment, Event, Issue
from notices.models import Notice
from tests.attachments import files
from tests.factories import OfficerFactory, UserFactory, make_issue
from tests.media import upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


@pytest.fixture
def issue(officer):
    return make_issue(officer)


@pytest.fixture
def head(issue):
    return UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit, name="周明华")


def say(issue, actor, text="请派人到现场。", **how):
    return write_comment(issue, text=text, actor=actor, **how)


def refusal(issue, actor, **how):
    with pytest.raises(ValidationError) as caught:
        say(issue, actor, **how)
    return caught.value.message_dict


def test_a_comment_has_its_place_in_the_timeline_and_moves_nothing(issue, officer):
    before: Any = Issue.objects.values().get(pk=issue.pk)
    with frozen("2026-10-16T09:30"):
        made = say(issue, officer.user)
    event = issue.events.first()
    assert made.event == event
    assert (event.kind, event.actor, event.at, event.note) == ("commented", officer.user, made.at, "")
    assert (event.before, event.after, event.deadline) == ("", "", None)
    after: Any = Issue.objects.values().get(pk=issue.pk)
    assert after.pop("updated_at") == made.at
    before.pop("updated_at")
    assert after == before


def test_files_without_words_are_a_comment_too(issue, officer, on_disk):
    made = say(issue, officer.user, text="", attachments=[upload(files.jpeg(), "a.jpg"), upload(files.pdf(), "b.pdf")])
    assert (made.text, made.event.kind) == ("", "attached")
    rows = list(made.attachments.order_by("pk"))
    assert [(row.name, row.kind, row.issue, row.uploaded_by, row.uploaded_at) for row in rows] == [
        ("a.jpg", "image", issue, officer.user, made.at),
        ("b.pdf", "pdf", issue, officer.user, made.at),
    ]
    names = [row.file.name.rpartition("/")[2] for row in rows]
    assert on_disk() == sorted([names[0], f"{names[0]}.small", names[1]])


@pytest.mark.parametrize("text", ["", "  \n "])
def test_nothing_at_all_is_refused(issue, officer, text):
    assert refusal(issue, officer.user, text=text) == {"text": ["请写留言，或选择附件。"]}
    assert not Comment.objects.exists()


@pytest.mark.parametrize("role", [Role.LEADER, Role.API_CLIENT, Role.SYSTEM_ADMIN, Role.PLATFORM_CONTACT])
def test_readers_programs_administrators_and_contacts_say_nothing(issue, role):
    with pytest.raises(PermissionDenied):
        say(issue, UserFactory(role=role, unit=issue.lead_unit))
    assert not Comment.objects.exists()


class TestMentioned:
    def test_whoever_is_mentioned_gets_one_notice_that_leads_to_the_comment(self, issue, officer, head):
        made = say(issue, officer.user, text="@周明华 请派人，@周明华 谢谢。")
        notice = Notice.objects.get()
        assert (notice.recipient, notice.kind) == (head, "mentioned")
        assert notice.sentence == f"{officer.user.name}在问题 {issue.number} 的留言中提到您"
        assert notice.url == f"/issues/{issue.number}/#comment-{made.pk}"
        assert "派人" not in str(notice.data)  # a message holds no word of the issue
        assert list(made.mentioned.all()) == [head]

    def test_it_goes_outside_in_office_hours(self, issue, officer, head):
        with frozen("2026-10-16T22:00"):
            say(issue, officer.user, text="@周明华 请派人。")
        assert str(Notice.objects.get().send_after) == "2026-10-19 00:30:00+00:00"

    def test_nobody_is_told_of_the_own_comment(self, issue, head):
        say(issue, head, text="@周明华 记一下。")
        assert not Notice.objects.exists()

    def test_a_comment_that_mentions_somebody_who_cannot_see_the_issue_is_not_made(self, issue, officer):
        UserFactory(name="别处人")
        said = refusal(issue, officer.user, text="@别处人 你好")
        assert said == {"text": ["别处人看不到这个问题，提到也通知不到。请去掉@，或改提别的同事。"]}
        assert not Comment.objects.exists()
        assert not Notice.objects.exists()


class TestSentTwice:
    def test_the_same_form_is_the_same_comment(self, issue, officer, on_disk):
        form = uuid.uuid4()
        first = say(issue, officer.user, attachments=[upload(files.pdf())], client_id=form)
        again = say(issue, officer.user, attachments=[upload(files.pdf())], client_id=form)
        assert again == first
        assert (Comment.objects.count(), Attachment.objects.count(), len(on_disk())) == (1, 1, 1)

    def test_other_words_under_the_number_of_an_old_form_are_not_lost(self, issue, officer):
        form = uuid.uuid4()
        say(issue, officer.user, text="第一条", client_id=form)
        say(issue, officer.user, text="第二条", client_id=form)
        assert set(Comment.objects.values_list("text", flat=True)) == {"第一条", "第二条"}

    def test_another_persons_form_is_not_answered_with_this_persons_comment(self, issue, officer, head):
        form = uuid.uuid4()
        first = say(issue, officer.user, client_id=form)
        second = say(issue, head, client_id=form)
        assert (second.author, first.author) == (head, officer.user)


class TestWithdrawn:
    def test_its_author_withdraws_it_once(self, issue, officer, head):
        made = say(issue, officer.user, text="@周明华 请派人。", attachments=[upload(files.pdf())])
        with frozen(made.at + timedelta(minutes=5)):
            gone = withdraw(made, actor=officer.user)
        assert gone.withdrawn_at == made.at + timedelta(minutes=5)
        assert Issue.objects.get(pk=issue.pk).updated_at == gone.withdrawn_at
        with frozen(made.at + timedelta(hours=5)):
            assert withdraw(made, actor=officer.user).withdrawn_at == gone.withdrawn_at
        assert (gone.text, gone.author, gone.at) == (made.text, made.author, made.at)
        assert not Attachment.objects.visible_to(officer.user).exists()

    def test_the_notice_is_settled(self, issue, officer, head):
        made = say(issue, officer.user, text="@周明华 请派人。")
        withdraw(made, actor=officer.user)
        notice = Notice.objects.get()
        assert (notice.read_at, notice.send_after) == (now(), None)

    def test_nobody_else_withdraws_it(self, issue, officer, head):
        made = say(issue, officer.user)
        with pytest.raises(PermissionDenied):
            withdraw(made, actor=head)
        assert Comment.objects.get().withdrawn_at is None


class TestForGood:
    """The database itself refuses, whoever asks."""

    @pytest.fixture
    def made(self, issue, officer):
        return say(issue, officer.user, attachments=[upload(files.pdf())])

    @pytest.mark.parametrize("change", [{"text": "别的"}, {"author": None}, {"at": "2020-01-01T00:00Z"}])
    def test_a_comment_is_not_rewritten(self, made, change):
        change = {"author": UserFactory()} if "author" in change else change
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Comment.objects.update(**change)

    def test_a_withdrawal_is_not_taken_back(self, made, officer):
        withdraw(made, actor=officer.user)
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Comment.objects.update(withdrawn_at=None)

    def test_neither_comment_nor_file_is_deleted_or_exchanged(self, made):
        for rows in (Attachment.objects.all(), Comment.objects.all(), Event.objects.filter(comment=made)):
            with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
                rows._raw_delete(rows.db)
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Attachment.objects.update(name="x")


class TestScope:
    def test_whoever_sees_the_issue_sees_what_was_said_but_no_contact(self, issue, officer, head, leader, bureau_staff):
        say(issue, officer.user, attachments=[upload(files.pdf())])
        outsider = OfficerFactory().user
        contact = UserFactory(role=Role.PLATFORM_CONTACT, unit=None)
        issue.platform.contacts.create(name="王小明", user=contact)
        assert Issue.objects.visible_to(contact).exists()
        admin = UserFactory(role=Role.SYSTEM_ADMIN)
        for rows in (Comment.objects, Attachment.objects):
            seen = [rows.visible_to(user).exists() for user in (officer.user, head, leader, bureau_staff)]
            assert seen == [True] * 4
            assert [rows.visible_to(user).exists() for user in (outsider, contact, admin)] == [False] * 3

    def test_only_the_author_may_change_it(self, issue, officer, head):
        made = say(issue, officer.user)
        assert Comment.objects.editable_by(officer.user).get() == made
        assert not Comment.objects.editable_by(head).exists()
        assert not Attachment.objects.editable_by(officer.user).exists()
