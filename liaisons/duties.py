"""Contact duties (R16-R20): written by the minute's scan, met by visits, waived by the platform's word.

The scan looks at state, never at a time window: an assignment says up to which quarter its duties are written. Which
duties there are, and by when, follows from assignments, rules and calendar alone, so that a run every minute and one
after a month leave the same rows.
"""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from config.clock import now, today
from liaisons.models import Assignment, Duty, DutyKind, DutyRule, PlatformWord, WordChannel
from platforms.coverage import Quarter
from platforms.models import Platform
from workdays.calendar import CalendarCoverageError, current_calendar
from workdays.models import NATIONAL

# Shared by visits that are being logged, alone for who writes duties: of a visit and a duty written at the same moment
# one sees the other.
DUTIES_LOCK = 0x64757479

# Whether there is anything to write; where not, this is all that a run costs.
IS_PENDING = """
SELECT EXISTS (SELECT FROM liaisons_assignment WHERE duties_through IS NULL AND started_on <= %(today)s)
    OR EXISTS (SELECT FROM liaisons_assignment
                WHERE duties_through < %(today)s AND (ended_on IS NULL OR ended_on > duties_through))
"""


def rule_on(day: str) -> str:
    """The table of a JOIN LATERAL: the rule in force on a day, named `rule`; no row before the first one."""
    return f"""
LATERAL (SELECT r.* FROM liaisons_dutyrule r WHERE r.valid_from <= {day}
          ORDER BY r.valid_from DESC, r.id DESC LIMIT 1) rule"""


def contact_due(day: str) -> str:
    """R16: the end of the week of `day`, or of the next one where too few days are left. SQL beside a `rule`."""
    left = f"(rule.week_ends_on - extract(isodow FROM {day})::int + 7) %% 7"
    return f"{day} + {left} + CASE WHEN {left} < rule.contact_days THEN 7 ELSE 0 END"


def visit_due(day: str) -> str:
    """R17: the end of the month of `day`, or of the next one where too few days are left. SQL beside a `rule`."""
    month = f"date_trunc('month', {day}::timestamp)"
    end, next_end = (f"({month} + interval '{n} month')::date - 1" for n in (1, 2))
    return f"CASE WHEN {end} - {day} < rule.visit_days THEN {next_end} ELSE {end} END"


# What assignments owe. Needs `given`: id, platform_id, started_on, ended_on; written_through, the quarter up to whose
# end it has been written (null: nothing yet); up_to, the end of the last quarter to write.
# R20 counts in the nation's calendar; a quarter that it does not reach is not judged.
OWED = f"""
firsts AS (
    SELECT g.id AS assignment_id, g.platform_id, rule.id AS rule_id, owed.kind, g.started_on AS from_on, owed.due_on,
           coalesce(g.ended_on, 'infinity') AS until_on
      FROM given g
      JOIN {rule_on("g.started_on")} ON true
     CROSS JOIN LATERAL (VALUES
           ('first_contact', rule.owes_first_contact, {contact_due("g.started_on")}),
           ('first_visit', rule.owes_first_visit, {visit_due("g.started_on")})
           ) owed (kind, is_owed, due_on)
     WHERE owed.is_owed AND g.written_through IS NULL
), quarters AS (
    SELECT g.id, g.platform_id, q.first::date AS from_on, (q.first + interval '3 months')::date - 1 AS due_on,
           greatest(g.started_on, q.first::date) AS arises_on
      FROM given g
     CROSS JOIN LATERAL generate_series(
           date_trunc('quarter', greatest(g.started_on, coalesce(g.written_through + 1, g.started_on))::timestamp),
           least(g.up_to, g.ended_on)::timestamp, interval '3 months') q (first)
), quarterly AS (  -- one a platform and quarter, from the assignment to which it came first
    SELECT DISTINCT ON (q.platform_id, q.from_on)
           q.id AS assignment_id, q.platform_id, rule.id AS rule_id, 'quarterly_contact' AS kind, q.from_on, q.due_on,
           q.due_on AS until_on
      FROM quarters q
      JOIN {rule_on("q.arises_on")} ON rule.owes_quarterly_contact
      JOIN workdays_calendar nation ON nation.code = '{NATIONAL}'
      JOIN workdays_calendarday arises ON arises.calendar_id = nation.id AND arises.date = q.arises_on
      JOIN workdays_calendarday ends ON ends.calendar_id = nation.id AND ends.date = q.due_on
     WHERE q.arises_on = q.from_on OR ends.seq - arises.seq >= rule.quarter_days
     ORDER BY q.platform_id, q.from_on, q.arises_on, q.id
), owed AS (
    SELECT * FROM firsts UNION ALL SELECT * FROM quarterly
)"""

