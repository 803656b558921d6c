from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from liaisons.models import Assignment, Officer
from platforms.models import Platform
from tests.factories import AssignmentFactory, OfficerFactory, PlatformFactory

pytestmark = pytest.mark.django_db

TODAY = "2026-10-15"


@pytest.fixture
def platform(db: None) -> Platform:
    return PlatformFactory()


def url(platform: Platform) -> str:
    return f"/platforms/{platform.pk}/assign/"


def send(client: Client, platform: Platform, officer: Officer, **fields: str) -> Any:
    return client.post(url(platform), {"officer": str(officer.pk), "started_on": TODAY, **fields})


def test_only_the_bureau_assigns(
    platform: Platform, officer: Officer, leader: User, bureau_staff: User, client: Client, sign_in: Any
) -> None:
    AssignmentFactory(platform=platform, officer=officer)
    other = OfficerFactory()
    assert client.get(url(platform)).status_code == 302
    assert send(client, platform, other).status_code == 302
    for user in (officer.user, leader):
        assert sign_in(user).get(url(platform)).status_code == 403
        assert send(sign_in(user), platform, other).status_code == 403
    assert sign_in(other.user).get(url(platform)).status_code == 404
    assert send(sign_in(other.user), platform, other).status_code == 404
    assert Assignment.objects.count() == 1
    assert sign_in(bureau_staff).get(url(platform)).status_code == 200


def test_a_free_platform_gets_its_officer(
    platform: Platform, officer: Officer, bureau_staff: User, sign_in: Any
) -> None:
    client = sign_in(bureau_staff)
    response = send(client, platform, officer)
    assert (response.status_code, response["Location"]) == (302, platform.get_absolute_url())
    assert list(platform.assignments.values_list("officer", "started_on", "created_by")) == [
        (officer.pk, date(2026, 10, 15), bureau_staff.pk)
    ]
    assert (
        f"自2026-10-15起，{platform.name}由{officer.user.name}联点。"
        in client.get(platform.get_absolute_url()).content.decode()
    )


def test_the_choice_says_unit_and_load_and_leaves_out_the_present_and_the_disabled(
    platform: Platform, officer: Officer, bureau_staff: User, sign_in: Any
) -> None:
    AssignmentFactory(platform=platform)
    PlatformFactory(officer=officer)
    User.objects.filter(pk=OfficerFactory().user_id).update(is_active=False)
    choices = list(sign_in(bureau_staff).get(url(platform)).context["form"].fields["officer"].choices)
    assert [str(label) for _value, label in choices] == [
        "请选择",
        f"{officer.user.name}（{officer.home_unit.name}，现联点1家）",
    ]


def test_a_handover_ends_the_present_assignment_the_day_before(
    platform: Platform, officer: Officer, bureau_staff: User, sign_in: Any
) -> None:
    before = AssignmentFactory(platform=platform)
    page = sign_in(bureau_staff).get(url(platform)).content.decode()
    assert f"现任联点干部是{before.officer.user.name}（{before.officer.home_unit.name}），自 2025-06-11 起。" in page
    send(sign_in(bureau_staff), platform, officer, started_on="2026-03-11")
    before.refresh_from_db()
    assert (before.ended_on, before.ended_by) == (date(2026, 3, 10), bureau_staff)
    assert platform.assignments.current().get().officer == officer


