"""How the cells of the register's sheets are read: each column says what it takes and refuses the rest in a sentence.

The widgets serve django-import-export: `clean` raises ValueError with the sentence, `render` gives what a report shows.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.db.models import CharField, Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override
from import_export.fields import Field
from import_export.widgets import Widget

M = TypeVar("M", bound=Model)
Cell = str | date

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PHONE = re.compile(r"[0-9+()\- ]{3,20}")
EXCEL_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
DAY_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
# Zero-width characters and the byte order mark stick to copied text and mean nothing there.
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
# Controls, halves of a surrogate pair, and what turns the writing direction so that one reads another text.
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def key_of(text: str) -> str:
    """What a name is compared by: full-width brackets and blanks do not make it another name."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def text_in(cell: Cell | None) -> str:
    """The cell as text. Raises ValueError for a formula, an Excel error or control characters."""
    if isinstance(cell, date):
        return cell.isoformat()
    text = (cell or "").translate(INVISIBLE).strip()
    if FORBIDDEN.search(text):
        raise ValueError(_("含有看不见的控制字符，请删去后重新填写。"))
    if text.startswith(("=", "＝")):
        raise ValueError(_("请填写内容本身，不要用公式。"))
    if text in EXCEL_ERRORS:
        raise ValueError(_("单元格是错误值%(value)s，请改正。") % {"value": text})
    return text


class Column(Widget):  # type: ignore[misc] # import-export is untyped
    """What all columns share: blank or not, and `read` for what is written in the cell."""

    def __init__(self, *, required: bool = False, blank: Any = "") -> None:
        super().__init__()
        self.required = required
        self.blank = blank

    def clean(self, value: Cell | None, row: Any = None, **kwargs: Any) -> Any:
        text = text_in(value)
        if text:
            return self.read(text)
        if self.required:
            raise ValueError(_("不能为空。"))
        return self.blank

    def read(self, text: str) -> Any:
        return text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class Text(Column):
    def __init__(self, max_length: int, *, required: bool = False) -> None:
        super().__init__(required=required)
        self.max_length = max_length

    def read(self, text: str) -> str:
        if len(text) > self.max_length:
            raise ValueError(_("最多%(max)d个字，现有%(length)d个字。") % {"max": self.max_length, "length": len(text)})
        return text


class Code(Text):
    """A key: half-width letters, digits, dots, hyphens and underscores, so that nobody has two keys that look alike."""

    def read(self, text: str) -> str:
        if not CODE.fullmatch(text):
            raise ValueError(_("只能用半角的字母、数字、点、横线和下划线。"))
        return super().read(text)


class Phone(Column):
    """Shown masked in reports (R57)."""

    def read(self, text: str) -> str:
        if "*" in text:
            raise ValueError(_("这是脱敏后的号码。请填写完整号码，或删去这一列。"))
        if not PHONE.fullmatch(text):
            raise ValueError(_("请填写电话号码，例如13812345678。"))
        return text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        text = str(value or "")
        return f"{text[:3]}****{text[-4:]}" if len(text) >= 11 else "****" if text else ""


class PersonName(Text):
    """Shown masked in reports (R57)."""

    def read(self, text: str) -> str:
        if "*" in text:
            raise ValueError(_("这是脱敏后的姓名。请填写全名，或删去这一列。"))
        return super().read(text)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return f"{value[:1]}*" if value else ""


class Choice(Column):
    """One of a few words; `others` are words that mean the same."""

    def __init__(self, choices: Sequence[tuple[str, Any]], others: dict[str, str] | None = None) -> None:
        super().__init__(required=True)
        self.choices = choices
        self.others = others or {}

    def read(self, text: str) -> str:
        with override("zh-hans"):  # what files are written in, whatever the language of the page
            known = {key_of(word): value for value, label in self.choices for word in (value, str(label))}
        known.update({key_of(word): value for word, value in self.others.items()})
        if key_of(text) not in known:
            with override("zh-hans"):
                words = "、".join(str(label) for _value, label in self.choices)
            raise ValueError(_("没有“%(text)s”，请从%(words)s中选一个。") % {"text": text, "words": words})
        return known[key_of(text)]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(dict(self.choices).get(value, value or ""))


class YesNo(Column):
    def __init__(self) -> None:
        super().__init__(blank=False)

    def read(self, text: str) -> bool:
        if text not in ("是", "否"):
            raise ValueError(_("请填写是或否。"))
        return text == "是"

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "是" if value else "否"