WRITE = f"""
WITH given AS MATERIALIZED (
    SELECT id, platform_id, started_on, ended_on, duties_through AS written_through, %(through)s::date AS up_to
      FROM liaisons_assignment
     WHERE duties_through IS NULL AND started_on <= %(today)s
        OR duties_through < %(today)s AND (ended_on IS NULL OR ended_on > duties_through)
     ORDER BY id FOR NO KEY UPDATE
), {OWED}, written AS (
    INSERT INTO liaisons_duty
           (kind, platform_id, assignment_id, rule_id, from_on, due_on, met_on, met_by_id, created_at)
    SELECT owed.kind, owed.platform_id, owed.assignment_id, owed.rule_id, owed.from_on, owed.due_on,
           visit.visited_on, visit.id, %(now)s
      FROM owed
      LEFT JOIN LATERAL (  -- what was logged before the duty was written
           SELECT v.id, v.visited_on FROM visits_visit v
            WHERE v.platform_id = owed.platform_id AND v.is_reached
              AND v.visited_on BETWEEN owed.from_on AND owed.until_on
              AND (owed.kind <> 'first_visit' OR v.mode = 'on_site')
            ORDER BY v.visited_on, v.id LIMIT 1
           ) visit ON true
        ON CONFLICT DO NOTHING
 RETURNING id
), noted AS (
    UPDATE liaisons_assignment a SET duties_through = %(through)s FROM given WHERE a.id = given.id
)
SELECT count(*) FROM written
"""


def duty_rule(on: date | None = None) -> DutyRule:
    """The rule in force on a day. Raises DutyRule.DoesNotExist where none was."""
    return DutyRule.in_force(on or today())


def write_duties() -> int:
    """Writes the duties that are owed by now and missing, with the visits that met them; how many. Running it again,
    or twice at once, adds nothing. Without a calendar nothing is guessed: the next run finds the same."""
    day = today()
    if not _execute(IS_PENDING, {"today": day}):
        return 0
    with transaction.atomic():
        _lock("SELECT pg_advisory_xact_lock(%s)")
        through = _written_through(day)
        if through is None:
            return 0
        written: int = _execute(WRITE, {"today": day, "through": through, "now": now()})
        return written


def _written_through(day: date) -> date | None:
    """The end of the last quarter up to `day` that the calendar knows whole."""
    try:
        calendar = current_calendar()
    except CalendarCoverageError:
        return None
    quarter = Quarter.of(day)
    while quarter.end > calendar.last:
        quarter = quarter.before()
    return quarter.end


def note_contact(*, platform: Platform, visit_id: int, visited_on: date, is_on_site: bool) -> int:
    """What a contact that reached somebody meets, in the caller's transaction; how many duties.

    In whatever order contacts are logged, the earliest one is kept: one logged later for an earlier day may turn a late
    duty into one met in time.
    """
    _lock("SELECT pg_advisory_xact_lock_shared(%s)")
    of_the_day = Assignment.objects.filter(platform=platform).on(visited_on).values("pk")
    firsts = (DutyKind.FIRST_CONTACT, DutyKind.FIRST_VISIT) if is_on_site else (DutyKind.FIRST_CONTACT,)
    owed = Duty.objects.filter(
        Q(kind__in=firsts, assignment__in=of_the_day) | Q(kind=DutyKind.QUARTERLY_CONTACT, due_on__gte=visited_on),
        Q(met_on=None) | Q(met_on__gt=visited_on),
        platform=platform,
        from_on__lte=visited_on,
        waived_on=None,
    )
    # Locked in the order of their keys, and looked at again once the lock is there.
    locked = owed.order_by("pk").select_for_update(no_key=True).values("pk")
    return Duty.objects.filter(pk__in=locked).update(met_on=visited_on, met_by=visit_id)


