"""The calculator's question."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.forms import DayInput

OWN = "own"
MOST_DAYS = 1000


class PlainIntegerField(forms.IntegerField):
    """int() takes full-width digits and 1_000 for numbers; nobody means them."""

    def to_python(self, value: Any) -> int | None:
        if value not in self.empty_values and not re.fullmatch(r"\s*-?[0-9]+\s*", str(value), re.ASCII):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class CalculatorForm(forms.Form):
    """From a day, so many working days. `presets` are the terms in force by the letter of their tier."""

    start = forms.DateField(
        label=gettext_lazy("提出日期"),
        widget=DayInput,
        input_formats=["%Y-%m-%d"],
        error_messages={"required": gettext_lazy("请选日期。"), "invalid": gettext_lazy("不是有效的日期。")},
    )
    term = forms.ChoiceField(
        label=gettext_lazy("时限"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("请选时限。"),
            "invalid_choice": gettext_lazy("没有这一项，请从列表中选。"),
        },
    )
    days = PlainIntegerField(
        label=gettext_lazy("自定工作日数"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        error_messages={
            "invalid": gettext_lazy("请填整数。"),
            "min_value": gettext_lazy("至少1个工作日。"),
            "max_value": gettext_lazy("最多%(limit_value)d个工作日。"),
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "data-ld-own-term": ""}),
    )

    def __init__(self, *args: Any, presets: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.presets = presets
        choices = [
            (tier, _("%(tier)s %(days)d个工作日") % {"tier": tier, "days": days}) for tier, days in presets.items()
        ]
        self.fields["term"].choices = [*choices, (OWN, _("自定"))]  # type: ignore[attr-defined] # a ChoiceField

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("term") == OWN and cleaned.get("days") is None and "days" not in self.errors:
            self.add_error("days", _("请填工作日数。"))
        return cleaned

    @property
    def working_days(self) -> int:
        """The number asked for; the form is valid."""
        term = self.cleaned_data["term"]
        days: int = self.cleaned_data["days"] if term == OWN else self.presets[term]
        return days
