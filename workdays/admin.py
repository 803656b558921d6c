from typing import Any

from django.contrib import admin, messages
from django.db import IntegrityError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from workdays.models import Calendar, CalendarDay, CalendarRevision


class SavedOnceAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not a generic class at run time
    """Of two clicks on save the second may pass the form before the first is written: the database refuses it."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:
            self.message_user(request, _("没有再保存一次：刚刚已经有了同样的记录。"), messages.WARNING)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


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
