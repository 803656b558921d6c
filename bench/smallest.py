"""The floor: plain views without middleware that run a statement and answer. What is above it is ours to justify."""

import uuid
from typing import Any

import orjson
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

statement: tuple[str, Any] = ("SELECT 1", None)


def use(sql: str, params: Any = None) -> None:
    """The statement rows() runs from now on."""
    global statement
    statement = (sql, params)


def rows(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        names = [column.name for column in cursor.description]
        body = orjson.dumps([dict(zip(names, row, strict=True)) for row in cursor.fetchall()], default=str)
    return HttpResponse(body, content_type="application/json")


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>.</title>")


VISIT = """
INSERT INTO visits_visit (client_id, platform_id, officer_id, visited_on, mode, is_reached, people_met, companions,
                          text, created_by_id, created_at)
SELECT %s, a.platform_id, a.officer_id, current_date, 'on_site', true, '', '', %s, o.user_id, now()
  FROM liaisons_assignment a JOIN liaisons_officer o ON o.id = a.officer_id
 WHERE a.ended_on IS NULL ORDER BY a.id LIMIT 1
RETURNING id, platform_id, officer_id, created_by_id
"""
ISSUE = """
INSERT INTO issues_issue (number, platform_id, visit_id, officer_id, home_unit_id, lead_unit_id, handler_id,
    category_id, tier, nature, urgency, importance, grading_reason, text, version, raised_on, registered_at, updated_at,
    state, due_on, due_is_provisional, clock_due_on, nearing_on, calendar_id, needs_review, result, reply,
    is_confirmed_solved, confirmation, reopened_count)
SELECT left(md5(random()::text), 12), %s, %s, o.id, o.home_unit_id, o.home_unit_id, %s, c.id,
       'B', '', 'normal', 'ordinary', '', %s, 1, current_date, now(), now(), 'accepted', current_date + 14, false,
       current_date + 14, current_date + 9, (SELECT min(id) FROM workdays_calendar), false, '', '', false, '', 0
  FROM liaisons_officer o, (SELECT min(id) AS id FROM issues_issuecategory) c WHERE o.id = %s RETURNING id
"""
DEADLINE = """
INSERT INTO issues_deadline (issue_id, clock, version, cause, counted_from, working_days, paused_days, due_on,
    is_provisional, calendar_revision, reason, created_at)
VALUES (%s, 'statutory', 1, 'registered', current_date, 10, 0, current_date + 14, false, 1, '', now()) RETURNING id
"""
EVENT = """
INSERT INTO issues_event (issue_id, kind, at, before, after, note, deadline_id)
VALUES (%s, 'registered', now(), '', 'accepted', '', %s)
"""


def write_visit(request: HttpRequest) -> HttpResponse:
    """A visit with three issues, their deadlines and events: the same rows, nothing checked."""
    data = orjson.loads(request.body)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(VISIT, [uuid.uuid4(), data["text"]])
        visit, platform, officer, user = cursor.fetchone()
        for issue in data["issues"]:
            cursor.execute(ISSUE, [platform, visit, user, issue["text"], officer])
            number = cursor.fetchone()[0]
            cursor.execute(DEADLINE, [number])
            cursor.execute(EVENT, [number, cursor.fetchone()[0]])
    return HttpResponse(b"{}", status=201, content_type="application/json")
