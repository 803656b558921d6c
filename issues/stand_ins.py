"""Who is on leave today and who stands in: one fragment for every statement that tells people something."""

# `absent_id` and `deputy_id` are users.
STAND_INS = """
stand_ins AS MATERIALIZED (
    SELECT absent.user_id AS absent_id, deputy.user_id AS deputy_id
      FROM liaisons_absence leave
      JOIN liaisons_officer absent ON absent.id = leave.officer_id
      JOIN liaisons_officer deputy ON deputy.id = leave.deputy_id
     WHERE leave.cancelled_at IS NULL AND leave.starts_on <= %(today)s AND leave.ends_on >= %(today)s
)"""
