"""The pages on which somebody asks, and on which somebody else decides: who sees them, what they show and refuse."""

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from config.clock import frozen
from issues.models import Issue, Request, RequestState
from issues.services import ask_for_extension, ask_for_suspension, ask_for_tier, decide, resolve, sign_for
from tests.factories import OfficerFactory, UnitFactory, UserFactory, make_issue
from tests.issues.acts import fresh, head_of, in_hand, office, plan, refer_on, resume, suspend

pytestmark = pytest.mark.django_db

ASKING = {
    "extend": {"until": "2026-11-05", "reason": "等评审会\r\n排期。", "seen": "2026-11-05"},
    "suspend": {"review_on": "2026-11-16", "reason": "等平台补材料。"},
    "tier": {"tier": "C", "reason": "要几个部门一起办。", "seen": "2026-11-05"},
}


@pytest.fixture
def issue(officer):
    """Tier B, raised on Thursday 2026-10-15, due on Thursday 2026-10-29."""
    return make_issue(officer)


def url_of(issue: Issue, what: str) -> str:
    return f"/issues/{issue.number}/{what}/"


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def buttons(client: Any, issue: Issue) -> list[str]:
    """Where the buttons of the issue's page lead to."""
    offers = client.get(issue.get_absolute_url()).context["offers"]
    return [offer.url.removeprefix(f"/issues/{issue.number}/").rstrip("/") for offer in [*offers.shown, *offers.more]]


@pytest.mark.parametrize("what", ASKING)
class TestWhoMayAsk:
    def test_the_officer_may(self, sign_in, officer, issue, what):
        client = sign_in(officer.user)
        assert client.get(url_of(issue, what)).status_code == 200
        answer = client.post(url_of(issue, what), ASKING[what])
        assert (answer.status_code, answer.url) == (302, issue.get_absolute_url())
        assert said(answer) == ["申请已提交，等待审批；批准之前，原到期日照常有效。"]
        request = issue.requests.get()
        assert (request.asked_by, request.state) == (officer.user, RequestState.PENDING)
        assert request.reason == ASKING[what]["reason"].replace("\r\n", "\n")
        assert fresh(issue).due_on == date(2026, 10, 29)

    def test_the_units_head_may(self, sign_in, issue, what):
        assert sign_in(head_of(issue.lead_unit)).post(url_of(issue, what), ASKING[what]).status_code == 302

    def test_a_leader_may_not(self, sign_in, leader, issue, what):
        client = sign_in(leader)
        assert client.get(url_of(issue, what)).status_code == 403
        assert client.post(url_of(issue, what), ASKING[what]).status_code == 403
        assert not issue.requests.exists()

    def test_bureau_staff_may_ask_for_another_tier_only(self, sign_in, bureau_staff, issue, what):
        answer = sign_in(bureau_staff).post(url_of(issue, what), ASKING[what])
        assert answer.status_code == (302 if what == "tier" else 403)

    @pytest.mark.parametrize("role", [Role.OFFICER, Role.UNIT_HEAD])
    def test_to_an_outsider_it_does_not_exist(self, sign_in, issue, what, role):
        outsider = OfficerFactory().user if role == Role.OFFICER else UserFactory(role=role, unit=UnitFactory())
        client = sign_in(outsider)
        assert client.get(url_of(issue, what)).status_code == 404
        assert client.post(url_of(issue, what), ASKING[what]).status_code == 404

    def test_the_anonymous_go_to_the_sign_in_page(self, client, issue, what):
        answer = client.post(url_of(issue, what), ASKING[what])
        assert (answer.status_code, answer.url) == (302, f"/sign-in/?next={url_of(issue, what)}")

    def test_without_a_reason_it_is_asked_for_beside_its_field(self, sign_in, officer, issue, what):
        answer = sign_in(officer.user).post(url_of(issue, what), {**ASKING[what], "reason": " \u200b"})
        assert (answer.status_code, answer.context["form"].errors) == (422, {"reason": ["请写明理由。"]})
        assert not issue.requests.exists()

    def test_while_one_waits_a_second_is_refused_and_what_was_typed_stays(self, sign_in, officer, issue, what):
        client = sign_in(officer.user)
        client.post(url_of(issue, what), ASKING[what])
        answer = client.post(url_of(issue, what), {**ASKING[what], "reason": "第二次。"})
        assert answer.status_code == 409
        assert "同样的申请正在等待审批。" in text(answer)
        assert "第二次。</textarea>" in text(answer)
        assert issue.requests.count() == 1
        assert (client.get(url_of(issue, what)).status_code, what in buttons(client, issue)) == (302, False)


