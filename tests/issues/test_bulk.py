"""批量交办, 批量催办: chosen in the list, previewed row by row, each made once by the move's own service (T4, T19)."""

import re
import uuid
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import Role
from issues import services
from issues.bulk.acts import ACTS
from issues.bulk.selection import MOST
from issues.bulk.services import begin, carry_out
from issues.models import Bulk, BulkLine, Issue, Referral
from issues.workflow import Action
from notices.models import Notice
from tests.factories import OfficerFactory, UnitFactory, UserFactory, make_issue
from tests.issues.acts import fresh, in_hand

pytestmark = pytest.mark.django_db

REFER, REMIND, LIST = reverse("issues:bulk-refer"), reverse("issues:bulk-remind"), reverse("issues:list")


@pytest.fixture
def office(sign_in, commission):
    return sign_in(commission)


@pytest.fixture
def unit(db):
    """Takes C and D; one head, one clerk."""
    found = UnitFactory(code="M-HUD", name="市住建局", takes_tiers=["C", "D"])
    UserFactory(role=Role.UNIT_HEAD, unit=found, name="周局长")
    UserFactory(role=Role.CLERK, unit=found, name="刘工")
    return found


def numbers(*issues) -> list[str]:
    return [issue.number for issue in issues]


def hidden(answer, name: str) -> list[str]:
    found = re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', answer.content.decode())
    return [unescape(value) for value in found]


def confirmed(client, address, answer, **more):
    """What the browser sends when the preview is confirmed."""
    sent = {name: hidden(answer, name) for name in ("n", "unit", "supports", "words", "list", "key")}
    return client.post(address, {**sent, "step": "confirm", **more})


def outcome(answer) -> list[tuple[str, str, str]]:
    return [(line.issue.number, line.state, line.said) for line in answer.context["lines"]]


class TestTheOffer:
    @pytest.mark.parametrize(
        ("role", "labels"),
        [
            (Role.COMMISSION_OFFICE, ["批量交办", "批量催办"]),
            (Role.BUREAU_STAFF, ["批量催办"]),
            (Role.UNIT_HEAD, ["批量交办"]),
            (Role.OFFICER, ["批量交办"]),
            (Role.CLERK, []),
            (Role.LEADER, []),
        ],
    )
    def test_boxes_and_buttons_for_those_who_may_make_the_move_for_some_issue(self, sign_in, role, labels):
        unit = UnitFactory(code="U-1")
        user = UserFactory(role=role, unit=unit)
        officer = OfficerFactory(user=user if role == Role.OFFICER else UserFactory(unit=unit))
        Issue.objects.filter(pk=make_issue(officer).pk).update(lead_unit=unit)
        answer = sign_in(user).get(LIST)
        assert [str(act.label) for act in answer.context["acts"]] == labels
        assert (f'name="n" value="{Issue.objects.get().number}" form="ld-selected"' in answer.content.decode()) is bool(
            labels
        )

    @pytest.mark.parametrize(
        ("address", "role"), [(REFER, Role.BUREAU_STAFF), (REMIND, Role.OFFICER), (REFER, Role.LEADER)]
    )
    def test_others_are_refused(self, sign_in, address, role):
        client, issue = sign_in(UserFactory(role=role)), make_issue()
        assert client.get(address, {"n": issue.number}).status_code == 403
        assert client.post(address, {"n": issue.number, "step": "confirm"}).status_code == 403

    def test_administrators_and_the_anonymous(self, sign_in, client):
        assert sign_in(UserFactory(role=Role.SYSTEM_ADMIN)).get(REMIND).status_code == 403
        assert client.post(REMIND).status_code == 302


