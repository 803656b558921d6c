"""Which clocks run: one answer for the morning digest, for a new ladder and for the books."""

# Rows: issue_id, clock. The statutory one, then the plan's, and beside the first one that of an unsigned referral: a
# settled issue waits for nobody's signature.
RUNNING_CLOCKS = """
    SELECT id AS issue_id, CASE state WHEN 'plan_confirmed' THEN 'plan' ELSE 'statutory' END AS clock
      FROM issues_issue WHERE clock_due_on IS NOT NULL
     UNION ALL
    SELECT r.issue_id, 'sign' FROM issues_referral r JOIN issues_issue i ON i.id = r.issue_id
     WHERE r.signed_at IS NULL AND r.ended_at IS NULL AND i.state = 'assigned'
"""
