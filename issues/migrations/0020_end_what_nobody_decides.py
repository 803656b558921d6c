"""Requests about issues that are off the list, which nobody could decide any more, have lapsed."""

from django.db import migrations

LAPSE = """
UPDATE issues_request r SET state = 'lapsed', decided_at = i.updated_at
  FROM issues_issue i
 WHERE i.id = r.issue_id AND r.state = 'pending'
   AND i.state IN ('resolved', 'confirmed', 'closed', 'merged', 'withdrawn')
"""
# The older program knows neither a request that lapsed nor a unit that is asked a second time.
BACK = """
DELETE FROM issues_request WHERE state = 'lapsed';
DELETE FROM issues_supportpart p USING issues_supportpart newer
 WHERE p.released_at IS NOT NULL AND newer.issue_id = p.issue_id AND newer.unit_id = p.unit_id AND newer.id > p.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("issues", "0019_call_and_release"),
    ]

    operations = [migrations.RunSQL(LAPSE, BACK)]
