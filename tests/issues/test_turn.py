"""Whose turn it is: the sentence at the head of an issue's page, its main button, and what cannot be done yet."""

from datetime import date

import pytest

from config.clock import frozen
from issues.dossier import Dossier
from issues.levels import Yardstick
from issues.models import HandlingRule, Issue
from issues.queues import Queue, waiting_for
from issues.services import (
    answer_support,
    ask_for_extension,
    ask_for_tier,
    confirm,
    refer,
    reopen,
    resolve,
    supervise,
)
from issues.services.confirming import ask_again
from issues.turn import is_awaited, turn_of
from issues.workflow import Action
from tests.factories import make_issue
from tests.issues.acts import fresh
from tests.issues.cast import BUILT, in_hands, in_state, make_cast, planned, raised, referred, resolved

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def turn(issue: Issue) -> str:
    return turn_of(Dossier(fresh(issue), Yardstick()))


class TestTheSentence:
    @pytest.mark.parametrize(
        ("state", "tier", "sentence"),
        [
            ("registered", "", "等联点干部干部定级"),
            ("graded", "C", "等市委科技办交办；11月5日到期"),
            ("assigned", "C", "等lead签收，10月16日前；等协办单位support答复，10月20日前"),
            ("accepted", "B", "home干部正在办；10月29日到期"),
            ("returned", "B", "等home负责人裁定退回，10月16日前"),
            ("returned", "D", "等市委科技办裁定退回，10月16日前"),
            ("plan_confirmed", "B", "home干部正在按方案办；11月14日到期"),
            ("suspended", "B", "挂账停表，11月14日由市委科技办复查是否恢复计时"),
            ("resolved", "C", "等平台确认；10月22日再问一次；10月29日按未反馈办理"),
            ("confirmed", "B", "等home负责人销号"),
            ("confirmed", "D", "等市委科技办销号"),
            ("closed", "C", ""),
            ("merged", "C", ""),
            ("withdrawn", "C", ""),
        ],
    )
    def test_it_says_what_it_waits_for_from_whom_until_when(self, cast, state, tier, sentence):
        assert turn(in_state(cast, state, tier)) == sentence

    def test_a_day_that_has_passed_is_said_to_have_passed(self, cast):
        issue = referred(cast, "C")
        own = raised(cast, "B")
        with frozen("2026-10-30T09:00"):
            assert turn(issue).startswith("等lead签收，已过10月16日；")
            assert turn(own) == "home干部正在办；10月29日已到期"

    def test_what_else_it_waits_for_stands_beside(self, cast):
        issue = in_hands(cast, "C")
        supervise(issue, text="请说明。", reply_by=date(2026, 10, 20), actor=cast.office)
        ask_for_extension(issue, until=date(2026, 11, 10), reason="等排期。", actor=cast.lead_head)
        assert turn(issue) == "；".join(
            [
                f"lead{cast.lead_head.name}正在办",
                "11月5日到期",
                f"等市委科技办{cast.office.name}审批延期申请",
                "等lead回复督办，10月20日前",
                "等协办单位support答复，10月20日前",
            ]
        )

    def test_many_approvers_are_called_by_their_offices(self, cast):
        issue = in_hands(cast, "C")
        ask_for_tier(issue, tier="D", reason="要市里调度。", actor=cast.lead_head)
        assert "等市委科技办或市科技局审批类别调整申请" in turn(issue)

    def test_the_home_units_head_approves_the_extension_of_b(self, cast):
        issue = raised(cast, "B")
        ask_for_extension(issue, until=date(2026, 11, 5), reason="等排期。", actor=cast.liaison)
        assert turn(issue) == f"home干部正在办；10月29日到期；等home{cast.home_head.name}审批延期申请"

    def test_once_asked_again_the_platform_has_its_days_from_then(self, cast):
        issue = resolved(cast, "B")
        with frozen("2026-10-26T09:00"):
            ask_again(issue)
            assert turn(issue) == "等平台确认；10月26日已再问一次；11月2日按未反馈办理"

    @pytest.mark.parametrize("state", ["registered", "graded"])
    def test_until_it_is_referred_no_unit_leads(self, cast, sign_in, state):
        issue = in_state(cast, state, "" if state == "registered" else "D")
        html = sign_in(cast.liaison).get(issue.get_absolute_url()).content.decode()
        assert "还没有主办单位" in html
        assert "主办 home" not in html
        assert f"{turn(issue)}。" in html

    def test_a_long_text_stands_there_once(self, cast, sign_in):
        issue = raised(cast, "B", text="长" * 90)
        html = sign_in(cast.liaison).get(issue.get_absolute_url()).content.decode()
        assert html.count("长" * 50) == 1