def test_over_the_maximum_the_page_asks_for_the_reason_and_takes_it(
    platform: Platform, officer: Officer, bureau_staff: User, sign_in: Any
) -> None:
    for _ in range(4):
        PlatformFactory(officer=officer)
    client = sign_in(bureau_staff)
    assert 'name="exception_reason"' not in client.get(url(platform)).content.decode()

    refused = send(client, platform, officer)

    assert refused.status_code == 422
    assert refused.context["form"].errors == {
        "officer": [f"{officer.user.name}已联点4家平台，上限为4家。确需增加时请填写例外理由。"],
        "exception_reason": ["请填写理由，或另选一名干部。"],
    }
    page = refused.content.decode()
    assert 'name="exception_reason"' in page
    assert f'<option value="{officer.pk}" selected>' in page
    assert 'value="2026-10-15"' in page
    assert not platform.assignments.exists()

    assert send(client, platform, officer, exception_reason="同一园区").status_code == 302
    assert platform.assignments.get().exception_reason == "同一园区"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"officer": ""}, {"officer": ["请选择联点干部。"]}),
        ({"officer": "0"}, {"officer": ["没有这位联点干部。"]}),
        ({"officer": "99999999999999999999"}, {"officer": ["没有这位联点干部。"]}),
        ({"started_on": ""}, {"started_on": ["请填写日期。"]}),
        ({"started_on": "明天"}, {"started_on": ["请填写有效的日期，例如2026-10-15。"]}),
        ({"started_on": "2026-10-16"}, {"started_on": ["日期不能晚于今天。"]}),
        ({"exception_reason": "因" * 201}, {"exception_reason": ["最多200个字，现在有201个字。"]}),
    ],
)
def test_a_wrong_field_has_its_message(
    fields: dict[str, str], errors: Any, platform: Platform, officer: Officer, bureau_staff: User, sign_in: Any
) -> None:
    response = sign_in(bureau_staff).post(url(platform), {"officer": officer.pk, "started_on": TODAY, **fields})
    assert (response.status_code, response.context["form"].errors) == (422, errors)
    assert not platform.assignments.exists()


def test_a_day_on_which_somebody_was_responsible_is_refused_beside_the_date(
    platform: Platform, officer: Officer, bureau_staff: User, sign_in: Any
) -> None:
    before = AssignmentFactory(platform=platform)
    response = send(sign_in(bureau_staff), platform, officer, started_on="2025-06-11")
    name = before.officer.user.name
    assert response.context["form"].errors == {"started_on": [f"{name}自2025-06-11起负责这家平台，请选这之后的日期。"]}
    before.refresh_from_db()
    assert before.ended_on is None


# --- ending without a successor ---------------------------------------------------------------------------------------


def test_only_the_bureau_ends(officer: Officer, leader: User, client: Client, sign_in: Any) -> None:
    assignment = AssignmentFactory(officer=officer)
    end = f"/assignments/{assignment.pk}/end/"
    assert client.post(end, {"ended_on": TODAY}).status_code == 302
    for user, status in [(officer.user, 403), (leader, 403), (OfficerFactory().user, 404)]:
        assert sign_in(user).get(end).status_code == status
        assert sign_in(user).post(end, {"ended_on": TODAY}).status_code == status
    assignment.refresh_from_db()
    assert assignment.ended_on is None


def test_an_assignment_ends_on_its_last_day(bureau_staff: User, sign_in: Any) -> None:
    assignment = AssignmentFactory()
    client = sign_in(bureau_staff)
    assert 'value="2026-10-15"' in client.get(f"/assignments/{assignment.pk}/end/").content.decode()
    response = client.post(f"/assignments/{assignment.pk}/end/", {"ended_on": "2026-09-30"})
    assignment.refresh_from_db()
    assert (response["Location"], assignment.ended_on) == (assignment.platform.get_absolute_url(), date(2026, 9, 30))


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("", "请填写日期。"),
        ("2026-10-16", "日期不能晚于今天。"),
        ("2025-06-10", "自2025-06-11起负责这家平台，请选这之后的日期。"),
    ],
)
def test_a_wrong_last_day_is_refused_beside_it(day: str, message: str, bureau_staff: User, sign_in: Any) -> None:
    assignment = AssignmentFactory()
    response = sign_in(bureau_staff).post(f"/assignments/{assignment.pk}/end/", {"ended_on": day})
    assert response.status_code == 422
    assert response.context["form"].errors["ended_on"][0].endswith(message)
    assert 'id="id_ended_on_error"' in response.content.decode()


def test_what_has_ended_already_says_so(bureau_staff: User, sign_in: Any) -> None:
    assignment = AssignmentFactory(ended_on=date(2026, 1, 31))
    response = sign_in(bureau_staff).post(f"/assignments/{assignment.pk}/end/", {"ended_on": TODAY})
    assert response.status_code == 422
    assert "这项联点关系已于2026-01-31结束。" in response.content.decode()
