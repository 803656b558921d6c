from django.contrib import admin

from accounts.admin import DatedSettingAdmin
from liaisons.models import PortfolioRule


@admin.register(PortfolioRule)
class PortfolioRuleAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "minimum", "maximum", "note")
