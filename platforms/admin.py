from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import DatedSettingAdmin
from platforms.models import District, LinkRule, PlatformType, TechDomain


class TaxonAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not a generic class at run time
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