AWAITED = {
    Queue.GRADE: Action.GRADE,
    Queue.REFER: Action.REFER,
    Queue.SIGN: Action.SIGN,
    Queue.RETURN: Action.REASSIGN,
    Queue.SUPPORT: Action.ANSWER_SUPPORT,
    Queue.SUPERVISE: Action.SUPERVISE,
    Queue.SUPERVISION: Action.ANSWER_SUPERVISION,
    Queue.SUSPENSION: Action.RESUME,
    Queue.WORD: Action.CONFIRM,
    Queue.FOLLOW_UP: Action.FOLLOW_UP,
    Queue.CLOSE: Action.CLOSE,
}


class TestWhatWaitsForWhom:
    @pytest.fixture
    def world(self, cast):
        HandlingRule.objects.create(valid_from=date(2026, 1, 1), note="试", follow_up_percent=100, supervised_redos=1)
        for state in BUILT:
            for tier in {"registered": [""], "accepted": "BCD", "resolved": "ABCD", "confirmed": "ABCD"}.get(
                state, "CD"
            ):
                in_state(cast, state, tier)
        supervise(in_hands(cast, "C"), text="请说明。", reply_by=date(2026, 10, 20), actor=cast.office)
        again = resolved(cast, "C")
        reopen(again, reason="没有解决。", actor=cast.office)
        told = resolved(cast, "C")
        supervise(in_hands(cast, "D"), text="请说明。", reply_by=date(2026, 10, 20), actor=cast.office)
        reopen(told, reason="没有解决。", actor=cast.office)
        supervise(told, text="请说明。", reply_by=date(2026, 10, 20), actor=cast.office)
        own = make_issue(cast.officer, platform=cast.platform, tier="D")
        refer(own, unit=self._office_unit(cast), actor=cast.office)

    def _office_unit(self, cast):
        cast.office.unit.kind, cast.office.unit.takes_tiers = "commission_office", ["D"]
        cast.office.unit.save()
        return cast.office.unit

    @pytest.mark.parametrize("at", ["2026-10-15T12:00", "2026-11-20T12:00"])
    def test_the_page_awaits_what_the_queues_hold(self, cast, world, at):
        held = set()
        with frozen(at):
            for name, person in cast.people.items():
                if not person.reads_cases:
                    continue
                for queue, action in AWAITED.items():
                    waiting = set(waiting_for(person, queue).values_list("number", flat=True))
                    awaited = {
                        issue.number
                        for issue in Issue.objects.visible_to(person)
                        if is_awaited(Dossier(issue, Yardstick()), action, person)
                    }
                    assert awaited == waiting, (name, queue)
                    held |= {queue} if waiting else set()
        assert held >= set(AWAITED) - {Queue.SUSPENSION, Queue.FOLLOW_UP}


def main(client, issue: Issue) -> list[str]:
    offers = client.get(issue.get_absolute_url()).context["offers"]
    found = [offer.label for offer in [*offers.shown, *offers.more] if offer.is_main]
    assert found in ([], [offers.shown[0].label] if offers.shown else [])
    return found