class Whole(Column):
    """A whole number from 1 to `maximum`."""

    def __init__(self, maximum: int, blank: int) -> None:
        super().__init__(blank=blank)
        self.maximum = maximum

    def read(self, text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) <= 6 and 1 <= int(text) <= self.maximum):
            raise ValueError(_("请填写1至%(maximum)d的整数。") % {"maximum": self.maximum})
        return int(text)


class Day(Column):
    """A date, as Excel stores it or as people write it."""

    def __init__(self) -> None:
        super().__init__(blank=None)

    def clean(self, value: Cell | None, row: Any = None, **kwargs: Any) -> Any:
        return self._within(value) if isinstance(value, date) else super().clean(value, row, **kwargs)

    def read(self, text: str) -> date:
        for written in DAY_FORMATS:
            try:
                return self._within(datetime.strptime(text, written).date())  # noqa: DTZ007 - a date has no zone
            except ValueError:
                continue
        raise ValueError(_("“%(text)s”不是2000至2099年间的日期，请写成2025-06-11。") % {"text": text})

    @staticmethod
    def _within(day: date) -> date:
        if not EARLIEST <= day <= LATEST:
            raise ValueError(_("日期须在2000年至2099年之间。"))
        return day


class Words(Column):
    """Several words in one cell, divided by 、;； or line breaks; each must satisfy `pattern`."""

    def __init__(self, max_length: int, pattern: str = "", allowed: str | Promise = "") -> None:
        super().__init__()
        self.max_length = max_length
        self.pattern = re.compile(pattern or ".*", re.DOTALL)
        self.allowed = allowed

    def clean(self, value: Cell | None, row: Any = None, **kwargs: Any) -> list[str]:
        words = [word.strip() for word in re.split(r"[、;；,，\n]", text_in(value)) if word.strip()]
        for word in words:
            if len(word) > self.max_length:
                raise ValueError(
                    _("每一项最多%(max)d个字，“%(start)s…”有%(length)d个字。")
                    % {"max": self.max_length, "start": word[:10], "length": len(word)}
                )
            if not self.pattern.fullmatch(word):
                words_allowed = {"word": word, "allowed": self.allowed}
                raise ValueError(_("“%(word)s”不在可填的范围内：%(allowed)s。") % words_allowed)
        return list(dict.fromkeys(words))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "、".join(value or ())


class Directory(Generic[M]):
    """Finds a row by its code or by a name it goes by.

    A name written without the part in brackets at its end is understood where it fits one row only.
    """

    def __init__(self, rows: Iterable[M], names: Callable[[M], Iterable[str]], code: str = "code") -> None:
        self.names = names
        self.code = code
        self.exact: dict[str, dict[int, M]] = {}
        self.short: dict[str, dict[int, M]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: M) -> None:
        names = [name for name in self.names(row) if name]
        for name in (str(getattr(row, self.code)), *names):
            self.exact.setdefault(key_of(name), {})[row.pk] = row
        for name in names:
            self.short.setdefault(key_of(name).partition("(")[0], {})[row.pk] = row

    def find(self, text: str) -> M:
        """Raises ValueError when nothing or more than one row answers to the text."""
        found = self.exact.get(key_of(text)) or self.short.get(key_of(text)) or {}
        if not found:
            raise ValueError(_("没有找到“%(text)s”，请核对名称或代码。") % {"text": text})
        if len(found) > 1:
            codes = "、".join(str(getattr(row, self.code)) for row in found.values())
            raise ValueError(_("“%(text)s”不止一个，请改填代码：%(codes)s。") % {"text": text, "codes": codes})
        return next(iter(found.values()))


class Reference(Column, Generic[M]):
    """A row of another table, by code or name. The directory is made when the first cell is read: sheets that come
    before in the same file have then been written."""

    def __init__(self, directory: Callable[[], Directory[M]], *, required: bool = False) -> None:
        super().__init__(required=required, blank=None)
        self.make = directory
        self._directory: Directory[M] | None = None

    @property
    def directory(self) -> Directory[M]:
        if self._directory is None:
            self._directory = self.make()
        return self._directory

    def read(self, text: str) -> M:
        return self.directory.find(text)


def column(header: str, attribute: str, widget: Widget) -> Field:
    """A column of a sheet, by its header."""
    return Field(attribute=attribute, column_name=header, widget=widget)


def text_like(model: type[Model], name: str, kind: type[Text] = Text, *, required: bool = False) -> Text:
    """A text column as long as the model's."""
    field = model._meta.get_field(name)
    assert isinstance(field, CharField)  # noqa: S101 - a slip in a class body, not a state
    assert field.max_length  # noqa: S101 - as above
    return kind(field.max_length, required=required)
