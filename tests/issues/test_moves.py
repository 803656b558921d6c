"""/issues/<number>/plan/ and /resolve/: who may move an issue, what is asked, what is answered."""

from datetime import date

import pytest
from django.contrib.messages import get_messages

from accounts.models import Role
from issues.models import Issue, State
from issues.services import resolve
from tests.factories import OfficerFactory, UnitFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(officer):
    return make_issue(officer)


@pytest.fixture
def plan(issue):
    return {
        "text": "由施工单位整改，\r\n分两批进场。",
        "unit": issue.lead_unit_id,
        "person": "周工",
        "promised_on": "2026-11-20",
        "told_platform_on": "2026-10-15",
    }


@pytest.fixture
def resolution():
    return {"result": "solved", "reply": "已通过验收。", "is_confirmed_solved": "on"}


@pytest.fixture(params=["plan", "resolve"])
def move(request, issue, plan, resolution):
    """Address and complete form of either move."""
    return f"/issues/{issue.number}/{request.param}/", plan if request.param == "plan" else resolution


def state(issue: Issue) -> str:
    return Issue.objects.values_list("state", flat=True).get(pk=issue.pk)


class TestWhoMayMove:
    def test_the_officer_may(self, sign_in, officer, issue, move):
        url, form = move
        assert sign_in(officer.user).get(url).status_code == 200
        answer = sign_in(officer.user).post(url, form)
        assert (answer.status_code, answer.url) == (302, f"/issues/{issue.number}/")
        assert state(issue) != State.ACCEPTED

    @pytest.mark.parametrize("role", [Role.UNIT_HEAD, Role.CLERK])
    def test_the_units_head_and_its_clerk_may(self, sign_in, issue, move, role):
        url, form = move
        form.pop("is_confirmed_solved", None)  # that is the officer's to say
        assert sign_in(UserFactory(role=role, unit=issue.lead_unit)).post(url, form).status_code == 302

    @pytest.mark.parametrize("role", [Role.LEADER, Role.BUREAU_STAFF, Role.COMMISSION_OFFICE])
    def test_a_reader_is_told_so(self, sign_in, issue, move, role):
        url, form = move
        client = sign_in(UserFactory(role=role))
        assert client.get(url).status_code == 403
        answer = client.post(url, form)
        assert answer.status_code == 403
        assert "您可以查看，但不能修改这条记录。" in answer.content.decode()
        assert state(issue) == State.ACCEPTED

    @pytest.mark.parametrize("role", [Role.OFFICER, Role.UNIT_HEAD])
    def test_to_an_outsider_it_does_not_exist(self, sign_in, issue, move, role):
        url, form = move
        outsider = OfficerFactory().user if role == Role.OFFICER else UserFactory(role=role, unit=UnitFactory())
        assert sign_in(outsider).post(url, form).status_code == 404
        assert state(issue) == State.ACCEPTED

    def test_the_home_units_head_sees_but_does_not_move_what_another_unit_leads(self, sign_in, issue, move):
        url, form = move
        head = sign_in(UserFactory(role=Role.UNIT_HEAD, unit=issue.home_unit))
        Issue.objects.filter(pk=issue.pk).update(lead_unit=UnitFactory(code="U-other"))
        assert head.post(url, form).status_code == 403
        assert state(issue) == State.ACCEPTED

    def test_the_anonymous_go_to_the_sign_in_page(self, client, issue, move):
        url, form = move
        answer = client.post(url, form)
        assert (answer.status_code, answer.url) == (302, f"/sign-in/?next={url}")
        assert state(issue) == State.ACCEPTED

    def test_a_post_without_the_token_of_the_page_is_refused(self, officer, issue, move, client):
        url, form = move
        client.handler.enforce_csrf_checks = True
        client.force_login(officer.user)
        assert client.post(url, form).status_code == 403
        assert state(issue) == State.ACCEPTED


