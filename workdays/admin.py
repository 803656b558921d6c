from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from workdays.models import CalendarDay, CalendarRevision


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not a generic class at run time
    """To look at: what is written here has consequences that only a service or a command draws."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(CalendarDay)
class CalendarDayAdmin(ReadOnlyAdmin):
    """Changed by `manage.py load_calendar`. Deadlines that are running keep the dates they were given."""

    list_display = ("date", "kind", "name", "year_notice", "seq")
    list_filter = ("kind", "year_notice")
    date_hierarchy = "date"


@admin.register(CalendarRevision)
class CalendarRevisionAdmin(ReadOnlyAdmin):
    list_display = ("pk", "note", "final_through", "created_at")
