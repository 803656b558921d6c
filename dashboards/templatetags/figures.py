"""How a figure is written: a link to its list. Tags, not fragments: a board has hundreds, and blanks would show."""

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboards.coverage import Dot
from dashboards.figures import Figure
from platforms.coverage import Contact

register = template.Library()


@register.simple_tag
def figure(value: Figure) -> SafeString:
    """The number as a link; what opens nothing is no link."""
    if not (value.value and value.url):
        return format_html('<span class="num mut">{}</span>', value.value)
    return format_html('<a class="num" href="{}" data-figure="{}">{}</a>', value.url, value.value, value.value)


@register.simple_tag
def fraction(numerator: Figure, denominator: Figure) -> SafeString:
    """181/187: both numbers open their own list."""
    return format_html('<span class="ld-of num">{}/{}</span>', figure(numerator), figure(denominator))


@register.simple_tag
def dots(places: list[Dot]) -> SafeString:
    """A dot a platform, with its name and how it stands for those who point at it and those who listen."""
    # A thousand dots: what repeats is escaped once.
    words, comma = {contact: escape(contact.label) for contact in Contact}, escape(_("，"))
    rows = ((dot.url, escape(dot.name), words[dot.contact], dot.shape) for dot in places)
    return format_html_join(
        "",
        '<li><a href="{}" title="{} · {}"><i class="ld-cell {}"></i>'
        '<span class="visually-hidden">{}{}{}</span></a></li>',
        ((url, name, word, shape, name, comma, word) for url, name, word, shape in rows),
    )
