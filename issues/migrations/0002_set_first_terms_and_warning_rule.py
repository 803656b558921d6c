import datetime

from django.db import migrations

FROM = datetime.date(2023, 1, 1)
TERMS = {"B": 10, "C": 15, "D": 30}
NOTE = "工作方案：B类10、C类15、D类30个工作日"


def set_first_numbers(apps, schema_editor):
    term, rule = apps.get_model("issues", "TierTerm"), apps.get_model("issues", "WarningRule")
    term.objects.bulk_create(term(tier=t, working_days=days, valid_from=FROM, note=NOTE) for t, days in TERMS.items())
    rule.objects.create(nearing_days=3, valid_from=FROM, note="到期前3个工作日起为临期")


def unset(apps, schema_editor):
    apps.get_model("issues", "TierTerm").objects.filter(valid_from=FROM).delete()
    apps.get_model("issues", "WarningRule").objects.filter(valid_from=FROM).delete()


class Migration(migrations.Migration):
    dependencies = [("issues", "0001_initial")]
    operations = [migrations.RunPython(set_first_numbers, unset)]
