from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, User
from liaisons.models import Officer
from platforms.models import Platform
from platforms.services import fingerprint
from tests.factories import (
    DistrictFactory,
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    PlatformTypeFactory,
    UnitFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform(officer: Officer) -> Platform:
    return PlatformFactory(code="P-1", name="示例·原名", officer=officer)


def typed(platform: Platform | None = None, *contacts: dict[str, str], **fields: str) -> dict[str, str]:
    """What a browser sends: the platform as it is, or a new one, with some fields changed."""
    kept = platform.contacts.count() if platform else 0
    data = {
        "seen": fingerprint(platform) if platform else "",
        "code": platform.code if platform else "P-9",
        "name": platform.name if platform else "示例·新平台",
        "former_names": "",
        "level": "provincial",
        "type": str(PlatformTypeFactory().pk),
        "competent_unit": str(UnitFactory(code="U-competent").pk),
        "host_institution": "示例大学",
        "district": str(DistrictFactory().pk),
        "tech_domain": "",
        "address": "",
        "batch": "1",
        "contacts-TOTAL_FORMS": str(len(contacts)),
        "contacts-INITIAL_FORMS": str(kept if contacts else 0),
        **fields,
    }
    for number, contact in enumerate(contacts):
        data |= {f"contacts-{number}-{name}": value for name, value in contact.items()}
    return data


def test_the_addresses_are_the_bureaus_alone(
    platform: Platform, officer: Officer, leader: User, bureau_staff: User, client: Client, sign_in: Any
) -> None:
    edit, new = f"/platforms/{platform.pk}/edit/", "/platforms/new/"
    assert [client.get(url).status_code for url in (edit, new)] == [302, 302]
    assert [sign_in(bureau_staff).get(url).status_code for url in (edit, new)] == [200, 200]
    for user in (officer.user, leader):
        assert [sign_in(user).get(url).status_code for url in (edit, new)] == [403, 403]
        assert sign_in(user).post(edit, typed(platform, name="改名")).status_code == 403
    assert sign_in(OfficerFactory().user).get(edit).status_code == 404
    platform.refresh_from_db()
    assert platform.name == "示例·原名"


def test_a_new_platform_comes_with_its_contact(bureau_staff: User, sign_in: Any) -> None:
    contact = {"name": "王小明", "position": "主任", "phone": "13812345678", "is_primary": "on"}
    data = typed(
        None, contact, {"name": "", "position": "", "phone": ""}, former_names="旧名一\n 旧名二 \n\n", is_sensitive="on"
    )
    response = sign_in(bureau_staff).post("/platforms/new/", data)
    platform = Platform.objects.get(code="P-9")
    assert (response.status_code, response["Location"]) == (302, f"/platforms/{platform.pk}/")
    assert (platform.name, platform.former_names, platform.is_sensitive) == ("示例·新平台", ["旧名一", "旧名二"], True)
    assert list(platform.contacts.values_list("name", "phone", "is_primary")) == [("王小明", "13812345678", True)]
    assert platform.sort_key == "shi li · xin ping tai"


def test_a_change_keeps_what_is_not_on_the_page_and_moves_the_name(
    platform: Platform, bureau_staff: User, sign_in: Any
) -> None:
    sign_in(bureau_staff).post(f"/platforms/{platform.pk}/edit/", typed(platform, name="安全中心"))
    platform.refresh_from_db()
    assert (platform.name, platform.sort_key, platform.code) == ("安全中心", "an quan zhong xin", "P-1")
    assert platform.assignments.count() == 1


def test_contacts_are_changed_added_and_deleted_together(platform: Platform, bureau_staff: User, sign_in: Any) -> None:
    kept, gone = PlatformContactFactory(platform=platform), PlatformContactFactory(platform=platform, is_primary=False)
    rows = (
        {"id": str(kept.pk), "name": "王大明", "position": "", "phone": "", "is_primary": "on"},
        {"id": str(gone.pk), "name": gone.name, "position": "", "phone": gone.phone, "DELETE": "on"},
        {"name": "李四", "position": "秘书", "phone": "0731-88888888"},
    )
    sign_in(bureau_staff).post(f"/platforms/{platform.pk}/edit/", typed(platform, *rows))
    assert list(platform.contacts.values_list("pk", "name", "phone")[:1]) == [(kept.pk, "王大明", "")]
    assert list(platform.contacts.exclude(pk=kept.pk).values_list("name", "position")) == [("李四", "秘书")]


def test_contacts_are_masked_in_the_form_and_stay_where_the_mask_is_left(
    platform: Platform, bureau_staff: User, sign_in: Any
) -> None:
    contact = PlatformContactFactory(platform=platform)
    client = sign_in(bureau_staff)
    page = client.get(f"/platforms/{platform.pk}/edit/").content.decode()
    assert 'value="王*"' in page
    assert 'value="138****5678"' in page
    assert "13812345678" not in page
    row = {"id": str(contact.pk), "name": "王*", "position": "新主任", "phone": "138****5678"}
    client.post(f"/platforms/{platform.pk}/edit/", typed(platform, row))
    contact.refresh_from_db()
    assert (contact.name, contact.position, contact.phone) == ("王小明", "新主任", "13812345678")


@pytest.mark.parametrize(("field", "value"), [("name", "李*"), ("phone", "139****0000")])
def test_another_mask_is_no_value(field: str, value: str, platform: Platform, bureau_staff: User, sign_in: Any) -> None:
    contact = PlatformContactFactory(platform=platform)
    row = {"id": str(contact.pk), "name": "王*", "position": "", "phone": "138****5678"} | {field: value}
    response = sign_in(bureau_staff).post(f"/platforms/{platform.pk}/edit/", typed(platform, row))
    assert response.context["contacts"][0].errors == {field: ["请填写完整，不要带星号。"]}


def test_a_contact_of_another_platform_cannot_be_taken(platform: Platform, bureau_staff: User, sign_in: Any) -> None:
    foreign = PlatformContactFactory()
    row = {"id": str(foreign.pk), "name": "改名", "position": "", "phone": ""}
    data = typed(platform, row) | {"contacts-INITIAL_FORMS": "1"}
    sign_in(bureau_staff).post(f"/platforms/{platform.pk}/edit/", data)
    foreign.refresh_from_db()
    assert (foreign.name, foreign.platform == platform) == ("王小明", False)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("code", "", "不能为空。"),
        ("code", "编号一", "只能用半角的字母、数字、点、横线和下划线。"),
        ("code", "TAKEN", "具有 编号 的 平台 已存在。"),
        ("name", " \u200b", "不能为空。"),
        ("name", "名" * 201, "最多200个字，现在有201个字。"),
        ("name", "a\0b", "含有无法保存的字符，请删去后再提交。"),
        ("level", "", "不能为空。"),
        ("level", "national", "“湖南省重点实验室”属于省部级。"),
        ("type", "99999999999999999999", "没有这一项，请从列表中选。"),
        ("competent_unit", "x", "没有这一项，请从列表中选。"),
        ("host_institution", "", "不能为空。"),
        ("former_names", "名" * 201, "每行最多200个字，“名名名名名名名名名名…”过长。"),
        ("batch", "99999999", "确保该值小于或等于32767。"),
        ("contacts-0-name", "", "请填写姓名；这一行不要了，请勾选“删去”。"),
        ("contacts-0-phone", "没有", "请填写电话号码，例如13812345678。"),
    ],
)
def test_a_wrong_field_has_its_message_and_nothing_typed_is_lost(
    field: str, value: str, message: str, platform: Platform, bureau_staff: User, sign_in: Any
) -> None:
    PlatformFactory(code="TAKEN")
    contact = {"name": "王小明", "position": "主任", "phone": "13812345678"}
    data = typed(platform, contact, address="刚填的地址") | {field: value}
    response = sign_in(bureau_staff).post(f"/platforms/{platform.pk}/edit/", data)
    page = response.content.decode()
    assert response.status_code == 422
    form = response.context["form"]
    name = field.rpartition("-")[2]
    source = response.context["contacts"][0] if field.startswith("contacts") else form
    assert source.errors == {name: [message]}
    assert "刚填的地址" in page
    assert f'id="id_{field}_error"' in page
    platform.refresh_from_db()
    assert platform.address == ""


