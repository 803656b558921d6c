"""The arithmetic for many rows in one statement: the same answers as workdays.calendar, from the same table.

`asked` is everywhere a SELECT with the columns calendar_id, start_on, working_days and whatever else the caller needs.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from workdays.calendar import CalendarCoverageError
from workdays.models import WORKED

WORKED_KINDS = ", ".join(f"'{kind.value}'" for kind in WORKED)

NEWEST_REVISIONS = """
    SELECT DISTINCT ON (calendar_id) calendar_id, id AS revision_id, final_through
      FROM workdays_calendarrevision ORDER BY calendar_id, id DESC
"""


def due_dates(asked: str) -> str:
    """A SELECT of the columns of `asked` and due_on, is_provisional, revision_id.

    A row beyond the calendar has no due date and would be missing: `check_coverage(asked)` comes first, in the same
    transaction and after `hold_calendars_still()`.
    """
    return f"""
        SELECT asked.*, due.date AS due_on, due.date > newest.final_through AS is_provisional, newest.revision_id
          FROM ({asked}) AS asked
          JOIN ({NEWEST_REVISIONS}) AS newest ON newest.calendar_id = asked.calendar_id
          JOIN workdays_calendarday AS start ON start.calendar_id = asked.calendar_id AND start.date = asked.start_on
          JOIN workdays_calendarday AS due ON due.calendar_id = asked.calendar_id
               AND due.seq = start.seq + asked.working_days AND due.kind IN ({WORKED_KINDS})
    """  # noqa: S608 - the caller's own SELECT, its values are parameters


def check_coverage(asked: str, params: Sequence[Any] = ()) -> None:
    """Raises CalendarCoverageError when `due_dates(asked)` would lose a row, ValueError for a term under one day."""
    statement = f"""
        SELECT count(*), min(asked.start_on), max(asked.start_on), min(asked.working_days)
          FROM ({asked}) AS asked
          LEFT JOIN workdays_calendarday AS start
               ON start.calendar_id = asked.calendar_id AND start.date = asked.start_on
          LEFT JOIN (SELECT calendar_id, max(seq) AS last_seq FROM workdays_calendarday GROUP BY calendar_id) AS ends
               ON ends.calendar_id = asked.calendar_id
         WHERE asked.working_days < 1 OR start.seq IS NULL OR start.seq + asked.working_days > ends.last_seq
    """  # noqa: S608 - the caller's own SELECT, its values are parameters
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        count, first, last, least = cursor.fetchone()
    if not count:
        return
    if least < 1:
        raise ValueError(f"a term has at least one working day, not {least}")
    raise CalendarCoverageError(
        f"{count} terms that start on {first} to {last} end beyond the calendar: load more years"
    )
