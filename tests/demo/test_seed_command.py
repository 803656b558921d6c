"""Demos of their own: other days, sizes and seeds, and what seed_demo refuses."""

import hashlib
import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count

from accounts.demo import OFFICER
from accounts.models import Role, Unit, User
from dashboards.demo.seeding import FILLED, Seeded, seed
from issues.models import Alarm, Event, Issue, IssueCounter
from issues.models import Warning as IssueWarning
from issues.reference import load_reference
from liaisons.models import Assignment
from notices.models import Notice
from platforms.models import Platform
from visits.models import Visit

REFERENCE = "accounts_unit, platforms_platformtype, platforms_district, platforms_techdomain, issues_issuecategory"


def seeded_anew(**options: Any) -> Seeded:
    """Seeds tables whose ids begin at 1 again, as in a new database."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")  # the ledger refuses to be emptied
        tables = ", ".join(model._meta.db_table for model in FILLED)
        cursor.execute(f"TRUNCATE {tables}, issues_issuecounter, {REFERENCE} RESTART IDENTITY CASCADE")
        cursor.execute("SET session_replication_role = origin")
    return seed(**{"scale": 1, "seed": 1, **options})


def digest() -> str:
    """Everything that was written, except salted passwords and the order in which the closing scan wrote its rows."""
    whole = hashlib.sha256()
    for model in (*FILLED, IssueCounter, Alarm):
        numbered_by_scan = model in (Event, IssueWarning, Notice)
        left_out = {"password", "id"} if numbered_by_scan else {"password"}
        fields = [f.attname for f in model._meta.concrete_fields if f.attname not in left_out]
        rows = [repr(row) for row in model._default_manager.order_by("pk").values_list(*fields)]
        for row in sorted(rows) if numbered_by_scan else rows:
            whole.update(row.encode())
    return whole.hexdigest()


@pytest.mark.at("2026-11-20T12:00")
def test_half_of_the_platforms_were_reached_this_quarter_and_some_only_tried(db):
    seed(scale=1, seed=3)
    recent = Visit.objects.filter(visited_on__gte=date(2026, 10, 1))
    reached = set(recent.filter(is_reached=True).values_list("platform_id", flat=True))
    assert 0.4 <= len(reached) / 290 <= 0.6
    assert 5 <= len(set(recent.filter(is_reached=False).values_list("platform_id", flat=True)) - reached) <= 40


def test_a_number_of_issues_can_be_asked_for(db):
    seeded_anew(issues=900)
    assert Issue.objects.count() == 900
    seeded_anew(issues=0)
    assert Issue.objects.count() == 0


def test_r2_holds_at_a_larger_scale(db):
    seeded_anew(scale=3, issues=30)
    assert Platform.objects.count() == Platform.objects.values("name").distinct().count() == 870
    loads = Assignment.objects.current().order_by().values_list("officer").annotate(Count("pk"))
    assert len(loads) == 267
    assert {load for _officer, load in loads} == {2, 3, 4}


@pytest.mark.at("2025-06-11T07:30")
def test_the_first_morning_can_be_seeded(db):
    seed(scale=1, seed=1)
    assert Platform.objects.count() == 290
    assert Visit.objects.exclude(visited_on=date(2025, 6, 11)).count() == 0


@pytest.mark.at("2026-10-04T12:00")
def test_on_a_day_off_nothing_falls_due(db):
    result = seed(scale=1, seed=1)
    assert result.announced.due_today == 0
    assert not Issue.objects.filter(clock_due_on=date(2026, 10, 4)).exists()


def test_the_same_arguments_give_the_same_rows_and_another_seed_others(db):
    seeded_anew(seed=7)
    first = digest()
    seeded_anew(seed=7)
    assert digest() == first
    seeded_anew(seed=8)
    assert digest() != first


def test_the_command_says_what_it_wrote_and_refuses_a_second_time(db):
    out = StringIO()
    call_command("seed_demo", "--json", stdout=out)
    assert json.loads(out.getvalue())["rows"]["platforms_platform"] == 290
    with pytest.raises(CommandError, match="the register holds 290 platforms already"):
        call_command("seed_demo")
    assert Platform.objects.count() == 290


def test_production_settings_need_a_word_more(db, settings):
    settings.SETTINGS_MODULE = "config.settings.production"
    with pytest.raises(CommandError, match="--yes-in-production"):
        call_command("seed_demo")
    assert Platform.objects.count() == 0


def test_accounts_of_the_demos_names_are_not_taken_over(db):
    User.objects.create(username=OFFICER.username, name="别人", role=Role.LEADER)
    with pytest.raises(CommandError, match=f"names of the demo already: {OFFICER.username}"):
        call_command("seed_demo")


@pytest.mark.at("2025-06-10T12:00")
def test_before_the_kick_off_there_is_nothing_to_show(db):
    with pytest.raises(CommandError, match="begins on 2025-06-11"):
        call_command("seed_demo")


def test_reference_data_loads_once_and_repairs_what_was_changed(db):
    assert load_reference() == {"units": 59, "taxonomy": 67, "categories": 49}
    assert load_reference() == {"units": 0, "taxonomy": 0, "categories": 0}
    Unit.objects.filter(code="M-STB").update(name="科技局")
    out = StringIO()
    call_command("load_reference", stdout=out)
    assert out.getvalue() == "1 units, 0 taxonomy, 0 categories new or changed\n"
    bureau = Unit.objects.get(code="M-STB")
    assert (bureau.name, bureau.path) == ("市科技局", "CO/M-STB/")
    assert Unit.objects.get(code="V-MOST").parent is None


@pytest.mark.parametrize("words", [["--scale", "0"], ["--issues", "-1"]])
def test_sizes_that_cannot_be_are_refused(db, words):
    with pytest.raises(CommandError, match="at least"):
        call_command("seed_demo", *words)
