"""What a platform's contact writes: little, and in own words."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from config.fields import WordsField
from issues.models import Grade, IssueCategory

OTHER = "OTHR"


class RequestForm(forms.Form):
    """T1: what is needed is enough; what it is about is for whoever likes to say.

    `client_id` is made where the form was opened: a second tap on the button is the same request.
    """

    client_id = forms.UUIDField(label=_("提交编号"), widget=forms.HiddenInput, initial=uuid4, required=False)
    text = WordsField(
        label=_("遇到了什么困难，需要什么"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("用自己的话写就好，一两句也可以。"),
        error_messages={"required": _("请写一句需要解决什么。")},
    )
    category = forms.ModelChoiceField(
        IssueCategory.objects.none(),
        label=_("大致属于哪一类"),
        required=False,
        empty_label=_("不确定，请工作人员判断"),
        error_messages={"invalid_choice": _("没有这一类，请重新选择，也可以不选。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        category = self.fields["category"]
        assert isinstance(category, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        category.queryset = IssueCategory.objects.filter(parent=None)

    @property
    def chosen(self) -> IssueCategory:
        """The category that was chosen, else 其他. After is_valid()."""
        chosen: IssueCategory | None = self.cleaned_data["category"]
        return chosen or IssueCategory.objects.get(code=OTHER)


class ReasonForm(forms.Form):
    """One line of why."""

    reason = WordsField(
        label=_("哪里还没有解决"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写一句哪里还没有解决，好让工作人员接着办。")},
    )


class WithdrawForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        reason.label = _("为什么不需要了")
        reason.error_messages["required"] = _("请写一句为什么不需要了。")


class RatingForm(forms.Form):
    """R44: two questions on five levels, nothing chosen beforehand; `is_added` where the page shows a first answer."""

    service = forms.TypedChoiceField(label=_("服务怎么样"), coerce=int, choices=Grade.choices, widget=forms.RadioSelect)
    result = forms.TypedChoiceField(label=_("结果怎么样"), coerce=int, choices=Grade.choices, widget=forms.RadioSelect)
    is_added = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages |= {
                "required": _("请从五档中选一档。"),
                "invalid_choice": _("请从五档中选一档。"),
            }


class FeedbackForm(forms.Form):
    """R55: with or without a name."""

    text = WordsField(
        label=_("您的意见"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("直接送市委科技办，被反映的单位看不到。"),
        error_messages={"required": _("请写下您的意见。")},
    )
    is_anonymous = forms.BooleanField(
        label=_("不留姓名和平台"),
        required=False,
        help_text=_("不留名的，请记下提交后给出的查询码，凭它看答复。"),
    )


class AnswerForm(forms.Form):
    text = WordsField(
        label=_("答复"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("请写下答复。")},
    )
