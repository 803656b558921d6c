"""Finding issues by their words: exactly those that have them, however many there are, and never another's."""

from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from accounts.models import Role
from config.clock import now, today
from config.paging import page_of
from issues import search
from issues.models import Issue, IssueSearch, SolutionPlan
from issues.order import BY_DUE_DATE, NEWEST_FIRST
from issues.search import mentioning, similar_issues
from platforms.search import fold, words_of
from tests.factories import (
    CategoryFactory,
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
    make_issue,
)

pytestmark = pytest.mark.django_db


def found(typed: str) -> list[str]:
    return list(mentioning(Issue.objects.all(), typed).order_by("pk").values_list("text", flat=True))


@pytest.fixture
def write():
    """`write("…", "…")` registers an issue for each text, all on one platform called 示例·甲所."""
    officer = OfficerFactory()
    platform = PlatformFactory(officer=officer, name="示例·甲所", former_names=["示例·旧所"])

    def issues(*texts: str) -> list[Issue]:
        return [make_issue(officer, platform=platform, text=text) for text in texts]

    return issues


@pytest.fixture(params=["collected", "walked"])
def way(request, monkeypatch):
    """Both ways to the same rows: their keys collected from the index, or each row looked at in the list's order."""
    if request.param == "walked":
        monkeypatch.setattr(search, "MANY", 0)
    return request.param


class TestWords:
    @pytest.mark.parametrize(
        ("typed", "texts"),
        [
            ("故障", ["显微镜在夜里故障停机", "又是故障"]),  # in the middle and at the end
            ("显微镜在", ["显微镜在夜里故障停机"]),
            ("故障停", ["显微镜在夜里故障停机"]),
            ("障停机故", []),  # all its pairs stand in one text, but not together
            ("故障，停机", ["先故障，后停机；故障，停机。"]),
            ("故障,停机", ["先故障，后停机；故障，停机。"]),
            ("进场", ["设备一直没有进\n场"]),  # a line broken in the middle
            ("GPU集群", ["三台gpu 集群服务器", "ＧＰＵ集群排队"]),
            ("ｇｐｕ 集群", ["三台gpu 集群服务器", "ＧＰＵ集群排队"]),
            ("Deep learning", ["deep  Learning平台"]),
            ("epl", []),  # a blank between two Latin words stands for something
            ("障", ["显微镜在夜里故障停机", "又是故障", "先故障，后停机；故障，停机。", "停机故障停"]),
            ("镜 停机", ["显微镜在夜里故障停机"]),
            ("停机 镜 没有", []),
            ("50%", ["利用率只有50%左右"]),
            ("5_%", []),
            ("%", ["利用率只有50%左右"]),
            ("a\\b", ["路径是A\\B"]),
            ("O'Neil\"", ["O'Neil\"的引号"]),
            ("''", []),
            ("|&!():*", []),
            ("𠮷野", ["𠮷野家旁边"]),
            ("。", ["先故障，后停机；故障，停机。"]),
            ("…", []),
            ("\u200b", None),
            ("故\u200b障", ["显微镜在夜里故障停机", "又是故障", "先故障，后停机；故障，停机。", "停机故障停"]),
            ("长" * 100, []),
        ],
    )
    def test_are_found_exactly_where_they_stand(self, write, way, typed, texts):
        every = [
            *("显微镜在夜里故障停机", "又是故障", "先故障，后停机；故障，停机。", "停机故障停", "设备一直没有进\n场"),
            *("三台gpu 集群服务器", "ＧＰＵ集群排队", "deep  Learning平台", "利用率只有50%左右", "路径是A\\B"),
            *("O'Neil\"的引号", "𠮷野家旁边"),
        ]
        write(*every)
        expected = every if texts is None else texts
        if typed == "故障":
            expected = ["显微镜在夜里故障停机", "又是故障", "先故障，后停机；故障，停机。", "停机故障停"]
        if typed == "故障停":
            expected = ["显微镜在夜里故障停机", "停机故障停"]
        assert found(typed) == expected

    def test_a_hundred_characters_are_found_among_more(self, write, way):
        text = "".join(chr(0x4E00 + n * 7) for n in range(300))
        write(text, text[:100] + text[101:])
        assert found(text[50:150]) == [text]

    def test_do_not_run_over_from_one_part_into_the_next(self, write, way):
        (issue,) = write("仪器故")
        Issue.objects.filter(pk=issue.pk).update(reply="障碍已经排除")
        assert found("故障") == []
        assert found("障碍") == ["仪器故"]
        assert found(f"{issue.number}仪器") == []

    def test_of_the_number_whole_or_in_part(self, write, way):
        first, second = write("一", "二")
        assert found(first.number) == ["一"]
        assert found(second.number[-3:]) == ["二"]
        assert found(first.number[:5]) == ["一", "二"]

    def test_of_the_platform_by_each_of_its_names_and_at_once_after_a_rename(self, write, way):
        (issue,) = write("设备故障")
        other = make_issue(text="别处的设备故障")
        assert found("甲所") == found("旧所") == ["设备故障"]
        assert found("甲所 故障") == ["设备故障"]
        assert found("甲所 别处") == []
        assert found("示例 故障") == ["设备故障", "别处的设备故障"]
        issue.platform.name = "示例·ＮＥＷ所"
        issue.platform.save(update_fields=["name"])
        assert found("new所") == ["设备故障"]
        assert found("甲所") == []
        assert other.platform != issue.platform


