import datetime

from django.db import migrations

# No contact can have been logged before this day.
FROM = datetime.date(2025, 1, 1)


def set_first_rule(apps, schema_editor):
    apps.get_model("liaisons", "DutyRule").objects.create(
        valid_from=FROM, note="工作方案：首次联系、首次走访、每季度至少主动联系一次"
    )


def unset(apps, schema_editor):
    apps.get_model("liaisons", "DutyRule").objects.filter(valid_from=FROM).delete()


class Migration(migrations.Migration):
    dependencies = [("liaisons", "0006_keep_contact_duties")]
    operations = [migrations.RunPython(set_first_rule, unset)]
