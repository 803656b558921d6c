import pytest
from babel.messages import Catalog

from config.translations import Text, faults, read_catalog, texts_of, update_catalog

PYTHON = """
from django.utils.translation import gettext as _, ngettext, pgettext_lazy
plain = _("今天"  "要做")
many = ngettext("%(n)s 件", "%(n)s 件事", n)
month = pgettext_lazy("日历", "月")
name = _(variable)
other("不算")
"""
TEMPLATE = """{% load i18n %}
<p title="{% translate "联系" %}">{% blocktranslate trimmed with n=count %}
  还剩 {{ n }} 天
{% endblocktranslate %}</p>
{% blocktranslate count n=n %}{{ n }} 天{% plural %}{{ n }} 日{% endblocktranslate %}
{% translate "开" context "开关" %} {{ _("逾期") }} {{ x|default:_("无") }} gettext("不算")
"""


def extract(tmp_path, settings, name, source):
    settings.BASE_DIR = tmp_path
    (tmp_path / name).write_text(source)
    return [(text.context, text.id, text.place) for text in texts_of(tmp_path / name)]


def test_marked_texts_of_python_are_found_with_their_lines(tmp_path, settings):
    assert extract(tmp_path, settings, "x.py", PYTHON) == [
        (None, "今天要做", ("x.py", 3)),
        (None, ("%(n)s 件", "%(n)s 件事"), ("x.py", 4)),
        ("日历", "月", ("x.py", 5)),
    ]


def test_marked_texts_of_a_template_are_found_as_django_looks_them_up(tmp_path, settings):
    assert extract(tmp_path, settings, "x.html", TEMPLATE) == [
        (None, "联系", ("x.html", 2)),
        (None, "还剩 %(n)s 天", ("x.html", 2)),
        (None, ("%(n)s 天", "%(n)s 日"), ("x.html", 5)),
        ("开关", "开", ("x.html", 6)),
        (None, "逾期", ("x.html", 6)),
        (None, "无", ("x.html", 6)),
    ]


@pytest.mark.parametrize(
    ("translation", "flags", "fault"),
    [
        ("%(n)s days left", (), None),
        ("", (), "x.py:1: not translated: '剩 %(n)s 天'"),
        ("%(n)s days left", ("fuzzy",), "x.py:1: fuzzy: '剩 %(n)s 天'"),
        ("%(m)s days left", (), "x.py:1: unknown named placeholder 'm': '剩 %(n)s 天'"),
    ],
)
def test_a_translation_must_be_there_sure_and_have_the_same_placeholders(translation, flags, fault):
    catalog = Catalog("en")
    catalog.add("剩 %(n)s 天", translation, flags=flags)
    assert faults(catalog, [Text(None, ("剩 %(n)s 天",), ("x.py", 1))]) == ([fault] if fault else [])


def test_a_missing_and_a_left_over_translation_are_faults():
    catalog = Catalog("en")
    catalog.add("旧", "old")
    assert faults(catalog, [Text(None, ("新",), ("x.py", 1)), Text(None, ("新",), ("x.py", 9))]) == [
        "x.py:9: not in the catalogue: '新'",
        "no longer in the code: '旧'",
    ]


def test_every_plural_form_must_be_translated():
    catalog = Catalog("en")
    catalog.add(("天", "日"), ("day", ""))
    assert faults(catalog, [Text(None, ("天", "日"), ("x.py", 1))]) == ["x.py:1: not translated: '天'"]


def test_update_adds_new_texts_keeps_translations_and_drops_the_rest(tmp_path):
    path = tmp_path / "en" / "django.po"
    update_catalog(path, "en", [Text(None, ("留",), ("x.py", 1)), Text(None, ("去",), ("x.py", 2))])
    path.write_text(path.read_text().replace('msgid "留"\nmsgstr ""', 'msgid "留"\nmsgstr "stay"'))
    update_catalog(path, "en", [Text(None, ("留",), ("x.py", 1)), Text(None, ("来",), ("x.py", 2))])
    catalog = read_catalog(path, "en")
    assert {message.id: message.string for message in catalog if message.id} == {"留": "stay", "来": ""}
    assert not catalog.obsolete
    assert not catalog.fuzzy