def forget_duties(assignment: Assignment) -> None:
    """The assignment's dates were corrected: the next scan writes its duties anew. What the platform said stays."""
    spoken_of = PlatformWord.objects.values("duty")
    Duty.objects.filter(assignment=assignment).exclude(pk__in=spoken_of).delete()
    Assignment.objects.filter(pk=assignment.pk).update(duties_through=None)


class DutyRefused(ValidationError):
    """The duty's present state does not allow this; the message says why."""


@transaction.atomic
def waive_first_visit(duty: Duty, *, said_by: str, said_on: date, channel: str, note: str = "", actor: User) -> Duty:
    """The platform says that it needs no visit (R18). Raises DutyRefused unless it is a first visit still owed."""
    duty = _locked(duty)
    if duty.kind != DutyKind.FIRST_VISIT:
        raise DutyRefused(_("只有首次走访可以由平台表示无需走访。"))
    if duty.met_on is not None:
        raise DutyRefused(_("这家平台已于%(day)s走访过。"), params={"day": duty.met_on})
    if duty.waived_on is not None:
        raise DutyRefused(_("已记下平台在%(day)s表示无需走访。"), params={"day": duty.waived_on})
    _write_down(duty, PlatformWord.Says.NOT_NEEDED, said_by, said_on, channel, note, actor)
    duty.waived_on = said_on
    duty.save(update_fields=["waived_on"])
    return duty


@transaction.atomic
def restore_duty(duty: Duty, *, said_by: str, said_on: date, channel: str, note: str = "", actor: User) -> Duty:
    """The platform corrects it: a visit is wanted. Raises DutyRefused unless the visit was waived.

    Who kept to the platform's word is not late for it: the month of R17 counts from the day of the correction. A visit
    made meanwhile meets the duty.
    """
    _lock("SELECT pg_advisory_xact_lock(%s)")
    duty = _locked(duty)
    if duty.waived_on is None:
        raise DutyRefused(_("平台没有表示过无需走访，这项任务照常进行。"))
    _write_down(duty, PlatformWord.Says.WANTED, said_by, said_on, channel, note, actor)
    duty.waived_on = None
    duty.due_on = max(duty.due_on, _visit_due_on(duty.rule_id, said_on))
    _find_visit(duty)
    duty.save(update_fields=["waived_on", "due_on", "met_on", "met_by"])
    return duty


def _locked(duty: Duty) -> Duty:
    """The row as it is now."""
    return Duty.objects.select_for_update(of=("self",), no_key=True).select_related("assignment").get(pk=duty.pk)


def _write_down(
    duty: Duty, says: PlatformWord.Says, said_by: str, said_on: date, channel: str, note: str, actor: User
) -> None:
    """Raises ValidationError, by field, for what cannot be."""
    if not said_by.strip():
        raise ValidationError({"said_by": _("请写明平台方是谁说的。")})
    if channel not in WordChannel.values:
        raise ValidationError({"channel": _("请选择平台通过什么方式表示。")})
    last = duty.words.last()
    earliest = last.said_on if last else duty.from_on
    if not earliest <= said_on <= today():
        words = {"first": earliest, "last": today()}
        raise ValidationError({"said_on": _("日期应在%(first)s至%(last)s之间。") % words})
    PlatformWord.objects.create(
        duty=duty,
        says=says,
        said_by=said_by.strip(),
        said_on=said_on,
        channel=channel,
        note=note.strip(),
        recorded_by=actor,
        recorded_at=now(),
    )


def _visit_due_on(rule_id: int, day: date) -> date:
    sql = f"SELECT {visit_due('%(day)s::date')} FROM liaisons_dutyrule rule WHERE rule.id = %(rule)s"
    due_on: date = _execute(sql, {"day": day, "rule": rule_id})
    return due_on


def _find_visit(duty: Duty) -> None:
    """The earliest visit on site since the duty began, made by its officer."""
    model: Any = Duty._meta.get_field("met_by").related_model
    visits = model.objects.filter(
        platform=duty.platform_id, is_reached=True, mode="on_site", visited_on__gte=duty.from_on
    )
    if duty.assignment.ended_on is not None:
        visits = visits.filter(visited_on__lte=duty.assignment.ended_on)
    first = visits.order_by("visited_on", "pk").first()
    if first is not None:
        duty.met_on, duty.met_by = first.visited_on, first


def _lock(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [DUTIES_LOCK])


def _execute(sql: str, params: dict[str, Any]) -> Any:
    """The one value that a statement answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]
