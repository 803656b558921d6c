"""What the page of a move names before it is made: the suggested tier, the days that follow, who decides, who may."""

from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.clock import frozen, today
from issues.models import FollowUp, Issue, Rating
from issues.services import follow_up, rate
from tests.factories import UnitFactory, make_issue
from tests.issues.acts import fresh, head_of, in_hand
from tests.issues.cast import Cast, confirmed, in_hands, make_cast, raised, referred

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def text(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def facts(answer: Any) -> dict[str, Any]:
    return {str(fact.label): fact.day or str(fact.words) for fact in answer.context["facts"]}


def url_of(issue: Issue, what: str) -> str:
    return f"/issues/{issue.number}/{what}/"


class TestGrading:
    GRADE = {"nature": "cross_unit", "urgency": "normal", "importance": "ordinary", "tier": "C"}

    def test_each_tier_says_its_term_and_last_day_from_the_day_it_was_raised(self, cast, sign_in):
        issue = raised(cast, "")
        with frozen("2026-10-20T09:00"):
            html = text(sign_in(cast.liaison).get(url_of(issue, "grade")))
        for words in ("10 个工作日，最迟 10月29日", "15 个工作日，最迟 11月5日", "30 个工作日，最迟 11月26日"):
            assert words in html, words
        assert "按性质建议" not in html

    def test_the_suggestion_follows_the_three_selects(self, cast, sign_in):
        issue, client = raised(cast, ""), sign_in(cast.liaison)
        assert 'hx-get="/issues/suggested-tier/"' in client.get(url_of(issue, "grade")).content.decode()
        ask = {"nature": "cross_unit", "urgency": "urgent", "importance": "major"}
        assert text(client.get("/issues/suggested-tier/", ask)) == "按性质建议 D 类（市级调度），可改"
        assert (
            text(client.get("/issues/suggested-tier/", {**ask, "urgency": "x"}))
            == "按性质建议 C 类（跨部门协调），可改"
        )
        assert text(client.get("/issues/suggested-tier/")) == ""

    def test_the_nature_is_asked_for_and_the_suggestion_stays_on_the_page(self, cast, sign_in):
        issue, client = raised(cast, ""), sign_in(cast.liaison)
        answer = client.post(url_of(issue, "grade"), {**self.GRADE, "nature": ""})
        assert (answer.status_code, answer.context["form"].errors) == (
            422,
            {"nature": ["请选择性质，由它得出建议的类别。"]},
        )
        differs = client.post(url_of(issue, "grade"), {**self.GRADE, "tier": "D"})
        assert differs.status_code == 422
        assert "按性质建议 C 类（跨部门协调），可改" in text(differs)
        assert client.post(url_of(issue, "grade"), self.GRADE).status_code == 302
        assert (fresh(issue).tier, fresh(issue).nature) == ("C", "cross_unit")


class TestReferring:
    def test_the_days_are_named_before_anything_is_confirmed(self, cast, sign_in):
        answer = sign_in(cast.office).get(url_of(raised(cast, "C"), "refer"))
        assert facts(answer) == {
            "处置到期日": date(2026, 11, 5),
            "签收期限": date(2026, 10, 16),
            "协办答复": date(2026, 10, 20),
        }
        html = text(answer)
        assert "2026-11-05 星期四" in html
        assert "交办不改变" in html

    def test_supporting_units_are_boxes_of_those_that_take_the_tier_by_name(self, cast, sign_in):
        for code, name in (("Z", "自来水公司"), ("A", "安监局"), ("M", "民政局")):
            UnitFactory(code=code, name=name, takes_tiers=["C"])
        UnitFactory(code="N", name="不接C类", takes_tiers=["B"])
        issue, client = raised(cast, "C"), sign_in(cast.office)
        answer = client.get(url_of(issue, "refer"))
        names = [label for _value, label in answer.context["form"].fields["supports"].choices]
        assert [name for name in names if not name.isascii()] == ["安监局", "民政局", "自来水公司"]
        html = answer.content.decode()
        assert html.count('type="checkbox" name="supports"') == len(names)
        assert "Ctrl" not in html
        assert "data-ld-long" in html
        assert 'data-ld-choices="按名称筛选"' in html
        assert 'src="/static/js/choices' in html
        sent = {"unit": cast.lead.pk, "supports": [cast.support.pk, cast.other.pk], "note": ""}
        assert client.post(url_of(issue, "refer"), sent).status_code == 302
        assert {part.unit for part in issue.supports.all()} == {cast.support, cast.other}

    def test_many_units_cost_no_more_statements(self, cast, sign_in):
        issue, client = raised(cast, "C"), sign_in(cast.office)
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                client.get(url_of(issue, "refer"))
            counts.append(len(queries))
            for _n in range(30):
                UnitFactory(takes_tiers=["C"])
        assert counts[0] == counts[1]


class TestReturning:
    def test_a_unit_is_suggested_and_the_decision_names_it(self, cast, sign_in):
        issue, client = referred(cast, "C"), sign_in(cast.lead_head)
        asked = client.get(url_of(issue, "return"))
        assert facts(asked) == {
            "最迟退回": date(2026, 10, 19),
            "由谁裁定": "市委科技办",
            "处置到期日": date(2026, 11, 5),
        }
        answer = client.post(url_of(issue, "return"), {"reason": "不归我们管。"})
        assert (answer.status_code, answer.context["form"].errors) == (
            422,
            {"suggested_unit": ["请选择建议由哪个单位办。"]},
        )
        sent = {"reason": "不归我们管。", "suggested_unit": cast.other.pk}
        assert client.post(url_of(issue, "return"), sent).status_code == 302
        page = sign_in(cast.office).get(url_of(issue, "reassign"))
        assert facts(page) == {
            "退回理由": "lead：不归我们管。",
            "建议单位": "other",
            "裁定期限": date(2026, 10, 16),
            "处置到期日": date(2026, 11, 5),
            "签收期限": date(2026, 10, 16),
        }
        html = text(page)
        assert "已选上退回单位建议的other；选lead即驳回退回。" in html
        assert f'<option value="{cast.other.pk}" selected>other</option>' in html

    def test_the_home_units_head_decides_about_b(self, cast, sign_in):
        assert facts(sign_in(cast.lead_head).get(url_of(referred(cast, "B"), "return")))["由谁裁定"] == "home负责人"


class TestExtending:
    def test_the_dates_who_approves_and_who_is_told_are_named(self, cast, sign_in):
        head = head_of(cast.home)
        answer = sign_in(cast.liaison).get(url_of(raised(cast, "B"), "extend"))
        assert facts(answer) == {
            "处置到期日": date(2026, 10, 29),
            "最迟可延到": date(2026, 11, 12),
            "由谁审批": f"home{cast.home_head.name}或{head.name}",
            "告知平台": "批准后，系统把新的到期日告知平台。",
        }

    def test_the_latest_day_is_the_last_that_is_taken(self, cast, sign_in):
        client, issue = sign_in(cast.liaison), raised(cast, "B")
        for day, status in (("2026-11-13", 422), ("2026-11-12", 200)):
            assert client.get(f"{url_of(issue, 'extend')}dates/?until={day}").status_code == status


class TestSuspending:
    def test_both_dates_the_latest_review_and_who_approves_are_named(self, cast, sign_in):
        issue = raised(cast, "B")
        answer = sign_in(cast.liaison).get(url_of(issue, "suspend"))
        assert facts(answer) == {
            "现到期日": issue.clock_due_on,
            "新到期日": "恢复计时那天才能算出：停了几个工作日，就顺延几个工作日。",
            "最迟复查": today() + timedelta(days=92),
            "由谁审批": f"市委科技办{cast.people['office'].name}",
        }


class TestChangingTheTier:
    @pytest.mark.parametrize(
        ("tier", "who"),
        [
            ("C", "联点单位负责人、市委科技办或市科技局；调为D类的，由市委科技办或市科技局审批。"),
            ("D", "市委科技办或市科技局"),
        ],
    )
    def test_who_approves_is_named(self, cast, sign_in, tier, who):
        issue = in_hand(raised(cast, tier))
        assert facts(sign_in(issue.handler).get(url_of(issue, "tier")))["由谁审批"] == who


class TestMerging:
    def test_the_other_issue_is_looked_at_before_it_takes_this_one_in(self, cast, sign_in):
        issue, other = raised(cast, "B"), make_issue(text="同一件事，另一家平台说的。")
        client, url = sign_in(cast.office), url_of(issue, "merge")
        first = client.post(url, {"target": other.number, "reason": "同一件事"})
        assert (first.status_code, fresh(issue).state) == (200, "accepted")
        assert "同一件事，另一家平台说的。" in text(first)
        assert f'name="shown" value="{other.number}"' in text(first)
        third = raised(cast, "B")
        assert client.post(url, {"target": third.number, "shown": other.number}).status_code == 200
        assert client.post(url, {"target": other.number, "shown": other.number}).status_code == 302
        assert fresh(issue).merged_into == other

    def test_what_cannot_take_it_in_is_refused_at_once(self, cast, sign_in):
        issue, done = raised(cast, "B"), make_issue(tier="A")
        for target in (issue, done):
            answer = sign_in(cast.office).post(url_of(issue, "merge"), {"target": target.number})
            assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["target"])


