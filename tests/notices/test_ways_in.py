"""A mail to a contact opens the contact's page, and what waits in the outbox opens nothing."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from config import clock
from issues.services import resolve
from notices import messages, outbox
from notices.models import Delivery, Notice, NoticeKind
from notices.ways_in import body_for
from platforms.links import mail_link, make_link, revoke_link
from tests.factories import PlatformContactFactory, PlatformFactory, make_issue

pytestmark = pytest.mark.django_db

WAY = re.compile(r"http://testserver(/c/\S+)")


def mailed(contact):
    """What the contact's newest mail says."""
    mine = [each for each in mail.outbox if contact.email in each.to[0]]
    return str(mine[-1].body)


def way_in(contact):
    """The path to which the contact's newest mail leads first."""
    return WAY.findall(mailed(contact))[0]


@pytest.fixture
def world(officer):
    platform = PlatformFactory(officer=officer)
    contact = PlatformContactFactory(platform=platform, email="wang@lab.example")
    issue = make_issue(officer, platform=platform)
    make_link(contact, actor=officer.user)
    contact.refresh_from_db()
    return officer, contact, issue


def resolved(world):
    officer, _contact, issue = world
    return resolve(issue, result="solved", reply="消防验收已通过。", actor=officer.user)


def test_the_asking_mail_leads_through_the_door_to_the_issue(world):
    issue = resolved(world)
    outbox.run()
    body, path = mailed(world[1]), way_in(world[1])
    assert "10月22日前有效" in body.replace("2026年", "")
    client = Client()
    assert client.get(path).status_code == 200
    assert client.post(path)["Location"] == f"/p/issues/{issue.number}/"
    assert issue.text not in body  # a mail is no envelope
    assert "/notices/" not in body  # contacts have no inbox


def test_what_is_kept_of_a_mail_opens_nothing(world):
    resolved(world)
    outbox.run()
    kept = Delivery.objects.get(recipient=world[1].user).content
    assert "/c/" not in str(kept)
    assert kept["paths"] == [f"/p/issues/{world[2].number}/"]


def test_the_repeat_of_a_mail_is_the_same_mail(world):
    resolved(world)
    outbox.run()
    person = world[1].user
    delivery = Delivery.objects.get(recipient=person)
    first = body_for(person, delivery.content, delivery.created_at)
    with clock.frozen(clock.now() + timedelta(hours=3)):
        assert body_for(person, delivery.content, delivery.created_at) == first


def test_a_pass_lasts_a_week_and_never_longer_than_its_link(world):
    officer, contact, _issue = world
    resolved(world)
    outbox.run()
    path = way_in(world[1])
    with clock.frozen("2026-10-22T11:59"):
        assert Client().get(path).status_code == 200
    with clock.frozen("2026-10-22T12:00"):
        assert Client().get(path).status_code == 404
    revoke_link(contact, actor=officer.user)
    assert Client().get(path).status_code == 404


def test_a_new_link_ends_the_passes_of_the_old_one(world):
    officer, contact, _issue = world
    resolved(world)
    outbox.run()
    path = way_in(world[1])
    make_link(contact, actor=officer.user)
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("forged", ["{pk}.99999999999:{rest}", "{pk}.0:{rest}", "{pk}.99999999999:", ":", "1.2.3:x"])
def test_a_pass_that_was_touched_is_none(world, forged):
    resolved(world)
    outbox.run()
    genuine = way_in(world[1]).split("/")[2]
    pk, rest = genuine.split(".")[0], genuine.rpartition(":")[2]
    assert Client().get(f"/c/{forged.format(pk=pk, rest=rest)}/").status_code == 404


def test_without_a_live_link_the_mail_says_what_to_do_and_holds_no_way_in(world):
    officer, contact, _issue = world
    resolved(world)
    revoke_link(contact, actor=officer.user)
    outbox.run()
    body = mailed(contact)
    assert "请打开您的专用链接" in body
    assert "/c/" not in body


def test_the_link_itself_goes_by_mail_as_a_pass(world):
    officer, contact, _issue = world
    mail_link(contact, actor=officer.user)
    outbox.run()
    body = mailed(contact)
    assert Client().post(way_in(contact))["Location"] == "/p/"
    assert contact.name not in body
    assert mail.outbox[-1].subject == "联点：请查看平台的需求和办理进展"


@pytest.mark.parametrize("kind", NoticeKind.values)
def test_a_notice_of_every_kind_can_be_mailed(officer, kind):
    """One that could not be would hold up the whole outbox."""
    officer.user.email = "chen@bureau.example"
    notice = Notice(pk=1, recipient=officer.user, kind=kind, data={"number": "2026-000001"})
    assert messages.mail_content(officer.user, [notice])["subject"].startswith("联点：")


def test_a_contact_of_several_notices_gets_one_mail_with_a_way_to_each(world):
    officer, contact, _issue = world
    second = make_issue(officer, platform=contact.platform)
    resolved(world)
    resolve(second, result="solved", reply="也好了。", actor=officer.user)
    outbox.run()
    assert len(WAY.findall(mailed(contact))) == 2
    assert len([each for each in mail.outbox if contact.email in each.to[0]]) == 1
    assert Notice.objects.filter(recipient=contact.user, delivery=None).count() == 0
