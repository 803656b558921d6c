"""What is asked for a holiday notice. The service reads it and refuses line by line."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.fields import WordsField
from workdays.holiday_notice import LONGEST, read_upload
from workdays.models import Calendar

LARGEST_FILE = 4 * LONGEST  # bytes: a Chinese character takes three in UTF-8


class NoticeForm(forms.Form):
    """The notice as text or file. Where the year is left out, the notice names it."""

    calendar = forms.ModelChoiceField(
        Calendar.objects.all(),
        label=gettext_lazy("日历"),
        empty_label=None,
        error_messages={
            "required": gettext_lazy("请选择日历。"),
            "invalid_choice": gettext_lazy("没有这个日历，请重新选择。"),
        },
    )
    year = forms.IntegerField(
        label=gettext_lazy("年份"),
        required=False,
        min_value=2000,
        max_value=2100,
        help_text=gettext_lazy("通知里写明了年份的可以不填。"),
        error_messages={
            "invalid": gettext_lazy("请写成2027这样的年份。"),
            "min_value": gettext_lazy("请写成2027这样的年份。"),
            "max_value": gettext_lazy("请写成2027这样的年份。"),
        },
    )
    document_number = WordsField(
        label=gettext_lazy("文号"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("改动已公布或已经过去的日子时必填。"),
    )
    text = WordsField(
        label=gettext_lazy("通知内容"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy(
            "粘贴国务院办公厅通知的原文，或每行一天：2027-01-01,off,元旦（off放假，make_up调休上班，working取消原安排）。"
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("或上传文件"), required=False, help_text=gettext_lazy("txt或csv，UTF-8或GBK编码。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if Calendar.objects.count() == 1:
            field = self.fields["calendar"]
            field.initial = Calendar.objects.get().pk
            field.widget = forms.HiddenInput()

    def clean_file(self) -> str:
        upload = self.cleaned_data["file"]
        if upload is None:
            return ""
        if (upload.size or 0) > LARGEST_FILE:
            raise ValidationError(_("文件太大，放假通知不会超过%(most)d字节。") % {"most": LARGEST_FILE})
        return read_upload(upload.read())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        text, uploaded = cleaned.get("text", ""), cleaned.get("file", "")
        if not self.errors and bool(text) == bool(uploaded):
            self.add_error("text", _("请粘贴通知内容，或上传一份文件；两样只要一样。"))
        cleaned["text"] = text or uploaded
        return cleaned


class RegionForm(forms.ModelForm):  # type: ignore[type-arg] # not a generic class at run time
    """A regional calendar: a copy of the nation's, which follows it where the region decides nothing."""

    class Meta:
        model = Calendar
        fields = ("code", "name", "name_en")
