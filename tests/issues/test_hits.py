"""What is marked in a text, and which part of it is shown."""

import pytest

from issues.hits import excerpt, mark, spans


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("设备故障，又故障", ["故障"], ["故障", "故障"]),
        ("ＧＰＵ 集群", ["gpu集群"], ["ＧＰＵ 集群"]),
        ("进\n 场", ["进场"], ["进\n 场"]),
        ("deep  Learning", ["learning"], ["Learning"]),
        ("故\u200b障", ["故障"], ["故\u200b障"]),
        ("ｶﾞｽ管道", ["ガス"], ["ｶﾞｽ"]),
        ("e\u0301cole", ["École"], ["e\u0301cole"]),
        ("面积50㎡。", ["50m2"], ["50㎡"]),
        ("面积50㎡。", ["m"], ["㎡"]),
        ("故障停机", ["故障停", "停机"], ["故障停机"]),
        ("停机停机", ["停机停"], ["停机停"]),
        ("没有", ["故障"], []),
        ("", ["故障"], []),
        ("故障", [], []),
    ],
)
def test_spans_are_what_was_typed(text, words, marked):
    assert [text[first:last] for first, last in spans(text, words)] == marked


def test_marks_are_html_and_the_rest_is_text():
    assert mark("<b>故障&故障</b>", ["故障"]) == "&lt;b&gt;<mark>故障</mark>&amp;<mark>故障</mark>&lt;/b&gt;"
    assert mark("<b>", []) == "&lt;b&gt;"


class TestExcerpt:
    def test_is_the_text_where_it_fits(self):
        assert excerpt("设备故障了", ["故障"], 5) == "设备<mark>故障</mark>了"
        assert excerpt("设备故障了", [], 5) == "设备故障了"

    def test_is_its_beginning_where_nothing_is_searched_for_or_the_hit_is_there(self):
        assert excerpt("设备故障停机多日", [], 5) == "设备故障…"
        assert excerpt("设备故障停机多日", ["设备"], 5) == "<mark>设备</mark>故障…"

    def test_begins_with_the_sentence_of_the_hit(self):
        text = "前" * 40 + "。已经三个月，离子源故障停机。" + "后" * 40
        assert excerpt(text, ["故障"], 30) == "…已经三个月，离子源<mark>故障</mark>停机。" + "后" * 14 + "…"

    def test_begins_with_the_clause_where_the_sentence_is_long(self):
        assert excerpt("前" * 40 + "，离子源故障停机", ["故障"], 20) == "…离子源<mark>故障</mark>停机"

    def test_begins_a_little_before_the_hit_where_nothing_ends(self):
        assert excerpt("前" * 90 + "故障" + "后" * 90, ["故障"], 60) == f"…{'前' * 24}<mark>故障</mark>{'后' * 32}…"

    def test_begins_so_that_the_hit_is_in_sight(self):
        text = "验收一直没有通过，设备仍旧在仓库里放着，下周会有故障。后面还有。"
        assert excerpt(text, ["故障"], 90) == text.replace("故障", "<mark>故障</mark>")
        assert excerpt(text, ["故障"], 90, 20) == "…下周会有<mark>故障</mark>。后面还有。"
        assert excerpt(text, ["设备"], 90, 20) == text.replace("设备", "<mark>设备</mark>")

    @pytest.mark.parametrize("at", [0, 3, 18, 19, 20, 21, 40, 97, 98])
    def test_shows_the_first_hit_whole_and_is_never_longer(self, at):
        text = "字" * at + "故障" + "字" * (98 - at)
        shown = excerpt(text, ["故障"], 20)
        assert "<mark>故障</mark>" in shown
        assert len(shown.replace("<mark>", "").replace("</mark>", "")) <= 20

    def test_a_hit_longer_than_the_excerpt_shows_its_beginning(self):
        assert excerpt("前。" + "长" * 30, ["长" * 30], 10) == f"…<mark>{'长' * 8}</mark>…"