class TestSelecting:
    def test_nothing_selected_says_so(self, office):
        answer = office.get(REMIND)
        assert answer.status_code == 422
        assert "请先在清单里勾选问题。" in answer.content.decode()

    def test_more_than_two_hundred_are_too_many(self, office):
        many = [f"2026-{number:06d}" for number in range(MOST + 1)]
        answer = office.get(REMIND, {"n": many})
        assert answer.status_code == 422
        assert "一次最多办理200项，现在选了201项；请分几次办理。" in answer.content.decode()

    @pytest.mark.parametrize("way", ["get", "post"])
    def test_ten_thousand_are_a_request_nobody_reads(self, office, way):
        many = [f"2026-{number:06d}" for number in range(10_000)]
        assert getattr(office, way)(REMIND, {"n": many}).status_code == {"get": 414, "post": 400}[way]

    def test_numbers_of_others_and_of_nobody_are_the_same(self, sign_in, officer):
        mine, theirs = make_issue(officer), make_issue(OfficerFactory(), text="别人的秘密")
        asked = [mine.number, theirs.number, "2026-999999", "x' OR 1=1", "２０２６-000001"]
        answer = sign_in(officer.user).get(REFER, {"n": asked})
        html = answer.content.decode()
        assert answer.status_code == 200
        assert "别人的秘密" not in html
        assert f"4个编号没有找到，或不在您的查看范围：{theirs.number}、2026-999999" in html
        assert hidden(answer, "n") == [mine.number]

    def test_only_strangers_leave_nothing_to_go_on_with(self, sign_in, officer):
        answer = sign_in(officer.user).get(REFER, {"n": [make_issue().number]})
        assert answer.status_code == 422
        assert "选中的问题都没有找到，或不在您的查看范围。" in answer.content.decode()

    def test_a_number_named_twice_is_one_issue(self, office):
        issue = make_issue(tier="C")
        answer = office.get(REMIND, {"n": [issue.number, f" {issue.number} ", issue.number]})
        assert hidden(answer, "n") == [issue.number]


