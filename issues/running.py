"""Which clocks run: one answer for the morning digest, for a new ladder and for the books."""

# Rows: issue_id, clock. The statutory one, then the plan's, and beside the first one that of an unsigned referral: a
# settled issue waits for nobody's signature.
RUNNING_CLOCKS = """
    SELECT id AS issue_id, CASE state WHEN 'open' THEN 'statutory' ELSE 'plan' END AS clock
      FROM issues_issue WHERE state IN ('open', 'plan_confirmed')
     UNION ALL
    SELECT r.issue_id, 'sign' FROM issues_referral r JOIN issues_issue i ON i.id = r.issue_id
     WHERE r.signed_at IS NULL AND i.state <> 'resolved' AND i.plan_confirmed_at IS NULL
"""
