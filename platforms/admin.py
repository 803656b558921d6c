from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import DatedSettingAdmin, LookUpAdmin
from platforms.forms import ContactForm
from platforms.models import District, LinkRule, Platform, PlatformContact, PlatformType, TechDomain
from workdays.admin import SavedOnceAdmin


class TaxonAdmin(SavedOnceAdmin):
    """What platforms are sorted by. The code is the key of imports and stays."""

    list_display: tuple[str, ...] = ("code", "name", "name_en")
    search_fields = ("code", "name", "name_en")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("code",) if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PlatformType)
class PlatformTypeAdmin(TaxonAdmin):
    list_display = ("code", "name", "level", "name_en")
    list_filter = ("level",)


admin.site.register((TechDomain, District), TaxonAdmin)


@admin.register(LinkRule)
class LinkRuleAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "days", "mail_days", "idle_minutes", "note")


@admin.register(Platform)
class PlatformAdmin(LookUpAdmin):
    mendable = ("name", "host_institution", "address")
    list_display = ("code", "name", "level", "type", "competent_unit", "district")
    list_filter = ("level",)
    list_select_related = ("type", "competent_unit", "district")
    search_fields = ("code", "name", "host_institution")
    ordering = ("sort_key", "pk")

    def mend(self, row: Platform, names: list[str]) -> None:
        super().mend(row, [*names, "sort_key"])


@admin.register(PlatformContact)
class PlatformContactAdmin(LookUpAdmin):
    """Masked here as everywhere (R57): what is typed replaces it, what is left alone stays."""

    form = ContactForm
    mendable = ("name", "position", "phone")
    list_display = ("masked_name", "platform", "position", "masked_phone", "is_primary")
    list_select_related = ("platform",)
    search_fields = ("platform__code", "platform__name")
    ordering = ("platform__sort_key", "pk")