class TestReferring:
    def test_the_form_comes_first_and_offers_units_that_take_one_of_the_tiers(self, office, unit):
        UnitFactory(code="M-B", takes_tiers=["B"])
        answer = office.get(REFER, {"n": numbers(make_issue(tier="C"), make_issue(tier="D"))})
        assert list(answer.context["form"].fields["unit"].queryset) == [unit]
        assert "预览" in answer.content.decode()
        assert not Referral.objects.exists()

    def test_without_a_unit_there_is_no_preview(self, office, unit):
        answer = office.post(REFER, {"n": numbers(make_issue(tier="C")), "step": "preview", "words": "请牵头"})
        assert answer.status_code == 422
        assert answer.context["form"].errors["unit"] == ["请选择一项。"]
        assert "请牵头" in answer.content.decode()

    def test_the_preview_says_what_happens_to_each_row_and_writes_nothing(self, office, unit):
        support = UnitFactory(code="M-S", name="市财政局")
        ready, other_tier = make_issue(tier="C", text="可以的"), make_issue(tier="B", text="别的类")
        planned = in_hand(make_issue(tier="C"))
        services.resolve(planned, result="solved", reply="好", actor=planned.handler)
        answer = office.post(
            REFER,
            {"n": numbers(ready, other_tier, planned), "step": "preview", "unit": unit.pk, "supports": [support.pk]},
        )
        preview = answer.context["preview"]
        (row,) = preview.ready
        assert (row.issue, row.sign_by, row.answer_by) == (ready, date(2026, 10, 16), date(2026, 10, 20))
        assert [person.name for person in row.told] == ["周局长", "刘工"]
        assert [(row.issue, row.refused) for row in preview.refused] == [
            (other_tier, "这一步由联点干部、联点单位负责人办理。"),
            (planned, "这个问题现在是“已办结待确认”，不能交办。"),
        ]
        html = answer.content.decode()
        assert "交办给市住建局，10月16日前签收；协办单位10月20日前答复" in html
        assert "周局长、刘工" in html
        assert Referral.objects.filter(issue__in=[ready, other_tier]).count() == 0
        assert not Bulk.objects.exists()

    def test_a_tier_that_the_unit_does_not_take_is_said_beside_the_row(self, office, unit):
        only_d = UnitFactory(code="M-D", name="只接D类", takes_tiers=["D"])
        c, d = make_issue(tier="C"), make_issue(tier="D")
        answer = office.post(REFER, {"n": numbers(c, d), "step": "preview", "unit": only_d.pk})
        assert [(row.issue, row.refused) for row in answer.context["preview"].refused] == [
            (c, "只接D类不承接C类问题。")
        ]
        assert hidden(answer, "n") == [d.number]

    def test_from_the_preview_back_to_the_form_with_all_that_was_chosen_and_typed(self, office, unit):
        only_d = UnitFactory(code="M-D", name="只接D类", takes_tiers=["D"])
        c, d = make_issue(tier="C"), make_issue(tier="D")
        sent = {"n": numbers(c, d), "unit": only_d.pk, "supports": [unit.pk], "words": "请牵头。"}
        preview = office.post(REFER, {**sent, "step": "preview"})
        assert (hidden(preview, "n"), hidden(preview, "skipped")) == ([d.number], [c.number])
        names = ("n", "skipped", "unit", "supports", "words", "list")
        back = office.post(REFER, {name: hidden(preview, name) for name in names} | {"step": "change"})
        assert (back.status_code, sorted(hidden(back, "n"))) == (200, sorted(numbers(c, d)))
        assert 'value="preview"' in back.content.decode()
        form = back.context["form"]
        assert (form["unit"].value(), form["words"].value()) == (str(only_d.pk), "请牵头。")
        assert Referral.objects.count() == 0

    def test_confirmed_it_is_done_row_by_row_and_reported(self, office, unit, commission):
        support = UnitFactory(code="M-S", name="市财政局")
        first, second = make_issue(tier="C"), make_issue(tier="D")
        sent = {"n": numbers(first, second), "unit": unit.pk, "supports": support.pk, "words": "请牵头。"}
        preview = office.post(REFER, {**sent, "step": "preview", "list": "tier=C&open=true&more=1"})
        answer = confirmed(office, REFER, preview)
        assert answer.status_code == 302
        page = office.get(answer.url)
        assert outcome(page) == [(first.number, "done", ""), (second.number, "done", "")]
        assert f'href="{LIST}?tier=C&amp;open=true"' in page.content.decode()
        for issue in (first, second):
            referral = Referral.objects.get(issue=issue)
            assert (referral.unit, referral.note, referral.referred_by) == (unit, "请牵头。", commission)
            assert fresh(issue).state == "assigned"
            assert [part.unit for part in issue.supports.all()] == [support]
        assert Notice.objects.filter(kind="referred").count() == 4

    def test_a_stale_preview_is_decided_on_the_rows_as_they_are_now(self, office, unit):
        kept, taken = make_issue(tier="C"), make_issue(tier="C")
        preview = office.post(REFER, {"n": numbers(kept, taken), "unit": unit.pk, "step": "preview"})
        other = UnitFactory(code="M-OTHER", takes_tiers=["C"])
        services.refer(taken, unit=other, actor=UserFactory(role=Role.COMMISSION_OFFICE))
        page = office.get(confirmed(office, REFER, preview).url)
        assert outcome(page) == [
            (taken.number, "refused", "这个问题现在是“待签收”，不能交办。"),
            (kept.number, "done", ""),
        ]
        assert fresh(taken).lead_unit == other
        assert "没有办成 1 项" in page.content.decode()

    def test_a_second_submit_does_nothing_and_shows_the_same_page(self, office, unit):
        issue = make_issue(tier="C")
        preview = office.post(REFER, {"n": numbers(issue), "unit": unit.pk, "step": "preview"})
        first, second = confirmed(office, REFER, preview), confirmed(office, REFER, preview)
        assert first.url == second.url
        assert (Bulk.objects.count(), Referral.objects.count()) == (1, 1)
        assert outcome(office.get(second.url)) == [(issue.number, "done", "")]

    def test_an_officer_refers_own_b_issues_only(self, sign_in, officer):
        unit = UnitFactory(code="M-X", takes_tiers=["B", "C"])
        own, not_theirs_to_refer = make_issue(officer), make_issue(officer, tier="C")
        client = sign_in(officer.user)
        answer = client.post(REFER, {"n": numbers(own, not_theirs_to_refer), "unit": unit.pk, "step": "preview"})
        assert [row.refused for row in answer.context["preview"].refused] == ["这一步由市委科技办办理。"]
        # Whoever adds the number by hand gets the same answer from the service.
        page = client.get(confirmed(client, REFER, answer, n=numbers(own, not_theirs_to_refer)).url)
        assert [state for _number, state, _said in outcome(page)] == ["refused", "done"]
        assert fresh(not_theirs_to_refer).state == "graded"

    def test_a_key_that_is_none_shows_the_preview_once_more(self, office, unit):
        sent = {"n": numbers(make_issue(tier="C")), "unit": unit.pk, "step": "confirm"}
        for key in ("", "abc", "0" * 5000):
            answer = office.post(REFER, {**sent, "key": key})
            assert (answer.status_code, len(hidden(answer, "key"))) == (200, 1)
        assert not Referral.objects.exists()


