"""The pages of handovers: who finds them, what they refuse in words, what they keep."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, User
from config.clock import frozen
from issues.handovers.services import ask_case, ask_platform
from issues.models import CaseHandover, Issue
from issues.tick import tick
from liaisons.models import Handover, OfferState, Officer
from platforms.models import Platform
from tests.factories import OfficerFactory, PlatformFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db

LATER = "2026-11-02"


@pytest.fixture
def platform(officer: Officer) -> Platform:
    return PlatformFactory(officer=officer)


@pytest.fixture
def receiver(db: None) -> Officer:
    return OfficerFactory()


def send(client: Client, platform: Platform, to: Officer, **fields: Any) -> Any:
    typed = {"receiver": to.pk, "planned_on": LATER, "reason": "岗位调整", **fields}
    return client.post(f"/platforms/{platform.pk}/hand-over/", typed)


def lead(answer: Any) -> str:
    return answer.content.decode().split('<p class="ld-lead">')[1].split("</p>")[0]


def errors(answer: Any) -> Any:
    return (answer.status_code, answer.context["form"].errors)


# --- a platform -------------------------------------------------------------------------------------------------------


def test_the_offer_says_who_asked_for_it(
    officer: Officer, receiver: Officer, platform: Platform, bureau_staff: User, sign_in: Any
) -> None:
    giver, taker = officer.user.name, receiver.user.name
    send(sign_in(bureau_staff), platform, receiver)
    page = sign_in(receiver.user).get(Handover.objects.get().get_absolute_url())
    assert (
        lead(page)
        == f"{bureau_staff.name}请{taker}自2026年11月2日起接替{giver}负责。{taker}接受之前，仍由{giver}负责。"
    )
    Handover.objects.update(asked_by=officer.user)
    assert lead(sign_in(receiver.user).get(page.request["PATH_INFO"])).startswith(
        f"{giver}请{taker}自2026年11月2日起负责。"
    )


def test_from_the_platform_to_the_receivers_workbench_and_into_effect(
    officer: Officer, receiver: Officer, platform: Platform, sign_in: Any
) -> None:
    goes, stays = make_issue(officer, platform=platform), make_issue(officer, platform=platform)
    giver, taker = sign_in(officer.user), sign_in(receiver.user)
    assert f"/platforms/{platform.pk}/hand-over/" in giver.get(platform.get_absolute_url()).content.decode()
    form = giver.get(f"/platforms/{platform.pk}/hand-over/").context["form"]
    assert form["moving"].initial == [goes.pk, stays.pk]

    answer = send(giver, platform, receiver, moving=[goes.pk])
    handover = Handover.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, handover.get_absolute_url())
    assert dict(handover.choices.values_list("issue", "moves")) == {goes.pk: True, stays.pk: False}

    assert [each.pk for each in taker.get("/workbench/").context["bench"].offers] == [handover.pk]
    assert "待我接受的移交" in taker.get("/workbench/").content.decode()
    page = taker.get(handover.get_absolute_url()).content.decode()
    assert (platform.name in page, goes.number in page, "接受，由我负责" in page) == (True, True, True)

    assert taker.post(f"{handover.get_absolute_url()}accept/").status_code == 302
    page = giver.get(handover.get_absolute_url()).content.decode()
    assert f"自2026年11月2日起由{receiver.user.name}负责；在此之前仍由{officer.user.name}负责。" in page
    with frozen("2026-11-02T00:00"):
        tick()
    assert platform.assignments.current().get().officer == receiver
    assert {issue.pk: issue.handler for issue in Issue.objects.all()} == {
        goes.pk: receiver.user,
        stays.pk: officer.user,
    }


def test_without_a_tick_every_issue_stays(
    officer: Officer, receiver: Officer, platform: Platform, sign_in: Any
) -> None:
    issue = make_issue(officer, platform=platform)
    send(sign_in(officer.user), platform, receiver)
    assert list(Handover.objects.get().choices.values_list("issue", "moves")) == [(issue.pk, False)]


def test_outsiders_do_not_find_it_and_readers_may_not(
    officer: Officer, receiver: Officer, platform: Platform, leader: User, client: Client, sign_in: Any
) -> None:
    handover = ask_platform(
        platform, receiver=receiver, planned_on=date(2026, 11, 2), reason="调整", actor=officer.user
    )
    url, outsider = handover.get_absolute_url(), OfficerFactory().user
    assert client.get(url).status_code == 302
    for person, seen, done in ((outsider, 404, 404), (leader, 200, 403)):
        signed = sign_in(person)
        assert signed.get(url).status_code == seen
        for act in ("accept", "decline", "withdraw"):
            assert signed.post(f"{url}{act}/", {"note": "不行"}).status_code == done
        assert send(signed, platform, receiver).status_code == done
        assert signed.get(f"/platforms/{platform.pk}/hand-over/").status_code == done
    assert sign_in(officer.user).post(f"{url}accept/").status_code == 403
    assert sign_in(receiver.user).post(f"{url}withdraw/").status_code == 403
    assert sign_in(receiver.user).get(platform.get_absolute_url()).status_code == 404
    assert sign_in(officer.user).get(f"{url}accept/").status_code == 405
    assert Handover.objects.get().is_waiting


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"receiver": ""}, "receiver", "请选择接收人。"),
        ({"receiver": "0"}, "receiver", "没有这个人，请重新选择。"),
        ({"planned_on": "2026-10-14"}, "planned_on", "生效日期不能早于今天。"),
        ({"planned_on": "下周"}, "planned_on", "请填写有效的日期，例如2026-10-15。"),
        ({"reason": ""}, "reason", "请写明移交的原因。"),
        ({"reason": "因" * 201}, "reason", "最多200个字，现在有201个字。"),
        ({"moving": ["0"]}, "moving", "有的问题已经不在这里办了，请核对。"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    fields: Any, field: str, message: str, officer: Officer, receiver: Officer, platform: Platform, sign_in: Any
) -> None:
    make_issue(officer, platform=platform)
    answer = send(sign_in(officer.user), platform, receiver, **fields)
    assert errors(answer) == (422, {field: [message]})
    if field != "reason":
        assert "岗位调整</textarea>" in answer.content.decode()
    assert not Handover.objects.exists()


def test_oneself_and_disabled_people_cannot_be_chosen(
    officer: Officer, receiver: Officer, platform: Platform, sign_in: Any
) -> None:
    gone = OfficerFactory()
    User.objects.filter(pk=gone.user_id).update(is_active=False)
    for nobody in (officer, gone):
        answer = send(sign_in(officer.user), platform, nobody)
        assert errors(answer) == (422, {"receiver": ["没有这个人，请重新选择。"]})


def test_over_the_maximum_the_page_asks_for_the_reason_and_takes_it(
    officer: Officer, receiver: Officer, platform: Platform, sign_in: Any
) -> None:
    for _ in range(4):
        PlatformFactory(officer=receiver)
    client = sign_in(officer.user)
    assert 'name="exception_reason"' not in client.get(f"/platforms/{platform.pk}/hand-over/").content.decode()
    status, found = errors(send(client, platform, receiver))
    assert (status, sorted(found)) == (422, ["exception_reason", "receiver"])
    assert send(client, platform, receiver, exception_reason="同一园区").status_code == 302


def test_one_under_way_is_shown_instead_of_a_second_form(
    officer: Officer, receiver: Officer, platform: Platform, sign_in: Any
) -> None:
    client = sign_in(officer.user)
    send(client, platform, receiver)
    answer = client.get(f"/platforms/{platform.pk}/hand-over/")
    assert (answer.status_code, answer["Location"]) == (302, Handover.objects.get().get_absolute_url())
    answer = send(client, platform, receiver)
    assert errors(answer) == (422, {"__all__": ["这家平台已有一项移交在办，先撤回或等它办完。"]})


def test_declined_needs_a_reason_and_keeps_the_page(
    officer: Officer, receiver: Officer, platform: Platform, sign_in: Any
) -> None:
    send(sign_in(officer.user), platform, receiver)
    url, taker = Handover.objects.get().get_absolute_url(), sign_in(receiver.user)
    answer = taker.post(f"{url}decline/", {"note": " "})
    assert errors(answer) == (422, {"note": ["不接受时请写明原因。"]})
    assert taker.post(f"{url}decline/", {"note": "本季有四家在跟进"}).status_code == 302
    page = sign_in(officer.user).get(url).content.decode()
    assert "本季有四家在跟进" in page
    assert f"没有移交，仍由{officer.user.name}负责。" in page


def test_what_was_withdrawn_meanwhile_is_said_in_words(
    officer: Officer, receiver: Officer, platform: Platform, sign_in: Any
) -> None:
    send(sign_in(officer.user), platform, receiver)
    url = Handover.objects.get().get_absolute_url()
    assert sign_in(officer.user).post(f"{url}withdraw/").status_code == 302
    answer = sign_in(receiver.user).post(f"{url}accept/")
    assert (answer.status_code, answer.context["trouble"]) == (409, ["这项移交现在是“已撤回”。"])


# --- one case ---------------------------------------------------------------------------------------------------------


def test_a_case_goes_from_its_page_to_a_colleague_who_accepts(officer: Officer, sign_in: Any) -> None:
    issue, other = make_issue(officer), UserFactory(unit=officer.home_unit)
    giver, taker = sign_in(officer.user), sign_in(other)
    url = f"/issues/{issue.number}/hand-over/"
    assert url in giver.get(issue.get_absolute_url()).content.decode()
    assert giver.get(url).status_code == 200
    answer = giver.post(url, {"receiver": other.pk, "reason": "熟悉这项业务"})
    handover = CaseHandover.objects.get()
    assert answer["Location"] == handover.get_absolute_url()
    assert f"已请{other.name}接手，等待接受" in giver.get(issue.get_absolute_url()).content.decode()
    assert giver.get(url)["Location"] == handover.get_absolute_url()
    assert taker.get(issue.get_absolute_url()).status_code == 404
    assert "接受，由我承办" in taker.get(handover.get_absolute_url()).content.decode()
    assert taker.get("/workbench/").context["bench"].offers == [handover]
    assert taker.post(f"{handover.get_absolute_url()}accept/").status_code == 302
    page = taker.get(issue.get_absolute_url()).content.decode()
    assert "移交承办人" in page
    assert f"{officer.user.name} → {other.name}" in page


def test_whoever_is_to_take_it_answers_once_accepts_or_declines(officer: Officer, sign_in: Any) -> None:
    head = UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit)
    handover = ask_case(make_issue(officer), receiver=head, reason="调整", actor=officer.user)
    receiver, giver = (sign_in(user).get(handover.get_absolute_url()).content.decode() for user in (head, officer.user))
    assert ("不接受，告诉对方" in receiver, "撤回这项移交" in receiver) == (True, False)
    assert ("不接受，告诉对方" in giver, "撤回这项移交" in giver) == (False, True)


def test_outsiders_do_not_find_a_case_and_readers_may_not(officer: Officer, leader: User, sign_in: Any) -> None:
    issue, other = make_issue(officer), UserFactory(unit=officer.home_unit)
    handover = ask_case(issue, receiver=other, reason="调整", actor=officer.user)
    url = handover.get_absolute_url()
    outsiders = (OfficerFactory().user, UserFactory(role=Role.CLERK))
    for person, seen, done in (*((each, 404, 404) for each in outsiders), (leader, 200, 403)):
        signed = sign_in(person)
        assert signed.get(url).status_code == seen
        for act in ("accept", "decline", "withdraw"):
            assert signed.post(f"{url}{act}/", {"note": "不行"}).status_code == done
        assert signed.get(f"/issues/{issue.number}/hand-over/").status_code == done
        assert signed.post(f"/issues/{issue.number}/hand-over/", {}).status_code == done
    admin = sign_in(UserFactory(role=Role.SYSTEM_ADMIN, unit=None))
    assert (admin.get(url).status_code, admin.get("/handovers/").status_code) == (403, 403)
    assert CaseHandover.objects.get().state == OfferState.WAITING


def test_a_case_is_refused_in_words(officer: Officer, sign_in: Any) -> None:
    issue, client = make_issue(officer), sign_in(officer.user)
    url = f"/issues/{issue.number}/hand-over/"
    status, found = errors(client.post(url, {"receiver": OfficerFactory().user_id, "reason": ""}))
    assert (status, found) == (
        422,
        {"receiver": ["没有这个人，请重新选择。"], "reason": ["请写明移交的原因。"]},
    )
    assert not CaseHandover.objects.exists()


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_costs_the_same_for_one_and_for_many(
    officer: Officer, receiver: Officer, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    def offer() -> None:
        platform = PlatformFactory(officer=officer)
        ask_platform(
            platform,
            receiver=receiver,
            planned_on=date(2026, 11, 2),
            reason="调整",
            exception_reason="示例",
            actor=officer.user,
        )
        issue = make_issue(officer, platform=platform)
        ask_case(issue, receiver=UserFactory(unit=officer.home_unit), reason="调整", actor=officer.user)

    client = sign_in(officer.user)
    offer()
    with django_assert_max_num_queries(60) as first:
        client.get("/handovers/")
    for _ in range(3):
        offer()
    with django_assert_max_num_queries(len(first)):
        page = client.get("/handovers/")
    assert len(page.context["under_way"]) == 8


def test_the_menu_leads_there_for_those_who_hand_over(
    officer: Officer, bureau_staff: User, leader: User, sign_in: Any
) -> None:
    for person, shown in ((officer.user, True), (bureau_staff, True), (leader, False)):
        assert ('href="/handovers/"' in sign_in(person).get("/platforms/").content.decode()) is shown
