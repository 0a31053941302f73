import pytest

from training.models import Job
from training.services.job_report import job_report, log_end

pytestmark = pytest.mark.django_db


def test_a_trainings_figures_are_named_and_readable(make_job):
    job = make_job(
        kind="train",
        metrics={
            "parameters": 1234567,
            "memory_mib": 2048,
            "input_share": 0.0125,
            "perplexity": 61.25,
            "recall@1": 0.5,
            "token_accuracy": 0.25,
        },
    )

    assert dict(job_report(job)) == {
        "State": "queued",
        "Perplexity": "61.250",
        "Token accuracy": "0.250",
        "Recall@1": "0.500",
        "Input share": "1.2% of the time waited for batches",
        "Parameters": "1,234,567",
        "Memory": "2,048 MiB beside the program",
        "Attempt": "1",
    }


def test_what_a_job_does_not_have_is_left_out(make_job):
    assert job_report(make_job()) == [("State", "queued"), ("Attempt", "1")]


def test_time_left_is_for_jobs_that_still_run(make_job):
    running = make_job(state=Job.State.RUNNING, metrics={"seconds_left": 61})
    ended = make_job(state=Job.State.SUCCEEDED, metrics={"seconds_left": 61})

    assert dict(job_report(running))["Time left"] == "1 min 01 s"
    assert "Time left" not in dict(job_report(ended))


def test_a_log_is_shown_from_its_end(make_job):
    job = make_job()
    assert log_end(job) == ""

    job.log_file.parent.mkdir()
    job.log_file.write_text("first\n" * 200 + "last")

    assert log_end(job).splitlines() == ["first"] * 99 + ["last"]
