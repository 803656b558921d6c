"""How a figure is written: a link to its list. Tags, not fragments: a board has hundreds, and blanks would show."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.figures import Figure

register = template.Library()


@register.simple_tag
def figure(value: Figure) -> SafeString:
    """The number as a link; 0 opens nothing, so it is no link."""
    if not value.value:
        return format_html('<span class="num mut">{}</span>', 0)
    return format_html('<a class="num" href="{}" data-figure="{}">{}</a>', value.url, value.value, value.value)


@register.simple_tag
def fraction(numerator: Figure, denominator: Figure) -> SafeString:
    """181/187: both numbers open their own list."""
    return format_html('<span class="ld-of num">{}/{}</span>', figure(numerator), figure(denominator))
