"""Two taps at once: one is the platform's word, the other is told; a link that ends while its button is pressed."""

import time
from functools import partial

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from issues import workflow
from issues.models import Issue, Rating
from issues.services import moves, resolve
from platforms.links import look_up, make_link, revoke_link
from platforms.models import ContactLink, ContactLinkEvent
from tests.concurrency import at_once
from tests.factories import OfficerFactory, PlatformContactFactory, PlatformFactory, make_issue

pytestmark = pytest.mark.usefixtures("committed")

TRIALS = 8


@pytest.fixture
def world(committed):
    officer = OfficerFactory()
    contact = PlatformContactFactory(platform=PlatformFactory(officer=officer))
    return officer, contact


def resolved_issue(officer, contact):
    issue = make_issue(officer, platform=contact.platform)
    return resolve(issue, result="solved", reply="消防验收已通过。", actor=officer.user)


def inside(officer, contact):
    client = Client()
    client.post(make_link(contact, actor=officer.user).path)
    return client


def opens(text):
    link = look_up(text)
    return link is not None and link.is_live


def tap(client, name, issue, **data):
    """The same session from two fingers: each request is a client of its own."""
    other = Client()
    other.cookies = client.cookies
    other.handler.load_middleware()  # before the race, not in it
    return lambda: other.post(reverse(f"contacts:{name}", args=[issue.number]), data)


@pytest.fixture
def slow_between_look_and_write(monkeypatch):
    """The time in which the other one could look, too: the lock alone makes the difference."""
    ask = workflow.allow

    def later(*arguments):
        ask(*arguments)
        time.sleep(0.05)

    monkeypatch.setattr(moves, "allow", later)


@pytest.fixture
def without_lock(monkeypatch):
    monkeypatch.setattr(
        moves, "locked", lambda issue: Issue.objects.select_related("term", "lead_unit", "officer").get(pk=issue.pk)
    )


@pytest.mark.usefixtures("slow_between_look_and_write")
def test_of_two_yeses_one_is_the_word_and_the_other_is_told_kindly(world):
    client = inside(*world)
    for _ in range(TRIALS):
        issue = resolved_issue(*world)
        answers = at_once(tap(client, "solved", issue), tap(client, "solved", issue))
        assert sorted(answer.status_code for answer in answers) == [302, 409]
        assert issue.events.filter(kind="confirmed").count() == 1
        told = next(answer for answer in answers if answer.status_code == 409)
        assert "刚刚已经变成“已办结”" in told.content.decode()


@pytest.mark.usefixtures("slow_between_look_and_write", "without_lock")
def test_without_the_lock_two_yeses_are_both_written(world):
    client = inside(*world)
    issues = [resolved_issue(*world) for _ in range(TRIALS)]
    for issue in issues:
        at_once(tap(client, "solved", issue), tap(client, "solved", issue))
    assert any(issue.events.filter(kind="confirmed").count() == 2 for issue in issues)


@pytest.mark.usefixtures("slow_between_look_and_write")
def test_yes_and_no_at_once_end_in_one_story_never_in_half_of_each(world):
    """No after yes is a redo (T12); yes after no is refused. Either way the issue is taken up again, once."""
    client = inside(*world)
    for _ in range(TRIALS):
        issue = resolved_issue(*world)
        yes, no = at_once(tap(client, "solved", issue), tap(client, "unsolved", issue, reason="证书还没有领到"))
        assert no.status_code == 302
        assert yes.status_code in (302, 409)
        issue.refresh_from_db()
        assert (issue.state, issue.reopened_count, issue.confirmation) == ("accepted", 1, "")
        kinds = list(issue.events.order_by("pk").values_list("kind", flat=True))[2:]
        assert kinds == (["confirmed", "reopened"] if yes.status_code == 302 else ["reopened"])
        if yes.status_code == 409:
            assert "刚刚已经变成“正在办理”" in yes.content.decode()


@pytest.mark.parametrize("grade", ["5", "1"])
def test_two_ratings_at_once_are_one(world, grade):
    client = inside(*world)
    for _ in range(TRIALS):
        issue = resolved_issue(*world)
        tap(client, "solved", issue)()
        answers = at_once(*[tap(client, "rate", issue, service=grade, result=grade)] * 2)
        assert sorted(answer.status_code for answer in answers) == [302, 409]
        assert Rating.objects.filter(issue=issue).count() == 1


def test_two_who_make_a_link_at_once_leave_one_that_opens(world):
    officer, contact = world
    for _ in range(TRIALS):
        made = at_once(*[lambda: make_link(contact, actor=officer.user)] * 2)
        live = [each for each in made if opens(each.text)]
        assert len(live) == 1
    assert ContactLink.objects.live().count() == 1


def test_a_link_taken_back_while_its_button_is_pressed_lets_nobody_stay(world):
    officer, contact = world
    for _ in range(TRIALS):
        path, client = make_link(contact, actor=officer.user).path, Client()
        at_once(partial(client.post, path), lambda: revoke_link(contact, actor=officer.user))
        assert client.get("/p/").status_code == 403
        assert client.post(path).status_code == 404
    used = ContactLinkEvent.objects.filter(kind="used")
    assert not used.filter(at__gt=F("link__revoked_at")).exists()
