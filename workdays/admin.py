from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from workdays.models import Calendar, CalendarDay, CalendarRevision


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not a generic class at run time
    """To look at: what is written here has consequences that only a service or a command draws."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Calendar)
class CalendarAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "name_en")


@admin.register(CalendarDay)
class CalendarDayAdmin(ReadOnlyAdmin):
    """Changed by `manage.py load_calendar` and by holiday notices that a second person approved."""

    list_display = ("date", "calendar", "kind", "name", "year_notice", "is_local", "seq")
    list_filter = ("calendar", "kind", "year_notice", "is_local")
    list_select_related = ("calendar",)
    date_hierarchy = "date"


@admin.register(CalendarRevision)
class CalendarRevisionAdmin(ReadOnlyAdmin):
    list_display = ("pk", "calendar", "note", "final_through", "created_at")
    list_select_related = ("calendar",)
