from django.contrib import admin

from accounts.admin import DatedSettingAdmin
from visits.models import FeedbackTerm


@admin.register(FeedbackTerm)
class FeedbackTermAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "working_days", "note")
