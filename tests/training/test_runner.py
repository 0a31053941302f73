import errno
import os
import signal
import time

import pytest

from preprocessing.errors import ChatbotError, CorpusError
from preprocessing.progress import Progress, StoppedError
from training.models import Job
from training.services import monitor
from training.services.monitor import StopReason
from training.services.runner import run_job

# A monitor's thread has a database connection of its own: it must see what the test committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick_ticks(monkeypatch):
    monkeypatch.setattr(monitor, "TICK_SECONDS", 0.02)


def wait_for_stop(run):
    """Work that goes on until it is asked to stop."""
    deadline = time.monotonic() + 10
    while not run.monitor.stop_requested():
        assert time.monotonic() < deadline, "nobody asked to stop"
        time.sleep(0.01)
    raise StoppedError("stopped")


def test_a_job_runs_to_its_end(make_job, do_work):
    def work(run, parameters):
        run.monitor.report(Progress(2, 4, "lines"))
        run.monitor.write_progress()
        with run.lease.success():
            pass

    job = make_job()
    do_work(work)

    assert run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, job.progress_done, job.percent) == (Job.State.SUCCEEDED, 2, 100)
    assert "succeeded" in job.log_file.read_text()


def test_a_job_that_is_not_queued_is_not_run(make_job, do_work):
    do_work(lambda run, parameters: pytest.fail("must not run"))

    assert not run_job(make_job(state=Job.State.RUNNING).pk)


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (CorpusError("A corpus must have lines."), "corpus", "A corpus must have lines."),
        (OSError(errno.ENOSPC, "No space left", "/x"), "disk_full", "The disk is full (/x)."),
        (MemoryError(), "out_of_memory", "Memory ran out."),
        (KeyError("oops"), "error", "Unexpected KeyError: 'oops'"),
    ],
)
def test_a_failure_leaves_a_reason_that_a_person_can_read(make_job, do_work, error, code, text):
    def work(run, parameters):
        raise error

    job = make_job()
    do_work(work)

    run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, job.error_code) == (Job.State.FAILED, code)
    assert job.error_text.startswith(text)
    assert "Traceback" not in job.error_text
    # Only what nobody expected is worth a trace in the log.
    assert ("Traceback" in job.log_file.read_text()) is not isinstance(error, ChatbotError)


def test_a_cancelled_job_stops_and_says_so(make_job, do_work):
    def work(run, parameters):
        Job.objects.update(cancel_requested=True)
        wait_for_stop(run)

    job = make_job()
    do_work(work)

    run_job(job.pk)

    assert Job.objects.get().state == Job.State.CANCELLED


def test_sigterm_gives_the_job_back_to_the_queue(make_job, do_work):
    def work(run, parameters):
        os.kill(os.getpid(), signal.SIGTERM)
        wait_for_stop(run)

    job = make_job()
    do_work(work)
    before = signal.getsignal(signal.SIGTERM)

    run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, job.attempt) == (Job.State.QUEUED, 1)
    assert signal.getsignal(signal.SIGTERM) is before


def test_sigint_can_mean_cancel(make_job, do_work):
    def work(run, parameters):
        os.kill(os.getpid(), signal.SIGINT)
        wait_for_stop(run)

    do_work(work)

    run_job(make_job().pk, on_interrupt=StopReason.CANCEL)

    assert Job.objects.get().state == Job.State.CANCELLED


def test_a_job_taken_over_by_another_process_stops_and_writes_nothing(make_job, do_work):
    def work(run, parameters):
        Job.objects.update(attempt=2, owner="another")
        run.monitor.report(Progress(1, 2, "lines"))
        wait_for_stop(run)

    do_work(work)

    run_job(make_job().pk)

    job = Job.objects.get()
    assert (job.state, job.owner, job.progress_done) == (Job.State.RUNNING, "another", 0)


def test_a_job_whose_parent_died_is_handed_over(make_job, do_work, monkeypatch):
    def work(run, parameters):
        monkeypatch.setattr(monitor.os, "getppid", lambda: 1)
        wait_for_stop(run)

    do_work(work)

    run_job(make_job().pk)

    assert Job.objects.get().state == Job.State.QUEUED


def test_parameters_of_another_release_fail_the_job_in_words(make_job, do_work):
    job = make_job(parameters={"corpus": 1, "name": "toy", "flavour": "sweet"})

    run_job(job.pk)

    assert "flavour" in Job.objects.get().error_text
