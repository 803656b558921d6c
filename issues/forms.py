"""What is asked before an issue moves. The service decides; the forms see that there is something to decide on."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from config.clock import today
from config.fields import WordsField
from config.forms import DayInput
from issues.models import Issue, Result

CHOOSE = {"required": _("请选择一项。"), "invalid_choice": _("没有这一项，请重新选择。")}
NOT_A_DAY = {"invalid": _("请写成2026-10-15这样的日期。")}


class PlanForm(forms.Form):
    """R7: a plan stops the clock only with text, unit and person, promised date, and the platform told."""

    text = WordsField(
        label=_("解决方案"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("写明谁做什么、到什么程度。"),
        error_messages={"required": _("请写明解决方案。")},
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("责任单位"), empty_label=_("请选择"), error_messages=CHOOSE
    )
    person = WordsField(label=_("责任人"), max_length=50, error_messages={"required": _("请写责任单位的具体承办人。")})
    promised_on = forms.DateField(
        label=_("承诺日期"),
        widget=DayInput,
        help_text=_("在这一天24:00前办结。从确定方案起按这个日期计时、预警。"),
        error_messages={"required": _("请选择承诺办结的日期。"), **NOT_A_DAY},
    )
    told_platform_on = forms.DateField(
        label=_("告知平台日期"),
        widget=DayInput,
        error_messages={"required": _("请写明哪一天告知了平台。"), **NOT_A_DAY},
    )

    def __init__(self, *args: Any, issue: Issue, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        unit.queryset, unit.initial = Unit.objects.visible_to(user), issue.lead_unit_id
        self.fields["told_platform_on"].initial = today()


class ResolveForm(forms.Form):
    """R38: a resolution names its result and what the platform was told."""

    result = forms.ChoiceField(
        label=_("处置结果"),
        choices=Result.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择处置结果。"), "invalid_choice": _("没有这一项，请重新选择。")},
    )
    reply = WordsField(
        label=_("给平台的答复"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("请写明给平台的答复。")},
    )
    is_confirmed_solved = forms.BooleanField(
        label=_("平台已认可解决"),
        required=False,
        help_text=_("平台亲口说过才勾选；只有“已解决”可以勾选。"),
    )