class TestBothDates:
    """R29: old and new due date stand on the page before anything is sent."""

    @pytest.mark.parametrize(
        ("what", "query", "new", "why"),
        [
            ("extend", "until=2026-11-05", "2026-11-05", "2026-10-15次日起第15个工作日"),
            ("tier", "tier=D", "2026-11-26", "2026-10-15次日起第30个工作日"),
        ],
    )
    def test_the_fragment_shows_both(self, sign_in, officer, issue, what, query, new, why):
        answer = sign_in(officer.user).get(f"{url_of(issue, what)}dates/?{query}")
        html = text(answer)
        assert answer.status_code == 200
        assert "2026-10-29 星期四" in html
        assert f"{new} 星期四" in html
        assert why in html
        assert f'name="seen" value="{new}"' in html

    @pytest.mark.parametrize(
        ("what", "query", "sentence"),
        [
            ("extend", "until=2026-11-07", "2026-11-07不是工作日，请选工作日。"),
            ("extend", "until=2026-13-07", "请写成2026-10-15这样的日期。"),
            ("extend", "until=%00", "请写成2026-10-15这样的日期。"),
            ("extend", "", "请选择新的到期日。"),
            ("extend", "until=9999-12-31", "工作日历只到2035-12-31，请选更早的日期。"),
            ("tier", "tier=A", "没有这一项，请重新选择。"),
            ("tier", "", "请选择一项。"),
        ],
    )
    def test_what_cannot_be_is_said_instead(self, sign_in, officer, issue, what, query, sentence):
        answer = sign_in(officer.user).get(f"{url_of(issue, what)}dates/?{query}")
        assert answer.status_code == 422
        assert sentence in text(answer)
        assert 'name="seen"' not in text(answer)

    def test_the_fragment_is_for_those_who_may_ask(self, sign_in, leader, issue):
        assert sign_in(leader).get(f"{url_of(issue, 'tier')}dates/?tier=C").status_code == 403
        assert sign_in(OfficerFactory().user).get(f"{url_of(issue, 'tier')}dates/?tier=C").status_code == 404

    @pytest.mark.parametrize("what", ["extend", "tier"])
    @pytest.mark.parametrize("seen", [None, "", "2026-11-04", "x"])
    def test_unseen_the_new_date_is_shown_first(self, sign_in, officer, issue, what, seen):
        client, form = sign_in(officer.user), {**ASKING[what], "seen": seen}
        if seen is None:
            del form["seen"]
        answer = client.post(url_of(issue, what), form)
        assert answer.status_code == 422
        assert answer.context["form"].errors == {"__all__": ["请核对下面的新旧到期日，再提交一次。"]}
        assert 'name="seen" value="2026-11-05"' in text(answer)
        assert "2026-10-29 星期四" in text(answer)
        assert not issue.requests.exists()

    def test_a_date_that_will_not_do_has_its_sentence_beside_the_field(self, sign_in, officer, issue):
        answer = sign_in(officer.user).post(url_of(issue, "extend"), {"until": "2026-11-13", "reason": "长一点。"})
        assert answer.status_code == 422
        assert answer.context["form"].errors == {"until": ["最多再延长一个时限（10个工作日），即到2026-11-12。"]}
        assert "长一点。</textarea>" in text(answer)
        assert 'value="2026-11-13"' in text(answer)


def pending(issue: Issue, kind: str) -> Request:
    actor = issue.handler
    if kind == "extend":
        return ask_for_extension(issue, until=date(2026, 11, 5), reason="等评审会排期。", actor=actor)
    if kind == "suspend":
        return ask_for_suspension(issue, review_on=date(2026, 11, 16), reason="等平台补材料。", actor=actor)
    return ask_for_tier(issue, tier="C", reason="要几个部门一起办。", actor=actor)


YES = {"approve": "true", "note": "同意，抓紧办。", "seen": "2026-11-05"}


