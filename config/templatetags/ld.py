"""Small presentational tags and filters: icons, bars, rates and dates as the pages write them."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from django import template
from django.forms import BaseForm, BaseFormSet, BoundField
from django.templatetags.static import static
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from config.clock import SHANGHAI, on_date, today
from config.vendor import SPRITE

register = template.Library()

Form: TypeAlias = "BaseForm | BaseFormSet[Any]"

NO_RATE = "—"
WEEKDAYS_SHORT = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@register.simple_tag
@cache  # a list draws a hundred of them, and neither the name nor the sprite's address changes while a process lives
def icon(name: str) -> SafeString:
    """One of config.icons. It is decoration: the word stands beside it, or the link has a label."""
    return format_html(
        '<svg class="ld-i" aria-hidden="true" focusable="false"><use href="{}#i-{}"/></svg>',
        static(SPRITE),
        name,
    )


@register.simple_tag
@cache
def mark() -> SafeString:
    """The product's mark, beside which its name stands."""
    return format_html('<img class="ld-mark" src="{}" alt="" width="32" height="32">', static("img/mark.svg"))


@register.simple_tag
def bar(value: float | Decimal | None, of: float | Decimal = 100, css: str = "") -> SafeString:
    """A bar filled to `value` out of `of`; `css="two"` is the second series. Empty when there is nothing to measure."""
    share = min(max(Decimal(str(value or 0)) / Decimal(str(of)), Decimal(0)), Decimal(1)) if of else Decimal(0)
    return format_html(
        '<svg class="ld-bar{}" aria-hidden="true" focusable="false"><rect width="{}%" height="100%" rx="3"/></svg>',
        f" {css}" if css else "",
        f"{_one_decimal(share * 100).normalize():f}",
    )


@register.filter
def percent(numerator: int | None, denominator: int | None) -> str:
    """`181|percent:187` is "96.8"; nothing out of nothing is "—", never 0 or 100."""
    if not denominator:
        return NO_RATE
    return str(_one_decimal(Decimal(numerator or 0) * 100 / Decimal(denominator)))


@register.filter
def zh_date(value: date | None) -> str:
    """The date for running text: 2026年10月15日. In tables write `|date:"Y-m-d"` instead."""
    return _written(value, "Y年n月j日", "j M Y")


@register.filter
def zh_day(value: date | None) -> str:
    """The date without its year while the year is the present one: 10月15日."""
    if value is None or _day(value).year != today().year:
        return zh_date(value)
    return _written(value, "n月j日", "j M")


@register.filter
def moment(value: datetime | None) -> str:
    """Day and time of an event: 10月14日 16:20."""
    if value is None:
        return NO_RATE
    return f"{zh_day(value)} {value.astimezone(SHANGHAI):%H:%M}"


@register.filter
def weekday(value: date | None) -> str:
    """星期四."""
    return formats.date_format(_day(value), "l") if value else NO_RATE


@register.filter
def weekday_short(value: date | None) -> str:
    """周四."""
    if value is None:
        return NO_RATE
    day = _day(value)
    return WEEKDAYS_SHORT[day.weekday()] if _in_chinese() else formats.date_format(day, "D")


class ErrorItem(NamedTuple):
    """One line of the summary above a form; `href` is empty where no single field is at fault."""

    href: str
    label: str
    message: str


@register.filter
def error_items(source: "Form | Iterable[Form] | None") -> list[ErrorItem]:
    """Every complaint of a form, a formset or a list of either, in the order of the page."""
    return list(_errors_of(source)) if source else []


def _errors_of(source: "Form | Iterable[Form]") -> Iterator[ErrorItem]:
    if isinstance(source, BaseForm):
        yield from (ErrorItem("", "", str(message)) for message in source.non_field_errors())
        for field in source:
            yield from (ErrorItem(_anchor(field), _label(source, field), str(message)) for message in field.errors)
        return
    if isinstance(source, BaseFormSet):
        yield from (ErrorItem("", "", str(message)) for message in source.non_form_errors())
    for part in source:
        yield from _errors_of(part)


def _label(form: BaseForm, field: BoundField) -> str:
    # Of several forms on one page each may have a title: "问题 2".
    title = getattr(form, "title", "")
    return f"{title} · {field.label}" if title else str(field.label)


def _anchor(field: BoundField) -> str:
    # A group of radio buttons has no element of its own to point at: its fieldset bears the automatic id.
    return f"#{field.id_for_label or field.auto_id}"


def _one_decimal(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _in_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _day(value: date) -> date:
    """The Shanghai date of an instant; a date stays what it is."""
    return on_date(value) if isinstance(value, datetime) else value


def _written(value: date | None, chinese: str, other: str) -> str:
    if value is None:
        return NO_RATE
    return formats.date_format(_day(value), chinese if _in_chinese() else other)