class TestReminding:
    def test_the_preview_comes_at_once_with_who_is_told_and_when_before(self, office, commission):
        issue = in_hand(make_issue(tier="C"))
        services.remind(issue, text="请抓紧。", actor=commission)
        done = make_issue(tier="A")
        answer = office.get(REMIND, {"n": numbers(issue, done)})
        (row,) = answer.context["preview"].ready
        assert (row.issue, row.told) == (issue, [issue.handler])
        assert "10月15日 12:00 催办过" in answer.content.decode()
        assert [row.issue for row in answer.context["preview"].refused] == [done]

    def test_a_second_submit_reminds_nobody_twice(self, office):
        issue = in_hand(make_issue(tier="C"))
        preview = office.get(REMIND, {"n": numbers(issue)})
        for _time in range(2):
            answer = confirmed(office, REMIND, preview, words="请加快。")
        assert outcome(office.get(answer.url)) == [(issue.number, "done", "")]
        assert list(issue.events.filter(kind="reminded").values_list("note", flat=True)) == ["请加快。"]
        assert Notice.objects.filter(kind="reminded").count() == 1

    def test_another_preview_reminds_again(self, office):
        issue = in_hand(make_issue(tier="C"))
        for _time in range(2):
            confirmed(office, REMIND, office.get(REMIND, {"n": numbers(issue)}), words="请加快。")
        assert issue.events.filter(kind="reminded").count() == 2

    @pytest.mark.parametrize("words", ["", " \n"])
    def test_without_words_nobody_is_reminded(self, office, words):
        issue = in_hand(make_issue(tier="C"))
        answer = confirmed(office, REMIND, office.get(REMIND, {"n": numbers(issue)}), words=words)
        assert answer.status_code == 422
        assert answer.context["form"].errors["words"] == ["请写明催什么。"]
        assert [row.issue for row in answer.context["preview"].ready] == [issue]
        assert not issue.events.filter(kind="reminded").exists()

    def test_words_too_many_keep_the_preview_and_what_was_typed(self, office):
        preview = office.get(REMIND, {"n": numbers(in_hand(make_issue(tier="C")))})
        answer = confirmed(office, REMIND, preview, words="长" * 501)
        assert answer.status_code == 422
        assert answer.context["form"].errors["words"] == ["最多500个字，现在有501个字。"]
        assert "长" * 501 in answer.content.decode()
        assert len(answer.context["preview"].ready) == 1

    def test_bureau_staff_remind_and_their_outcome_is_theirs(self, sign_in, bureau_staff, commission):
        issue = in_hand(make_issue(tier="C"))
        client = sign_in(bureau_staff)
        answer = confirmed(client, REMIND, client.get(REMIND, {"n": numbers(issue)}), words="请加快。")
        assert client.get(answer.url).status_code == 200
        for stranger in (commission, OfficerFactory().user):
            assert sign_in(stranger).get(answer.url).status_code == 404
            assert sign_in(stranger).post(answer.url).status_code == 404

    def test_somebody_elses_key_is_no_key(self, sign_in, bureau_staff, office):
        issue = in_hand(make_issue(tier="C"))
        client = sign_in(bureau_staff)
        preview = client.get(REMIND, {"n": numbers(issue)})
        confirmed(client, REMIND, preview, words="请加快。")
        mine = office.get(REMIND, {"n": numbers(issue)})
        assert confirmed(office, REMIND, mine, words="请加快。", key=hidden(preview, "key")[0]).status_code == 404
        assert issue.events.filter(kind="reminded").count() == 1


