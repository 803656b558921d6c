from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0003_keep_a_ledger_and_ladder")]

    operations = [
        migrations.RemoveIndex(model_name="issue", name="issue_unresolved"),
        migrations.AddIndex(
            model_name="issue",
            index=models.Index(
                condition=models.Q(("state", "resolved"), _negated=True),
                fields=["lead_unit", "tier", "state", "clock_due_on"],
                include=("nearing_on",),
                name="issue_unresolved",
            ),
        ),
    ]
