"""R55: complaints and suggestions go to the commission office and to nobody else, with or without a name."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import Role
from platforms.links import make_link
from tests.factories import PlatformContactFactory, UserFactory
from visits.feedback import answer_feedback, give_feedback
from visits.models import Feedback

pytestmark = pytest.mark.django_db

FORM = "/p/feedback/"


def text_of(response):
    return response.content.decode()


def test_without_a_name_nothing_tells_who_it_was_and_the_code_finds_the_answer(contact, come_in, commission):
    client = come_in(contact)
    response = client.post(FORM, {"text": "联点干部一直不回电话", "is_anonymous": "on"})
    given = Feedback.objects.get()
    assert (given.given_by, given.platform) == (None, None)
    assert response["Location"] == f"/p/feedback/{given.code}/"
    page = text_of(client.get(response["Location"]))
    assert given.code in page
    assert "2026年10月22日前答复" in page  # five working days
    assert not Feedback.objects.visible_to(contact.user).exists()
    answer_feedback(given, text="已提醒，会在今天回电。", actor=commission)
    other = come_in(PlatformContactFactory(platform=contact.platform, is_primary=False))
    found = other.get("/p/feedback/find/", {"code": f" {given.code.lower()} "}, follow=True)
    assert "已提醒，会在今天回电。" in text_of(found)
    assert commission.notices.get().data == {"reply_by": "2026-10-22"}


def test_with_a_name_the_answer_comes_to_the_writer_and_to_no_other_contact(contact, come_in, commission):
    client = come_in(contact)
    client.post(FORM, {"text": "希望多办政策宣讲"})
    given = Feedback.objects.get()
    assert (given.given_by, given.platform) == (contact.user, contact.platform)
    answer_feedback(given, text="下月起每月一次。", actor=commission)
    assert list(contact.user.notices.values_list("kind", flat=True)) == ["feedback_answered"]
    assert "下月起每月一次。" in text_of(client.get(f"/p/feedback/{given.code}/"))
    colleague = come_in(PlatformContactFactory(platform=contact.platform, is_primary=False))
    assert colleague.get(f"/p/feedback/{given.code}/").status_code == 404
    assert "希望多办政策宣讲" not in text_of(colleague.get(FORM))


def test_an_empty_one_is_refused_and_a_code_that_nobody_has_said_kindly(contact, come_in):
    client = come_in(contact)
    assert client.post(FORM, {"text": " "}).status_code == 422
    for code in ("ABC", "A\0C"):
        assert "没有找到这个查询码" in text_of(client.get("/p/feedback/find/", {"code": code}, follow=True))
    assert client.get("/p/feedback/ABC/").status_code == 404
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("role", [Role.OFFICER, Role.UNIT_HEAD, Role.CLERK, Role.BUREAU_STAFF, Role.LEADER])
def test_nobody_but_the_commission_office_reads_it(contact, officer, commission, sign_in, role):
    make_link(contact, actor=officer.user)
    contact.refresh_from_db()
    given = give_feedback("联点干部一直不回电话", contact=contact, is_anonymous=False)
    reader = officer.user if role == Role.OFFICER else UserFactory(role=role, unit=officer.home_unit)
    client = sign_in(reader)
    assert client.get(reverse("feedback:list")).status_code == 403
    assert client.get(reverse("feedback:detail", args=[given.pk])).status_code == 404
    assert client.post(reverse("feedback:detail", args=[given.pk]), {"text": "x"}).status_code == 404
    assert not reader.notices.exists()
    assert reverse("feedback:list") not in text_of(client.get(reverse("accounts:password-changed")))


def test_the_commission_office_answers_once(contact, come_in, commission, sign_in):
    come_in(contact).post(FORM, {"text": "希望多办政策宣讲"})
    given, client = Feedback.objects.get(), sign_in(commission)
    assert "希望多办政策宣讲" in text_of(client.get(reverse("feedback:list")))
    url = reverse("feedback:detail", args=[given.pk])
    assert client.post(url, {"text": ""}).status_code == 422
    assert client.post(url, {"text": "下月起每月一次。"})["Location"] == reverse("feedback:list")
    late = client.post(url, {"text": "另一个答复"})
    assert late.status_code == 422
    assert "另一个答复" not in Feedback.objects.get().answer
    with pytest.raises(ValidationError, match="已经答复过"):
        answer_feedback(given, text="再答一次", actor=commission)