class TestTheService:
    def test_each_row_stands_alone(self, commission, monkeypatch):
        issues = [in_hand(make_issue(tier="C")) for _each in range(3)]
        bulk = begin(uuid.uuid4(), Action.REMIND, issues, words="请加快。", actor=commission)
        real = ACTS[Action.REMIND].act

        def stumble(issue, bulk, actor):
            real(issue, bulk, actor)
            if issue == issues[1]:
                raise ValidationError("出了岔子")

        monkeypatch.setitem(ACTS, Action.REMIND, _with(ACTS[Action.REMIND], stumble))
        carry_out(bulk)
        assert list(bulk.lines.values_list("state", "said")) == [("done", ""), ("refused", "出了岔子"), ("done", "")]
        assert [issue.events.filter(kind="reminded").count() for issue in issues] == [1, 0, 1]

    def test_an_interrupted_one_goes_on_where_it_stopped(self, sign_in, commission, monkeypatch):
        issues = [in_hand(make_issue(tier="C")) for _each in range(3)]
        bulk = begin(uuid.uuid4(), Action.REMIND, issues, words="请加快。", actor=commission)
        real = ACTS[Action.REMIND].act

        def break_down(issue, bulk, actor):
            if issue == issues[1]:
                raise RuntimeError
            real(issue, bulk, actor)

        with monkeypatch.context() as broken:
            broken.setitem(ACTS, Action.REMIND, _with(ACTS[Action.REMIND], break_down))
            with pytest.raises(RuntimeError):
                carry_out(bulk)
        assert list(bulk.lines.values_list("state", flat=True)) == ["done", "waiting", "waiting"]
        client, address = sign_in(commission), reverse("issues:bulk-outcome", args=[bulk.pk])
        assert "还有 2 项没有办完" in client.get(address).content.decode()
        assert client.post(address).status_code == 302
        assert list(bulk.lines.values_list("state", flat=True)) == ["done"] * 3
        assert [issue.events.filter(kind="reminded").count() for issue in issues] == [1, 1, 1]

    def test_a_role_that_was_lost_in_between_makes_no_move(self, commission):
        issue = in_hand(make_issue(tier="C"))
        bulk = begin(uuid.uuid4(), Action.REMIND, [issue], words="请加快。", actor=commission)
        commission.role = Role.LEADER
        commission.save()
        carry_out(Bulk.objects.get(pk=bulk.pk))
        assert BulkLine.objects.get().state == "refused"

    def test_a_preview_of_many_costs_what_one_costs(self, office, unit, django_assert_max_num_queries):
        first = make_issue(tier="C")
        sent = {"step": "preview", "unit": unit.pk}
        with django_assert_max_num_queries(30) as one:
            office.post(REFER, {**sent, "n": numbers(first)})
        many = [make_issue(tier="C") for _each in range(20)]
        with django_assert_max_num_queries(len(one)):
            office.post(REFER, {**sent, "n": numbers(first, *many)})
        with django_assert_max_num_queries(30) as one:
            office.get(REMIND, {"n": numbers(first)})
        with django_assert_max_num_queries(len(one)):
            office.get(REMIND, {"n": numbers(first, *many)})


def _with(act, move):
    """The same act by another service."""
    return replace(act, act=move)
