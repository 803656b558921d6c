from typing import Any

from django.contrib import admin

from accounts.admin import DatedSettingAdmin, LookUpAdmin
from visits.models import FeedbackTerm, Visit, VisitNeed


@admin.register(FeedbackTerm)
class FeedbackTermAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "working_days", "note")


class NeedInline(admin.TabularInline):  # type: ignore[type-arg] # not a generic class at run time
    model = VisitNeed
    can_delete = False
    extra = 0
    readonly_fields = ("domain", "difficulty", "need")

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(Visit)
class VisitAdmin(LookUpAdmin):
    mendable = ("text", "people_met", "companions")
    list_display = ("visited_on", "platform", "officer", "mode", "created_by", "created_at")
    list_filter = ("mode",)
    list_select_related = ("platform", "officer__user", "created_by")
    search_fields = ("platform__code", "platform__name", "officer__staff_no")
    inlines = (NeedInline,)
