"""Comments on the page of an issue: who may, what it says, and what it says to what it does not take."""

import io
import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Role
from config.clock import frozen
from issues.comments.services import withdraw, write_comment
from issues.models import Attachment, Comment, Event
from tests.attachments import files
from tests.factories import OfficerFactory, PlatformContactFactory, UserFactory, make_issue, make_visit
from tests.media import upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def issue(officer):
    return make_issue(officer)


@pytest.fixture
def contact(issue):
    user = UserFactory(role=Role.PLATFORM_CONTACT, unit=None)
    PlatformContactFactory(platform=issue.platform, user=user)
    return user


@pytest.fixture
def said(issue, officer):
    return write_comment(issue, text="请派人到现场。", attachments=[upload(files.jpeg())], actor=officer.user)


def url(issue, tail=""):
    return f"/issues/{issue.number}/{tail}"


def post(client, issue, text="请派人到现场。", *sent, headers=None):
    return client.post(url(issue, "comments/"), {"text": text, "attachments": list(sent)}, headers=headers)


def page(client, issue, tail=""):
    answer = client.get(url(issue, tail))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


class TestWho:
    """R58 and the brief words of the house: outsider 404, reader 403, contact 404, administrator 403."""

    EXPECTED = {
        "officer": (302, 200, 200, 200, 200, 302),
        "head": (302, 200, 200, 200, 200, 403),
        "bureau": (302, 200, 200, 200, 200, 403),
        "leader": (403, 200, 200, 200, 200, 403),
        "client": (403, 200, 200, 200, 200, 403),
        "outsider": (404, 404, 404, 404, 404, 404),
        "contact": (403, 302, 302, 302, 302, 302),  # refused, and without a link signed out by that
        "admin": (403, 403, 403, 403, 403, 403),
    }

    @pytest.fixture
    def people(self, issue, officer, contact):
        return {
            "officer": officer.user,
            "head": UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit),
            "bureau": UserFactory(role=Role.BUREAU_STAFF),
            "leader": UserFactory(role=Role.LEADER),
            "client": UserFactory(role=Role.API_CLIENT, unit=issue.lead_unit),
            "outsider": OfficerFactory().user,
            "contact": contact,
            "admin": UserFactory(role=Role.SYSTEM_ADMIN),
        }

    @pytest.mark.parametrize("who", EXPECTED)
    def test_each_address(self, sign_in, issue, said, people, who):
        client, file = sign_in(people[who]), said.attachments.get()
        assert (
            post(client, issue).status_code,
            client.get(url(issue, f"attachments/{file.pk}/")).status_code,
            client.get(url(issue, f"attachments/{file.pk}/small/")).status_code,
            client.get(url(issue, "mentions/")).status_code,
            client.get(url(issue, "timeline/")).status_code,
            client.post(url(issue, f"comments/{said.pk}/withdraw/")).status_code,
        ) == self.EXPECTED[who]

    def test_the_anonymous_sign_in_first_and_come_back(self, client, issue, said):
        file = said.attachments.get()
        for tail in (f"attachments/{file.pk}/", "mentions/", "timeline/"):
            answer = client.get(url(issue, tail))
            assert (answer.status_code, answer.url) == (302, f"/sign-in/?next={url(issue, tail)}")
            assert client.get(url(issue, tail), headers=HTMX).status_code == 401
        assert post(client, issue).status_code == 302
        assert Comment.objects.count() == 1

    def test_whoever_comes_back_from_the_sign_in_page_sees_the_issue(self, sign_in, issue, officer):
        answer = sign_in(officer.user).get(url(issue, "comments/"))
        assert (answer.status_code, answer.url) == (302, url(issue))

    def test_a_comment_needs_the_csrf_token(self, issue, officer):
        client = Client(enforce_csrf_checks=True)
        client.force_login(officer.user)
        assert post(client, issue).status_code == 403
        assert not Comment.objects.exists()

    def test_a_comment_of_another_issue_is_not_found_under_this_one(self, sign_in, officer, issue, said):
        other, file = make_issue(officer), said.attachments.get()
        client = sign_in(officer.user)
        assert client.get(url(other, f"attachments/{file.pk}/")).status_code == 404
        assert client.post(url(other, f"comments/{said.pk}/withdraw/")).status_code == 404
        assert client.get(url(issue, f"attachments/{10**30}/")).status_code == 404


