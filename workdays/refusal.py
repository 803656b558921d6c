"""Complaints about a notice, each with its line, shown all at once."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext as _

MOST = 20
WEEKDAYS = "一二三四五六日"


class Refusals:
    def __init__(self) -> None:
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, sentence: str) -> None:
        self._found.append((line, sentence))

    def raise_if_any(self) -> None:
        """Raises ValidationError with the first complaints in the order of the text."""
        if self._found:
            found = sorted(dict.fromkeys(self._found))
            raise ValidationError(
                [_("第%(line)d行：%(sentence)s") % {"line": line, "sentence": text} for line, text in found[:MOST]]
            )


def weekday_word(day: date) -> str:
    return formats.date_format(day, "l")
