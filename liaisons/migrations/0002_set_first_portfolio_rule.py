import datetime

from django.db import migrations

FROM = datetime.date(2023, 1, 1)


def set_first_rule(apps, schema_editor):
    apps.get_model("liaisons", "PortfolioRule").objects.create(
        minimum=2, maximum=4, valid_from=FROM, note="工作方案：每名干部对口联点2-4家平台"
    )


def unset(apps, schema_editor):
    apps.get_model("liaisons", "PortfolioRule").objects.filter(valid_from=FROM).delete()


class Migration(migrations.Migration):
    dependencies = [("liaisons", "0001_initial")]
    operations = [migrations.RunPython(set_first_rule, unset)]
