from django.contrib import admin

from accounts.admin import DatedSettingAdmin
from issues.models import Rung, SigningTerm, TierTerm, WarningLadder


@admin.register(TierTerm)
class TierTermAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "tier", "working_days", "note")
    list_filter = ("tier",)


class RungInline(admin.TabularInline):  # type: ignore[type-arg] # not a generic class at run time
    model = Rung
    extra = 0


@admin.register(WarningLadder)
class WarningLadderAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "note")
    inlines = (RungInline,)


@admin.register(SigningTerm)
class SigningTermAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "working_days", "note")
