from django.contrib import admin

from accounts.admin import DatedSettingAdmin
from issues.models import TierTerm, WarningRule


@admin.register(TierTerm)
class TierTermAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "tier", "working_days", "note")
    list_filter = ("tier",)


@admin.register(WarningRule)
class WarningRuleAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "nearing_days", "note")
