"""What is asked before an issue moves. The service decides; the forms see that there is something to decide on."""

from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from config.clock import today
from config.fields import WordsField
from config.forms import DayInput
from issues.models import CLOCKED_TIERS, Issue, Result

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

CHOOSE = {"required": _("请选择一项。"), "invalid_choice": _("没有这一项，请重新选择。")}
NOT_A_DAY = {"invalid": _("请写成2026-10-15这样的日期。")}
# The stubs' own word for a text that is translated when it is shown.
Words: TypeAlias = "str | _StrPromise"


def _day(label: Words, missing: Words, help_text: Words = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=DayInput,
        input_formats=["%Y-%m-%d"],
        help_text=help_text,
        error_messages={"required": missing, **NOT_A_DAY},
    )


def _words(label: Words, missing: "Words | None" = None, help_text: Words = "") -> WordsField:
    """A few lines; `missing` is what is said where there are none, and may be left out where none are needed."""
    return WordsField(
        label=label,
        max_length=500,
        required=missing is not None,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=help_text,
        error_messages={"required": missing} if missing else {},
    )


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


class MovePlanForm(forms.Form):
    """R7: another promised date needs its reason."""

    promised_on = _day(_("新的承诺日期"), _("请选择新的承诺日期。"))
    reason = _words(_("调整的原因"), _("请写明为什么调整承诺日期。"))

    def __init__(self, *args: Any, promised_on: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if promised_on is not None:
            words = _("现在承诺的是{day}。")
            self.fields["promised_on"].help_text = format_lazy(words, day=promised_on.isoformat())


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


class ReferForm(forms.Form):
    """R30: one lead unit, of those that take issues of this tier."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("主办单位"), empty_label=_("请选择"), error_messages=CHOOSE
    )
    note = _words(_("交办说明"))

    def __init__(self, *args: Any, issue: Issue, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        takers = Unit.objects.visible_to(user).filter(takes_tiers__contains=[issue.tier])
        unit.queryset = takers.exclude(pk=issue.lead_unit_id)
        words = _("只列出承接{tier}类问题的单位；现在的主办单位是{unit}。")
        unit.help_text = format_lazy(words, tier=issue.tier, unit=issue.lead_unit.label)


class SignForm(forms.Form):
    """R31: nothing is asked; who signs has it in hand."""


class ResumeForm(forms.Form):
    """T15: the clock goes on."""

    note = _words(_("说明"), help_text=_("例如平台补齐了哪些材料。"))


class ReviewForm(forms.Form):
    """A person decides on a date that a recalculation left alone."""

    keep = forms.TypedChoiceField(
        label=_("到期日"),
        choices=[("true", _("保留原日期")), ("false", _("改用重算的日期"))],
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    reason = _words(_("复核的理由"), _("请写明复核的理由。"))

    def __init__(self, *args: Any, may_move: bool, **kwargs: Any) -> None:
        """`may_move`: the recounted date can still be taken."""
        super().__init__(*args, **kwargs)
        if not may_move:
            keep = self.fields["keep"]
            assert isinstance(keep, forms.ChoiceField)  # noqa: S101 - for the type checker
            keep.choices, keep.initial = [("true", _("保留原日期"))], "true"


class ExtensionForm(forms.Form):
    """R34: until when, and why."""

    until = _day(_("延期到"), _("请选择新的到期日。"), help_text=_("须是工作日，最多再加一个时限。"))
    reason = _words(_("延期的理由"), _("请写明理由。"))


class SuspensionForm(forms.Form):
    """R36: why the clock is to stand still, and when that is looked at again."""

    review_on = _day(_("复查日期"), _("请选择复查日期。"), help_text=_("三个月之内。到这一天再看是否恢复计时。"))
    reason = _words(_("挂账的理由"), _("请写明理由。"))


class TierForm(forms.Form):
    """R29: which tier, and why."""

    tier = forms.ChoiceField(label=_("调整为"), widget=forms.RadioSelect, error_messages=CHOOSE)
    reason = _words(_("调整的理由"), _("请写明理由。"))

    def __init__(self, *args: Any, issue: Issue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [tier for tier in CLOCKED_TIERS if tier != issue.tier]
        tier = self.fields["tier"]
        assert isinstance(tier, forms.ChoiceField)  # noqa: S101 - for the type checker
        tier.choices = [(other.value, format_lazy("{} {}", other.value, other.label)) for other in others]


class DecisionForm(forms.Form):
    """Yes or no; a no says why."""

    approve = forms.TypedChoiceField(
        label=_("审批意见"),
        choices=[("true", _("同意")), ("false", _("不同意"))],
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    note = _words(_("说明"), help_text=_("不同意时必填。"))
