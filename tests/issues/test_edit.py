"""/issues/<number>/edit/: what was written down is corrected, and two editors meet each other's versions (R28)."""

import pytest

from accounts.models import Role
from audit.origin import acting_as
from config import clock
from issues.comments.services import withdraw, write_comment
from issues.services import Stale, edit
from issues.services.grading import last_hand
from issues.services.mending import mend
from tests.factories import CategoryFactory, UserFactory, make_issue
from tests.issues.acts import fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(officer):
    return make_issue(officer)


def typed(issue, **fields):
    said = {"version": 1, "text": issue.text, "category": issue.category_id, "urgency": "normal"}
    return {**said, "importance": "ordinary", "nature": "", **fields}


def test_old_and_new_go_to_the_timeline(sign_in, officer, issue):
    client, other = sign_in(officer.user), CategoryFactory(code="COND-FUND", name="建设经费")
    answer = client.post(f"/issues/{issue.number}/edit/", typed(issue, urgency="urgent", category=other.pk))
    assert (answer.status_code, answer.url) == (302, f"/issues/{issue.number}/")
    found = fresh(issue)
    assert (found.urgency, found.category, found.version, found.tier) == ("urgent", other, 2, "B")
    assert found.events.first().note == "需求类别：实验场地与用房 → 建设经费\n紧急程度：一般 → 紧急"


def test_whoever_comes_second_sees_both_versions_and_may_save_the_own(sign_in, officer, issue):
    edit(issue, version=1, text="同事改过的话", actor=UserFactory(role=Role.BUREAU_STAFF, name="陈静"))
    client, url = sign_in(officer.user), f"/issues/{issue.number}/edit/"
    answer = client.post(url, typed(issue, text="我改的话"))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "这个问题在您打开之后已被修改（陈静 2026-10-15 12:00），请核对后再保存。" in html
    assert "同事改过的话" in html
    assert "我改的话" in html
    assert fresh(issue).text == "同事改过的话"
    again = client.post(url, typed(issue, text="我改的话", version=answer.context["form"].data["version"]))
    assert again.status_code == 302
    assert fresh(issue).text == "我改的话"


@pytest.mark.parametrize(("role", "who"), [(Role.SYSTEM_ADMIN, "系统管理员修正 "), (Role.BUREAU_STAFF, "")])
def test_a_repair_is_told_as_one_by_the_administrator_where_the_log_knows(officer, issue, role, who):
    with clock.frozen("2026-10-15T13:00"), acting_as(UserFactory(role=role)):
        mend(issue, text="修正过的话")
    with pytest.raises(Stale) as refusal:
        edit(issue, version=1, text="x", actor=officer.user)
    assert refusal.value.messages == [f"这个问题在您打开之后已被修改（{who}2026-10-15 13:00），请核对后再保存。"]


def test_whoever_made_an_older_version_is_not_named_for_the_newest(officer, issue):
    edit(issue, version=1, text="同事改过的话", actor=officer.user)
    with clock.frozen("2026-10-15T13:00"):
        mend(issue, text="修正过的话")
    assert last_hand(fresh(issue)) == "2026-10-15 13:00"


class TestACommentMakesNoVersion:
    """It touches the issue; whoever meets another version is told who made that."""

    @pytest.fixture
    def editor(self, issue):
        editor = UserFactory(role=Role.BUREAU_STAFF, name="陈静")
        edit(issue, version=1, text="同事改过的话", actor=editor)
        return editor

    def test_whoever_commented_since_is_not_named(self, officer, issue, editor):
        with clock.frozen("2026-10-15T13:00"):
            write_comment(issue, text="请看一下。", actor=officer.user)
        assert last_hand(fresh(issue)) == "陈静 2026-10-15 12:00"

    def test_nor_is_the_hour_that_of_a_withdrawal(self, officer, issue, editor):
        comment = write_comment(issue, text="请看一下。", actor=officer.user)
        with clock.frozen("2026-10-15T13:00"):
            withdraw(comment, actor=officer.user)
        assert last_hand(fresh(issue)) == "陈静 2026-10-15 12:00"

    def test_a_repair_before_it_is_told_as_one(self, officer, issue, editor):
        with clock.frozen("2026-10-15T13:00"), acting_as(UserFactory(role=Role.SYSTEM_ADMIN)):
            mend(issue, text="修正过的话")
        with clock.frozen("2026-10-15T14:00"):
            write_comment(issue, text="请看一下。", actor=officer.user)
        assert last_hand(fresh(issue)).startswith("系统管理员修正 ")


def test_saving_what_is_there_already_writes_nothing(officer, issue):
    edit(issue, version=1, text=issue.text, actor=officer.user)
    assert (fresh(issue).version, issue.events.count()) == (1, 1)


@pytest.mark.parametrize("version", [0, 2, 10**9])
def test_any_other_version_is_stale(officer, issue, version):
    with pytest.raises(Stale) as refusal:
        edit(issue, version=version, text="x", actor=officer.user)
    assert refusal.value.theirs.text == issue.text


def test_an_empty_text_is_refused_beside_its_field(sign_in, officer, issue):
    answer = sign_in(officer.user).post(f"/issues/{issue.number}/edit/", typed(issue, text=" "))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["text"])
