"""Leave and who stands in: from/to, no overlap, no chain, over by itself."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role, User
from config.clock import frozen
from liaisons.absences import AbsenceRefused, arrange, change_deputy, end, stand_ins
from liaisons.models import Absence, Officer
from liaisons.services import AssignmentRefused
from notices.models import Notice
from tests.factories import OfficerFactory, PlatformFactory, UserFactory

pytestmark = pytest.mark.django_db

MONDAY, FRIDAY = date(2026, 10, 19), date(2026, 10, 23)


@pytest.fixture
def deputy(db: None) -> Officer:
    return OfficerFactory()


def away(officer: Officer, deputy: Officer, first: date = MONDAY, last: date = FRIDAY, **more: Any) -> Absence:
    given = {"reason": "休假", "actor": officer.user, **more}
    return arrange(officer=officer, deputy=deputy, starts_on=first, ends_on=last, **given)


def faults(*arguments: Any, **more: Any) -> Any:
    with pytest.raises(ValidationError) as refused:
        away(*arguments, **more)
    return refused.value.message_dict


def test_the_deputy_stands_in_on_these_days_and_no_other(officer: Officer, deputy: Officer) -> None:
    away(officer, deputy)
    seen = {}
    for day in ("2026-10-18", "2026-10-19", "2026-10-23", "2026-10-24"):
        with frozen(f"{day}T23:59:59"):
            seen[day] = (stand_ins([officer.user]), Absence.objects.covered_by(deputy.user).exists())
    assert seen == {
        "2026-10-18": ([], False),
        "2026-10-19": ([deputy.user], True),
        "2026-10-23": ([deputy.user], True),
        "2026-10-24": ([], False),
    }


def test_the_deputy_is_told(officer: Officer, deputy: Officer) -> None:
    away(officer, deputy)
    said = [str(notice.sentence) for notice in Notice.objects.filter(recipient=deputy.user)]
    assert said == [f"{officer.user.name}请假，10月19日至10月23日由{deputy.user.name}代理"]
    assert not Notice.objects.filter(recipient=officer.user).exists()


def test_days_that_passed_or_run_backwards_and_no_reason_are_refused(officer: Officer, deputy: Officer) -> None:
    past = "从今天或以后开始。已经过去的日子，事情由本人办理。"
    assert faults(officer, deputy, date(2026, 10, 14)) == {"starts_on": [past]}
    assert faults(officer, deputy, FRIDAY, MONDAY) == {"ends_on": ["最后一天早于第一天。"]}
    assert faults(officer, deputy, MONDAY, date(2028, 1, 1)) == {
        "ends_on": ["代理最长一年。时间更长的，请把平台移交给别人。"]
    }
    assert faults(officer, deputy, reason=" ") == {"reason": ["请写明请假的事由，例如休假、出差、培训。"]}
    assert faults(officer, officer) == {"deputy": ["代理人须是另一名联点干部。"]}
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [
        (date(2026, 10, 16), date(2026, 10, 18), True),
        (date(2026, 10, 16), MONDAY, False),
        (date(2026, 10, 20), date(2026, 10, 21), False),
        (FRIDAY, date(2026, 10, 30), False),
        (date(2026, 10, 24), date(2026, 10, 30), True),
    ],
)
def test_a_second_leave_may_not_overlap_the_first(
    first: date, last: date, fits: bool, officer: Officer, deputy: Officer
) -> None:
    away(officer, deputy)
    other = OfficerFactory()
    if fits:
        away(officer, other, first, last)
    else:
        assert faults(officer, other, first, last) == {"starts_on": ["2026-10-19至2026-10-23已经安排了代理。"]}


def test_a_deputy_who_is_away_himself_is_refused(officer: Officer, deputy: Officer) -> None:
    away(deputy, OfficerFactory())
    refused = faults(officer, deputy, FRIDAY, date(2026, 10, 30))
    assert refused == {"deputy": ["代理人2026-10-19至2026-10-23自己不在，请另选一人。"]}
    away(officer, deputy, date(2026, 10, 24), date(2026, 10, 30))


def test_whoever_stands_in_does_not_go_before_somebody_else_does(officer: Officer, deputy: Officer) -> None:
    absence = away(officer, deputy)
    other = OfficerFactory()
    name = officer.user.name
    words = f"2026-10-19至2026-10-23正在代理{name}的工作，请先为{name}另选代理人。"
    assert faults(deputy, other) == {"starts_on": [words]}
    change_deputy(absence, deputy=other, actor=officer.user)
    away(deputy, OfficerFactory())


def test_one_may_stand_in_for_two(officer: Officer, deputy: Officer) -> None:
    away(officer, deputy)
    away(OfficerFactory(), deputy)
    assert Absence.objects.filter(deputy=deputy).count() == 2


def test_an_inactive_deputy_is_refused(officer: Officer, deputy: Officer) -> None:
    User.objects.filter(pk=deputy.user_id).update(is_active=False)
    with pytest.raises(AssignmentRefused, match="账号已停用"):
        away(officer, deputy)


def test_the_officer_the_units_head_and_the_bureau_arrange_it_nobody_else(
    officer: Officer, deputy: Officer, bureau_staff: User, leader: User
) -> None:
    for person in (deputy.user, leader, UserFactory(role=Role.UNIT_HEAD)):
        with pytest.raises(AbsenceRefused):
            away(officer, deputy, actor=person)
    head = UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit)
    for person in (officer.user, head, bureau_staff):
        end(away(officer, deputy, actor=person), actor=person)


def test_back_early_yesterday_was_the_last_day(officer: Officer, deputy: Officer) -> None:
    absence = away(officer, deputy)
    with frozen("2026-10-21T09:00"):
        assert end(absence, actor=officer.user).ends_on == date(2026, 10, 20)
        assert stand_ins([officer.user]) == []
        with pytest.raises(AbsenceRefused, match="已经结束"):
            end(absence, actor=officer.user)


def test_what_has_not_begun_is_called_off_and_makes_room(officer: Officer, deputy: Officer) -> None:
    end(away(officer, deputy), actor=officer.user)
    away(officer, deputy)
    assert Absence.objects.valid().count() == 1


def test_another_deputy_takes_what_is_left(officer: Officer, deputy: Officer) -> None:
    absence, other = away(officer, deputy), OfficerFactory()
    with frozen("2026-10-21T09:00"):
        change_deputy(absence, deputy=other, actor=officer.user)
    assert list(Absence.objects.order_by("pk").values_list("deputy", "starts_on", "ends_on")) == [
        (deputy.pk, MONDAY, date(2026, 10, 20)),
        (other.pk, date(2026, 10, 21), FRIDAY),
    ]


# --- the page ---------------------------------------------------------------------------------------------------------


def send(client: Any, officer: Officer, stands_in: Officer, **fields: str) -> Any:
    typed = {"deputy": stands_in.pk, "starts_on": "2026-10-19", "ends_on": "2026-10-23", "reason": "休假", **fields}
    return client.post(f"/officers/{officer.pk}/absences/new/", typed)


def test_an_officer_arranges_it_on_a_page_and_ends_it_from_the_list(
    officer: Officer, deputy: Officer, sign_in: Any
) -> None:
    client = sign_in(officer.user)
    assert client.get(f"/officers/{officer.pk}/absences/new/").status_code == 200
    assert send(client, officer, deputy)["Location"] == "/handovers/"
    page = client.get("/handovers/").content.decode()
    assert "2026-10-19至2026-10-23由" in page
    absence = Absence.objects.get()
    assert client.post(f"/absences/{absence.pk}/end/").status_code == 302
    assert not Absence.objects.valid().exists()


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"deputy": ""}, "deputy", "请选择代理人。"),
        ({"deputy": "0"}, "deputy", "没有这位联点干部。"),
        ({"starts_on": "2026-10-14"}, "starts_on", "从今天或以后开始。已经过去的日子，事情由本人办理。"),
        ({"ends_on": "2026-10-18"}, "ends_on", "最后一天早于第一天。"),
        ({"ends_on": "没有"}, "ends_on", "请填写有效的日期，例如2026-10-15。"),
        ({"reason": "\u200b"}, "reason", "请写明请假的事由，例如休假、出差、培训。"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    fields: dict[str, str], field: str, message: str, officer: Officer, deputy: Officer, sign_in: Any
) -> None:
    answer = send(sign_in(officer.user), officer, deputy, **fields)
    assert (answer.status_code, answer.context["form"].errors) == (422, {field: [message]})
    assert not Absence.objects.exists()


def test_outsiders_do_not_find_it_and_readers_may_not(
    officer: Officer, deputy: Officer, leader: User, sign_in: Any
) -> None:
    PlatformFactory(officer=officer)
    absence = away(officer, deputy)
    for person, status in ((OfficerFactory().user, 404), (leader, 403)):
        assert sign_in(person).get(f"/officers/{officer.pk}/absences/new/").status_code == status
        assert send(sign_in(person), officer, deputy).status_code == status
        assert sign_in(person).post(f"/absences/{absence.pk}/end/").status_code == status
    assert sign_in(deputy.user).post(f"/absences/{absence.pk}/end/").status_code == 403
    assert Absence.objects.valid().count() == 1
