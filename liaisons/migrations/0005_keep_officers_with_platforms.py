from django.db import migrations

# accounts.leaving refuses with a sentence; this holds whoever writes.
KEEP = """
CREATE FUNCTION liaisons_keep_officers_with_platforms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM liaisons_assignment a JOIN liaisons_officer o ON o.id = a.officer_id
                WHERE o.user_id = NEW.id AND a.ended_on IS NULL) THEN
        RAISE EXCEPTION 'user % still looks after platforms: hand them over first', NEW.id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'user_leaves_no_platform_alone';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keep_officers_with_platforms BEFORE UPDATE OF is_active, role ON accounts_user
   FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active OR OLD.role = 'officer' AND NEW.role <> 'officer')
   EXECUTE FUNCTION liaisons_keep_officers_with_platforms();
"""
LET_GO = """
DROP TRIGGER keep_officers_with_platforms ON accounts_user;
DROP FUNCTION liaisons_keep_officers_with_platforms();
"""


class Migration(migrations.Migration):
    dependencies = [("liaisons", "0004_hand_platforms_over_and_stand_in")]
    operations = [migrations.RunSQL(KEEP, LET_GO)]
