"""A timeline of which the oldest entries are left out tells the same of those it shows."""

import pytest

from config.clock import frozen
from issues.comments.remarks import Remarks
from issues.comments.services import write_comment
from issues.levels import Yardstick
from issues.raised import WarningsOf
from issues.tick import tick
from issues.timeline import build_timeline
from tests.factories import make_issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(officer):
    """Every level of the ladder, day by day, and a comment between them."""
    issue = make_issue(officer)
    for day in range(16, 32):
        with frozen(f"2026-10-{day:02}T09:00"):
            tick()
            if day == 20:
                write_comment(issue, text="还在等评审会。", actor=officer.user)
    return issue


def told(issue, reader, most=None):
    warnings = WarningsOf(issue, reader, Yardstick())
    return build_timeline(issue, warnings, (), Remarks(issue, reader), most=most)


def test_the_newest_entries_are_the_same_whether_the_rest_is_read_or_not(issue, officer):
    whole = told(issue, officer.user)
    assert len(whole) > 6
    assert sum(entry.remark is not None for entry in whole) == 1
    for most in range(1, len(whole) + 1):
        assert told(issue, officer.user, most) == whole[:most]


def test_comments_stand_between_the_other_events_in_the_order_of_time(issue, officer):
    whole = told(issue, officer.user)
    assert [entry.at for entry in whole] == sorted((entry.at for entry in whole), reverse=True)
    assert 0 < [entry.title for entry in whole].index("留言") < len(whole) - 1