class TestResolving:
    def test_the_platforms_word_is_asked_of_those_alone_who_may_record_it(self, cast, sign_in):
        issue = in_hand(raised(cast, "C"))
        client = sign_in(issue.handler)
        assert "is_confirmed_solved" not in client.get(url_of(issue, "resolve")).content.decode()
        sent = {"result": "solved", "reply": "好了。", "is_confirmed_solved": "on"}
        answer = client.post(url_of(issue, "resolve"), sent)
        assert answer.status_code == 422
        assert answer.context["form"].errors == {"is_confirmed_solved": ["平台认可由平台或联点干部来记，请先办结。"]}
        own = sign_in(cast.liaison).get(url_of(make_issue(cast.officer, platform=cast.platform), "resolve"))
        assert 'name="is_confirmed_solved"' in own.content.decode()


def test_a_reminder_says_what_is_asked_for(cast, sign_in):
    issue, client = in_hands(cast, "C"), sign_in(cast.office)
    answer = client.post(url_of(issue, "remind"), {"text": " "})
    assert (answer.status_code, answer.context["form"].errors) == (422, {"text": ["请写明催什么。"]})
    assert client.post(url_of(issue, "remind"), {"text": "请抓紧。"}).status_code == 302


class TestWhatPlatformsSaid:
    """R44: single ratings and the call are the commission office's to read."""

    def test_the_commission_office_reads_rating_and_call(self, cast, sign_in):
        issue = confirmed(cast, "C")
        rate(issue, service=2, result=1, actor=cast.contact)
        client = sign_in(cast.office)
        html = text(client.get(issue.get_absolute_url()))
        for words in ("第1次办理的评价", "不满意", "非常不满意", "评价不满意", "2026-10-16 星期五", "还没有回访"):
            assert words in html, words
        follow_up(issue, is_true=True, words="王工说确实修好了。", actor=cast.office)
        html = text(client.get(issue.get_absolute_url()))
        for words in ("属实", "王工说确实修好了。", f"<dd>{cast.office.name} "):
            assert words in html, words

    def test_nobody_else_does(self, cast, sign_in):
        issue = confirmed(cast, "C")
        rate(issue, service=2, result=1, actor=cast.contact)
        assert (Rating.objects.count(), FollowUp.objects.count()) == (1, 1)
        for name in ("liaison", "lead_head", "home_head", "bureau", "leader"):
            page = sign_in(cast.people[name]).get(issue.get_absolute_url())
            assert (page.context["ratings"], page.context["follow_up"]) == ([], None)
            assert "评价与回访" not in page.content.decode()
            assert "非常不满意" not in page.content.decode()