class TestDeciding:
    @pytest.mark.parametrize("kind", ["extend", "suspend", "retier"])
    def test_the_page_shows_what_was_asked_by_whom_and_why(self, sign_in, issue, commission, kind):
        request = pending(issue, kind)
        html = text(sign_in(commission).get(url_of(issue, f"requests/{request.pk}")))
        assert issue.handler.name in html
        assert request.reason in html
        dates = ["2026-10-29 星期四", "2026-11-05 星期四"] if kind != "suspend" else ["2026-11-16"]
        for words in dates:
            assert words in html

    @pytest.mark.parametrize("kind", ["extend", "suspend", "retier"])
    def test_an_approval_takes_effect_at_once(self, sign_in, issue, commission, kind):
        request = pending(issue, kind)
        answer = sign_in(commission).post(url_of(issue, f"requests/{request.pk}"), YES)
        assert (answer.status_code, answer.url) == (302, issue.get_absolute_url())
        request.refresh_from_db()
        assert (request.state, request.decided_by, request.decision_note) == ("approved", commission, "同意，抓紧办。")
        found = fresh(issue)
        expected = {"extend": ("accepted", 5), "suspend": ("suspended", 29), "retier": ("graded", 5)}[kind]
        assert (found.state, found.due_on.day) == expected

    def test_a_refusal_says_why(self, sign_in, issue, commission):
        request = pending(issue, "extend")
        url, client = url_of(issue, f"requests/{request.pk}"), sign_in(commission)
        answer = client.post(url, {"approve": "false", "note": ""})
        assert (answer.status_code, answer.context["form"].errors) == (422, {"note": ["不同意时请写明原因。"]})
        assert client.post(url, {"approve": "false", "note": "先办先结。"}).status_code == 302
        assert fresh(issue).due_on == date(2026, 10, 29)
        html = text(client.get(issue.get_absolute_url()))
        assert "未同意" in html
        assert "先办先结。" in html

    def test_an_approval_of_a_date_not_shown_shows_it_first(self, sign_in, issue, commission):
        request = pending(issue, "retier")
        answer = sign_in(commission).post(url_of(issue, f"requests/{request.pk}"), {**YES, "seen": "2026-11-04"})
        assert answer.status_code == 422
        assert "请核对下面的新旧到期日，再提交一次。" in text(answer)
        assert fresh(issue).tier == "B"

    def test_neither_yes_nor_no_is_asked_again(self, sign_in, issue, commission):
        request = pending(issue, "extend")
        answer = sign_in(commission).post(url_of(issue, f"requests/{request.pk}"), {"approve": "x"})
        assert (answer.status_code, answer.context["form"].errors) == (422, {"approve": ["没有这一项，请重新选择。"]})

    def test_what_is_decided_already_is_refused(self, sign_in, issue, commission):
        request = pending(issue, "extend")
        decide(request, approve=False, note="不行。", actor=head_of(issue.home_unit))
        client, url = sign_in(head_of(issue.home_unit)), url_of(issue, f"requests/{request.pk}")
        answer = client.post(url, YES)
        assert answer.status_code == 409
        assert "这项申请已经有结果了。" in text(answer)
        assert client.get(url).status_code == 302

    def test_past_the_due_date_an_extension_is_refused(self, sign_in, issue, commission):
        request = pending(issue, "extend")
        with frozen("2026-10-30T09:00", everywhere=True):
            client, url = sign_in(commission), url_of(issue, f"requests/{request.pk}")
            assert "到期日2026-10-29已过，不能再延期。" in text(client.get(url))
            answer = client.post(url, YES)
        assert answer.status_code == 409
        assert fresh(issue).due_on == date(2026, 10, 29)

    def test_the_home_units_head_opens_and_decides_what_another_unit_leads(self, sign_in, issue):
        head = head_of(issue.home_unit)
        refer_on(issue, actor=issue.handler)
        sign_for(fresh(issue), actor=head_of(fresh(issue).lead_unit))
        request = pending(fresh(issue), "extend")
        client = sign_in(head)
        assert buttons(client, issue) == [f"requests/{request.pk}", "refer"]
        assert client.post(url_of(issue, f"requests/{request.pk}"), YES).status_code == 302
        assert fresh(issue).due_on == date(2026, 11, 5)

    def test_who_asked_and_who_only_reads_may_not(self, sign_in, issue, leader, bureau_staff):
        request = pending(issue, "extend")
        for user in (issue.handler, leader, bureau_staff):
            client = sign_in(user)
            assert client.get(url_of(issue, f"requests/{request.pk}")).status_code == 403
            assert client.post(url_of(issue, f"requests/{request.pk}"), YES).status_code == 403
        assert fresh(issue).due_on == date(2026, 10, 29)

    def test_who_decides_others_requests_does_not_decide_their_own(self, sign_in, officer, commission):
        issue = make_issue(officer, tier="D")
        request = ask_for_extension(issue, until=date(2026, 12, 3), reason="等评审会排期。", actor=commission)
        client, path = sign_in(commission), f"requests/{request.pk}"
        assert client.get(url_of(issue, path)).status_code == 403
        assert path not in buttons(client, issue)
        assert path in buttons(sign_in(UserFactory(role=Role.COMMISSION_OFFICE)), issue)

    def test_outsiders_and_strange_keys_find_nothing(self, sign_in, issue, commission):
        request, other = pending(issue, "extend"), make_issue()
        assert sign_in(OfficerFactory().user).get(url_of(issue, f"requests/{request.pk}")).status_code == 404
        for url in (url_of(other, f"requests/{request.pk}"), url_of(issue, "requests/999999")):
            assert sign_in(commission).get(url).status_code == 404