def test_two_primary_contacts_are_one_too_many(platform: Platform, bureau_staff: User, sign_in: Any) -> None:
    rows = [{"name": name, "position": "", "phone": "", "is_primary": "on"} for name in ("甲", "乙")]
    response = sign_in(bureau_staff).post(f"/platforms/{platform.pk}/edit/", typed(platform, *rows))
    assert response.status_code == 422
    assert response.context["contacts"][1].errors == {"is_primary": ["联络员只能有一名。"]}


def test_nobody_overwrites_what_somebody_else_has_just_changed(
    platform: Platform, bureau_staff: User, sign_in: Any
) -> None:
    url = f"/platforms/{platform.pk}/edit/"
    mine = typed(platform, name="我的改名")
    colleague = UserFactory(role=Role.BUREAU_STAFF, name="陈静")
    theirs = typed(platform, address="别人刚填的地址") | {name: mine[name] for name in ("type", "competent_unit")}
    assert sign_in(colleague).post(url, theirs | {"district": mine["district"]}).status_code == 302
    client = sign_in(bureau_staff)
    response = client.post(url, mine)
    page = response.content.decode()
    assert response.status_code == 409
    assert "这家平台的登记在您打开之后已被修改（陈静 2026-10-15 12:00），请核对后再保存。" in page
    assert [(each.label, each.theirs, each.mine) for each in response.context["differences"]] == [
        ("平台名称", "示例·原名", "我的改名"),
        ("地址", "别人刚填的地址", "—"),
    ]
    platform.refresh_from_db()
    assert (platform.name, platform.address) == ("示例·原名", "别人刚填的地址")
    again = client.post(url, mine | {"seen": response.context["form"]["seen"].value()})
    platform.refresh_from_db()
    assert (again.status_code, platform.name, platform.address) == (302, "我的改名", "")


