"""The text field of every form: what cannot be stored is refused in words, what nobody can see counts as nothing."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# PostgreSQL stores no NUL, UTF-8 no lone surrogate.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Letters, marks, numbers, punctuation, symbols; the rest are spaces, controls and invisible signs (U+200B, U+202E).
SEEN = frozenset("LMNPS")


class WordsField(forms.CharField):
    """Words for people to read. Line ends become one character, so that a length is the one that people count."""

    default_error_messages = {
        "max_length": _("最多%(limit_value)d个字，现在有%(show_value)d个字。"),
        "unstorable": _("含有无法保存的字符，请删去后再提交。"),
    }

    def to_python(self, value: Any) -> str:
        text = (super().to_python(value) or "").replace("\r\n", "\n")
        if UNSTORABLE.search(text):
            raise ValidationError(self.error_messages["unstorable"], code="unstorable")
        return text if any(unicodedata.category(char)[0] in SEEN for char in text) else ""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without maxlength: browsers cut what is pasted beyond it and say nothing."""
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs
