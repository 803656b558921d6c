"""Issues like one: which, in which order, and only those that the reader may see."""

import pytest
from django.db import connection

from accounts.models import Role
from issues.models import Issue
from issues.similar import similar_issues
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db


def test_the_same_category_from_the_platform_or_under_the_lead_unit_newest_first(officer, bureau_staff):
    here = PlatformFactory(officer=officer)
    issue = make_issue(officer, platform=here)
    of_platform = make_issue(officer, platform=here)
    of_unit = make_issue(officer)
    make_issue(officer, platform=here, category=CategoryFactory(code="TALENT"))
    make_issue(OfficerFactory())
    elsewhere = make_issue(OfficerFactory(), platform=PlatformFactory())
    newest = make_issue(officer, platform=here, tier="A")
    assert elsewhere.lead_unit != issue.lead_unit
    assert similar_issues(issue, bureau_staff) == [newest, of_unit, of_platform]
    assert similar_issues(issue, bureau_staff, limit=1) == [newest]


def test_nobody_is_shown_what_lies_outside_the_own_scope(officer, sign_in):
    issue = make_issue(officer)
    hidden = make_issue(OfficerFactory(), text="别人的问题")
    Issue.objects.filter(pk=hidden.pk).update(lead_unit=issue.lead_unit, home_unit=hidden.home_unit)
    head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit)
    assert similar_issues(issue, head) == [hidden]
    assert similar_issues(issue, officer.user) == []
    assert "别人的问题" in sign_in(head).get(issue.get_absolute_url()).content.decode()
    assert "相似的问题" not in sign_in(officer.user).get(issue.get_absolute_url()).content.decode()


def test_each_way_reads_its_index_from_the_new_end(officer, bureau_staff, django_assert_num_queries):
    issue = make_issue(officer)
    with django_assert_num_queries(1):
        similar_issues(issue, bureau_staff)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute("EXPLAIN " + str_of(issue, bureau_staff))
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "issue_of_platform" in plan
    assert "issue_of_lead_unit" in plan


def str_of(issue, reader):
    """The statement that similar_issues makes."""
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        similar_issues(issue, reader)
    return captured.captured_queries[0]["sql"]