class TestWhatItSays:
    def test_words_files_and_who_stand_in_the_timeline(self, sign_in, officer, issue):
        head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit, name="周明华")
        with frozen("2026-10-16T09:30"):
            sent = [upload(files.jpeg(), "现场.jpg"), upload(files.pdf(), "报告.pdf")]
            made = write_comment(issue, text="@周明华 请看\n第二行", attachments=sent, actor=officer.user)
        answer = sign_in(head).get(url(issue))
        (first, *_rest) = answer.context["events"]
        assert (first.title, first.actor_label) == ("留言", officer.user.name)
        html = " ".join(answer.content.decode().split())
        picture, paper = made.attachments.order_by("pk")
        assert f'id="comment-{made.pk}"' in html
        assert '<b class="ld-at">@周明华</b> 请看<br>第二行' in html
        assert f'<img src="/issues/{issue.number}/attachments/{picture.pk}/small/" alt="现场.jpg"' in html
        assert f'<a href="/issues/{issue.number}/attachments/{paper.pk}/">报告.pdf</a>' in html
        assert "撤回留言</summary>" not in html
        assert "撤回留言</summary>" in page(sign_in(officer.user), issue)

    def test_a_withdrawn_one_says_who_and_when_and_nothing_more(self, sign_in, officer, issue, said):
        file = said.attachments.get()
        with frozen(said.at + timedelta(minutes=3)):
            assert sign_in(officer.user).post(url(issue, f"comments/{said.pk}/withdraw/")).status_code == 302
        client = sign_in(UserFactory(role=Role.BUREAU_STAFF))
        html = page(client, issue)
        assert "已于10月15日 12:03撤回，内容不再显示。" in html
        assert officer.user.name in html
        assert "请派人到现场" not in html
        assert file.name not in html
        assert client.get(url(issue, f"attachments/{file.pk}/")).status_code == 404

    def test_markup_in_words_and_names_is_shown_and_does_nothing(self, sign_in, officer, issue):
        evil = '<img src=x onerror="alert(1)">'
        UserFactory(role=Role.BUREAU_STAFF, name="<b>王</b>")
        write_comment(
            issue, text=f"{evil} @<b>王</b>", attachments=[upload(files.pdf(), f"{evil}.pdf")], actor=officer.user
        )
        html = page(sign_in(officer.user), issue)
        assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;" in html
        assert '<b class="ld-at">@&lt;b&gt;王&lt;/b&gt;</b>' in html
        assert "<img src=x" not in html
        assert "_img src=x onerror=_alert(1)__.pdf" in html

    def test_a_leader_has_no_box_to_write_in(self, sign_in, leader, officer, issue, said):
        html = page(sign_in(leader), issue)
        assert "请派人到现场" in html
        assert "composer" not in html

    def test_the_word_on_secrets_stands_at_the_box(self, sign_in, officer, issue):
        html = page(sign_in(officer.user), issue)
        assert html.count("涉密信息禁止录入和上传。") == 1
        assert 'aria-describedby="id_attachments_helptext id_text_secret"' in html

    def test_the_visit_is_named_to_those_who_may_see_it(self, sign_in, officer):
        visit = make_visit(officer)
        issue = make_issue(officer, platform=visit.platform)
        type(issue).objects.filter(pk=issue.pk).update(visit=visit)
        assert f'href="/visits/{visit.pk}/"' in page(sign_in(officer.user), issue)
        # The unit that leads sees the issue, and not what else was said on the visit.
        head = UserFactory(role=Role.UNIT_HEAD)
        type(issue).objects.filter(pk=issue.pk).update(lead_unit=head.unit)
        assert f"/visits/{visit.pk}/" not in page(sign_in(head), issue)

    def test_files_are_listed_the_newest_first_and_the_rest_folded_up(self, sign_in, officer, issue):
        for number in range(8):
            write_comment(issue, text="", attachments=[upload(files.pdf(), f"第{number}份.pdf")], actor=officer.user)
        context = sign_in(officer.user).get(url(issue)).context
        assert [each.name for each in context["attachments"]] == [f"第{n}份.pdf" for n in (7, 6, 5, 4, 3, 2)]
        assert [each.name for each in context["more_attachments"]] == ["第1份.pdf", "第0份.pdf"]


