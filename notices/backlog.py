"""What should have left the house by a moment and has not: entries no message carries yet, messages nobody tries."""

# Rows kind, id, due_at; the parameter is `now`. What cannot go is no backlog: a notice to somebody without an address,
# an entry of a channel that is off, one that follows a message which has not arrived yet. Neither is a message on its
# way or waiting for its next try; a channel that fails has an alert of its own.
BACKLOG = """
SELECT 'notice' AS kind, n.id::text AS id, n.send_after AS due_at
  FROM notices_notice n
  JOIN accounts_user u ON u.id = n.recipient_id AND u.is_active AND u.email <> ''
 WHERE n.delivery_id IS NULL AND n.send_after <= %(now)s
   AND EXISTS (SELECT FROM notices_channel WHERE kind = 'mail' AND is_enabled)
   AND NOT EXISTS (SELECT FROM notices_delivery WHERE recipient_id = n.recipient_id AND state = 'waiting')
 UNION ALL
SELECT 'announcement', a.id::text, a.send_after
  FROM notices_announcement a
  JOIN notices_channel c ON c.id = a.channel_id AND c.is_enabled
 WHERE a.delivery_id IS NULL AND a.send_after <= %(now)s
   AND (c.kind = 'webhook' OR NOT EXISTS (
        SELECT FROM notices_delivery WHERE channel_id = c.id AND state = 'waiting'))
 UNION ALL
SELECT 'delivery', d.id::text, greatest(d.next_attempt_at, d.leased_until, c.paused_until)
  FROM notices_delivery d
  JOIN notices_channel c ON c.id = d.channel_id AND c.is_enabled AND c.failing_since IS NULL
 WHERE d.state = 'waiting' AND greatest(d.next_attempt_at, d.leased_until, c.paused_until) <= %(now)s
"""