class TestTheMainButton:
    def test_where_it_is_somebody_elses_turn_there_is_none(self, cast, sign_in):
        fresh_c, in_hand = raised(cast, "C"), in_hands(cast, "C")
        assert main(sign_in(cast.liaison), fresh_c) == []
        assert main(sign_in(cast.office), in_hand) == []
        assert main(sign_in(cast.liaison), in_hand) == []

    @pytest.mark.parametrize(
        ("state", "tier", "name", "label"),
        [
            ("registered", "", "liaison", "定级"),
            ("graded", "C", "office", "交办"),
            ("assigned", "C", "lead_clerk", "签收"),
            ("assigned", "C", "support_clerk", "答复协办"),
            ("accepted", "B", "liaison", "办结"),
            ("returned", "C", "office", "裁定退回"),
            ("resolved", "C", "liaison", "平台说已解决"),
            ("confirmed", "C", "office", "销号"),
        ],
    )
    def test_it_is_what_the_issue_waits_for(self, cast, sign_in, state, tier, name, label):
        issue = in_state(cast, state, tier)
        client = sign_in(cast.people[name])
        assert main(client, issue) == [label]
        assert client.get(issue.get_absolute_url()).content.decode().count("btn btn-primary") == 1

    def test_a_decision_comes_first(self, cast, sign_in):
        issue = raised(cast, "B")
        ask_for_extension(issue, until=date(2026, 11, 5), reason="等排期。", actor=cast.liaison)
        assert main(sign_in(cast.home_head), issue) == ["审批：申请延期"]


class TestWhyNot:
    def test_a_resolution_that_waits_for_a_supporting_unit_says_so(self, cast, sign_in):
        issue = in_hands(cast, "C")
        client = sign_in(cast.lead_head)
        page = client.get(issue.get_absolute_url())
        assert page.context["offers"].held == ["暂不能办结。还有协办单位没有答复：support。"]
        assert "暂不能办结。还有协办单位没有答复：support。" in page.content.decode()
        assert sign_in(cast.liaison).get(issue.get_absolute_url()).context["offers"].held == []
        assert sign_in(cast.leader).get(issue.get_absolute_url()).context["offers"].held == []
        unsigned = referred(cast, "C")
        assert client.get(unsigned.get_absolute_url()).context["offers"].held == []
        answer_support(issue, answer="没意见。", agrees=True, actor=cast.support_clerk)
        assert client.get(issue.get_absolute_url()).context["offers"].held == []
        assert main(client, issue) == ["办结"]

    def test_whoever_handled_it_learns_why_they_cannot_close(self, cast, sign_in):
        issue = planned(raised(cast, "B"), actor=cast.home_head)
        resolve(issue, result="solved", reply="好了。", actor=cast.home_head)
        head = sign_in(cast.home_head)
        confirm(issue, actor=cast.liaison)
        assert head.get(issue.get_absolute_url()).context["offers"].held == [
            "暂不能销号。自己办理的问题要由另一个人销号。"
        ]

    def test_an_address_that_leads_nowhere_says_why(self, cast, sign_in):
        issue = in_hands(cast, "C")
        page = sign_in(cast.lead_head).get(f"/issues/{issue.number}/resolve/", follow=True)
        assert page.redirect_chain == [(issue.get_absolute_url(), 302)]
        assert [str(message) for message in page.context["messages"]] == ["还有协办单位没有答复：support。"]

    def test_a_refusal_has_its_own_heading(self, cast, sign_in):
        issue = in_hands(cast, "C")
        answer = sign_in(cast.lead_head).post(
            f"/issues/{issue.number}/resolve/", {"result": "solved", "reply": "好了。"}
        )
        html = " ".join(answer.content.decode().split())
        assert answer.status_code == 409
        assert "<strong>这一步没有办成。</strong>还有协办单位没有答复：support。 已填内容都在。" in html
        assert "处要改" not in html
        assert "好了。</textarea>" in html
