"""@姓名: where a name begins and ends, whom it means, and whom the list suggests."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role, UnitKind
from config.clock import now, today
from issues.comments.mentions import SUGGESTED, colleagues, mentions_in, pieces, seeing, suggest, worth_asking
from issues.models import Issue
from tests.factories import OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return UnitFactory(code="CO", name="市委科技办", kind=UnitKind.COMMISSION_OFFICE)


@pytest.fixture
def unit(office):
    return UnitFactory(code="M-HUD", name="市住建局", parent=office)


@pytest.fixture
def issue(unit):
    return make_issue(OfficerFactory(user=UserFactory(name="陈思远", unit=unit)))


def clerk(issue, name, **fields):
    return UserFactory(name=name, **{"role": Role.CLERK, "unit": issue.lead_unit, **fields})


def found(text, issue):
    return [(text[each.start : each.end], each.person) for each in mentions_in(text, issue)]


def why(text, issue):
    with pytest.raises(ValidationError) as caught:
        mentions_in(text, issue)
    return caught.value.message_dict["text"]


class TestFound:
    @pytest.mark.parametrize(
        "text",
        [
            "@王伟 请看",
            "@王伟请看",
            "请@王伟",
            "请＠王伟，谢谢",
            "（@王伟）",
            "@王伟\n明天",
            "@王伟，@ 三点",
            "@王伟@王伟",
        ],
    )
    def test_a_name_is_found_wherever_chinese_puts_it(self, issue, text):
        wei = clerk(issue, "王伟")
        assert {person for _name, person in found(text, issue)} == {wei}

    @pytest.mark.parametrize(
        "text", ["写信到 wei@example.cn", "a.b+c@王伟", "@ 王伟", "@", "@@", "@13812345678", "@abc"]
    )
    def test_what_is_no_mention_is_left_alone(self, issue, text):
        clerk(issue, "王伟")
        assert found(text, issue) == []

    def test_the_longest_name_that_fits_is_meant(self, issue):
        wei, ming = clerk(issue, "王伟"), clerk(issue, "王伟明")
        assert found("@王伟明天来", issue) == [("@王伟明", ming)]
        assert found("@王伟 明天来", issue) == [("@王伟", wei)]

    def test_but_rather_one_who_can_see_the_issue(self, issue):
        wei = clerk(issue, "王伟")
        UserFactory(name="王伟明")
        assert found("@王伟明天来", issue) == [("@王伟", wei)]

    def test_names_with_a_dot_or_in_latin_letters(self, issue):
        dot, latin = clerk(issue, "阿依古丽·买买提"), clerk(issue, "Li Wei")
        assert found("@阿依古丽·买买提请看，@Li Wei 也看", issue) == [("@阿依古丽·买买提", dot), ("@Li Wei", latin)]

    def test_namesakes_are_told_apart_by_their_unit(self, issue, office):
        here = clerk(issue, "王伟")
        there = UserFactory(role=Role.BUREAU_STAFF, name="王伟", unit=office)
        assert why("@王伟 请看", issue) == ["有2位王伟，请写明单位：@王伟（市住建局）、@王伟（市委科技办）。"]
        assert found("@王伟（市委科技办） 请看", issue) == [("@王伟（市委科技办）", there)]
        assert found("@王伟(市住建局)请看", issue) == [("@王伟(市住建局)", here)]

    def test_a_namesake_elsewhere_does_not_matter(self, issue):
        here = clerk(issue, "王伟")
        UserFactory(name="王伟")
        assert found("@王伟（见附件）", issue) == [("@王伟", here)]


class TestRefused:
    def test_a_name_that_nobody_has(self, issue):
        assert why("@王维 请看", issue) == ["没有叫“王维”的同事。请核对姓名，姓名后面空一格。"]

    @pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.API_CLIENT, Role.PLATFORM_CONTACT])
    def test_who_does_not_work_with_cases_is_nobody(self, issue, role):
        clerk(issue, "王伟", role=role)
        assert why("@王伟 请看", issue)[0].startswith("没有叫“王伟”的同事。")

    def test_who_has_left(self, issue):
        clerk(issue, "王伟", is_active=False)
        assert why("@王伟 请看", issue)[0].startswith("没有叫“王伟”的同事。")

    def test_more_names_than_anybody_reads(self, issue):
        assert why("@王伟 " * 21, issue) == ["一条留言最多提到20人。"]


class TestWhoSees:
    def test_one_statement_says_the_same_as_the_scope_of_each(self, issue, office, unit, django_assert_num_queries):
        other = UnitFactory(code="D-X", parent=office)
        people = [
            UserFactory(role=role, unit=where)
            for where in (unit, other, office)
            for role in (Role.OFFICER, Role.CLERK, Role.UNIT_HEAD, Role.BUREAU_STAFF, Role.LEADER)
        ]
        people += [issue.officer.user, issue.handler, OfficerFactory(user=UserFactory(unit=other)).user]
        expected = {person.pk for person in people if Issue.objects.visible_to(person).filter(pk=issue.pk).exists()}
        assert 0 < len(expected) < len(people)
        with django_assert_num_queries(1):
            assert seeing(people, issue) == expected

    def test_nobody_asked_nothing_read(self, issue, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert seeing([], issue) == set()


class TestSuggested:
    def names(self, typed, issue, asker):
        return [each.person.name for each in suggest(typed, issue, asker)]

    def test_those_who_have_to_do_with_it_come_first_and_nobody_who_cannot_see_it(self, issue, office):
        UserFactory(role=Role.BUREAU_STAFF, name="安一", unit=office)
        clerk(issue, "周二")
        UserFactory(name="陈外人")
        asker = UserFactory(role=Role.COMMISSION_OFFICE, unit=office)
        assert self.names("", issue, asker) == ["陈思远", "周二", "安一"]
        assert self.names("陈", issue, asker) == ["陈思远"]
        assert self.names("陈思远", issue, asker) == ["陈思远"]
        assert self.names("%", issue, asker) == []
        assert self.names("", issue, issue.officer.user) == ["周二", "安一", asker.name]

    def test_a_namesake_is_written_with_the_unit(self, issue, office):
        clerk(issue, "王伟")
        UserFactory(role=Role.BUREAU_STAFF, name="王伟", unit=office)
        written = [each.written for each in suggest("王", issue, issue.officer.user)]
        assert written == ["@王伟（市住建局）", "@王伟（市委科技办）"]
        assert [str(mentions_in(each, issue)[0].person.unit) for each in written] == ["市住建局", "市委科技办"]

    def test_whoever_can_see_it_is_worth_asking_about(self, issue, office, unit):
        other = UnitFactory(code="D-X", parent=office)
        below = UnitFactory(code="M-HUD-1", parent=unit)
        people = [
            UserFactory(role=role, unit=where)
            for where in (unit, other, office, below)
            for role in (
                Role.OFFICER,
                Role.CLERK,
                Role.UNIT_HEAD,
                Role.BUREAU_STAFF,
                Role.COMMISSION_OFFICE,
                Role.LEADER,
            )
        ]
        newcomer = OfficerFactory()
        platform = PlatformFactory(officer=newcomer)
        handed_over = make_issue(issue.officer, platform=platform)
        Issue.objects.filter(pk=handed_over.pk).update(lead_unit=other)
        handed_over.supports.create(unit=below, asked_at=now(), due_on=today())
        for each in (issue, Issue.objects.get(pk=handed_over.pk)):
            asked = set(colleagues().filter(worth_asking(each)))
            seeing_it = {
                person
                for person in (*people, issue.officer.user, newcomer.user)
                if Issue.objects.visible_to(person).filter(pk=each.pk).exists()
            }
            assert seeing_it
            assert seeing_it <= asked
            assert len(asked) < colleagues().count()

    def test_a_list_has_an_end_and_takes_three_statements(self, issue, django_assert_num_queries):
        for number in range(12):
            clerk(issue, f"同事{number:02}")
        asker, issue = clerk(issue, "问的人"), Issue.objects.select_related("lead_unit", "home_unit").get(pk=issue.pk)
        with django_assert_num_queries(3):
            assert len(suggest("同事", issue, asker)) == SUGGESTED


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("请@王伟看", ["王伟"], [("请", False), ("@王伟", True), ("看", False)]),
        ("＠王伟", ["王伟"], [("＠王伟", True)]),
        ("@王伟明", ["王伟", "王伟明"], [("@王伟明", True)]),
        ("a@王伟", ["王伟"], [("a@王伟", False)]),
        ("@(", ["("], [("@(", True)]),
        ("无", [], [("无", False)]),
    ],
)
def test_names_are_set_off_in_the_text(text, names, expected):
    assert list(pieces(text, names)) == expected


def test_an_officer_of_the_platform_today_can_be_mentioned(unit):
    newcomer = OfficerFactory(user=UserFactory(name="新来的"))
    platform = PlatformFactory(officer=newcomer)
    issue = make_issue(OfficerFactory(), platform=platform)
    assert [person for _name, person in found("@新来的 请接手", issue)] == [newcomer.user]
