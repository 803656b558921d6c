"""The forms of assignments and of the import."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from config.clock import today
from config.fields import WordsField
from config.forms import DayInput
from liaisons.models import Officer, OfficerQuerySet, PortfolioRule, WordChannel
from liaisons.services import DateRefused, OverLimit
from liaisons.sheets import MAX_BYTES
from platforms.models import Platform

NOT_A_DAY = {"required": _("请填写日期。"), "invalid": _("请填写有效的日期，例如2026-10-15。")}


def day_field(label: Any, **how: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=DayInput, input_formats=["%Y-%m-%d", "%Y/%m/%d"], error_messages=NOT_A_DAY, **how
    )


class OfficerChoice(forms.ModelChoiceField):  # type: ignore[type-arg] # not a generic class at run time
    """Officers with their unit and what they carry, so that nobody has to look it up elsewhere."""

    def label_from_instance(self, officer: Any) -> str:
        words = {"name": officer.user.name, "unit": officer.home_unit.label, "n": officer.current_platforms}
        return str(_("%(name)s（%(unit)s，现联点%(n)d家）") % words)


def active_officers() -> OfficerQuerySet:
    """Those who can be chosen, unit by unit, with their load."""
    rows = Officer.objects.filter(user__is_active=True).with_load().select_related("user", "home_unit")
    return rows.order_by("home_unit__path", "staff_no")


class AssignForm(forms.Form):
    """Gives a platform to an officer. The reason is asked for once it is needed, not before."""

    officer = OfficerChoice(
        queryset=Officer.objects.none(),
        label=_("联点干部"),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择联点干部。"), "invalid_choice": _("没有这位联点干部。")},
    )
    started_on = day_field(_("开始日期"), initial=today)
    exception_reason = WordsField(
        label=_("例外理由"), required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, platform: Platform, rule: PortfolioRule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Officer]", self.fields["officer"])
        field.queryset = active_officers().exclude(assignments__in=platform.assignments.current())
        field.help_text = _("每名干部联点%(minimum)d至%(maximum)d家平台。") % {
            "minimum": rule.minimum,
            "maximum": rule.maximum,
        }
        self.fields["started_on"].widget.attrs["max"] = today().isoformat()
        self.fields["started_on"].help_text = _("现任联点干部负责到前一天。") if platform.assignments.current() else ""
        self.needs_reason = bool(self.data.get("exception_reason"))

    def refuse(self, refusal: ValidationError) -> None:
        """Puts what the service said beside the field that can change it."""
        if isinstance(refusal, OverLimit):
            self.needs_reason = self.fields["exception_reason"].required = True
            self.add_error("officer", refusal)
            self.add_error("exception_reason", _("请填写理由，或另选一名干部。"))
        else:
            self.add_error("started_on" if isinstance(refusal, DateRefused) else None, refusal)


class EndForm(forms.Form):
    ended_on = day_field(_("最后一天"), initial=today, help_text=_("这一天仍由这名干部负责，之后平台没有联点干部。"))


class AbsenceForm(forms.Form):
    """Who stands in, from when to when."""

    deputy = OfficerChoice(
        queryset=Officer.objects.none(),
        label=_("代理人"),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择代理人。"), "invalid_choice": _("没有这位联点干部。")},
    )
    starts_on = day_field(_("第一天"), initial=today)
    ends_on = day_field(_("最后一天"), help_text=_("到这一天24:00自动结束，不用另外操作。"))
    reason = WordsField(
        label=_("事由"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("例如休假、出差、培训。不用写病情等私事。"),
        error_messages={"required": _("请写明请假的事由，例如休假、出差、培训。")},
    )

    def __init__(self, *args: Any, officer: Officer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Officer]", self.fields["deputy"])
        field.queryset = active_officers().exclude(pk=officer.pk)
        for name in ("starts_on", "ends_on"):
            self.fields[name].widget.attrs["min"] = today().isoformat()


class OnForm(forms.Form):
    """A day asked about."""

    on = day_field(_("哪一天"))


class UploadForm(forms.Form):
    """One xlsx or csv. What is in it is judged by liaisons.imports."""

    file = forms.FileField(
        label=_("xlsx或csv文件"),
        max_length=200,
        error_messages={
            "required": _("请选择文件。"),
            "empty": _("文件是空的。"),
            "invalid": _("请选择文件。"),
            "missing": _("请选择文件。"),
            "max_length": _("文件名过长，请改短后再上传。"),
        },
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise ValidationError(_("文件超过%(size)dMB，请分几次导入。") % {"size": MAX_BYTES // 1024 // 1024})
        return upload


class PlatformWordForm(forms.Form):
    """What the platform said of its first visit: who, when, how (R18)."""

    said_by = WordsField(
        label=_("平台方是谁说的"), max_length=50, error_messages={"required": _("请写明平台方是谁说的。")}
    )
    said_on = day_field(_("哪一天说的"), initial=today)
    channel = forms.ChoiceField(
        label=_("通过什么方式"),
        choices=[("", _("请选择")), *((c.value, c.label) for c in WordChannel if c != WordChannel.ONLINE)],
        error_messages={"required": _("请选择平台通过什么方式表示。"), "invalid_choice": _("没有这个方式。")},
    )
    note = WordsField(label=_("说明"), required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["said_on"].widget.attrs["max"] = today().isoformat()

    def refuse(self, refusal: ValidationError) -> None:
        """Puts what the service said beside the field that can change it."""
        self.add_error(None, refusal)