def test_a_change_by_nobody_is_told_without_a_name(platform: Platform, bureau_staff: User, sign_in: Any) -> None:
    mine = typed(platform, name="我的改名")
    Platform.objects.filter(pk=platform.pk).update(address="导入的地址")
    page = sign_in(bureau_staff).post(f"/platforms/{platform.pk}/edit/", mine)
    assert page.status_code == 409
    assert "这家平台的登记在您打开之后已被修改，请核对后再保存。" in page.content.decode()


def test_contacts_that_changed_meanwhile_are_shown_masked_and_none_of_them_is_lost(
    platform: Platform, bureau_staff: User, sign_in: Any
) -> None:
    kept, gone = PlatformContactFactory(platform=platform), PlatformContactFactory(platform=platform, is_primary=False)
    url, client = f"/platforms/{platform.pk}/edit/", sign_in(bureau_staff)
    mask = {"name": "王*", "phone": "138****5678", "email": kept.masked_email}
    mine = typed(
        platform,
        {"id": str(kept.pk), **mask, "position": "我写的职务", "is_primary": "on"},
        {"id": str(gone.pk), **mask, "position": ""},
        {"name": "赵六", "position": "", "phone": "13700000001"},
    )
    kept.phone = "13900001111"
    kept.save()
    gone.delete()
    added = PlatformContactFactory(platform=platform, name="李四", is_primary=False)
    response = client.post(url, mine)
    page = response.content.decode()
    assert response.status_code == 409
    assert "13900001111" not in page
    assert [(each.label, each.mine) for each in response.context["differences"] if "联系人" in each.label] == [
        ("联系人 1 · 职务", "我写的职务")
    ]
    formset = response.context["contacts"]
    again = {f"{form.prefix}-{name}": form[name].value() or "" for form in formset for name in form.fields}
    again |= {
        f"contacts-{name}": str(formset.management_form[name].value()) for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    assert client.post(url, mine | again | {"seen": response.context["form"]["seen"].value()}).status_code == 302
    assert sorted(platform.contacts.values_list("name", "position", "phone")) == sorted(
        [("王小明", "我写的职务", "13900001111"), ("李四", added.position, added.phone), ("赵六", "", "13700000001")]
    )


def test_a_broken_management_form_is_refused_without_a_crash(
    platform: Platform, bureau_staff: User, sign_in: Any
) -> None:
    for broken in ({"contacts-TOTAL_FORMS": "x"}, {"contacts-TOTAL_FORMS": "999999"}, {"contacts-INITIAL_FORMS": "5"}):
        response = sign_in(bureau_staff).post(f"/platforms/{platform.pk}/edit/", typed(platform) | broken)
        assert response.status_code in (302, 422)
