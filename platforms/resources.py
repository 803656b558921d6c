"""The sheet of platforms (平台底册), for import."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.columns import (
    Cell,
    Choice,
    Code,
    Directory,
    PersonName,
    Phone,
    Reference,
    Whole,
    Words,
    YesNo,
    column,
    text_like,
)
from accounts.models import NamedInTwoLanguages
from accounts.resources import SheetResource, unit_directory
from platforms.models import District, Level, Platform, PlatformContact, PlatformType, TechDomain
from platforms.services import ContactEntry, save_platform

CONTACT = ("contact_name", "contact_position", "contact_phone")


def platform_directory() -> Directory[Platform]:
    return Directory(Platform.objects.all(), lambda platform: (platform.name, *platform.former_names))


def _by_name(model: type[NamedInTwoLanguages]) -> Any:
    return lambda: Directory(model._default_manager.all(), lambda row: (row.name, row.name_en))


class PlatformResource(SheetResource):
    """平台. A blank contact leaves the contact as it is: telephone lists are also kept in the pages."""

    title = gettext_lazy("平台")
    key = "编号"
    required = ("编号", "平台名称", "级别", "类型", "归口部门", "依托单位", "区县(市)/园区")
    aliases = {
        "平台编号": "编号",
        "名称": "平台名称",
        "平台级别": "级别",
        "平台类型": "类型",
        "区县(市)或园区": "区县(市)/园区",
        "区县园区": "区县(市)/园区",
        "联络员": "联系人",
    }

    code = column("编号", "code", text_like(Platform, "code", Code, required=True))
    name = column("平台名称", "name", text_like(Platform, "name", required=True))
    level = column("级别", "level", Choice(Level.choices, {"省级": Level.PROVINCIAL, "部级": Level.PROVINCIAL}))
    type = column("类型", "type", Reference(_by_name(PlatformType), required=True))
    competent_unit = column("归口部门", "competent_unit", Reference(unit_directory, required=True))
    host_institution = column("依托单位", "host_institution", text_like(Platform, "host_institution", required=True))
    tech_domain = column("技术领域", "tech_domain", Reference(_by_name(TechDomain)))
    district = column("区县(市)/园区", "district", Reference(_by_name(District), required=True))
    address = column("地址", "address", text_like(Platform, "address"))
    former_names = column("曾用名", "former_names", Words(200))
    is_sensitive = column("敏感平台", "is_sensitive", YesNo())
    batch = column("批次", "batch", Whole(999, blank=1))
    contact_name = column("联系人", "contact_name", text_like(PlatformContact, "name", PersonName))
    contact_position = column("职务", "contact_position", text_like(PlatformContact, "position"))
    contact_phone = column("电话", "contact_phone", Phone())

    class Meta(SheetResource.Meta):
        model = Platform
        import_id_fields = ("code",)
        fields = (
            *("code", "name", "level", "type", "competent_unit", "host_institution", "tech_domain", "district"),
            *("address", "former_names", "is_sensitive", "batch", *CONTACT),
        )

    def get_queryset(self) -> Any:
        related = ("type", "competent_unit", "tech_domain", "district")
        return super().get_queryset().select_related(*related).prefetch_related("contacts")

    def after_init_instance(self, instance: Platform, new: bool, row: Mapping[str, Cell], **kwargs: Any) -> None:
        """Puts the primary contact beside the platform's own columns, to be compared and reported like them."""
        primary = None if new else next((each for each in instance.contacts.all() if each.is_primary), None)
        for name in CONTACT:
            setattr(instance, name, getattr(primary, name.removeprefix("contact_"), ""))

    def import_field(
        self, field: Any, instance: Platform, row: Mapping[str, Cell], is_m2m: bool = False, **kwargs: Any
    ) -> None:
        if field.attribute in CONTACT and not row.get(field.column_name):
            return
        super().import_field(field, instance, row, is_m2m, **kwargs)

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        errors = dict(import_validation_errors or {})
        if not {"type", "level"} & set(errors):
            try:
                instance.clean()
            except ValidationError as refusal:
                errors = refusal.update_error_dict(errors)
        says_more = instance.contact_position or instance.contact_phone
        if says_more and not instance.contact_name and "contact_name" not in errors:
            errors["contact_name"] = [_("填了职务或电话，也要填姓名。")]
        if errors:
            raise ValidationError(errors)

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        contact = ContactEntry(
            name=instance.contact_name,
            position=instance.contact_position,
            phone=instance.contact_phone,
            is_primary=True,
        )
        save_platform(instance, primary=contact if contact.name else None)
