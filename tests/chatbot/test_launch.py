import socket
import stat

import pytest
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from chatbot.addresses import broker_url, database, redis_url
from chatbot.launch import preparation
from chatbot.launch.embedded_redis import write_redis_configuration
from chatbot.management.commands.run import require_free_port
from preprocessing.errors import ChatbotError, SettingsError


@pytest.fixture
def directories(data_directory):
    preparation.make_data_directories()
    return data_directory


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.django_db
def test_the_first_administrator_gets_a_random_password_that_only_the_owner_reads(directories):
    password = preparation.make_first_administrator()

    assert get_user_model().objects.get(username="admin").check_password(password)
    assert preparation.password_file().read_text().strip() == password
    assert mode(preparation.password_file()) == 0o600
    assert len(password) >= 16


@pytest.mark.django_db
def test_an_existing_administrator_is_never_touched(directories):
    get_user_model().objects.create_superuser("somebody", password="x")

    assert preparation.make_first_administrator() is None
    assert not preparation.password_file().exists()


@pytest.mark.django_db
def test_the_password_can_be_given(directories, monkeypatch):
    monkeypatch.setenv("CHATBOT_ADMIN_PASSWORD", "chosen by me")

    assert preparation.make_first_administrator() == "chosen by me"


def test_the_secret_key_is_made_once_and_kept(directories):
    preparation.keep_secret_key()
    first = (directories / "secret-key").read_text()
    preparation.keep_secret_key()

    assert (directories / "secret-key").read_text() == first
    assert mode(directories / "secret-key") == 0o600
    assert len(first) > 50


def test_redis_listens_on_a_socket_of_its_own(directories):
    run = directories / "run"

    url = write_redis_configuration(run)

    assert url == f"unix://{run / 'redis.sock'}"
    assert redis_url({}, directories) == url
    assert "port 0" in (run / "redis.conf").read_text()


def test_where_the_path_is_too_long_redis_listens_on_loopback_with_a_password(tmp_path):
    run = tmp_path / ("long" * 30) / "run"
    run.mkdir(parents=True)

    url = write_redis_configuration(run)

    assert url.startswith("redis://:")
    assert "@127.0.0.1:" in url
    configuration = (run / "redis.conf").read_text()
    assert "bind 127.0.0.1" in configuration
    assert "requirepass" in configuration
    assert mode(run / "redis.conf") == mode(run / "redis-url") == 0o600


def test_a_named_redis_wins_and_must_be_an_address(directories):
    assert redis_url({"CHATBOT_REDIS_URL": "redis://h:1/0"}, directories) == "redis://h:1/0"
    with pytest.raises(SettingsError, match="CHATBOT_REDIS_URL must start with"):
        redis_url({"CHATBOT_REDIS_URL": "localhost:6379"}, directories)


def test_kombu_gets_its_own_spelling_of_a_socket():
    assert broker_url("unix:///run/redis.sock") == "redis+socket:///run/redis.sock"
    assert broker_url("redis://h:1/0") == "redis://h:1/0"


def test_the_database_is_the_data_directorys_own_unless_named(tmp_path):
    assert database({}, tmp_path)["NAME"] == str(tmp_path / "db.sqlite3")
    named = database({"CHATBOT_DATABASE_URL": "postgres://u:p@h:5432/d"}, tmp_path)
    assert (named["ENGINE"], named["NAME"]) == ("django.db.backends.postgresql", "d")


def test_a_taken_port_is_said_in_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"Port {port} is taken. Choose another one: CHATBOT_PORT="):
            require_free_port(port)


def test_two_copies_with_one_data_directory_are_told_apart(directories):
    lock = preparation.lock_data_directory()

    with pytest.raises(ChatbotError, match="Another copy is running"):
        preparation.lock_data_directory()

    lock.close()
    preparation.lock_data_directory().close()