# Few characters, so that hits are frequent; each of them has its trouble.
LETTERS = "故障设备，。ａAb ０1\n%_\\'\"&|!:*()-＿é\u3000\u200b"


# Latin, Chinese and its punctuation, half and full width. Further on a letter or two is cased otherwise by a database.
BLOCKS = [
    st.characters(min_codepoint=low, max_codepoint=high)
    for low, high in ((0x20, 0xFF), (0x3000, 0x303F), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF))
]


class TestAgreement:
    @settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(texts=st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=6), typed=st.text(LETTERS))
    def test_with_python_over_random_texts(self, write_once, texts, typed):
        issues = write_once(len(texts))
        for issue, text in zip(issues, texts, strict=True):
            Issue.objects.filter(pk=issue.pk).update(text=text)
        issues = Issue.objects.filter(pk__in=[issue.pk for issue in issues])
        expected = {
            issue.pk
            for issue in issues
            if all(
                any(fold(word) in part for part in (issue.number, fold(issue.text), fold(issue.platform.name)))
                for word in words_of(typed)
            )
        }
        assert set(mentioning(issues, typed).values_list("pk", flat=True)) == expected

    @settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(text=st.text(st.one_of(st.sampled_from(LETTERS), *BLOCKS)))
    def test_of_both_folds(self, db, text):
        with connection.cursor() as cursor:
            cursor.execute("SELECT search_fold(%s)", [text])
            assert cursor.fetchone() == (fold(text),)

    @pytest.fixture
    def write_once(self, write):
        made: list[Issue] = []

        def issues(count: int) -> list[Issue]:
            while len(made) < count:
                made.extend(write("空"))
            return made[:count]

        return issues


class TestWhatIsKept:
    def kept(self, issue: Issue) -> tuple[str, str]:
        row = IssueSearch.objects.get(pk=issue.pk)
        return row.said, row.planned

    def test_follows_text_reply_and_plan_whoever_writes_them(self, write):
        (issue,) = write("进 场")
        assert self.kept(issue) == (f"{issue.number}\n进场\n\n", "")
        Issue.objects.filter(pk=issue.pk).update(reply="已 答复")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE issues_issue SET text = 'ＡＢ' WHERE id = %s", [issue.pk])
        plan = SolutionPlan.objects.create(
            issue=issue, text="分 批", unit=issue.lead_unit, person="周工", promised_on=today(),
            first_promised_on=today(), told_platform_on=today(), created_by=issue.handler, created_at=now(),
        )  # fmt: skip
        assert self.kept(issue) == (f"{issue.number}\nab\n已答复\n", "分批")
        assert found("分批") == ["ＡＢ"]
        SolutionPlan.objects.filter(pk=plan.pk).update(text="一次")
        assert (found("分批"), found("一次")) == ([], ["ＡＢ"])
        SolutionPlan.objects.all().delete()
        assert self.kept(issue) == (f"{issue.number}\nab\n已答复\n", "")

    def test_is_not_written_again_by_a_move(self, write):
        (issue,) = write("设备")
        with connection.cursor() as cursor:
            cursor.execute("SELECT xmin::text, ctid::text FROM issues_issuesearch WHERE issue_id = %s", [issue.pk])
            before = cursor.fetchone()
            Issue.objects.filter(pk=issue.pk).update(needs_review=True, updated_at="2026-10-16T00:00Z")
            Issue.objects.get(pk=issue.pk).save()
            cursor.execute("SELECT xmin::text, ctid::text FROM issues_issuesearch WHERE issue_id = %s", [issue.pk])
            assert cursor.fetchone() == before