class TestOnOffer:
    def test_an_open_issue(self, sign_in, officer, issue):
        everything = ["resolve", "refer", "plan", "extend", "suspend", "tier", "edit", "withdraw"]
        assert buttons(sign_in(officer.user), issue) == everything
        assert buttons(sign_in(head_of(issue.home_unit)), issue) == everything[:6]
        assert buttons(sign_in(office()), issue) == ["remind", "supervise", "merge"]

    def test_c_is_referred_by_the_commission_office_only(self, sign_in, officer):
        issue = make_issue(officer, tier="C")
        assert "refer" not in buttons(sign_in(officer.user), issue)
        assert "refer" in buttons(sign_in(office()), issue)

    def test_readers_are_offered_nothing_and_the_bureau_what_keeps_the_register(
        self, sign_in, leader, bureau_staff, issue
    ):
        assert buttons(sign_in(leader), issue) == []
        assert buttons(sign_in(bureau_staff), issue) == ["tier", "remind", "edit", "merge"]

    def test_a_planned_one(self, sign_in, officer, issue):
        plan(issue, date(2026, 11, 20))
        assert buttons(sign_in(officer.user), issue) == ["resolve", "promise", "suspend", "tier", "edit"]

    def test_a_suspended_one(self, sign_in, officer, issue):
        suspend(issue)
        assert buttons(sign_in(officer.user), issue) == ["resume", "edit"]
        assert buttons(sign_in(office()), issue) == ["resume", "remind", "supervise", "merge"]

    def test_a_referred_one_is_signed_for_by_the_units_head(self, sign_in, officer, issue):
        referral = refer_on(issue, actor=officer.user)
        assert buttons(sign_in(head_of(referral.unit)), issue)[0] == "sign"
        assert "sign" not in buttons(sign_in(officer.user), issue)

    def test_late_there_is_no_extension(self, sign_in, officer, issue):
        with frozen("2026-10-29T09:00", everywhere=True):
            assert "extend" not in buttons(sign_in(officer.user), issue)

    def test_a_date_to_review_is_the_bureaus_or_the_commission_offices(self, sign_in, officer, bureau_staff, issue):
        Issue.objects.filter(pk=issue.pk).update(needs_review=True)
        assert buttons(sign_in(bureau_staff), issue) == ["review", "tier", "remind", "edit", "merge"]
        assert "review" in buttons(sign_in(office()), issue)
        assert "review" not in buttons(sign_in(officer.user), issue)

    def test_the_page_costs_no_more_for_many_requests(self, sign_in, officer, issue, django_assert_num_queries):
        client = sign_in(officer.user)
        client.get(issue.get_absolute_url())
        with CaptureQueriesContext(connection) as before:
            client.get(issue.get_absolute_url())
        for kind in ("extend", "retier"):
            decide(pending(issue, kind), approve=False, note="不行。", actor=office())
        suspend(issue)
        resume(issue)
        with django_assert_num_queries(len(before)):
            client.get(issue.get_absolute_url())


