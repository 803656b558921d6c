from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import DatedSettingAdmin, LookUpAdmin
from issues.ladder_rules import faults_of
from issues.models import (
    Audience,
    Deadline,
    Event,
    FirstReplyTerm,
    HandlingRule,
    Issue,
    IssueCategory,
    Referral,
    Request,
    Rung,
    SigningTerm,
    SolutionPlan,
    Suspension,
    TierTerm,
    WarningLadder,
)
from issues.models import Warning as IssueWarning
from issues.services import terms_in_force
from issues.services.mending import mend

COPIED = ("clock", "tier", "level", "step", "measure", "amount", "tells", "is_urgent")


@admin.register(TierTerm)
class TierTermAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "tier", "working_days", "note")
    list_filter = ("tier",)


class RungForm(forms.ModelForm):  # type: ignore[type-arg] # not a generic class at run time
    tells = forms.MultipleChoiceField(
        choices=Audience.choices,
        label=_("通知对象"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请选择通知谁。")},
    )

    class Meta:
        model = Rung
        fields = COPIED


class RungFormSet(BaseInlineFormSet):  # type: ignore[type-arg] # as above
    """The rungs of one ladder: each may be right by itself, and the ladder wrong all the same."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [
            form
            for form in self.forms
            if form not in self.deleted_forms and form.has_changed() | bool(form.instance.pk)
        ]
        terms = {tier: term.working_days for tier, term in terms_in_force(self.instance.valid_from).items()}
        if faults := list(faults_of((form.instance for form in kept), terms)):
            raise ValidationError(faults)


class RungInline(admin.TabularInline):  # type: ignore[type-arg] # as above
    model = Rung
    form = RungForm
    formset = RungFormSet

    def get_extra(self, request: HttpRequest, obj: WarningLadder | None = None, **kwargs: Any) -> int:
        return 1 if obj is not None else len(_rungs_in_force())


@admin.register(WarningLadder)
class WarningLadderAdmin(DatedSettingAdmin):
    """A new ladder starts as a copy of the newest one. One that is in force is only looked at."""

    list_display = ("valid_from", "note", "applied_at")
    inlines = (RungInline,)

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if request.method == "GET" and obj.pk is None:
            kwargs["initial"] = _rungs_in_force()
        return kwargs


def _rungs_in_force() -> list[dict[str, Any]]:
    ladder = WarningLadder.objects.order_by("-valid_from", "-pk").first()
    return list(ladder.rungs.values(*COPIED)) if ladder else []


@admin.register(HandlingRule)
class HandlingRuleAdmin(DatedSettingAdmin):
    list_display = (
        *("valid_from", "return_within", "support_within", "ask_again_after", "silent_after"),
        *("call_within", "follow_up_percent", "supervised_late", "supervised_redos", "supervised_returns", "note"),
    )


@admin.register(SigningTerm)
class SigningTermAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "working_days", "note")


@admin.register(FirstReplyTerm)
class FirstReplyTermAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "working_days", "note")


@admin.register(Issue)
class IssueAdmin(LookUpAdmin):
    """State, dates and tier move by what people do on its own pages, never here."""

    mendable = ("text", "category")
    list_display = ("number", "platform", "tier", "state", "lead_unit", "raised_on", "due_on")
    list_filter = ("state", "tier")
    list_select_related = ("platform", "lead_unit")
    search_fields = ("number", "platform__code", "platform__name")

    def mend(self, row: Issue, names: list[str]) -> None:
        mend(row, **{name: getattr(row, name) for name in names})


@admin.register(IssueCategory)
class IssueCategoryAdmin(LookUpAdmin):
    mendable = ("name", "name_en")
    list_display = ("code", "name", "name_en", "parent")
    list_select_related = ("parent",)
    search_fields = ("code", "name")


class OfAnIssueAdmin(LookUpAdmin):
    """A part of an issue: found by its number."""

    list_select_related: ClassVar[Any] = ("issue",)
    search_fields = ("issue__number",)


@admin.register(Event)
class EventAdmin(OfAnIssueAdmin):
    list_display = ("at", "issue", "kind", "actor", "before", "after")
    list_filter = ("kind",)
    list_select_related = ("issue", "actor")


@admin.register(Deadline)
class DeadlineAdmin(OfAnIssueAdmin):
    list_display = ("issue", "clock", "version", "cause", "previous_due_on", "due_on", "actor", "created_at")
    list_filter = ("clock", "cause")
    list_select_related = ("issue", "actor")


@admin.register(Request)
class RequestAdmin(OfAnIssueAdmin):
    list_display = ("issue", "kind", "state", "asked_by", "asked_at", "decided_by", "decided_at")
    list_filter = ("kind", "state")
    list_select_related = ("issue", "asked_by", "decided_by")


@admin.register(Referral)
class ReferralAdmin(OfAnIssueAdmin):
    list_display = ("issue", "unit", "referred_by", "referred_at", "signed_by", "signed_at")
    list_select_related = ("issue", "unit", "referred_by", "signed_by")


@admin.register(Suspension)
class SuspensionAdmin(OfAnIssueAdmin):
    list_display = ("issue", "clock", "began_on", "review_on", "ended_on")


@admin.register(SolutionPlan)
class SolutionPlanAdmin(OfAnIssueAdmin):
    list_display = ("issue", "unit", "person", "promised_on", "created_by", "created_at")
    list_select_related = ("issue", "unit", "created_by")


@admin.register(IssueWarning)
class WarningAdmin(OfAnIssueAdmin):
    list_display = ("issue", "level", "step", "reached_on", "raised_at", "acknowledged_by", "acknowledged_at")
    list_filter = ("level",)
    list_select_related = ("issue", "acknowledged_by")