class TestScope:
    def test_an_outsider_finds_nothing_by_text_number_or_platform(self, write):
        (issue,) = write("设备故障")
        mine = make_issue(text="我的设备故障")
        rows = Issue.objects.visible_to(mine.officer.user)
        for typed in ("故障", "设备", "示例"):
            assert list(mentioning(rows, typed)) == [mine]
        for typed in (issue.number, "甲所", "故障 甲所", "备故障 甲"):
            assert list(mentioning(rows, typed)) == []

    def test_page_api_and_export_answer_alike(self, write, sign_in, way):
        first, second, third = write("仪器故障", "与此无关", "故障又来了")
        make_issue(text="别人的故障")
        reader = sign_in(first.officer.user)
        numbers = [third.number, first.number]
        page = reader.get("/issues/?q=故障")
        assert [row["number"] for row in page.context["rows"]] == numbers
        assert [row["number"] for row in reader.get("/api/v1/issues/?q=故障").json()["results"]] == numbers
        sheet: Any = load_workbook(BytesIO(b"".join(reader.get("/issues/export/?q=故障").streaming_content))).active
        assert [row[1] for row in sheet.iter_rows(min_row=4, values_only=True)] == numbers
        assert second.number not in page.content.decode()

    @pytest.mark.parametrize(
        "typed", ["%", "_", "\\", "'", '"', "%00", "%25%25", "\\'", "a'b\"c", "：*|&!", "…", "　", "长" * 100, "\ud800"]
    )
    def test_no_query_breaks_a_list(self, write, sign_in, typed):
        (issue,) = write("设备故障")
        reader = sign_in(issue.officer.user)
        typed = typed.encode("utf-8", "surrogatepass").decode("latin-1") if typed == "\ud800" else typed
        for path in ("/issues/", "/api/v1/issues/", "/issues/export/"):
            assert reader.get(f"{path}?q={typed}").status_code in (200, 302, 400, 422)


class TestPaging:
    @pytest.mark.parametrize("order", [NEWEST_FIRST, BY_DUE_DATE])
    def test_every_hit_comes_once_in_order(self, write, way, order):
        write(*("故障" if n % 3 else "别的" for n in range(16)))
        make_issue(text="当场故障", tier="A")
        rows = mentioning(Issue.objects.all(), "故障")
        expected = list(rows.order_by(*order))
        assert len(expected) == 11
        pages = [page_of(rows, order, size=4)]
        while pages[-1].next_cursor:
            pages.append(page_of(rows, order, pages[-1].next_cursor, size=4))
        assert [row for page in pages for row in page] == expected
        back = page_of(rows, order, pages[-1].previous_cursor, size=4)
        assert list(back) == list(pages[-2])

    def test_a_word_in_more_rows_than_are_sorted_is_walked_for(self, write, monkeypatch):
        monkeypatch.setattr(search, "MOST_SORTED", 3)
        write(*["设备故障"] * 3, "设备")
        with CaptureQueriesContext(connection) as few:
            assert found("故障") == ["设备故障"] * 3
        assert "ANY" in few[-1]["sql"]
        with CaptureQueriesContext(connection) as many:
            assert found("设备") == [*["设备故障"] * 3, "设备"]
        assert "strpos" in many[-1]["sql"]
        assert "ANY" not in many[-1]["sql"]

    def test_a_word_of_most_new_issues_is_not_collected(self, write, monkeypatch):
        monkeypatch.setattr(search, "MANY", 2)
        write("设备", "设备故障")
        with CaptureQueriesContext(connection) as run:
            assert found("设备") == ["设备", "设备故障"]
        assert "ANY" not in run[-1]["sql"]

    def test_the_index_is_there_to_be_used(self, write):
        write("设备故障")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            for word in ("故障", "故", "设备故障"):
                statement = "SELECT issue_id FROM issues_issuesearch WHERE pairs @@ search_query(search_fold(%s))"
                cursor.execute(f"EXPLAIN {statement}", [word])
                assert "issue_search_pairs" in "".join(line for (line,) in cursor.fetchall())
                cursor.execute(statement, [word])
                assert len(cursor.fetchall()) == 1

    def test_one_word_costs_one_statement_more_than_the_list(self, write, django_assert_num_queries):
        write("设备故障")
        with django_assert_num_queries(2):
            assert len(mentioning(Issue.objects.all(), "故障")) == 1
        with django_assert_num_queries(1):
            assert len(mentioning(Issue.objects.all(), "没有的")) == 0
        with django_assert_num_queries(2):
            assert len(mentioning(Issue.objects.all(), "甲所")) == 1


