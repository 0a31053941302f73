import sqlite3

import pytest

from tests.conftest import ROOT


@pytest.fixture
def sample():
    database = sqlite3.connect(f"file:{ROOT / 'db.sqlite3.sample'}?mode=ro&immutable=1", uri=True)
    yield database
    database.close()


@pytest.mark.django_db
def test_the_sample_is_at_the_newest_migration(sample):
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    applied = set(sample.execute("SELECT app, name FROM django_migrations"))

    assert applied == set(MigrationRecorder(connection).applied_migrations())


def test_the_sample_holds_the_default_bot_and_nobody_else(sample):
    count = {
        table: sample.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("auth_user", "api_apikey", "django_session", "training_job", "training_bot")
    }

    assert count == {
        "auth_user": 0,
        "api_apikey": 0,
        "django_session": 0,
        "training_job": 0,
        "training_bot": 1,
    }
