"""The arithmetic of workdays.calendar for many rows at once: the pieces that statements of other rooms are made of.

A number of the sequence is carried by the working day that reaches it and by the days off behind it: the working day
counts. So the n-th working day after a day is the worked one whose `seq` is that day's plus n.
"""

from workdays.models import WORKED

WORKED_KINDS = ", ".join(f"'{kind.value}'" for kind in WORKED)


def worked_day(alias: str, *, calendar: str, seq: str, days: str = "workdays_calendarday") -> str:
    """The table and condition of a JOIN to the one working day with this number; no row beyond the calendar.

    `calendar` and `seq` are SQL: `start.seq + i.working_days`. `days` is the table that holds the days.
    """
    return (
        f"{days} {alias} ON {alias}.calendar_id = {calendar} AND {alias}.seq = {seq} "
        f"AND {alias}.kind IN ({WORKED_KINDS})"
    )
