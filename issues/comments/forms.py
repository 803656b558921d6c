"""What a comment asks: words, files, and nothing that must be filled in beside them."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from config.fields import WordsField

# As the browser's dialogue offers them; phones make a JPEG of a HEIC picture for it. The content decides.
ACCEPTED = "image/jpeg,image/png,image/webp,image/gif,.jpg,.jpeg,.png,.webp,.gif,.pdf,.docx,.xlsx,.pptx"


class FilesInput(forms.FileInput):
    """Several at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of uploads, perhaps empty. What is in them is judged by issues.attachments."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> "Sequence[UploadedFile[Any]]":
        # An empty file is left to the judge, who names it.
        return [each for each in data or () if isinstance(each, UploadedFile)]


class CommentForm(forms.Form):
    """`client_id` makes a second submit the same comment."""

    client_id = forms.UUIDField(label=_("提交编号"), widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    text = WordsField(
        label=_("留言"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 2, "placeholder": _("写给能看到这个问题的同事；输入@提醒某人"), "aria-autocomplete": "list"}
        ),
    )
    # The word on secrets stands between the two boxes, once, and belongs to both.
    attachments = FilesField(
        label=_("附件"),
        required=False,
        widget=FilesInput(attrs={"accept": ACCEPTED, "aria-describedby": "id_attachments_helptext id_text_secret"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = _("照片、PDF、docx、xlsx、pptx，每个不超过{one}MB，一次不超过{all}MB。照片会去掉拍摄地点等信息。")
        sizes = {"one": self.most_megabytes, "all": self.most_megabytes_at_once}
        self.fields["attachments"].help_text = format_lazy(words, **sizes)

    @property
    def most_megabytes(self) -> int:
        """Of one file."""
        return int(settings.ATTACHMENT_MEGABYTES)

    @property
    def most_megabytes_at_once(self) -> int:
        return int(settings.ATTACHMENTS_MEGABYTES_AT_ONCE)
