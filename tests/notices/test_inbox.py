"""/notices/: everybody's own inbox, and the way from a notice to its issue."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from config.clock import frozen, now
from issues.tick import tick
from notices.models import Notice
from tests.factories import OfficerFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db

LIST, READ_ALL = "/notices/", "/notices/read/"


def notice(recipient, **fields) -> Notice:
    number = Notice.objects.count()
    data = {"number": f"2026-{number:06d}", "due_on": "2026-10-19", "clock": "statutory", **fields.pop("data", {})}
    defaults = {"kind": "nearing", "cause": f"warning/{number}", "url": "/issues/2026-000001/", "created_at": now()}
    return Notice.objects.create(recipient=recipient, data=data, **{**defaults, **fields})


def text(answer) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


class TestList:
    @pytest.mark.parametrize(
        ("kind", "clock", "sentence"),
        [
            ("nearing", "statutory", "问题 2026-000000 临期，10月19日到期"),
            ("due_today", "statutory", "问题 2026-000000 今日到期，10月19日24:00前"),
            ("overdue", "statutory", "问题 2026-000000 逾期，到期日是10月19日"),
            ("nearing", "plan", "问题 2026-000000 方案临期，承诺10月19日办结"),
            ("due_today", "plan", "问题 2026-000000 方案今日到期，承诺10月19日办结"),
            ("overdue", "plan", "问题 2026-000000 方案逾期，承诺日是10月19日"),
        ],
    )
    def test_each_kind_has_its_sentence(self, sign_in, leader, kind, clock, sentence):
        notice(leader, kind=kind, data={"clock": clock})
        assert sentence in text(sign_in(leader).get(LIST))

    def test_the_unread_stand_first_the_newest_above(self, sign_in, leader):
        first, second, third = (notice(leader) for _ in range(3))
        Notice.objects.filter(pk=third.pk).mark_read(now())
        page = sign_in(leader).get(LIST).context["page"]
        assert list(page) == [second, first, third]

    def test_pages_meet_every_notice_once(self, sign_in, leader):
        mine = [notice(leader) for _ in range(45)]
        Notice.objects.filter(pk__in=[each.pk for each in mine[::2]]).mark_read(now())
        seen: list[int] = []
        cursor, client = "", sign_in(leader)
        while cursor or not seen:
            page = client.get(LIST, {"cursor": cursor}).context["page"]
            seen += [each.pk for each in page]
            cursor = page.next_cursor
        assert sorted(seen) == [each.pk for each in mine]

    def test_nobody_sees_somebody_elses(self, sign_in, leader, bureau_staff):
        notice(bureau_staff)
        assert "还没有消息" in text(sign_in(leader).get(LIST))

    def test_one_costs_the_statements_of_thirty(self, sign_in, leader):
        client = sign_in(leader)
        statements = []
        for more in (1, 29):
            for _ in range(more):
                notice(leader)
            client.get(LIST)  # what a process reads once
            with CaptureQueriesContext(connection) as asked:
                client.get(LIST)
            statements.append(len(asked))
        assert statements[1] <= statements[0] <= 5

    def test_the_anonymous_go_to_the_sign_in_page(self, client):
        assert client.get(LIST).url == "/sign-in/?next=/notices/"
        assert client.post(READ_ALL).url == "/sign-in/?next=/notices/read/"


class TestOpen:
    def test_it_is_read_once_and_leads_to_the_issue(self, sign_in, officer):
        issue = make_issue(officer)
        with frozen("2026-10-26T08:00"):
            tick()
        mine = Notice.objects.get()
        client = sign_in(officer.user)
        with frozen("2026-10-26T09:00") as first:
            answer = client.get(f"/notices/{mine.pk}/")
        assert (answer.status_code, answer.url) == (302, f"/issues/{issue.number}/")
        with frozen("2026-10-26T10:00"):
            client.get(f"/notices/{mine.pk}/")
        assert Notice.objects.get().read_at == first
        assert client.get(answer.url).status_code == 200

    def test_somebody_elses_does_not_exist_and_stays_unread(self, sign_in, leader, bureau_staff):
        theirs = notice(bureau_staff)
        for user in (leader, UserFactory(role=Role.COMMISSION_OFFICE)):
            assert sign_in(user).get(f"/notices/{theirs.pk}/").status_code == 404
        assert Notice.objects.get().read_at is None

    @pytest.mark.parametrize("pk", ["0", "999999", "9" * 30])
    def test_a_number_that_is_none_is_not_found(self, sign_in, leader, pk):
        assert sign_in(leader).get(f"/notices/{pk}/").status_code == 404

    @pytest.mark.parametrize("url", ["https://example.org/", "//example.org/", "javascript:alert(1)", ""])
    def test_it_never_leads_away_from_the_house(self, sign_in, leader, url):
        answer = sign_in(leader).get(f"/notices/{notice(leader, url=url).pk}/")
        assert (answer.status_code, answer.url) == (302, LIST)

    def test_the_anonymous_go_to_the_sign_in_page(self, client, leader):
        answer = client.get(f"/notices/{notice(leader).pk}/")
        assert answer.status_code == 302
        assert answer.url.startswith("/sign-in/")
        assert Notice.objects.get().read_at is None


class TestReadAll:
    def test_all_of_ones_own_and_nobody_elses(self, sign_in, leader, bureau_staff):
        notice(leader), notice(leader), notice(bureau_staff)
        answer = sign_in(leader).post(READ_ALL, follow=True)
        assert "2条消息已标为已读。" in text(answer)
        assert [n.read_at is not None for n in Notice.objects.order_by("pk")] == [True, True, False]

    def test_what_was_read_before_keeps_its_time(self, sign_in, leader):
        earlier = now() - timedelta(days=1)
        notice(leader, read_at=earlier)
        sign_in(leader).post(READ_ALL)
        assert Notice.objects.get().read_at == earlier

    def test_a_link_does_not_do_it(self, sign_in, leader):
        notice(leader)
        assert sign_in(leader).get(READ_ALL).status_code == 405
        assert Notice.objects.get().read_at is None


def test_the_bell_counts_what_is_unread(sign_in, officer):
    for _ in range(2):
        notice(officer.user)
    notice(OfficerFactory().user)
    assert "消息，2 条未读" in text(sign_in(officer.user).get("/issues/"))
