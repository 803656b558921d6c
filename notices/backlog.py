"""What should have left the house by a moment and has not: entries no message carries yet, messages nobody tries."""

from notices.quiet_hours import CLOSES, OPENS
from workdays.models import NATIONAL
from workdays.sql import WORKED_KINDS

# When the present office hours began, null out of them: notices.quiet_hours in SQL.
HOURS = f"""
SELECT CASE WHEN at.here::time >= '{OPENS}' AND at.here::time < '{CLOSES}' AND coalesce(
            (SELECT d.kind IN ({WORKED_KINDS})
               FROM workdays_calendarday d JOIN workdays_calendar c ON c.id = d.calendar_id
              WHERE c.code = '{NATIONAL}' AND d.date = at.here::date),
            extract(isodow FROM at.here) < 6)
       THEN (at.here::date + time '{OPENS}') AT TIME ZONE 'Asia/Shanghai' END AS opened_at
  FROM (SELECT %(now)s::timestamptz AT TIME ZONE 'Asia/Shanghai' AS here) at
"""  # noqa: S608 - constants

# Rows kind, id, due_at, late_since; the parameter is `now`. What is for people and not urgent is due in office hours
# alone, and late at the earliest since they began. What cannot go is no backlog: a notice to somebody without an
# address, an entry of a channel that is off, one that follows a message which has not arrived yet. Neither is a message
# on its way or waiting for its next try; a channel that fails has an alert of its own.
BACKLOG = f"""
SELECT kind, id, due_at, CASE WHEN any_hour THEN due_at ELSE greatest(due_at, hours.opened_at) END AS late_since
  FROM (
SELECT 'notice' AS kind, n.id::text AS id, n.send_after AS due_at, n.is_urgent AS any_hour
  FROM notices_notice n
  JOIN accounts_user u ON u.id = n.recipient_id AND u.is_active AND u.email <> ''
 WHERE n.delivery_id IS NULL AND n.send_after <= %(now)s
   AND EXISTS (SELECT FROM notices_channel WHERE kind = 'mail' AND is_enabled)
   AND NOT EXISTS (SELECT FROM notices_delivery WHERE recipient_id = n.recipient_id AND state = 'waiting')
 UNION ALL
SELECT 'announcement', a.id::text, a.send_after, a.is_urgent OR c.kind = 'webhook'
  FROM notices_announcement a
  JOIN notices_channel c ON c.id = a.channel_id AND c.is_enabled
 WHERE a.delivery_id IS NULL AND a.send_after <= %(now)s
   AND (c.kind = 'webhook' OR NOT EXISTS (
        SELECT FROM notices_delivery WHERE channel_id = c.id AND state = 'waiting'))
 UNION ALL
SELECT 'delivery', d.id::text, greatest(d.next_attempt_at, d.leased_until, c.paused_until),
       d.is_urgent OR c.kind = 'webhook'
  FROM notices_delivery d
  JOIN notices_channel c ON c.id = d.channel_id AND c.is_enabled AND c.failing_since IS NULL
 WHERE d.state = 'waiting' AND greatest(d.next_attempt_at, d.leased_until, c.paused_until) <= %(now)s
       ) stuck CROSS JOIN ({HOURS}) hours
 WHERE any_hour OR hours.opened_at IS NOT NULL
"""  # noqa: S608 - constants
