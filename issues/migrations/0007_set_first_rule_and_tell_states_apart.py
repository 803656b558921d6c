import datetime

from django.db import migrations

FROM = datetime.date(2023, 1, 1)

# Until now one state stood for everything from the registration to the plan. The timeline says what became of each.
# Tier A without a clock was never open: that is how an ungraded request went back to the older program.
TELL_APART = """
UPDATE issues_referral r SET ended_at = newer.referred_at
  FROM (SELECT id, lead(referred_at) OVER (PARTITION BY issue_id ORDER BY id) AS referred_at FROM issues_referral) newer
 WHERE newer.id = r.id AND newer.referred_at IS NOT NULL;

UPDATE issues_referral r SET ended_at = coalesce(i.resolved_at, i.plan_confirmed_at, now())
  FROM issues_issue i
 WHERE i.id = r.issue_id AND r.signed_at IS NULL AND r.ended_at IS NULL AND i.state <> 'open';

DELETE FROM issues_alarm a USING issues_issue i WHERE i.id = a.issue_id AND a.clock = 'sign' AND i.state <> 'open';

CREATE TEMPORARY TABLE told_apart ON COMMIT DROP AS
SELECT i.id, i.state AS before,
       CASE WHEN i.state = 'resolved' THEN 'confirmed'
            WHEN i.tier = 'A' THEN 'registered'
            WHEN EXISTS (SELECT FROM issues_referral r WHERE r.issue_id = i.id AND r.ended_at IS NULL
                            AND r.signed_at IS NULL) THEN 'assigned'
            WHEN i.tier IN ('C', 'D') AND NOT EXISTS (SELECT FROM issues_referral r WHERE r.issue_id = i.id)
                 THEN 'graded'
            ELSE 'accepted' END AS after
  FROM issues_issue i
 WHERE i.state = 'open' OR i.state = 'resolved' AND i.is_confirmed_solved;

UPDATE issues_issue i
   SET state = t.after,
       tier = CASE t.after WHEN 'registered' THEN '' ELSE i.tier END,
       confirmation = CASE t.after WHEN 'confirmed' THEN 'spoken' ELSE '' END,
       confirmed_at = CASE t.after WHEN 'confirmed' THEN i.resolved_at END
  FROM told_apart t WHERE t.id = i.id;

UPDATE issues_suspension SET state_before = 'accepted' WHERE state_before = 'open';

INSERT INTO issues_event (issue_id, kind, at, before, after, note)
SELECT id, 'restated', now(), before, after, '' FROM told_apart ORDER BY id;
"""

# The older program knows one state for what is in hand. What left the list without a result is told as explained, an
# ungraded request as an open one without a clock, a referral that was given back as one that was signed for.
TELL_AS_ONE = """
CREATE TEMPORARY TABLE told_as_one ON COMMIT DROP AS
SELECT id, state AS before, CASE WHEN state IN ('confirmed', 'closed', 'merged', 'withdrawn') THEN 'resolved'
                                 ELSE 'open' END AS after
  FROM issues_issue WHERE state NOT IN ('plan_confirmed', 'suspended', 'resolved');

UPDATE issues_issue i
   SET state = t.after,
       tier = CASE i.tier WHEN '' THEN 'A' ELSE i.tier END,
       result = CASE WHEN t.before IN ('merged', 'withdrawn') THEN 'explained' ELSE i.result END,
       resolved_at = CASE WHEN t.before IN ('merged', 'withdrawn') THEN i.updated_at ELSE i.resolved_at END
  FROM told_as_one t WHERE t.id = i.id;

UPDATE issues_suspension SET state_before = 'open' WHERE state_before = 'accepted';
UPDATE issues_referral SET signed_by_id = coalesce(returned_by_id, referred_by_id), signed_at = ended_at
 WHERE signed_at IS NULL AND ended_at IS NOT NULL;

INSERT INTO issues_event (issue_id, kind, at, before, after, note)
SELECT id, 'restated', now(), before, after, '' FROM told_as_one ORDER BY id;
"""


def set_first_rule(apps, schema_editor):
    apps.get_model("issues", "HandlingRule").objects.create(
        valid_from=FROM, note="退回2个工作日，协办答复3个工作日，未反馈5个工作日再问、10个工作日结束"
    )


def unset(apps, schema_editor):
    apps.get_model("issues", "HandlingRule").objects.filter(valid_from=FROM).delete()


class Migration(migrations.Migration):
    dependencies = [("issues", "0006_walk_the_whole_workflow")]
    operations = [
        migrations.RunPython(set_first_rule, unset),
        migrations.RunSQL(TELL_APART, TELL_AS_ONE),
    ]
