from django.contrib import admin

from accounts.admin import DatedSettingAdmin
from liaisons.models import DutyRule, PortfolioRule


@admin.register(PortfolioRule)
class PortfolioRuleAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "minimum", "maximum", "note")


@admin.register(DutyRule)
class DutyRuleAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "week_ends_on", "contact_days", "visit_days", "quarter_days", "note")
