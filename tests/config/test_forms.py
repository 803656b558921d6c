"""How forms are drawn: classes, marks and what a screen reader is told."""

from datetime import date

import pytest
from django import forms
from django.utils.translation import override

from config.forms import DayInput, MinuteInput


class VisitForm(forms.Form):
    platform = forms.ChoiceField(label="平台", choices=[("1", "示例·平台")])
    met = forms.CharField(label="见了谁", required=False, help_text="写职务和姓名")
    text = forms.CharField(
        label="谈了什么",
        widget=forms.Textarea(attrs={"class": "tall"}),
        error_messages={"required": "请写一句谈了什么。"},
    )
    mode = forms.ChoiceField(label="方式", choices=[("a", "上门"), ("b", "电话")], widget=forms.RadioSelect)
    needs = forms.MultipleChoiceField(label="需求", choices=[("a", "条件")], widget=forms.CheckboxSelectMultiple)
    told = forms.BooleanField(label="已告知平台")
    token = forms.CharField(widget=forms.HiddenInput)


@pytest.mark.parametrize(
    ("field", "css"),
    [
        ("platform", "form-select"),
        ("met", "form-control"),
        ("text", "tall form-control"),
        ("mode", "ld-pick"),
        ("needs", "form-check-input"),
        ("told", "form-check-input"),
    ],
)
def test_each_kind_of_control_gets_its_class(field, css):
    assert f'class="{css}"' in str(VisitForm()[field])


def test_hidden_fields_have_no_class():
    assert "class=" not in str(VisitForm()["token"])


def test_a_field_with_an_error_says_so_to_eye_and_reader_and_keeps_what_was_typed():
    form = VisitForm({"met": "刘*", "text": " "})
    drawn = form["text"].as_field_group()
    assert 'class="tall form-control is-invalid"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="id_text_error id_text_secret"' in drawn
    assert 'id="id_text_error"' in drawn
    assert "请写一句谈了什么。" in drawn
    assert 'value="刘*"' in form["met"].as_field_group()


def test_only_fields_that_may_stay_empty_are_marked():
    assert "选填" in VisitForm()["met"].as_field_group()
    assert "选填" not in VisitForm()["text"].as_field_group()


def test_the_word_on_secrets_stands_beside_free_text_and_nowhere_else():
    form = VisitForm()
    warned = [field.name for field in form if "涉密信息禁止录入和上传。" in field.as_field_group()]
    assert warned == ["text"]


def test_the_hint_is_named_by_its_control():
    drawn = VisitForm()["met"].as_field_group()
    assert 'aria-describedby="id_met_helptext"' in drawn
    assert 'id="id_met_helptext"' in drawn


def test_radio_buttons_are_one_group_that_the_summary_can_lead_to():
    drawn = VisitForm({})["mode"].as_field_group()
    assert '<fieldset class="ld-field" id="id_mode" aria-describedby="id_mode_error">' in drawn
    assert drawn.count('type="radio"') == 2
    assert '<label for="id_mode_1">电话</label>' in drawn


def test_a_whole_form_writes_its_summary_then_its_fields():
    drawn = str(VisitForm({}))
    assert drawn.index('href="#id_platform"') < drawn.index('id="id_platform"')
    assert drawn.count('role="alert"') == 1


def test_date_pickers_speak_iso_in_every_language():
    class DayForm(forms.Form):
        on = forms.DateField(widget=DayInput, initial=date(2026, 10, 5))
        at = forms.DateTimeField(widget=MinuteInput)

    for language in ("zh-hans", "en"):
        with override(language):
            assert 'type="date"' in str(DayForm()["on"])
            assert 'value="2026-10-05"' in str(DayForm()["on"])
            assert 'value="2026-10-05T09:30"' in str(DayForm({"at": "2026-10-05T09:30"})["at"])