class TestPlan:
    def test_it_is_stored_as_written(self, sign_in, officer, issue, plan):
        answer = sign_in(officer.user).post(f"/issues/{issue.number}/plan/", plan)
        issue = Issue.objects.select_related("plan").get(pk=issue.pk)
        assert (issue.state, issue.clock_due_on) == (State.PLAN_CONFIRMED, date(2026, 11, 20))
        assert (issue.plan.text, issue.plan.person) == ("由施工单位整改，\n分两批进场。", "周工")
        assert (issue.plan.unit, issue.plan.told_platform_on) == (issue.lead_unit, date(2026, 10, 15))
        said = [str(message) for message in get_messages(answer.wsgi_request)]
        assert said == ["方案已确定，处置时限停表；现在按承诺日期计时。"]

    def test_every_wrong_field_has_its_own_sentence_and_nothing_typed_is_lost(self, sign_in, officer, issue, plan):
        wrong = {**plan, "unit": "999999", "person": "", "promised_on": "soon", "told_platform_on": "2026-10-16"}
        answer = sign_in(officer.user).post(f"/issues/{issue.number}/plan/", wrong)
        assert answer.status_code == 422
        assert answer.context["form"].errors == {
            "unit": ["没有这一项，请重新选择。"],
            "person": ["请写责任单位的具体承办人。"],
            "promised_on": ["请写成2026-10-15这样的日期。"],
        }
        html = answer.content.decode()
        assert "分两批进场。</textarea>" in html
        assert 'value="soon"' in html
        assert 'id="id_person_error"' in html
        assert state(issue) == State.ACCEPTED

    @pytest.mark.parametrize(
        ("fields", "errors"),
        [
            ({"promised_on": "2026-10-14"}, {"promised_on": ["承诺日期不能早于今天。"]}),
            ({"promised_on": "9999-12-31"}, {"promised_on": ["工作日历只到2035-12-31，请承诺更早的日期。"]}),
            (
                {"told_platform_on": "0001-01-01"},
                {"told_platform_on": ["告知日期不能早于平台提出的日期（2026-10-15）。"]},
            ),
            ({"text": "  \r\n "}, {"text": ["请写明解决方案。"]}),
            ({"text": "\x00"}, {"text": ["含有无法保存的字符，请删去后再提交。"]}),
            ({"person": "周" * 51}, {"person": ["最多50个字，现在有51个字。"]}),
        ],
    )
    def test_a_rule_of_the_service_is_answered_beside_its_field(self, sign_in, officer, issue, plan, fields, errors):
        answer = sign_in(officer.user).post(f"/issues/{issue.number}/plan/", {**plan, **fields})
        assert (answer.status_code, answer.context["form"].errors) == (422, errors)
        assert state(issue) == State.ACCEPTED

    def test_an_empty_form_asks_for_everything(self, sign_in, officer, issue):
        answer = sign_in(officer.user).post(f"/issues/{issue.number}/plan/")
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {"text", "unit", "person", "promised_on", "told_platform_on"}


class TestResolve:
    def test_it_is_stored_as_written(self, sign_in, officer, issue, resolution):
        del resolution["is_confirmed_solved"]
        sign_in(officer.user).post(f"/issues/{issue.number}/resolve/", resolution)
        issue = Issue.objects.get(pk=issue.pk)
        assert (issue.state, issue.result, issue.reply) == (State.RESOLVED, "solved", "已通过验收。")
        assert (issue.is_confirmed_solved, issue.confirmation) == (False, "")
        assert issue.events.first().actor == officer.user

    def test_with_the_platforms_spoken_word_it_is_confirmed_at_once(self, sign_in, officer, issue, resolution):
        sign_in(officer.user).post(f"/issues/{issue.number}/resolve/", resolution)
        issue = Issue.objects.get(pk=issue.pk)
        assert (issue.state, issue.result, issue.reply) == (State.CONFIRMED, "solved", "已通过验收。")
        assert (issue.is_confirmed_solved, issue.confirmation) == (True, "spoken")
        assert list(issue.events.values_list("kind", "before", "after", "actor")) == [
            ("confirmed", "resolved", "confirmed", officer.user.pk),
            ("resolved", "accepted", "resolved", officer.user.pk),
            ("registered", "", "accepted", officer.user.pk),
        ]

    @pytest.mark.parametrize(
        ("fields", "errors"),
        [
            ({"result": ""}, {"result": ["请选择处置结果。"]}),
            ({"result": "magic"}, {"result": ["没有这一项，请重新选择。"]}),
            ({"reply": " "}, {"reply": ["请写明给平台的答复。"]}),
            ({"result": "partly"}, {"is_confirmed_solved": ["只有结果为“已解决”时，才能记平台认可已解决。"]}),
        ],
    )
    def test_what_is_wrong_is_answered_beside_its_field(self, sign_in, officer, issue, resolution, fields, errors):
        answer = sign_in(officer.user).post(f"/issues/{issue.number}/resolve/", {**resolution, **fields})
        assert (answer.status_code, answer.context["form"].errors) == (422, errors)
        assert state(issue) == State.ACCEPTED


def test_a_move_that_came_too_late_says_so_and_keeps_what_was_typed(sign_in, officer, issue, move):
    url, form = move
    resolve(issue, result="solved", reply="同事已办结。", actor=officer.user)
    answer = sign_in(officer.user).post(url, form)
    html = answer.content.decode()
    assert answer.status_code == 409
    verb = "确定解决方案" if url.endswith("/plan/") else "办结"
    assert f"这个问题现在是“已办结待确认”，不能{verb}。" in html
    assert form.get("person", form.get("reply")) in html
    assert '<button class="btn btn-primary" type="submit"' not in html
    assert Issue.objects.get(pk=issue.pk).reply == "同事已办结。"


def test_the_form_of_a_move_that_is_over_leads_back(sign_in, officer, issue, move):
    url, _form = move
    resolve(issue, result="solved", reply="同事已办结。", actor=officer.user)
    answer = sign_in(officer.user).get(url)
    assert (answer.status_code, answer.url) == (302, f"/issues/{issue.number}/")
