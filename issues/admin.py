from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import DatedSettingAdmin
from issues.ladder_rules import faults_of
from issues.models import Audience, HandlingRule, Rung, SigningTerm, TierTerm, WarningLadder
from issues.services import terms_in_force

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
    list_display = ("valid_from", "return_within", "support_within", "ask_again_after", "silent_after", "note")


@admin.register(SigningTerm)
class SigningTermAdmin(DatedSettingAdmin):
    list_display = ("valid_from", "working_days", "note")
