from django.db import migrations

# Signing was the one way into other hands. Before the first signature the officer first asked had it (R22).
SAY = """
INSERT INTO issues_handlerchange (issue_id, before_id, after_id, at)
SELECT issue_id, before_id, actor_id, at
  FROM (SELECT e.issue_id, e.actor_id, e.at, e.id,
               coalesce(lag(e.actor_id) OVER (PARTITION BY e.issue_id ORDER BY e.at, e.id), o.user_id) AS before_id
          FROM issues_event e
          JOIN issues_issue i ON i.id = e.issue_id
          JOIN liaisons_officer o ON o.id = i.officer_id
         WHERE e.kind = 'signed' AND e.actor_id IS NOT NULL) signed
 WHERE before_id <> actor_id
 ORDER BY at, id
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0011_pass_issues_from_hand_to_hand")]
    operations = [migrations.RunSQL(SAY, migrations.RunSQL.noop)]  # backwards the table goes altogether
