"""Tags and filters of `{% load ld %}`: what they write, to the character."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.utils.translation import override

from config.templatetags import ld


def test_an_icon_is_decoration_drawn_from_the_one_sprite():
    assert ld.icon("hourglass-split") == (
        '<svg class="ld-i" aria-hidden="true" focusable="false">'
        '<use href="/static/vendor/icons.svg#i-hourglass-split"/></svg>'
    )


def test_an_icon_name_cannot_break_out_of_its_attribute():
    assert '"><script>' not in ld.icon('x"><script>')


@pytest.mark.parametrize(
    ("arguments", "css", "width"),
    [
        ((73,), "ld-bar", "73"),
        ((181, 187), "ld-bar", "96.8"),
        ((1, 3, "two"), "ld-bar two", "33.3"),
        ((None,), "ld-bar", "0"),
        ((5, 0), "ld-bar", "0"),
        ((120,), "ld-bar", "100"),
        ((-2, 15), "ld-bar", "0"),
    ],
)
def test_a_bar_is_as_wide_as_its_share_and_never_wider_than_its_frame(arguments, css, width):
    assert ld.bar(*arguments) == (
        f'<svg class="{css}" aria-hidden="true" focusable="false"><rect width="{width}%" height="100%" rx="3"/></svg>'
    )


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (181, 187, "96.8"),
        (274, 436, "62.8"),
        (1, 16, "6.3"),
        (4, 4, "100.0"),
        (0, 7, "0.0"),
        (0, 0, "—"),
        (3, None, "—"),
    ],
)
def test_a_rate_has_one_decimal_rounded_half_up_and_is_a_dash_when_there_is_nothing_to_measure(
    numerator, denominator, text
):
    assert ld.percent(numerator, denominator) == text


def test_dates_are_written_as_the_language_writes_them():
    day = date(2026, 10, 5)
    with override("zh-hans"):
        assert [ld.zh_date(day), ld.weekday(day), ld.weekday_short(day)] == ["2026年10月5日", "星期一", "周一"]
    with override("en"):
        assert [ld.zh_date(day), ld.weekday(day), ld.weekday_short(day)] == ["5 Oct 2026", "Monday", "Mon"]


def test_the_year_is_left_out_only_while_it_is_this_year():
    with override("zh-hans"):
        assert ld.zh_day(date(2026, 1, 1)) == "1月1日"
        assert ld.zh_day(date(2025, 12, 31)) == "2025年12月31日"


def test_an_instant_is_shown_in_shanghai_time():
    just_past_midnight = datetime(2026, 10, 14, 16, 20, tzinfo=UTC)
    with override("zh-hans"):
        assert ld.moment(just_past_midnight) == "10月15日 00:20"
        assert ld.zh_date(just_past_midnight) == "2026年10月15日"
        assert ld.weekday_short(just_past_midnight) == "周四"


@pytest.mark.parametrize("written", [ld.zh_date, ld.zh_day, ld.moment, ld.weekday, ld.weekday_short])
def test_no_date_is_a_dash(written):
    assert written(None) == "—"


class PlanForm(forms.Form):
    text = forms.CharField(label="方案", error_messages={"required": "请写下方案。"})
    mode = forms.ChoiceField(
        label="方式", choices=[("a", "上门")], widget=forms.RadioSelect, error_messages={"required": "请选方式。"}
    )

    def clean(self) -> None:
        raise forms.ValidationError("这项已经办结。")


def test_the_summary_lists_every_complaint_and_leads_to_its_field():
    assert ld.error_items(PlanForm({})) == [
        ("", "", "这项已经办结。"),
        ("#id_text", "方案", "请写下方案。"),
        ("#id_mode", "方式", "请选方式。"),
    ]


def test_the_summary_reaches_into_formsets_and_lists_of_forms():
    rows = forms.formset_factory(PlanForm, min_num=1)(
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-text": "补齐图纸"}
    )
    items = ld.error_items([PlanForm({"text": "整改", "mode": "a"}), rows])
    assert [(item.href, item.message) for item in items][:2] == [("", "这项已经办结。"), ("", "这项已经办结。")]
    assert items[2].href == "#id_form-0-mode"


def test_a_form_without_errors_has_no_summary():
    assert ld.error_items(PlanForm()) == []
    assert ld.error_items(None) == []


def test_the_errors_of_a_form_with_a_title_say_which_one_it_is():
    form = PlanForm({})
    form.title = "问题 2"  # type: ignore[attr-defined] # what a row of a formset brings with it
    assert {item.label for item in ld.error_items(form) if item.href} == {"问题 2 · 方案", "问题 2 · 方式"}