class TestOtherMoves:
    def test_refer_and_sign(self, sign_in, officer, issue):
        unit = UnitFactory(code="M-HUD", name="市住建局", takes_tiers=["B", "C"])
        UnitFactory(code="M-C", name="只接C类", takes_tiers=["C"])
        client = sign_in(officer.user)
        fields = client.get(url_of(issue, "refer")).context["form"].fields
        assert "市住建局" in {each.name for each in fields["unit"].queryset}
        assert "只接C类" not in {each.name for each in fields["unit"].queryset}
        assert "只接C类" in {each.name for each in fields["supports"].queryset}  # to support it needs no tier
        answer = client.post(url_of(issue, "refer"), {"unit": unit.pk, "note": ""})
        assert (answer.status_code, said(answer)) == (302, ["已交办，等待签收。"])
        head = head_of(unit)
        assert sign_in(head).post(url_of(issue, "sign")).status_code == 302
        assert fresh(issue).handler == head
        again = sign_in(head).post(url_of(issue, "sign"))
        assert again.status_code == 409
        assert "这个问题现在是“办理中”，不能签收。" in text(again)

    def test_only_the_units_head_signs(self, sign_in, officer, leader, issue):
        referral = refer_on(issue, actor=officer.user)
        for user in (officer.user, leader, office()):
            assert sign_in(user).post(url_of(issue, "sign")).status_code == 403
        assert sign_in(UserFactory(role=Role.UNIT_HEAD)).post(url_of(issue, "sign")).status_code == 404
        referral.refresh_from_db()
        assert referral.signed_at is None

    def test_a_unit_that_does_not_take_the_tier_is_no_choice(self, sign_in, officer, issue):
        unit = UnitFactory(code="M-C", takes_tiers=["C"])
        answer = sign_in(officer.user).post(url_of(issue, "refer"), {"unit": unit.pk})
        assert (answer.status_code, answer.context["form"].errors) == (422, {"unit": ["没有这一项，请重新选择。"]})

    def test_c_is_not_the_officers_to_refer(self, sign_in, officer):
        issue = make_issue(officer, tier="C")
        unit = UnitFactory(code="M-C", takes_tiers=["C"])
        assert sign_in(officer.user).post(url_of(issue, "refer"), {"unit": unit.pk}).status_code == 403
        assert fresh(issue).lead_unit == issue.lead_unit

    def test_resume(self, sign_in, officer, issue):
        suspend(issue)
        client = sign_in(officer.user)
        with frozen("2026-10-20T12:00", everywhere=True):
            answer = client.post(url_of(issue, "resume"), {"note": "材料齐了。"})
        assert (answer.status_code, said(answer)) == (302, ["已恢复计时，停表的工作日已还回。"])
        assert fresh(issue).due_on == date(2026, 11, 3)
        assert client.post(url_of(issue, "resume")).status_code == 409

    def test_another_promised_date_needs_its_reason(self, sign_in, officer, issue):
        plan(issue, date(2026, 11, 20))
        client, url = sign_in(officer.user), url_of(issue, "promise")
        assert "现在承诺的是2026-11-20。" in text(client.get(url))
        answer = client.post(url, {"promised_on": "2026-10-14", "reason": "设备晚到。"})
        assert (answer.status_code, answer.context["form"].errors) == (422, {"promised_on": ["承诺日期不能早于今天。"]})
        assert client.post(url, {"promised_on": "2026-12-01", "reason": "设备晚到。"}).status_code == 302
        found = Issue.objects.select_related("plan").get(pk=issue.pk)
        assert (found.clock_due_on, found.plan.first_promised_on) == (date(2026, 12, 1), date(2026, 11, 20))

    @pytest.mark.parametrize("keep", [True, False])
    def test_a_review_keeps_the_date_or_takes_the_new_one(self, sign_in, bureau_staff, issue, keep):
        # As a recalculation leaves it: the calendar leads elsewhere than the version says.
        Issue.objects.filter(pk=issue.pk).update(needs_review=True, due_on="2026-10-30", clock_due_on="2026-10-30")
        issue.deadlines.create(
            clock="statutory",
            version=2,
            cause="kept_for_review",
            counted_from=issue.raised_on,
            working_days=10,
            previous_due_on=issue.due_on,
            due_on=date(2026, 10, 30),
            calendar_revision=1,
            created_at=issue.registered_at,
        )
        client, url = sign_in(bureau_staff), url_of(issue, "review")
        html = text(client.get(url))
        assert "2026-10-30 星期五" in html
        assert "2026-10-29 星期四" in html
        form = {"keep": "true" if keep else "false", "reason": "平台已按原日期安排。"}
        if not keep:
            assert client.post(url, form).status_code == 422
        assert client.post(url, {**form, "seen": "2026-10-29"}).status_code == 302
        found = fresh(issue)
        assert (found.needs_review, found.due_on.day) == (False, 30 if keep else 29)
        assert found.working_days == (None if keep else 10)
        assert client.post(url, {**form, "seen": "2026-10-29"}).status_code == 409

    def test_who_is_measured_by_the_date_does_not_review_it(self, sign_in, officer, issue):
        Issue.objects.filter(pk=issue.pk).update(needs_review=True)
        answer = sign_in(officer.user).post(url_of(issue, "review"), {"keep": "true", "reason": "x"})
        assert answer.status_code == 403
        assert fresh(issue).needs_review