class TestSending:
    def test_with_files_and_a_mention(self, sign_in, officer, issue):
        UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit, name="周明华")
        answer = post(sign_in(officer.user), issue, "@周明华 请看", upload(files.jpeg()), upload(files.pdf(), "a.pdf"))
        made = Comment.objects.get()
        assert (answer.status_code, answer.url) == (302, f"{url(issue)}#comment-{made.pk}")
        assert made.attachments.count() == 2
        assert "已发出，已提醒周明华。" in page(answer.client, issue)

    def test_with_htmx_the_page_is_fetched_anew(self, sign_in, officer, issue):
        answer = post(sign_in(officer.user), issue, headers=HTMX)
        assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")
        assert Comment.objects.count() == 1

    @pytest.mark.parametrize(
        ("text", "sent", "words"),
        [
            ("", [], "请写留言，或选择附件。"),
            ("长" * 2001, [], "最多2000个字，现在有2001个字。"),
            ("\0", [], "含有无法保存的字符"),
            ("\ud800", [], "请写留言"),
            ("@没有这人 请看", [], "没有叫“没有这人”的同事"),
            ("留言", [(files.SVG, "a.svg")], "网页、SVG和脚本不能上传"),
            ("留言", [(files.jpeg(), "a.jpg"), (files.EXE, "b.jpg")], "“b.jpg”：这是程序文件，不能上传。"),
            ("留言", [(b"", "空.pdf")], "“空.pdf”：文件是空的。"),
        ],
    )
    def test_what_is_refused_comes_back_with_its_sentence(self, sign_in, officer, issue, on_disk, text, sent, words):
        client = sign_in(officer.user)
        for headers in ({}, HTMX):
            text = text.encode("utf-8", "replace").decode() if "\ud800" in text else text
            if not text.strip("?") and not sent and "\0" not in text:
                text = ""
            answer = post(client, issue, text, *(upload(content, name) for content, name in sent), headers=headers)
            assert answer.status_code == 422
            assert words in answer.content.decode()
            if not headers and text.isprintable():
                assert f">\n{text}</textarea>" in answer.content.decode()
        assert not Comment.objects.exists()
        assert not Event.objects.filter(kind__in=["commented", "attached"]).exists()
        assert on_disk() == []

    def test_a_form_with_nonsense_in_it_is_a_422_or_means_nothing(self, sign_in, officer, issue):
        client = sign_in(officer.user)
        for sent in ({"text": "好", "client_id": "x" * 5000}, {"attachments": "not a file"}, {"client_id": "\0"}):
            assert client.post(url(issue, "comments/"), sent).status_code == 422
        assert client.post(url(issue, "comments/"), b"{", content_type="application/json").status_code == 422
        assert client.post(url(issue, "comments/"), b"x", content_type="multipart/form-data").status_code == 400
        assert not Comment.objects.exists()

    @pytest.mark.parametrize("typed", ["", "x", "\0", "%00", "%", "\u202e", "王" * 500, "'"])
    def test_the_list_of_names_takes_anything(self, sign_in, officer, issue, typed):
        answer = sign_in(officer.user).get(url(issue, "mentions/"), {"q": typed})
        assert answer.status_code == 200

    def test_the_list_of_names_is_drawn_by_the_server(self, sign_in, officer, issue):
        clerk = UserFactory(role=Role.CLERK, unit=issue.lead_unit, name="周<i>")
        html = " ".join(sign_in(officer.user).get(url(issue, "mentions/"), {"q": "周"}).content.decode().split())
        assert f'id="mention-{clerk.pk}" aria-selected="false" data-ld-written="@周&lt;i&gt;"' in html
        assert "1 位同事，用上下键选择，回车写入。" in html


