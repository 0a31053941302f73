from django.db import migrations


class Migration(migrations.Migration):
    # Apart from 0003: PostgreSQL does not alter a table whose rows have just changed.

    dependencies = [
        ('training', '0003_corpora_dictionaries_vectors'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='dataset',
            name='corpus',
        ),
    ]
