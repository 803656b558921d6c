"""The link of a platform's contact: made, sent, replaced, taken back; only its digest is kept."""

from hashlib import sha256

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.models import Role, User
from accounts.services import create_token
from config import clock
from platforms.links import LinkRefused, look_up, mail_link, make_link, revoke_link
from platforms.models import ContactLink, ContactLinkEvent, LinkRule
from platforms.services import ContactEntry, save_platform
from tests.factories import OfficerFactory, PlatformContactFactory, UserFactory

pytestmark = pytest.mark.django_db


def opens(text):
    """Whether the text of a link is good for anything now."""
    link = look_up(text)
    return link is not None and link.is_live


def kinds(contact):
    events = ContactLinkEvent.objects.filter(link__user=contact.user).order_by("pk")
    return list(events.values_list("kind", flat=True))


def test_the_first_link_opens_an_account_that_has_no_password_and_reads_no_case(contact, officer):
    make_link(contact, actor=officer.user)
    contact.refresh_from_db()
    user = contact.user
    assert (user.role, user.has_usable_password(), user.is_active) == (Role.PLATFORM_CONTACT, False, True)
    assert not user.reads_cases
    assert (user.name, user.email) == ("王*", "wang@lab.example")  # R57: the house sees the mask beside every deed


def test_only_a_digest_of_256_random_bits_is_stored(contact, officer):
    made = make_link(contact, actor=officer.user)
    assert len(made.text) == 43
    link = ContactLink.objects.get()
    assert link.digest == sha256(made.text.encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM platforms_contactlink l WHERE l::text LIKE %s", [f"%{made.text}%"])
        assert cursor.fetchone()[0] == 0
    assert look_up(made.text) == link


def test_a_link_lasts_as_long_as_the_rule_in_force_says(contact, officer):
    LinkRule.objects.create(valid_from=clock.today(), days=5, mail_days=2, idle_minutes=30)
    link = make_link(contact, actor=officer.user).link
    assert clock.on_date(link.expires_at).isoformat() == "2026-10-20"
    with clock.frozen("2026-10-20T11:59"):
        assert ContactLink.objects.live().count() == 1
    with clock.frozen("2026-10-20T12:00"):
        assert ContactLink.objects.live().count() == 0


def test_a_new_link_takes_back_the_older_one_and_keeps_the_account(contact, officer):
    first, second = (make_link(contact, actor=officer.user) for _ in range(2))
    assert first.link.user == second.link.user
    assert not opens(first.text)
    assert opens(second.text)
    contact.refresh_from_db()
    assert kinds(contact) == ["made", "revoked", "made"]


def test_the_database_holds_one_unrevoked_link_a_person(contact, officer):
    link = make_link(contact, actor=officer.user).link
    link.pk, link.digest = None, "0" * 64
    with pytest.raises(IntegrityError, match="contactlink_one_unrevoked_a_person"), transaction.atomic():
        link.save(force_insert=True)


def test_taking_a_link_back_says_whether_there_was_one(contact, officer):
    text = make_link(contact, actor=officer.user).text
    assert revoke_link(contact, actor=officer.user) is True
    assert revoke_link(contact, actor=officer.user) is False
    assert not opens(text)
    contact.refresh_from_db()
    assert kinds(contact) == ["made", "revoked"]


def test_what_happened_to_a_link_cannot_be_rewritten(contact, officer):
    make_link(contact, actor=officer.user)
    with pytest.raises(Exception, match="Cannot update rows"), transaction.atomic():
        ContactLinkEvent.objects.update(actor=None)


def test_a_link_is_mailed_only_to_an_address_and_while_it_is_valid(contact, officer):
    with pytest.raises(LinkRefused, match="先生成一条"):
        mail_link(contact, actor=officer.user)
    nowhere = PlatformContactFactory(platform=contact.platform, is_primary=False)
    make_link(nowhere, actor=officer.user)
    with pytest.raises(LinkRefused, match="邮箱"):
        mail_link(nowhere, actor=officer.user)
    make_link(contact, actor=officer.user)
    mail_link(contact, actor=officer.user)
    contact.refresh_from_db()
    assert list(contact.user.notices.values_list("kind", "url")) == [("way_in", "/p/")]
    assert kinds(contact) == ["made", "mailed"]


def entry(contact, **changes):
    fields = {"pk": contact.pk, "name": contact.name, "phone": contact.phone, "is_primary": True}
    return ContactEntry(**{**fields, **changes})


def test_another_person_in_the_register_does_not_inherit_the_link(contact, officer):
    text = make_link(contact, actor=officer.user).text
    contact.refresh_from_db()
    before = contact.user
    save_platform(contact.platform, [entry(contact, name="李红")])
    contact.refresh_from_db()
    assert contact.user is None
    assert not opens(text)
    assert not User.objects.get(pk=before.pk).is_active
    make_link(contact, actor=officer.user)
    contact.refresh_from_db()
    assert contact.user != before
    assert User.objects.get(platform_contact=contact).name == "李*"


def test_a_corrected_phone_or_address_leaves_the_link_alone(contact, officer):
    text = make_link(contact, actor=officer.user).text
    save_platform(contact.platform, [entry(contact, phone="13900000000", email="new@lab.example")])
    contact.refresh_from_db()
    assert opens(text)
    assert contact.user.email == "new@lab.example"
    save_platform(contact.platform, [entry(contact)])  # a file without addresses
    contact.refresh_from_db()
    assert contact.email == "new@lab.example"


def test_who_is_struck_off_the_register_is_locked_out(contact, officer):
    text = make_link(contact, actor=officer.user).text
    save_platform(contact.platform, [])
    assert not opens(text)
    with pytest.raises(LinkRefused, match="不在底册"):
        make_link(contact, actor=officer.user)


@pytest.mark.parametrize("name", ["make-link", "mail-link", "revoke-link"])
def test_a_link_is_the_business_of_the_officer_and_of_those_who_keep_the_register(
    name, contact, officer, bureau_staff, leader, commission, sign_in
):
    url = reverse(f"platforms:{name}", args=[contact.pk])

    def status(user):
        return sign_in(user).post(url).status_code

    assert status(OfficerFactory().user) == 404
    assert status(UserFactory(role=Role.UNIT_HEAD)) == 404
    assert (status(leader), status(commission)) == (403, 403)
    assert status(UserFactory(role=Role.SYSTEM_ADMIN, unit=None)) == 403
    assert not ContactLink.objects.exists()
    good = 200 if name == "make-link" else 302
    assert (status(officer.user), status(bureau_staff)) == (good, good)
    assert sign_in(officer.user).get(url).status_code == 405


def test_the_link_is_shown_once_in_full_and_kept_by_no_cache(contact, officer, sign_in):
    client = sign_in(officer.user)
    response = client.post(reverse("platforms:make-link", args=[contact.pk]))
    html = response.content.decode()
    assert response["Cache-Control"] == "no-store, private"
    text = html.split("http://testserver/c/")[1].split("/")[0]
    assert opens(text)
    page = client.get(contact.platform.get_absolute_url()).content.decode()
    assert text not in page
    assert "有效至11月14日" in page
    assert "还没有用过" in page


def test_the_platforms_page_offers_no_link_to_those_who_only_read(contact, leader, sign_in):
    assert "确认链接" not in sign_in(leader).get(contact.platform.get_absolute_url()).content.decode()


def test_the_platforms_page_says_when_a_link_was_used_and_by_whom_it_was_made(contact, officer, sign_in, come_in):
    come_in(contact)
    page = sign_in(officer.user).get(contact.platform.get_absolute_url()).content.decode()
    assert "最近使用10月15日 12:00" in page
    assert "生成链接 · 陈思远" in page
    assert "进入 · 王*" in page


def test_a_contact_gets_no_token_of_the_api(contact, officer):
    make_link(contact, actor=officer.user)
    contact.refresh_from_db()
    with pytest.raises(ValidationError, match="没有接口令牌"):
        create_token(user=contact.user, name="x", scopes=["issues:read"], days=1)
