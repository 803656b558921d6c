"""What is asked before an issue moves. The service decides; the forms see that there is something to decide on."""

from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Unit, User
from config.clock import on_date, today
from config.fields import WordsField
from config.forms import DayInput
from issues.grading import suggested_tier
from issues.models import (
    CLOCKED_TIERS,
    Importance,
    Issue,
    IssueCategory,
    Nature,
    Result,
    State,
    Tier,
    Urgency,
)
from issues.services.registration import terms_in_force
from issues.tier_cards import TierCard, tier_cards
from issues.units import UnitChoice, UnitChoices, takers_of
from issues.workflow import Action

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from issues.moves_on_offer import Desk

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


def _tier_choice(tier: Tier) -> tuple[str, Any]:
    return tier.value, format_lazy("{} {}", tier.value, tier.label)


class MoveForm(forms.Form):
    """What is asked before one issue moves; `desk` is the issue before the person who is asked."""

    def __init__(self, *args: Any, desk: "Desk", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desk = desk
        self.prepare(desk.issue, desk.user)

    def prepare(self, issue: Issue, user: User) -> None:
        """Offers what this issue and this person allow."""

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        return field

    def _rows(self, name: str) -> "forms.ModelChoiceField[Any]":
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        return field


def _unit(label: Words, missing: Words = CHOOSE["required"]) -> UnitChoice:
    return UnitChoice(
        Unit.objects.none(),
        label=label,
        empty_label=_("请选择"),
        error_messages={**CHOOSE, "required": missing},
    )


class PlanForm(MoveForm):
    """R7: a plan stops the clock only with text, unit and person, promised date, and the platform told."""

    text = WordsField(
        label=_("解决方案"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("写明谁做什么、到什么程度。"),
        error_messages={"required": _("请写明解决方案。")},
    )
    unit = _unit(_("责任单位"))
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

    def prepare(self, issue: Issue, user: User) -> None:
        unit = self._rows("unit")
        unit.queryset, unit.initial = Unit.objects.visible_to(user), issue.lead_unit_id
        self.fields["told_platform_on"].initial = today()


class MovePlanForm(MoveForm):
    """R7: another promised date needs its reason."""

    promised_on = _day(_("新的承诺日期"), _("请选择新的承诺日期。"))
    reason = _words(_("调整的原因"), _("请写明为什么调整承诺日期。"))

    def prepare(self, issue: Issue, user: User) -> None:
        if issue.clock_due_on is not None:
            words = _("现在承诺的是{day}。")
            self.fields["promised_on"].help_text = format_lazy(words, day=issue.clock_due_on.isoformat())


class ResolveForm(MoveForm):
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

    def prepare(self, issue: Issue, user: User) -> None:
        """The platform's word is for those to record to whom T10 belongs; whoever sends it all the same is told so."""
        if not self.desk.is_mine(Action.CONFIRM) and not self.data.get("is_confirmed_solved"):
            del self.fields["is_confirmed_solved"]


class ReferForm(MoveForm):
    """R30: one lead unit, of those that take issues of this tier, and those that support it (R33)."""

    unit = _unit(_("主办单位"))
    supports = UnitChoices(
        Unit.objects.none(),
        label=_("协办单位"),
        required=False,
        help_text=_("可以不选，也可以选几个；到期以前答复主办单位。"),
        error_messages={**CHOOSE, "invalid_pk_value": _("没有这一项，请重新选择。")},
    )
    note = _words(_("交办说明"))

    def prepare(self, issue: Issue, user: User) -> None:
        takers, leads = takers_of([issue.tier], user), issue.state == State.ACCEPTED
        self._rows("unit").queryset = takers.exclude(pk=issue.lead_unit_id) if leads else takers
        # It needs no tier to support an issue (R33); the list to choose from is short all the same.
        supports = self.fields["supports"]
        assert isinstance(supports, UnitChoices)  # noqa: S101 - declared above
        supports.offer(takers, among=Unit.objects.visible_to(user))
        words = _("只列出承接{tier}类问题的单位。")
        if leads:
            words = _("只列出承接{tier}类问题的单位；现在的主办单位是{unit}。")
        self.fields["unit"].help_text = format_lazy(words, tier=issue.tier, unit=issue.lead_unit.label)


class SignForm(MoveForm):
    """R31: nothing is asked; who signs has it in hand."""


class ResumeForm(MoveForm):
    """T15: the clock goes on."""

    note = _words(_("说明"), help_text=_("例如平台补齐了哪些材料。"))


class ReviewForm(MoveForm):
    """A person decides on a date that a recalculation left alone."""

    keep = forms.TypedChoiceField(
        label=_("到期日"),
        choices=[("true", _("保留原日期")), ("false", _("改用重算的日期"))],
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    reason = _words(_("复核的理由"), _("请写明复核的理由。"))

    def prepare(self, issue: Issue, user: User) -> None:
        if not self.desk.may_move_date:
            keep = self._choice("keep")
            keep.choices, keep.initial = [("true", _("保留原日期"))], "true"


class ExtensionForm(MoveForm):
    """R34: until when, and why."""

    until = _day(_("延期到"), _("请选择新的到期日。"), help_text=_("须是工作日。"))
    reason = _words(_("延期的理由"), _("请写明理由。"))


class SuspensionForm(MoveForm):
    """R36: why the clock is to stand still, and when that is looked at again."""

    review_on = _day(_("复查日期"), _("请选择复查日期。"), help_text=_("三个月之内。到这一天再看是否恢复计时。"))
    reason = _words(_("挂账的理由"), _("请写明理由。"))


class TierForm(MoveForm):
    """R29: which tier, and why."""

    tier = forms.ChoiceField(label=_("调整为"), widget=forms.RadioSelect, error_messages=CHOOSE)
    reason = _words(_("调整的理由"), _("请写明理由。"))

    def prepare(self, issue: Issue, user: User) -> None:
        others = [tier for tier in CLOCKED_TIERS if tier != issue.tier]
        self._choice("tier").choices = [_tier_choice(other) for other in others]


class GradeForm(MoveForm):
    """R26-R28: nature, urgency and importance suggest a tier; a person decides, and says why where it differs."""

    template_name = "issues/_grade_form.html"
    nature = forms.ChoiceField(
        label=_("性质"),
        choices=Nature.choices,
        error_messages={**CHOOSE, "required": _("请选择性质，由它得出建议的类别。")},
    )
    urgency = forms.ChoiceField(label=_("紧急程度"), choices=Urgency.choices, error_messages=CHOOSE)
    importance = forms.ChoiceField(label=_("重要性"), choices=Importance.choices, error_messages=CHOOSE)
    tier = forms.ChoiceField(
        label=_("类别"),
        choices=[_tier_choice(tier) for tier in Tier],
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    grading_reason = _words(_("定级依据"), help_text=_("与建议的类别不同时必填。"))
    answer = WordsField(
        label=_("答复"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("定为A类时必填：怎么答复平台的。"),
    )

    def prepare(self, issue: Issue, user: User) -> None:
        self._choice("nature").choices = [("", _("请选择")), *Nature.choices]

    @property
    def suggestion(self) -> Tier | None:
        """R27, from what stands in the form now."""
        return suggested_tier(*(str(self[name].value() or "") for name in ("nature", "urgency", "importance")))

    @property
    def options(self) -> list[tuple[Any, TierCard]]:
        """Each tier's radio button with its term and last day, counted from the day it was raised."""
        issue = self.desk.issue
        terms = terms_in_force(on_date(issue.registered_at))
        cards = tier_cards(issue.raised_on, self.desk.dossier.calendar, terms)
        return [(option, cards[option.data["value"]]) for option in self["tier"]]


class ReturnForm(MoveForm):
    """R32: why it is given back, and who should have it."""

    suggested_unit = _unit(_("建议由哪个单位办"), missing=_("请选择建议由哪个单位办。"))
    reason = _words(_("退回的理由"), _("请写明退回的理由。"))

    def prepare(self, issue: Issue, user: User) -> None:
        self._rows("suggested_unit").queryset = takers_of([issue.tier], user).exclude(pk=issue.lead_unit_id)


class ReassignForm(MoveForm):
    """R32: a return is decided once. The unit that returned it is on the list, too: 驳回退回."""

    unit = _unit(_("主办单位"))
    reason = _words(_("裁定的理由"), _("请写明裁定的理由。"))

    def prepare(self, issue: Issue, user: User) -> None:
        unit = self._rows("unit")
        unit.queryset = takers_of([issue.tier], user)
        returned = self.desk.dossier.last_returned
        if returned is None:
            return
        unit.initial, suggested = returned.suggested_unit_id, returned.suggested_unit
        words = _("已选上退回单位建议的{suggested}；选{unit}即驳回退回。") if suggested else _("选{unit}即驳回退回。")
        unit.help_text = format_lazy(words, unit=returned.unit.label, suggested=suggested.label if suggested else "")


class SupportForm(MoveForm):
    """R33: what the supporting unit says, and whether it signs with the lead (会签)."""

    answer = WordsField(
        label=_("协办意见"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明协办意见。")},
    )
    agrees = forms.TypedChoiceField(
        label=_("会签"),
        choices=[("true", _("同意")), ("false", _("有不同意见，请市委科技办协调"))],
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )


class ConfirmForm(MoveForm):
    """R39: the platform's word, in its own words if it had any."""

    note = _words(_("平台的话"), help_text=_("谁、什么时候、怎么说的。"))


class ReopenForm(MoveForm):
    """R40: what is not solved."""

    reason = _words(_("哪里没有解决"), _("请写明哪里没有解决。"))


class FollowUpForm(MoveForm):
    """R46: what the platform said on the telephone."""

    is_true = forms.TypedChoiceField(
        label=_("平台说结果"),
        choices=[("true", _("属实，确实如此")), ("false", _("不属实，需要重办"))],
        coerce=lambda word: word == "true",
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    words = _words(_("回访记录"), _("请写明平台谁接的电话、怎么说的。"), help_text=_("谁、什么时候、怎么说的。"))

    def prepare(self, issue: Issue, user: User) -> None:
        planned = self.desk.dossier.follow_up
        # What a platform thinks is the commission office's to know (R44).
        if planned is not None and planned.call_by is not None and user.role == Role.COMMISSION_OFFICE:
            words = _("平台评价不满意，请在{day}前回访。")
            self.fields["is_true"].help_text = format_lazy(words, day=planned.call_by.isoformat())


class CloseForm(MoveForm):
    """R41."""

    note = _words(_("说明"))


class WithdrawForm(MoveForm):
    """T18: on the platform's word."""

    reason = _words(_("撤回的原因"), _("请写明撤回的原因。"), help_text=_("平台谁说的、为什么不再需要。"))


class MergeForm(MoveForm):
    """R37: into which issue."""

    target = forms.CharField(
        label=_("并入哪一件"),
        max_length=12,
        help_text=_("填另一件的编号，例如2026-000012。"),
        error_messages={"required": _("请填写编号。")},
    )
    reason = _words(_("说明"))

    def clean_target(self) -> Issue:
        number = self.cleaned_data["target"].strip()
        seen = Issue.objects.visible_to(self.desk.user).select_related("platform", "lead_unit")
        issue = seen.filter(number=number).first()
        if issue is None:
            raise forms.ValidationError(_("没有找到编号“%(number)s”。"), params={"number": number})
        return issue


class RemindForm(MoveForm):
    """T19."""

    text = _words(_("催办的话"), _("请写明催什么。"), help_text=_("承办人和主办单位负责人都会收到。"))


class SuperviseForm(MoveForm):
    """R42."""

    text = _words(_("督办要求"), _("请写明督办要求。"))
    reply_by = _day(_("回复期限"), _("请选择回复期限。"))


class SupervisionForm(MoveForm):
    """R42: what the lead unit says to it."""

    reply = WordsField(
        label=_("督办回复"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明回复。")},
    )

    def prepare(self, issue: Issue, user: User) -> None:
        order = self.desk.dossier.supervision
        if order is not None:
            words = _("{day}前回复：{text}")
            self.fields["reply"].help_text = format_lazy(words, day=order.reply_by.isoformat(), text=order.text)


class EditForm(MoveForm):
    """What was written down. `version` is the issue's when the page was opened."""

    version = forms.IntegerField(label=_("版本"), widget=forms.HiddenInput, min_value=1)
    text = WordsField(
        label=_("问题描述"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("请写明平台说的问题。")},
    )
    category = forms.ModelChoiceField(
        IssueCategory.objects.filter(children=None), label=_("需求类别"), empty_label=None, error_messages=CHOOSE
    )
    nature = forms.ChoiceField(
        label=_("性质"), required=False, choices=[("", _("还不清楚")), *Nature.choices], error_messages=CHOOSE
    )
    urgency = forms.ChoiceField(label=_("紧急程度"), choices=Urgency.choices, error_messages=CHOOSE)
    importance = forms.ChoiceField(label=_("重要性"), choices=Importance.choices, error_messages=CHOOSE)
    grading_reason = _words(_("定级依据"), help_text=_("现在的类别与按性质建议的不同时必填。"))

    def prepare(self, issue: Issue, user: User) -> None:
        for name in ("version", "text", "category", "nature", "urgency", "importance", "grading_reason"):
            self.initial[name] = getattr(issue, name)


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