class TestOnThePage:
    def test_every_version_stands_there_with_its_cause(self, sign_in, officer, issue):
        decide(pending(issue, "retier"), approve=True, note="同意。", actor=office())
        answer = sign_in(officer.user).get(issue.get_absolute_url())
        rows = [(row.clock, row.number, row.cause, row.old, row.new, row.days) for row in answer.context["versions"]]
        assert rows == [
            ("处置时限", 2, "调整类别", date(2026, 10, 29), date(2026, 11, 5), "15个工作日"),
            ("处置时限", 1, "登记", None, date(2026, 10, 29), "10个工作日"),
        ]
        assert answer.context["versions"][0].reason == "要几个部门一起办。"

    def test_the_timeline_tells_old_and_new_date_who_asked_and_what_was_said(self, sign_in, officer, issue):
        decide(pending(issue, "retier"), approve=True, note="同意，抓紧。", actor=office())
        newest, asked, _registered = sign_in(officer.user).get(issue.get_absolute_url()).context["events"]
        assert (newest.title, newest.actor_label) == ("调整类别", office().name)
        assert newest.text == f"B → C\n要几个部门一起办。\n{officer.user.name}申请\n审批意见：同意，抓紧。"
        version = newest.version
        assert (version.number, version.old, version.new) == (2, date(2026, 10, 29), date(2026, 11, 5))
        assert version.why == "2026-10-15次日起第15个工作日"
        assert (asked.title, asked.text) == ("提出申请", "申请调整类别：B → C\n要几个部门一起办。")

    def test_what_was_late_before_it_moved_up_is_shown_late_for_good(self, sign_in, officer, issue):
        with frozen("2026-11-02T12:00", everywhere=True):
            decide(pending(issue, "retier"), approve=True, actor=office())
            face = sign_in(officer.user).get(issue.get_absolute_url()).context["clocks"][0]
            assert (face.standing.css, face.notes[-1]) == ("soon", "10月30日起逾期，记录保留")
            resolve(in_hand(issue), result="solved", reply="办好了。", actor=fresh(issue).handler)
            face = sign_in(officer.user).get(issue.get_absolute_url()).context["clocks"][0]
        assert (face.standing.word, face.due_on) == ("已停表·逾期", date(2026, 11, 5))

    def test_a_pause_is_told_with_the_days_given_back(self, sign_in, officer, issue):
        suspend(issue)
        answer = sign_in(officer.user).get(issue.get_absolute_url())
        assert (answer.context["clocks"][0].standing.word, answer.context["events"][0].version.why) == (
            "挂账·停表",
            "停表",
        )
        with frozen("2026-10-20T12:00", everywhere=True):
            resume(issue)
            answer = sign_in(officer.user).get(issue.get_absolute_url())
        assert answer.context["events"][0].version.why == "2026-10-15次日起第10个工作日，另还停表3天"
        assert answer.context["clocks"][0].notes == (
            "已用0 / 10个工作日",
            "到期日第3版",
            "停表3个工作日已还回",
        )
