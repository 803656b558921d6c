"""Reading a notice: what the State Council wrote, what people paste, and what contradicts itself."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.workdays.notices import notice_of
from workdays.holiday_notice import MAKE_UP, OFF, WORKING, NoticeDay, parse, read_upload
from workdays.shipped import PUBLISHED, published_days

LIST_STARTS = 7  # the line of 一、元旦 in a whole notice


def refused(text: str, **known: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        parse(text, **known)
    return caught.value.messages


def lines(*rows: str) -> str:
    return "\n".join(rows)


class TestProse:
    @pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
    def test_the_published_notices_give_the_shipped_days(self, year):
        shipped = {day: kept for day, kept in published_days().items() if kept.year_notice == year}
        read = {day.date: day.kind for day in parse(notice_of(year)).days}
        # 元旦 and 端午节 of 2024 "与周末连休", and 31 December 2022 lies before the first shipped year.
        weekends = {day: kind for day, kind in read.items() if day not in shipped}
        assert set(weekends) == ({date(2022, 12, 31)} if year == 2023 else set())
        missing = {day for day in shipped if day not in read}
        assert missing == set() or all(day.weekday() >= 5 for day in missing)
        kinds = {"holiday": OFF, "make_up": MAKE_UP}
        assert {day: read[day] for day in shipped if day in read} == {
            day: kinds[kept.kind] for day, kept in shipped.items() if day in read
        }

    def test_year_number_names_and_lines(self):
        notice = parse(notice_of(2026))
        assert (notice.year, notice.document_number) == (2026, "国办发明电〔2025〕7号")
        days = {day.date: day for day in notice.days}
        assert days[date(2026, 2, 23)] == NoticeDay(date(2026, 2, 23), OFF, "春节", LIST_STARTS + 1)
        assert days[date(2026, 9, 20)] == NoticeDay(date(2026, 9, 20), MAKE_UP, "国庆节", LIST_STARTS + 6)
        assert len(notice.days) == 3 + 1 + 9 + 2 + 3 + 5 + 1 + 3 + 3 + 7 + 2

    def test_a_list_without_its_title_takes_the_year_that_is_filled_in(self):
        text = "一、元旦：1月1日（周五）至3日（周日）放假，共3天。"
        assert parse(text, year=2027).year == 2027
        assert refused(text) == ["第1行：看不出是哪一年的通知，请填写年份。"]

    def test_over_the_new_year_with_and_without_the_years(self):
        dated = parse("一、元旦：2022年12月31日至2023年1月2日放假，共3天。", year=2023)
        plain = parse("一、元旦：12月31日（周六）至1月2日（周一）放假，共3天。", year=2023)
        assert [day.date for day in dated.days] == [day.date for day in plain.days]
        assert dated.days[0].date == date(2022, 12, 31)
        worked = parse("一、元旦：2012年1月1日至3日放假调休，共3天。2011年12月31日（星期六）上班。", year=2012)
        assert worked.days[0] == NoticeDay(date(2011, 12, 31), MAKE_UP, "元旦", 1)

    def test_a_block_over_the_end_of_a_month_goes_on(self):
        notice = parse("二、春节：1月28日（周二）至2月4日（周二）放假，共8天。", year=2025)
        assert [notice.days[0].date, notice.days[-1].date] == [date(2025, 1, 28), date(2025, 2, 4)]

    def test_encouragement_to_rest_on_new_years_eve_is_no_day_off(self):
        assert date(2024, 2, 9) not in {day.date for day in parse(notice_of(2024)).days}

    @pytest.mark.parametrize(
        ("wrong", "instead", "complaint"),
        [
            ("共9天", "共8天", "第8行：春节写的是8天，从日期数出来是9天。"),
            ("1月1日（周四）", "1月1日（周三）", "第7行：2026-01-01是星期四，通知里写的是“周三”。"),
            ("3日（周六）", "3日（星期日）", "第7行：2026-01-03是星期六，通知里写的是“星期日”。"),
            ("1月4日（周日）上班", "1月5日（周一）上班", "第7行：2026-01-05是星期一，本来就上班，不能作调休上班日。"),
            (
                "5月9日（周六）上班",
                "5月2日（周六）上班",
                "第10行：2026-05-02在第10行是另一种安排，同一天不能又放假又上班。",
            ),
            ("6月19日（周五）至21日（周日）", "5月5日（周二）至7日（周四）", "第11行：2026-05-05在第10行已经写过。"),
            ("六、中秋节", "六、清明节", "第12行：“清明节”出现两次，第9行已经安排过。"),
            ("4月4日（周六）", "4月31日", "第9行：“4月31日至6日（周一）”不是有效的日期。"),
            ("6月19日（周五）至21日（周日）放假，共3天", "安排另行通知", "第11行：“端午节”没有读到放假日期。"),
            ("10月1日（周四）至7日（周三）", "10月1日至12月7日", "第13行：从2026-10-01到2026-12-07不像一个假期。"),
        ],
    )
    def test_what_contradicts_itself_or_the_calendar_is_refused_with_its_line(self, wrong, instead, complaint):
        assert complaint in refused(notice_of(2026, replaced=(wrong, instead)))

    def test_two_notices_in_one_text_are_refused(self):
        assert refused(notice_of(2025) + notice_of(2026)) == ["第17行：有两份通知的标题，请一份一份地提交。"]

    def test_another_year_than_the_one_filled_in_is_refused(self):
        assert refused(notice_of(2026), year=2027)[0] == "第1行：这里写的是2026年，不是2027年。"


class TestLines:
    def test_the_shipped_file_reads_itself_year_by_year(self):
        head, *rows = PUBLISHED.read_text(encoding="utf-8-sig").splitlines()
        for year in (2023, 2024, 2025, 2026):
            notice = parse("\n".join([head, *(row for row in rows if row.endswith(f",{year}"))]))
            kinds = {"holiday": OFF, "make_up": MAKE_UP}
            shipped = {d: (kinds[k.kind], k.name) for d, k in published_days().items() if k.year_notice == year}
            assert {day.date: (day.kind, day.name) for day in notice.days} == shipped
            assert notice.year == year

    def test_with_or_without_a_header_in_any_order_with_chinese_commas(self):
        text = lines("2027-01-31，班，春节", "", "2027-01-01,off,元旦", "2027-01-02,working,")
        assert parse(text).days == [
            NoticeDay(date(2027, 1, 1), OFF, "元旦", 3),
            NoticeDay(date(2027, 1, 2), WORKING, "", 4),
            NoticeDay(date(2027, 1, 31), MAKE_UP, "春节", 1),
        ]
        assert parse("date,kind,name\n" + text, year=2027).days[0].line == 4

    @pytest.mark.parametrize(
        ("rows", "complaint"),
        [
            (
                ["2027-01-02,off,元旦", "2027-01-02,make_up,元旦"],
                "第2行：2027-01-02在第1行是另一种安排，同一天不能又放假又上班。",
            ),
            (["2027-01-01,off,元旦", "2027-01-01,off,元旦"], "第2行：2027-01-01在第1行已经写过。"),
            (
                ["2027-01-01,off,元旦", "2027-01-04,make_up,元旦"],
                "第2行：2027-01-04是星期一，本来就上班，不能作调休上班日。",
            ),
            (["2027-01-01,off,元旦", "2027-02-30,off,春节"], "第2行：“2027-02-30”不是日期，请写成 2027-01-01 的样子。"),
            (["2027-01-01,off,元旦", "20270102,off,元旦"], "第2行：“20270102”不是日期，请写成 2027-01-01 的样子。"),
            (["2027-01-01,off,元旦", "date,kind,name"], "第2行：“date”不是日期，请写成 2027-01-01 的样子。"),
            (
                ["2027-01-01,休息,元旦"],
                "第1行：“休息”不是日子的种类。可以写 off（放假）、make_up（调休上班）、working（取消原来的安排）。",
            ),
            (["2027-01-01,off,"], "第1行：请写明是什么假。"),
            (["2027-01-01,off," + "长" * 21], "第1行：名称最多20个字。"),
            (["2027-01-01,off,元旦", "2027-05-03,off,元旦"], "第2行：“元旦”出现两次，第1行已经安排过。"),
            (["2027-01-01,off,元旦", "2027-01-02,off,元旦", "2028-05-01,off,劳动节"], "第3行：2028-05-01不在2027年。"),
            (
                ["2027-01-01,off,元旦,2027", "2027-01-02,off,元旦,2028"],
                "第2行：写了两个年份：第1行是2027年，这里是2028年。一份通知只管一年。",
            ),
            (["2027-01-01,off,元旦,二七"], "第1行：年份“二七”不是四位数。"),
        ],
    )
    def test_what_is_wrong_is_refused_with_its_line(self, rows, complaint):
        assert refused(lines(*rows)) == [complaint]

    def test_days_around_new_year_belong_to_the_notice(self):
        days = parse(lines("2026-12-31,off,元旦", "2027-01-01,off,元旦", "2027-12-31,off,元旦调休"), year=2027).days
        assert [day.date.isoformat() for day in days] == ["2026-12-31", "2027-01-01", "2027-12-31"]
        assert refused("2026-12-24,off,元旦", year=2027) == ["第1行：2026-12-24不在2027年。"]

    def test_all_complaints_are_told_at_once_but_no_flood(self):
        assert len(refused(lines(*["2027-01-01,off,元旦"] * 3))) == 2
        assert len(refused(lines(*["2027-13-01,off,元旦"] * 500))) == 20


class TestBadInput:
    @pytest.mark.parametrize("text", ["", "   \n\t", "\ufeff"])
    def test_nothing_is_no_notice(self, text):
        assert refused(text) == ["通知内容不能为空。"]

    def test_more_than_twenty_thousand_characters(self):
        assert refused("长" * 20_001) == ["通知内容最多20000个字，现在有20001个字。"]

    @pytest.mark.parametrize("text", ["2027-01-01,off,元\x00旦", "\ud800"])
    def test_what_cannot_be_stored(self, text):
        assert refused(text) == ["含有无法保存的字符，请删去后再提交。"]

    @pytest.mark.parametrize("text", ["今天天气很好", "<html>", "一、元旦", '"2027-01-01,off'])
    def test_what_is_no_notice_at_all(self, text):
        assert refused(text, year=2027) == ["第1行：没有读到放假安排，应当是“一、元旦：1月1日至3日放假……”的样子。"]

    @pytest.mark.parametrize("year", [0, -5, 1, 9999, 10**9])
    def test_years_that_nobody_can_mean(self, year):
        assert len(refused("2027-01-01,off,元旦", year=year)) == 1

    def test_an_upload_may_be_utf8_or_gb18030_but_not_binary(self):
        text = "2027-01-01,off,元旦\n"
        assert read_upload(text.encode("utf-8-sig")) == read_upload(text.encode("gb18030")) == text
        for content in (b"PK\x03\x04\x14\x00\x00", b"\x89PNG\r\n\x1a\n", b"%PDF\x00", b"\xff\xff\xff"):
            with pytest.raises(ValidationError, match="不是文本文件"):
                read_upload(content)
