import pytest
from django.core.exceptions import ValidationError

from config.fields import WordsField


def test_words_are_trimmed_and_line_ends_are_one_character():
    assert WordsField(max_length=5).clean("  一\r\n二\r\n三 ") == "一\n二\n三"


@pytest.mark.parametrize("text", ["实验\x00楼", "实验\ud800楼"])
def test_what_cannot_be_stored_is_refused_once_in_words(text):
    with pytest.raises(ValidationError) as refusal:
        WordsField().clean(text)
    assert refusal.value.messages == ["含有无法保存的字符，请删去后再提交。"]


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200b", "\u202e", "\u3000\n", "\x07"])
def test_what_nobody_can_see_counts_as_nothing(text):
    assert WordsField(required=False).clean(text) == ""
    with pytest.raises(ValidationError) as refusal:
        WordsField().clean(text)
    assert refusal.value.error_list[0].code == "required"


def test_too_many_words_are_counted_for_the_writer_and_not_cut_by_the_browser():
    field = WordsField(max_length=3)
    with pytest.raises(ValidationError) as refusal:
        field.clean("一二三四")
    assert refusal.value.messages == ["最多3个字，现在有4个字。"]
    assert "maxlength" not in field.widget.attrs
