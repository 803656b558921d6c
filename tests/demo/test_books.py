"""The demo is written as rows, not by the services: its books balance all the same."""

import pytest

from config.clock import frozen
from dashboards.demo.seeding import seed
from issues.models import Issue
from issues.reconcile import reconcile_issues
from issues.tick import tick
from liaisons.duties import write_duties
from liaisons.reconcile import reconcile_duties
from notices.reconcile import reconcile_outbox


@pytest.mark.parametrize("day", ["2026-10-15T12:00", "2026-02-24T09:00"])
def test_the_books_of_a_fresh_demo_balance_and_go_on_balancing(db, day):
    with frozen(day, everywhere=True):
        seed(scale=1, seed=1)
        assert Issue.objects.count() > 200
        assert list(reconcile_issues()) == []
        assert list(reconcile_outbox()) == []
        assert list(reconcile_duties()) == []
    with frozen("2026-11-20T09:00", everywhere=True):
        write_duties()
        tick()
        assert list(reconcile_issues()) == []
        assert list(reconcile_duties()) == []
