from django.contrib import admin

from accounts.admin import DatedSettingAdmin, LookUpAdmin
from liaisons.models import Assignment, DutyRule, Officer, PortfolioRule


@admin.register(PortfolioRule)
class PortfolioRuleAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "minimum", "maximum", "note")


@admin.register(DutyRule)
class DutyRuleAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "week_ends_on", "contact_days", "visit_days", "quarter_days", "note")


@admin.register(Officer)
class OfficerAdmin(LookUpAdmin):
    mendable = ("position",)
    list_display = ("staff_no", "user", "home_unit", "position")
    list_select_related = ("user", "home_unit")
    search_fields = ("staff_no", "user__name")
    ordering = ("staff_no",)


@admin.register(Assignment)
class AssignmentAdmin(LookUpAdmin):
    list_display = ("platform", "officer", "started_on", "ended_on", "exception_reason")
    list_select_related = ("platform", "officer__user")
    search_fields = ("platform__code", "platform__name", "officer__staff_no", "officer__user__name")