class TestTooMuch:
    def test_a_text_of_ten_megabytes_is_refused_in_words(self, sign_in, officer, issue):
        client, text = sign_in(officer.user), "x" * 10_000_000
        for how in ({}, {"content_type": "application/x-www-form-urlencoded"}):
            sent = f"text={text}" if how else {"text": text}
            answer = client.post(url(issue, "comments/"), sent, **how)
            assert answer.status_code == 413
            assert "这次提交的内容太大" in answer.content.decode()
        assert not Comment.objects.exists()

    def test_more_than_all_files_together_may_have_is_not_even_read(self, sign_in, officer, issue, settings):
        settings.ATTACHMENTS_MEGABYTES_AT_ONCE = 1
        client = sign_in(officer.user)
        assert post(client, issue, "", upload(files.pdf(b" " * 1_000_000))).status_code == 302
        assert post(client, issue, "", upload(files.pdf(b" " * 2_100_000))).status_code == 413

    def test_other_addresses_take_no_more_than_they_did(self, sign_in, bureau_staff):
        client, body = sign_in(bureau_staff), io.BytesIO(bytes(7_000_000))
        assert client.post("/register/import/", {"file": body}).status_code == 413
        assert client.post("/visits/new/", {"file": io.BytesIO(bytes(7_000_000))}).status_code == 413

    def test_an_odd_length_is_nothing_to_the_limit(self, sign_in, officer, issue):
        for length in ("-1", "x", "٣", ""):
            answer = sign_in(officer.user).post(url(issue, "comments/"), {"text": "好"}, CONTENT_LENGTH=length)
            assert answer.status_code in (302, 400, 422)


class TestCost:
    """The same statements for 1 and for 200 of each."""

    def grow(self, issue, officer, to):
        mentioned = UserFactory(role=Role.BUREAU_STAFF)
        while (number := Comment.objects.count()) < to:
            at = issue.registered_at + timedelta(minutes=number)
            event = Event.objects.create(issue=issue, kind="commented", at=at, actor=officer.user)
            made = Comment.objects.create(
                issue=issue, event=event, client_id=f"{number:032x}", author=officer.user, text="好", at=at
            )
            made.mentioned.add(mentioned)
            what = {"kind": "pdf", "name": "a.pdf", "size": 1, "sha256": "0" * 64, "content_type": "application/pdf"}
            whose = {"issue": issue, "comment": made, "uploaded_by": officer.user, "uploaded_at": at}
            Attachment.objects.create(**what, **whose, file=f"attachments/00/{number:x}")

    def test_of_the_page_and_of_the_whole_timeline(self, sign_in, officer, issue, django_assert_num_queries):
        client = sign_in(officer.user)
        for to in (1, 200):
            self.grow(issue, officer, to)
            for tail, statements in (("", 23), ("?timeline=all", 23), ("timeline/", 10)):
                with django_assert_num_queries(statements):
                    answer = client.get(url(issue, tail))
                assert answer.status_code == 200
        shown = {tail: answer_of(client, issue, tail) for tail in ("", "?timeline=all", "timeline/")}
        assert shown == {"": 50, "?timeline=all": 201, "timeline/": 201}

    def test_a_short_timeline_offers_no_more(self, sign_in, officer, issue):
        self.grow(issue, officer, 49)
        assert "显示更早的过程" not in page(sign_in(officer.user), issue)
        self.grow(issue, officer, 50)
        html = page(sign_in(officer.user), issue)
        assert 'href="?timeline=all#timeline"' in html
        assert f'hx-get="/issues/{issue.number}/timeline/"' in html
        assert "显示更早的过程" not in page(sign_in(officer.user), issue, "?timeline=all")


def answer_of(client, issue, tail):
    return len(re.findall(r'<div class="w">', client.get(url(issue, tail)).content.decode()))


def test_withdrawing_twice_says_the_same(sign_in, officer, issue, said):
    withdraw(said, actor=officer.user)
    assert sign_in(officer.user).post(url(issue, f"comments/{said.pk}/withdraw/")).status_code == 302
