"""Every installation has one bot: requests that name none get it."""

from django.db import migrations

from training.models.bot import DEFAULT_BOT


def make_default_bot(apps, schema_editor):
    apps.get_model("training", "Bot").objects.get_or_create(name=DEFAULT_BOT)


class Migration(migrations.Migration):
    dependencies = [("training", "0001_initial")]
    operations = [migrations.RunPython(make_default_bot, migrations.RunPython.noop)]
