"""A real Redis, a real worker process, a real sweeper: a corpus becomes a bot that answers."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.conftest import ROOT

YAML = "conversations:\n" + "\n".join(f"- - question {n}\n  - answer {n}" for n in range(40)) + "\n"


class Installation:
    """A data directory of its own with the embedded Redis, and commands run against it."""

    def __init__(self, directory):
        self.directory = directory
        self.processes = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CHATBOT_")},
            "CHATBOT_DATA_DIR": str(directory),
            "DJANGO_SETTINGS_MODULE": "chatbot.settings",
        }

    def start(self, *command):
        log = (self.directory / f"{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        log.close()
        self.processes.append(process)
        return process

    def start_redis(self):
        from chatbot.launch.embedded_redis import server_path, write_redis_configuration

        write_redis_configuration(self.directory / "run")
        return self.start(str(server_path()), str(self.directory / "run" / "redis.conf"))

    def start_worker(self):
        queues = ["--queues", "preprocess,train"]
        return self.start(sys.executable, "-m", "celery", "-A", "chatbot", "worker", *queues)

    def manage(self, *arguments):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def job(self):
        """Return the newest job."""
        return json.loads(self.manage("list_jobs", "--json", "--limit", "1"))[0]

    def stop(self):
        for process in reversed(self.processes):
            below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            for one in (process, *below):
                one.kill()
            process.wait()


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path / "d")
    (tmp_path / "d").mkdir()
    (tmp_path / "toy.yml").write_text(YAML)
    made.manage("prepare")
    yield made
    made.stop()


def test_a_real_worker_makes_a_dataset_and_a_bot_that_answers(installation, tmp_path):
    installation.start_redis()
    worker = installation.start_worker()

    made = json.loads(
        installation.manage("preprocess", "toy", str(tmp_path / "toy.yml"), "--follow", "--json")
    )
    assert (made["state"], made["datasets"]) == ("succeeded", [1])

    trained = installation.manage("train", "toy", "--architecture", "retrieval", "--follow", "--json")
    assert json.loads(trained)["trained_models"] == [1]
    answer = installation.manage(
        "shell",
        "-v",
        "0",
        "-c",
        "from api.answering import question_answer;"
        "print(question_answer(question={'message': 'question 7', 'bot': 'default', 'answers': 1})['msg'])",
    )
    assert answer.strip() == "answer 7"

    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=10) == 0


def test_without_redis_a_job_waits_and_the_sweeper_sends_it_later(installation, tmp_path):
    installation.manage("preprocess", "toy", str(tmp_path / "toy.yml"))
    assert installation.job()["state"] == "queued"

    installation.start_redis()
    installation.start_worker()
    time.sleep(1)
    swept = json.loads(installation.manage("sweep_jobs", "--once"))

    assert swept["sent"] == 1
    wait_until(lambda: installation.job()["state"] == "succeeded")


def test_here_needs_neither_redis_nor_worker(installation, tmp_path):
    installation.manage("preprocess", "toy", str(tmp_path / "toy.yml"), "--here")
    printed = installation.manage("train", "toy", "--architecture", "retrieval", "--here")

    assert "succeeded" in printed
    assert "trained model toy-retrieval-2" in printed


@pytest.mark.slow
def test_a_training_whose_worker_is_killed_goes_on_from_its_checkpoint(installation, tmp_path):
    installation.start_redis()
    worker = installation.start_worker()
    installation.start(sys.executable, "manage.py", "sweep_jobs")
    installation.manage("preprocess", "toy", str(tmp_path / "toy.yml"), "--follow")
    tiny = [
        "--hidden-size",
        "16",
        "--embedding-size",
        "16",
        "--layers",
        "1",
        "--batch-size",
        "4",
        "--save-every",
        "20",
    ]
    installation.manage("train", "toy", *tiny, "--epochs", "400", "--patience", "400")
    wait_until(lambda: installation.job()["metrics"].get("checkpoint_step", 0) > 100)
    done = installation.job()["done"]

    worker.kill()
    worker.wait()
    installation.start_worker()

    wait_until(lambda: installation.job()["attempt"] == 2 and installation.job()["done"] > done, seconds=120)
    wait_until(lambda: installation.job()["state"] == "succeeded", seconds=120)
    log = (installation.directory / "logs" / "job-2.log").read_text()
    assert "Resumed at step" in log


@pytest.mark.slow
def test_a_stopped_worker_hands_its_training_over(installation, tmp_path):
    installation.start_redis()
    worker = installation.start_worker()
    installation.manage("preprocess", "toy", str(tmp_path / "toy.yml"), "--follow")
    tiny = ["--hidden-size", "16", "--embedding-size", "16", "--layers", "1", "--batch-size", "4"]
    installation.manage("train", "toy", *tiny, "--epochs", "2000", "--patience", "2000")
    wait_until(lambda: installation.job()["done"] > 50)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=8) == 0
    job = installation.job()
    assert (job["state"], job["attempt"]) == ("queued", 1)
    assert job["metrics"]["checkpoint_step"] > 0 or "Training was asked" in str(job)


@pytest.mark.slow
def test_a_training_is_cancelled_within_five_seconds(installation, tmp_path):
    installation.start_redis()
    installation.start_worker()
    installation.manage("preprocess", "toy", str(tmp_path / "toy.yml"), "--follow")
    installation.manage("train", "toy", "--epochs", "2000", "--patience", "2000")
    wait_until(lambda: installation.job()["done"] > 5)

    installation.manage("cancel_job", "2")
    started = time.monotonic()
    wait_until(lambda: installation.job()["state"] == "cancelled", seconds=10)

    assert time.monotonic() - started < 5


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
