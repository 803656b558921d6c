"""Everything on a desk is handed over in one go: all of it or nothing, and receivers still accept."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.leaving import disable_user, work_of
from accounts.models import Role, User
from issues.handovers.services import accept_case, accept_platform, ask_case
from issues.models import CaseHandover, Issue
from liaisons.absences import arrange
from liaisons.handovers import ask
from liaisons.models import Absence, Handover, OfferState, Officer
from tests.factories import OfficerFactory, PlatformFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db

TODAY = "2026-10-15"


@pytest.fixture
def leaving(officer: Officer) -> Officer:
    """Two platforms, an issue on one of them, one elsewhere in hand; a platform on its way in; a leave to cover."""
    first, second = PlatformFactory(officer=officer), PlatformFactory(officer=officer)
    make_issue(officer, platform=first, text="在自己平台上")
    make_issue(officer, platform=PlatformFactory(officer=OfficerFactory()), text="在别家平台上")
    giver = OfficerFactory()
    ask(PlatformFactory(officer=giver), receiver=officer, planned_on=date(2026, 11, 2), reason="调整", actor=giver.user)
    day = date(2026, 11, 9)
    arrange(officer=giver, deputy=officer, starts_on=day, ends_on=day, reason="休假", actor=giver.user)
    assert second.pk > first.pk
    return officer


def url(officer: Officer) -> str:
    return f"/people/{officer.user_id}/work/"


def lines(client: Client, officer: Officer) -> list[str]:
    form = client.get(url(officer)).context["form"]
    return [name for name in form.fields if "-" in name]


def test_everything_goes_in_one_go_and_then_the_account_can_be_disabled(
    leaving: Officer, bureau_staff: User, sign_in: Any
) -> None:
    client, one, two = sign_in(bureau_staff), OfficerFactory(), OfficerFactory()
    colleague = UserFactory(unit=leaving.home_unit)
    _first, second, duty, issue = lines(client, leaving)
    kinds = [name.partition("-")[0] for name in lines(client, leaving)]
    assert kinds == ["platform", "platform", "duty", "issue"]
    answer = client.post(
        url(leaving),
        {
            "everything": one.pk,
            second: two.pk,
            duty: two.pk,
            issue: colleague.pk,
            "planned_on": TODAY,
            "reason": "调离",
        },
    )
    assert (answer.status_code, answer["Location"]) == (302, url(leaving))
    assert set(Handover.objects.open().values_list("receiver", flat=True)) == {one.pk, two.pk}
    assert Handover.objects.get(receiver=leaving).state == OfferState.DECLINED
    assert Absence.objects.valid().get().deputy == two
    page = client.get(url(leaving)).content.decode()
    assert "手上还有2家联点平台、2项在办问题" in page
    assert "已经提出，等待接受或生效" in page

    for handover in Handover.objects.open():
        accept_platform(handover, actor=handover.receiver.user)
    accept_case(CaseHandover.objects.get(), actor=colleague)
    assert {issue.text: issue.handler for issue in Issue.objects.all()} == {
        "在自己平台上": one.user,
        "在别家平台上": colleague,
    }
    assert "手上没有未交接的工作，账号可以停用。" in client.get(url(leaving)).content.decode()
    assert not disable_user(leaving.user).is_active


def test_one_line_that_cannot_be_leaves_everything_as_it_was(
    leaving: Officer, bureau_staff: User, sign_in: Any
) -> None:
    client, full = sign_in(bureau_staff), OfficerFactory()
    for _ in range(4):
        PlatformFactory(officer=full)
    colleague = UserFactory(unit=leaving.home_unit)
    _first, second, duty, issue = lines(client, leaving)
    typed = {
        "everything": OfficerFactory().pk,
        second: full.pk,
        duty: full.pk,
        issue: colleague.pk,
        "planned_on": TODAY,
        "reason": "调离",
    }
    answer = client.post(url(leaving), typed)
    words = f"{full.user.name}已联点4家平台，上限为4家。确需增加时请填写例外理由。"
    assert (answer.status_code, answer.context["form"].errors) == (422, {second: [words]})
    assert f'<option value="{full.pk}" selected>' in answer.content.decode()
    assert list(Handover.objects.values_list("state", flat=True)) == [OfferState.WAITING]
    assert not CaseHandover.objects.exists()
    assert Absence.objects.valid().get().deputy == leaving


def test_no_line_may_be_left_open(leaving: Officer, bureau_staff: User, sign_in: Any) -> None:
    client = sign_in(bureau_staff)
    answer = client.post(url(leaving), {"planned_on": TODAY, "reason": ""})
    found = answer.context["form"].errors
    assert answer.status_code == 422
    assert {name: found[name] for name in lines(client, leaving)} == {
        name: ["请选择接收人。"] for name in lines(client, leaving)
    }
    assert found["reason"] == ["请写明移交的原因。"]


def test_two_receivers_of_what_only_one_has_room_for(leaving: Officer, bureau_staff: User, sign_in: Any) -> None:
    """R2: two platforms for somebody with three: what is asked is not yet accepted, so both may be asked; the second
    is refused when it is accepted."""
    client, nearly = sign_in(bureau_staff), OfficerFactory()
    for _ in range(3):
        PlatformFactory(officer=nearly)
    other = OfficerFactory()
    _first, _second, duty, issue = lines(client, leaving)
    colleague = UserFactory(unit=leaving.home_unit)
    typed = {"everything": nearly.pk, duty: other.pk, issue: colleague.pk, "planned_on": TODAY, "reason": "调离"}
    assert client.post(url(leaving), typed).status_code == 302
    one, two = Handover.objects.open().order_by("pk")
    taker = sign_in(nearly.user)
    assert taker.post(f"{one.get_absolute_url()}accept/").status_code == 302
    assert taker.post(f"{two.get_absolute_url()}accept/").status_code == 409
    assert nearly.assignments.current().count() == 4


@pytest.mark.parametrize("who", ["the person", "the head"])
def test_the_person_and_the_head_clear_it_as_the_bureau_does(who: str, leaving: Officer, sign_in: Any) -> None:
    head = UserFactory(role=Role.UNIT_HEAD, unit=leaving.home_unit)
    giver = OfficerFactory(user=UserFactory(unit=leaving.home_unit))
    ask_case(make_issue(giver), receiver=leaving.user, reason="调整", actor=giver.user)
    accept_platform(Handover.objects.get(), actor=leaving.user)
    client, other = sign_in(leaving.user if who == "the person" else head), OfficerFactory()
    _first, _second, duty, issue = lines(client, leaving)
    typed = {"everything": other.pk, duty: other.pk, issue: head.pk, "planned_on": TODAY, "reason": "调离"}
    assert client.post(url(leaving), typed).status_code == 302
    assert Handover.objects.get(receiver=leaving).state == OfferState.DECLINED
    assert CaseHandover.objects.get(receiver=leaving.user).note == "调离"
    assert work_of(leaving.user) == ["2家联点平台", "2项在办问题"]


def test_administrators_see_how_much_it_is_and_not_what(leaving: Officer, sign_in: Any) -> None:
    for role in (Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN):
        client = sign_in(UserFactory(role=role, unit=None))
        page = client.get(url(leaving))
        assert "2家联点平台" in page.content.decode()
        assert "form" not in page.context
        assert not any(issue.number in page.content.decode() for issue in Issue.objects.all())
        assert client.post(url(leaving), {}).status_code == 403


def test_outsiders_do_not_find_it_and_readers_may_not(
    leaving: Officer, leader: User, client: Client, sign_in: Any
) -> None:
    assert client.get(url(leaving)).status_code == 302
    for person in (OfficerFactory().user, UserFactory(role=Role.UNIT_HEAD), UserFactory(role=Role.AUDIT_ADMIN)):
        assert sign_in(person).get(url(leaving)).status_code == 404
        assert sign_in(person).post(url(leaving)).status_code == 404
    reader = sign_in(leader)
    assert (reader.get(url(leaving)).status_code, reader.post(url(leaving)).status_code) == (200, 403)
    assert 'name="everything"' not in reader.get(url(leaving)).content.decode()
    head = UserFactory(role=Role.UNIT_HEAD, unit=leaving.home_unit)
    assert 'name="everything"' in sign_in(head).get(url(leaving)).content.decode()
    assert len(work_of(leaving.user)) == 4
