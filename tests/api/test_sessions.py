"""Sessions, with a real Redis: one that answers, is killed, hangs, is full, and comes back."""

import signal
import subprocess
import time

import pytest
from redis import Redis
from redis.exceptions import RedisError

from api import sessions
from api.responders import loaded_for
from chatbot.launch.embedded_redis import server_path, write_redis_configuration
from training.models import Bot

pytestmark = pytest.mark.django_db
# Twice the time after which Redis counts as away, and some for a busy machine.
BOUNDED_SECONDS = 2 * sessions.TIMEOUT_SECONDS + 1


class RedisServer:
    def __init__(self, directory):
        self.directory = directory
        self.url = write_redis_configuration(directory)
        self.start()

    def start(self):
        command = [str(server_path()), str(self.directory / "redis.conf")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not self.answers():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def answers(self):
        with self.client() as client:
            try:
                return client.ping()
            except RedisError:
                return False

    def client(self):
        return Redis.from_url(self.url, decode_responses=True)

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis(tmp_path, settings, monkeypatch):
    monkeypatch.setattr(sessions, "absence", sessions.Absence())
    # So that what comes back is noticed at once.
    monkeypatch.setattr(sessions, "PAUSE_SECONDS", 0.0)
    (tmp_path / "run").mkdir()
    server = RedisServer(tmp_path / "run")
    settings.REDIS_URL = server.url
    sessions.connection.cache_clear()
    yield server
    server.process.send_signal(signal.SIGCONT)
    server.kill()
    sessions.connection().close()
    sessions.connection.cache_clear()


@pytest.fixture
def say(active, ask):
    """Say something in a session; return whether it was degraded."""
    loaded_for(active.name)

    def send(message, session="s-1"):
        started = time.monotonic()
        response = ask({"message": message, "session": session})
        content = response.json()
        assert (response.status_code, content["msg"], content["session"]) == (200, "Hello Anna!", session)
        assert time.monotonic() - started < BOUNDED_SECONDS
        return content["session_degraded"]

    return send


def turns(redis):
    with redis.client() as client:
        [key] = client.keys("chatbot:session:*")
        return client.lrange(key, 0, -1)


def test_what_was_said_before_is_read_by_what_was_trained_with_context(redis, say, monkeypatch):
    responder, asked = loaded_for("default").responder, []
    answer = responder.answer
    monkeypatch.setattr(
        responder, "answer", lambda question: asked.append(question.earlier) or answer(question)
    )

    assert [say(message) for message in ("hello", "how are you")] == [False, False]
    assert asked == [(), ("hello", "Hello Anna!")]


def test_a_session_keeps_its_last_turns_for_a_day(redis, say):
    for number in range(12):
        assert say(f"hello {number}") is False

    said = turns(redis)
    assert len(said) == sessions.MOST_TURNS
    assert said[-2:] == ["hello 11", "Hello Anna!"]
    with redis.client() as client:
        [key] = client.keys("chatbot:session:*")
        assert sessions.LIFETIME_SECONDS - 60 < client.ttl(key) <= sessions.LIFETIME_SECONDS
        assert "s-1" not in key


def test_under_one_name_every_account_and_bot_has_a_session_of_its_own(
    redis, active, ask, client, django_user_model
):
    Bot.objects.create(name="support", active=active.active)
    for bot in ("default", "support"):
        ask({"message": "hello", "session": "s-1", "bot": bot})
    client.force_authenticate(django_user_model.objects.create_user("other"))
    ask({"message": "hello", "session": "s-1"})

    with redis.client() as reader:
        assert [reader.llen(key) for key in reader.keys("chatbot:session:*")] == [2, 2, 2]


# Redis goes away


def test_while_redis_is_killed_sessions_say_so_and_afterwards_go_on(redis, say, ask):
    assert say("hello") is False

    redis.kill()
    assert say("how are you") is True
    single = ask({"message": "hello anna"}).json()
    assert (single["msg"], "session" in single) == ("Hello Anna!", False)

    redis.start()
    assert say("are you") is False
    assert turns(redis) == ["hello", "Hello Anna!", "are you", "Hello Anna!"]


def test_a_redis_that_hangs_holds_no_question_for_long(redis, say):
    assert say("hello") is False

    redis.process.send_signal(signal.SIGSTOP)
    assert say("how are you") is True
    redis.process.send_signal(signal.SIGCONT)

    # What could not be read was not continued: neither turn is there without the other.
    assert say("are you") is False
    assert turns(redis) == ["hello", "Hello Anna!", "are you", "Hello Anna!"]


def test_a_redis_that_is_full_or_holds_something_else_degrades_the_session(redis, say):
    assert say("hello") is False
    with redis.client() as client:
        client.config_set("maxmemory", 1)
        assert say("how are you") is True
        client.config_set("maxmemory", 0)
        [key] = client.keys("chatbot:session:*")
        client.set(key, "no list")

    assert say("are you") is True


def test_streams_and_many_questions_say_so_too(redis, active, ask, post):
    redis.kill()

    stream = ask({"message": "hello", "session": "s-1", "stream": True})
    assert '"session_degraded": true' in b"".join(stream.streaming_content).decode()
    results = post("questions", {"questions": [{"message": "hello", "session": "s-1"}]}).json()["results"]
    assert [result["session_degraded"] for result in results] == [True]


def test_a_redis_that_hangs_is_not_asked_again_for_each_of_many_questions(redis, say, monkeypatch):
    monkeypatch.setattr(sessions, "PAUSE_SECONDS", 60.0)
    redis.process.send_signal(signal.SIGSTOP)
    assert say("hello") is True

    started = time.monotonic()
    for _ in range(5):
        assert say("hello") is True
    assert time.monotonic() - started < sessions.TIMEOUT_SECONDS

    redis.process.send_signal(signal.SIGCONT)
    sessions.absence.until = 0.0
    assert say("hello") is False
