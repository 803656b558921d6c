"""R31: an unsigned referral reaches the commission office after two working days, not on the day its head hears of it.

Only where nothing runs by the shipped ladder yet; elsewhere the bureau decides with a ladder of its own.
"""

from django.db import migrations


def tell_the_office_later(apps, schema_editor):
    if apps.get_model("issues", "Issue").objects.exists():
        return
    rungs = apps.get_model("issues", "Rung").objects.filter(clock="sign", level="overdue", step=2)
    rungs.filter(measure="days_late", amount=1).update(amount=2)


class Migration(migrations.Migration):
    dependencies = [
        ("issues", "0020_end_what_nobody_decides"),
    ]

    operations = [migrations.RunPython(tell_the_office_later, migrations.RunPython.noop)]
