"""Two people add the last file at the same moment: the limit holds, and without the lock it would not.

In both runs the time between counting and writing is stretched alike, so that the lock alone makes the difference.
"""

import time
import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from issues.attachments import keeping
from issues.comments import services
from issues.comments.services import write_comment
from issues.models import Attachment, Comment, Issue
from tests.attachments import files
from tests.concurrency import at_once
from tests.factories import OfficerFactory, make_issue
from tests.media import upload

committed = pytest.mark.usefixtures("committed", "media")

TRIALS = 20
LIMIT = 3


@pytest.fixture(autouse=True)
def slow_between_count_and_write(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.ATTACHMENTS_PER_ISSUE = LIMIT
    count = keeping._refuse_beyond_limits

    def later(*arguments: Any) -> None:
        count(*arguments)
        time.sleep(0.02)

    monkeypatch.setattr(keeping, "_refuse_beyond_limits", later)


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_locked", lambda issue: Issue.objects.get(pk=issue.pk))


def two_at_once() -> tuple[int, list[Any]]:
    """An issue with room for one more file gets two at once: how many it has then, and the two answers."""
    officer = OfficerFactory()
    issue = make_issue(officer)
    for _ in range(LIMIT - 1):
        add(issue, officer)
    answers = at_once(*[lambda: add(issue, officer)] * 2)
    return Attachment.objects.filter(issue=issue).count(), answers


def add(issue: Issue, officer: Any, client_id: uuid.UUID | None = None) -> Comment:
    return write_comment(issue, text="", attachments=[upload(files.pdf())], client_id=client_id, actor=officer.user)


@committed
def test_the_limit_of_an_issue_holds_when_two_add_at_once(on_disk):
    for trial in range(1, TRIALS + 1):
        there, answers = two_at_once()
        assert there == LIMIT
        assert {type(answer) for answer in answers} == {Comment, ValidationError}
        assert len(on_disk()) == LIMIT * trial


@pytest.mark.usefixtures("committed", "media", "without_lock")
def test_without_the_lock_an_issue_gets_one_file_too_many():
    assert any(two_at_once()[0] == LIMIT + 1 for _ in range(TRIALS))


@committed
def test_a_form_that_is_sent_twice_at_once_is_one_comment(on_disk):
    officer = OfficerFactory()
    for trial in range(1, TRIALS + 1):
        issue, form = make_issue(officer), uuid.uuid4()
        answers = at_once(*[lambda issue=issue, form=form: add(issue, officer, form)] * 2)
        assert answers[0] == answers[1] == Comment.objects.get(issue=issue)
        assert len(on_disk()) == trial
