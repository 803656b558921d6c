"""Views of the list that people keep, share and open with. A view is an address; rows stay the reader's own (R58)."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse

from accounts.models import Role
from issues.models import DefaultView, SavedView
from issues.saved_views import views
from issues.saved_views.queries import canonical
from issues.saved_views.services import MOST_VIEWS, change_view, delete_view, open_with, save_view, shares_of
from tests.factories import OfficerFactory, PlatformFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db

LIST, SAVE, VIEWS = reverse("issues:list"), reverse("issues:save-view"), reverse("issues:views")


def view_of(owner, name="C类临期", query="tier=C&warning=nearing", **how) -> SavedView:
    return save_view(QueryDict(query), name=name, owner=owner, **how)


def names(user) -> list[str]:
    return sorted(SavedView.objects.visible_to(user).values_list("name", flat=True))


@pytest.fixture
def colleague(officer):
    """Another officer of the same unit."""
    return UserFactory(unit=officer.user.unit)


class TestWhatIsKept:
    def test_filters_order_and_columns_in_one_spelling(self):
        given = "sort=new&tier=C&tier=B&cursor=xyz&more=1&columns=due,tier&open=true&q=&utm=1&view=all"
        assert canonical(QueryDict(given)) == "tier=B&tier=C&open=true&sort=new&columns=tier,due"

    def test_what_is_usual_is_not_written_down(self):
        assert canonical(QueryDict("open=true&sort=due&columns=tier,state,unit,due,warning")) == "open=true"
        assert canonical(QueryDict("sort=new")) == ""
        assert canonical(QueryDict("sort=due")) == "sort=due"

    def test_a_saved_list_is_found_again_as_it_was(self, sign_in, officer):
        for tier in "BCD":
            make_issue(officer, tier=tier, text=tier)
        client = sign_in(officer.user)
        asked = client.post(
            f"{SAVE}?tier=C&tier=D&sort=due&columns=tier,handler&cursor=abc", {"name": "难的", "shared_with": "nobody"}
        )
        assert (asked.status_code, asked.url) == (302, f"{LIST}?tier=C&tier=D&sort=due&columns=tier,handler")
        page = client.get(asked.url)
        assert [row["text"] for row in page.context["rows"]] == ["C", "D"]
        assert [head.name for head in page.context["heads"] if not head.is_card_only] == ["tier", "handler"]
        assert [tab.label for tab in page.context["bar"].tabs if tab.is_current] == ["难的"]

    def test_a_kept_view_is_marked_before_a_built_in_one(self, sign_in, officer):
        view_of(officer.user, "我的逾期", "warning=overdue")
        tabs = sign_in(officer.user).get(LIST, {"warning": "overdue"}).context["bar"].tabs
        assert [tab.label for tab in tabs if tab.is_current] == ["我的逾期"]


class TestSaving:
    def test_the_page_says_what_will_be_kept(self, sign_in, officer):
        html = sign_in(officer.user).get(f"{SAVE}?tier=C&warning=nearing&columns=due,tier").content.decode()
        for words in ("C 跨部门协调", "临期", "按到期日先后", "列：类别、到期日"):
            assert f"<li>{words}</li>" in html

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("", "请给视图起个名称。"),
            ("  \u200b ", "请给视图起个名称。"),
            ("长" * 31, "最多30个字，现在有31个字。"),
            ("空\x00", "含有无法保存的字符，请删去后再提交。"),
        ],
    )
    def test_a_name_that_will_not_do_is_answered_beside_it(self, sign_in, officer, name, sentence):
        answer = sign_in(officer.user).post(f"{SAVE}?tier=C", {"name": name, "shared_with": "unit"})
        assert answer.status_code == 422
        assert answer.context["form"].errors["name"] == [sentence]
        assert answer.context["form"]["shared_with"].value() == "unit"
        assert not SavedView.objects.exists()

    def test_a_taken_name_asks_whether_it_is_to_be_replaced(self, sign_in, officer):
        client = sign_in(officer.user)
        view = view_of(officer.user, "常看")
        assert "replaces" not in client.get(f"{SAVE}?tier=D").context["form"].fields
        answer = client.post(f"{SAVE}?tier=D", {"name": "常看", "shared_with": "nobody"})
        assert answer.context["form"].errors["name"] == ["您已有名为“常看”的视图。"]
        assert "替换原来的同名视图" in answer.content.decode()
        client.post(f"{SAVE}?tier=D", {"name": "常看", "shared_with": "unit", "replaces": "on"})
        view.refresh_from_db()
        assert (view.query, view.shared_with, SavedView.objects.count()) == ("tier=D", "unit", 1)

    def test_the_same_name_is_free_for_somebody_else(self, officer, colleague):
        view_of(officer.user)
        view_of(colleague)
        assert SavedView.objects.count() == 2

    def test_a_list_with_a_wrong_filter_is_not_kept(self, sign_in, officer):
        client = sign_in(officer.user)
        answer = client.post(f"{SAVE}?tier=Z", {"name": "坏的", "shared_with": "nobody"})
        assert answer.status_code == 422
        assert "没有“Z”这个选项。" in answer.content.decode()
        assert client.get(f"{SAVE}?tier=Z").status_code == 422
        assert not SavedView.objects.exists()

    def test_thirty_each_and_not_one_more(self, sign_in, officer, colleague):
        for number in range(MOST_VIEWS):
            view_of(officer.user, str(number))
        answer = sign_in(officer.user).post(f"{SAVE}?tier=D", {"name": "多一个", "shared_with": "nobody"})
        assert answer.status_code == 422
        assert answer.context["form"].non_field_errors() == ["最多保存30个视图；请先删去不用的。"]
        assert view_of(officer.user, "0", "tier=D", replaces=True).query == "tier=D"
        assert view_of(colleague).pk

    def test_more_conditions_than_can_be_stored_are_refused(self, officer):
        with pytest.raises(ValidationError, match="条件太多"):
            view_of(officer.user, query="q=" + "长" * 300)


class TestSharing:
    def test_with_nobody_the_own_unit_or_everybody(self, officer, colleague, bureau_staff, commission):
        stranger = OfficerFactory().user
        view_of(officer.user, "自己的")
        view_of(officer.user, "单位的", shared_with="unit")
        view_of(bureau_staff, "大家的", shared_with="everybody")
        assert names(officer.user) == ["单位的", "大家的", "自己的"]
        assert names(colleague) == ["单位的", "大家的"]
        assert names(stranger) == names(commission) == ["大家的"]

    def test_everybody_is_served_by_bureau_and_commission_office_only(self, officer, bureau_staff, commission, leader):
        assert [each.value for each in shares_of(officer.user)] == ["nobody", "unit"]
        assert [each.value for each in shares_of(commission)] == ["nobody", "unit", "everybody"]
        nowhere = UserFactory(role=Role.LEADER, unit=None)
        assert [each.value for each in shares_of(nowhere)] == ["nobody"]
        for user, share in ((officer.user, "everybody"), (nowhere, "unit")):
            with pytest.raises(ValidationError) as refusal:
                view_of(user, shared_with=share)
            assert list(refusal.value.message_dict) == ["shared_with"]

    def test_who_loses_the_office_loses_everybodys_ear(self, officer, bureau_staff):
        view_of(bureau_staff, "大家的", shared_with="everybody")
        bureau_staff.role = Role.CLERK
        bureau_staff.save()
        assert names(officer.user) == []

    def test_a_posted_share_that_is_not_offered_is_no_choice(self, sign_in, officer):
        answer = sign_in(officer.user).post(SAVE, {"name": "大家的", "shared_with": "everybody"})
        assert answer.status_code == 422
        assert answer.context["form"].errors["shared_with"] == ["没有这一项，请重新选择。"]

    def test_tabs_say_whose_it_is(self, sign_in, officer, colleague):
        view_of(officer.user, "单位的", shared_with="unit")
        tabs = {tab.label: tab.owner for tab in sign_in(colleague).get(LIST).context["bar"].tabs}
        assert tabs["单位的"] == officer.user.name
        own = {tab.label: tab.owner for tab in sign_in(officer.user).get(LIST).context["bar"].tabs}
        assert own["单位的"] == ""

    def test_a_shared_view_shows_nobody_more_than_their_own_rows(self, sign_in, bureau_staff, officer):
        make_issue(officer, tier="C", text="自己的")
        make_issue(OfficerFactory(), tier="C", text="别人的")
        view = view_of(bureau_staff, "C类", "tier=C", shared_with="everybody")
        page = sign_in(officer.user).get(f"{LIST}?{view.query}")
        assert [row["text"] for row in page.context["rows"]] == ["自己的"]

    def test_a_condition_out_of_the_readers_scope_says_so_and_lists_nothing(self, sign_in, bureau_staff, officer):
        make_issue(officer, text="不该出现")
        theirs = PlatformFactory(officer=OfficerFactory())
        view = view_of(bureau_staff, "那个平台", f"platform={theirs.pk}", shared_with="everybody")
        answer = sign_in(officer.user).get(f"{LIST}?{view.query}")
        assert answer.status_code == 422
        html = answer.content.decode()
        assert "视图“那个平台”里有条件已经失效" in html
        assert "没有这一项，或不在您的查看范围。" in html
        assert "不该出现" not in html
        assert theirs.name not in html


class TestInvalidViews:
    def test_a_view_whose_words_have_gone_says_so(self, sign_in, officer):
        view = SavedView.objects.create(
            owner=officer.user, name="旧的", query="state=open&columns=colour", updated_at="2025-01-01T00:00+08:00"
        )
        client = sign_in(officer.user)
        answer = client.get(f"{LIST}?{view.query}")
        assert answer.status_code == 422
        assert "没有“open”这个选项。" in answer.content.decode()
        assert "有条件已失效" in client.get(VIEWS).content.decode()

    def test_as_the_default_it_still_leaves_a_way_out(self, sign_in, officer):
        view = SavedView.objects.create(
            owner=officer.user, name="旧的", query="state=open", updated_at="2025-01-01T00:00+08:00"
        )
        open_with(view, user=officer.user)
        client = sign_in(officer.user)
        answer = client.get(LIST, follow=True)
        assert answer.status_code == 422
        assert '<a class="btn btn-link" href="?view=all">' in answer.content.decode()
        assert client.get(f"{LIST}?view=all").status_code == 200


class TestTheDefault:
    def test_the_list_opens_with_it_at_an_address_of_its_own(self, sign_in, officer, colleague):
        open_with(view_of(colleague, "单位的", "tier=C&sort=due", shared_with="unit"), user=officer.user)
        client = sign_in(officer.user)
        answer = client.get(LIST)
        assert (answer.status_code, answer.url) == (302, f"{LIST}?tier=C&sort=due")
        assert [tab.label for tab in client.get(answer.url).context["bar"].tabs if tab.is_current] == ["单位的"]
        assert sign_in(colleague).get(LIST).status_code == 200

    def test_everything_is_still_one_click_away(self, sign_in, officer):
        make_issue(officer, text="B的")
        open_with(view_of(officer.user, "C类", "tier=C"), user=officer.user)
        client = sign_in(officer.user)
        page = client.get(f"{LIST}?tier=C")
        assert page.context["bar"].tabs[0].query == "view=all"
        assert page.context["bar"].applied[0].without == "view=all"
        everything = client.get(f"{LIST}?view=all")
        assert [row["text"] for row in everything.context["rows"]] == ["B的"]
        assert [tab.label for tab in everything.context["bar"].tabs if tab.is_current] == ["全部"]

    def test_a_view_of_everything_may_be_the_default(self, sign_in, officer):
        open_with(view_of(officer.user, "都要", ""), user=officer.user)
        client = sign_in(officer.user)
        assert client.get(LIST).url == f"{LIST}?view=all"
        assert client.get(LIST, follow=True).status_code == 200

    def test_it_falls_away_with_the_view_or_its_sharing(self, sign_in, officer, colleague):
        view = view_of(colleague, "单位的", shared_with="unit")
        open_with(view, user=officer.user)
        change_view(view, name="单位的", shared_with="nobody", actor=colleague)
        assert sign_in(officer.user).get(LIST).status_code == 200
        change_view(view, name="单位的", shared_with="unit", actor=colleague)
        assert sign_in(officer.user).get(LIST).status_code == 302
        delete_view(view, actor=colleague)
        assert sign_in(officer.user).get(LIST).status_code == 200
        assert not DefaultView.objects.exists()

    def test_saving_may_make_it_so_and_a_click_ends_it(self, sign_in, officer):
        client = sign_in(officer.user)
        client.post(f"{SAVE}?tier=C", {"name": "C类", "shared_with": "nobody", "opens": "on"})
        assert client.get(LIST).url == f"{LIST}?tier=C"
        client.post(reverse("issues:open-with-everything"))
        assert client.get(LIST).status_code == 200
        client.post(reverse("issues:open-with-view", args=[SavedView.objects.get().pk]))
        assert client.get(LIST).status_code == 302


class TestLookingAfter:
    def test_renamed_shared_and_deleted_by_the_owner(self, sign_in, officer, colleague):
        view = view_of(officer.user)
        client, address = sign_in(officer.user), reverse("issues:change-view", args=[view.pk])
        client.post(address, {"name": "新名", "shared_with": "unit"})
        assert names(colleague) == ["新名"]
        view_of(officer.user, "占了")
        taken = client.post(address, {"name": "占了", "shared_with": "unit"})
        assert (taken.status_code, taken.context["form"].errors["name"]) == (422, ["您已有名为“占了”的视图。"])
        client.post(reverse("issues:delete-view", args=[view.pk]))
        assert names(officer.user) == ["占了"]

    @pytest.mark.parametrize(
        ("door", "guard", "says"),
        [
            ("issues:delete-view", "get_editable_or_refuse", "这个视图已经删除。"),
            ("issues:open-with-view", "get_visible_or_404", "这个视图已不再与您共享。"),
        ],
    )
    def test_whoever_clicks_while_it_is_being_deleted_is_told(self, sign_in, officer, monkeypatch, door, guard, says):
        view = view_of(officer.user, "C类", "tier=C")
        monkeypatch.setattr(views, guard, lambda *_asked, **_key: view)  # it was still there when the door was opened
        client, address = sign_in(officer.user), reverse(door, args=[view.pk])
        delete_view(SavedView.objects.get(), actor=officer.user)
        answer = client.post(address, follow=True)
        assert (answer.status_code, says in answer.content.decode()) == (200, True)
        assert not DefaultView.objects.exists()

    @pytest.mark.parametrize("door", ["issues:change-view", "issues:delete-view"])
    def test_a_reader_is_refused_and_to_an_outsider_it_does_not_exist(self, sign_in, officer, colleague, client, door):
        view = view_of(officer.user, shared_with="unit")
        address, data = reverse(door, args=[view.pk]), {"name": "抢来的", "shared_with": "nobody"}
        assert sign_in(colleague).post(address, data).status_code == 403
        assert sign_in(OfficerFactory().user).post(address, data).status_code == 404
        assert client.post(address, data).status_code == 302
        assert names(officer.user) == ["C类临期"]

    def test_nobody_opens_with_a_view_that_is_not_shared(self, sign_in, officer, colleague):
        view = view_of(officer.user)
        assert sign_in(colleague).post(reverse("issues:open-with-view", args=[view.pk])).status_code == 404
        with pytest.raises(ValidationError, match="不再与您共享"):
            open_with(view, user=colleague)

    @pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.PLATFORM_CONTACT])
    def test_who_reads_no_cases_has_no_views(self, sign_in, bureau_staff, role):
        view_of(bureau_staff, "大家的", shared_with="everybody")
        stranger = UserFactory(role=role)
        assert names(stranger) == []
        assert sign_in(stranger).get(VIEWS).status_code == 403
        assert sign_in(stranger).post(SAVE, {"name": "x", "shared_with": "nobody"}).status_code == 403

    def test_the_page_lists_own_and_shared_ones_in_words(self, sign_in, officer, colleague):
        view_of(officer.user, "自己的")
        view_of(colleague, "同事的", "state=assigned", shared_with="unit")
        page = sign_in(officer.user).get(VIEWS)
        assert [each.view.name for each in page.context["own"]] == ["自己的"]
        shared = page.context["shared"][0]
        assert (shared.words, shared.is_broken) == (["待签收", "新登记的在前"], False)
        assert f"{colleague.name} 共享" in page.content.decode()

    def test_tabs_beyond_six_are_on_the_page_of_views(self, sign_in, officer):
        for number in range(9):
            view_of(officer.user, f"视图{number}", f"q={number}")
        bar = sign_in(officer.user).get(LIST, {"q": "8"}).context["bar"]
        assert [tab.label for tab in bar.tabs if tab.pk] == [*(f"视图{number}" for number in range(6)), "视图8"]

    def test_views_cost_one_statement_however_many(self, sign_in, officer, django_assert_num_queries):
        client = sign_in(officer.user)
        make_issue(officer)
        with django_assert_num_queries(9):
            client.get(LIST, {"tier": "B"})
        for number in range(20):
            view_of(officer.user, str(number))
        with django_assert_num_queries(9):
            client.get(LIST, {"tier": "B"})


def test_a_copied_address_opens_the_same_list_for_a_colleague(sign_in, officer, bureau_staff):
    make_issue(officer, tier="C", text="看得到的", urgency="urgent")
    make_issue(officer, tier="C", text="不急的")
    page = sign_in(bureau_staff).get(f"{LIST}?tier=C&urgency=urgent&columns=tier,urgency&sort=due")
    address = page.wsgi_request.get_full_path()
    assert [row["text"] for row in sign_in(officer.user).get(address).context["rows"]] == ["看得到的"]
    assert parse_qs(urlsplit(address).query)["columns"] == ["tier,urgency"]