class TestPage:
    LONG = (
        "实验楼改造以后消防验收一直没有通过。"
        + "中间还有别的许多事情要办，" * 8
        + "去年起离子源经常故障，厂家说要换整机。后面还有。"
    )

    def page(self, reader, typed: str, more: str = "") -> str:
        return " ".join(reader.get(f"/issues/?q={typed}{more}").content.decode().split())

    def test_marks_the_hits_and_keeps_what_was_typed(self, write, sign_in):
        (issue,) = write("ＧＰＵ 集群<b>故障，又故障")
        html = self.page(sign_in(issue.officer.user), "gpu集群 故障")
        assert "<mark>ＧＰＵ 集群</mark>&lt;b&gt;<mark>故障</mark>，又<mark>故障</mark>" in html
        assert 'value="gpu集群 故障"' in html
        assert "<mark>甲所</mark>" in self.page(sign_in(issue.officer.user), "甲所")
        assert f"<mark>{issue.number}</mark>" in self.page(sign_in(issue.officer.user), issue.number)

    def test_shows_the_sentence_around_a_hit_further_on(self, write, sign_in):
        (issue,) = write(self.LONG)
        reader = sign_in(issue.officer.user)
        assert ">…去年起离子源经常<mark>故障</mark>，厂家说要换整机。后面还有。</a>" in self.page(reader, "故障")
        assert ">实验楼改造以后<mark>消防</mark>验收一直没有通过。" in self.page(reader, "消防")

    def test_shows_where_else_a_word_stands(self, write, sign_in):
        (issue,) = write("设备进不了场")
        Issue.objects.filter(pk=issue.pk).update(reply="已请物业在周六开放货梯。")
        reader = sign_in(issue.officer.user)
        assert "答复：已请物业在周六开放<mark>货梯</mark>。" in self.page(reader, "货梯")
        assert "答复：" not in self.page(reader, "设备")
        assert "曾用名：示例·<mark>旧所</mark>" in self.page(reader, "旧所")

    def test_says_what_to_try_when_nothing_is_found(self, write, sign_in):
        (issue,) = write("设备故障")
        reader = sign_in(issue.officer.user)
        nothing = self.page(reader, "飞机<i>")
        assert "没有找到“飞机&lt;i&gt;”" in nothing
        assert "可以少写几个字或换个说法" in nothing
        assert "可以只留最要紧的一个词" in self.page(reader, "飞机 设备")
        filtered = self.page(reader, "故障", "&tier=D")
        assert "去掉它们可能就有了" in filtered
        assert 'href="/issues/?q=%E6%95%85%E9%9A%9C"' in filtered


class TestSimilar:
    @pytest.fixture
    def reader(self, bureau_staff):
        return bureau_staff

    def test_come_by_shared_words_the_own_platform_or_category_first(self, write, reader):
        asked, same = write("扫描电镜的离子源老化，故障停机", "离子源老化后扫描电镜停用")
        elsewhere = CategoryFactory(code="OTHER", name="其他")
        near = make_issue(text="扫描电镜的离子源老化，又故障停机了", category=elsewhere)
        far = make_issue(text="人才公寓申请迟迟没有答复", category=elsewhere)
        assert similar_issues(asked, reader) == [same, near]
        assert similar_issues(asked, reader, limit=1) == [same]
        assert far not in similar_issues(asked, reader)

    def test_are_only_what_the_reader_may_see(self, write):
        asked, same = write("扫描电镜的离子源老化", "离子源老化，扫描电镜停用")
        other = make_issue(text="扫描电镜的离子源老化")
        assert similar_issues(asked, asked.officer.user) == [same]
        assert similar_issues(asked, other.officer.user) == [other]
        nobody = UserFactory(role=Role.API_CLIENT, unit=UnitFactory())
        assert similar_issues(asked, nobody) == []
        assert similar_issues(asked, PlatformContactFactory().user or UserFactory(role=Role.PLATFORM_CONTACT)) == []

    def test_leave_out_itself_and_what_was_withdrawn(self, write, reader):
        asked, same = write("扫描电镜的离子源老化", "离子源老化，扫描电镜停用")
        Issue.objects.filter(pk=same.pk).update(state="withdrawn", clock_due_on=None, nearing_on=None)
        assert similar_issues(asked, reader) == []

    def test_are_found_before_the_issue_is_saved(self, write, reader):
        asked, same = write("扫描电镜的离子源老化", "离子源老化，扫描电镜停用")
        draft = Issue(text=asked.text, platform=asked.platform, category=asked.category)
        assert set(similar_issues(draft, reader)) == {asked, same}

    def test_cost_two_statements_and_pass_over_common_pairs(self, write, reader, django_assert_num_queries):
        asked, *_others = write("扫描电镜的离子源老化", *["扫描电镜停用"] * 40)
        with django_assert_num_queries(2):
            assert len(similar_issues(asked, reader, limit=50)) == 40
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE issues_issuesearch")
        with django_assert_num_queries(1):
            assert similar_issues(asked, reader) == []  # what forty of forty-one have says nothing
