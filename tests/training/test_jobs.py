import pytest

from preprocessing.errors import SettingsError
from training.errors import JobStateError
from training.models import Job
from training.services import jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """Collect what would be sent to Redis."""
    collected = []
    monkeypatch.setattr(jobs, "send_job", lambda job: collected.append(job.pk))
    return collected


def test_a_queued_job_is_sent_when_the_transaction_ends(sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.job_queue(kind="preprocess", parameters={"corpus": 1, "name": "toy"})

    assert job.state == Job.State.QUEUED
    assert sent == [job.pk]


def test_a_job_for_this_process_is_never_sent(sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.job_queue(kind="preprocess", parameters={"corpus": 1, "name": "toy"}, send=False)

    assert sent == []
    assert job.sent_at is not None


def test_parameters_are_kept_whole_with_their_defaults():
    job = jobs.job_queue(kind="preprocess", parameters={"corpus": 1, "name": "toy"})

    assert job.parameters["max_length"] == 20


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"max_length": 0}, "max_length must be a whole number from 1 to 400. Received 0."),
        ({"max_length": 2.5}, "Received 2.5"),
        ({"format": "pdf"}, "format must be one of"),
        ({"maximum": 3}, "Received maximum"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(wrong, complaint):
    with pytest.raises(SettingsError, match=complaint.replace("(", r"\(")):
        jobs.job_queue(kind="preprocess", parameters={"corpus": 1, "name": "toy", **wrong})

    assert not Job.objects.exists()


def test_cancelling_a_queued_job_ends_it_at_once(make_job):
    job = make_job()

    jobs.job_cancel(job=job)

    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert job.finished_at is not None


def test_cancelling_a_running_job_asks_it_to_stop(make_job):
    job = make_job(state=Job.State.RUNNING)

    jobs.job_cancel(job=job)

    job.refresh_from_db()
    assert (job.state, job.cancel_requested) == (Job.State.RUNNING, True)


def test_cancelling_twice_does_no_harm_to_a_running_job(make_job):
    job = make_job(state=Job.State.RUNNING)

    jobs.job_cancel(job=job)
    jobs.job_cancel(job=job)

    assert Job.objects.get().cancel_requested


def test_cancelling_a_finished_job_changes_nothing(make_job):
    job = make_job(state=Job.State.SUCCEEDED)

    with pytest.raises(JobStateError, match="has ended already"):
        jobs.job_cancel(job=job)

    assert Job.objects.get().state == Job.State.SUCCEEDED


@pytest.mark.parametrize("state", [Job.State.FAILED, Job.State.CANCELLED])
def test_resuming_makes_a_new_row_with_the_old_run_directory(make_job, state):
    old = make_job(state=state, run_directory="save/host.20260101.000000")

    new = jobs.job_resume(job=old)

    assert (new.state, new.parent, new.run_directory) == (Job.State.QUEUED, old, old.run_directory)
    assert new.parameters == old.parameters


@pytest.mark.parametrize("state", [Job.State.QUEUED, Job.State.RUNNING, Job.State.SUCCEEDED])
def test_only_what_failed_or_was_cancelled_can_be_resumed(make_job, state):
    with pytest.raises(JobStateError, match="Only a failed or cancelled job"):
        jobs.job_resume(job=make_job(state=state))


def test_deleting_a_job_removes_its_log_and_its_run(make_job, data_directory):
    run = data_directory / "save" / "host.1"
    run.mkdir(parents=True)
    job = make_job(state=Job.State.FAILED, run_directory="save/host.1")
    job.log_file.parent.mkdir()
    job.log_file.write_text("end")

    jobs.job_delete(job=job)

    assert not run.exists()
    assert not list((data_directory / "logs").iterdir())
    assert not Job.objects.exists()


def test_deleting_a_resumed_job_leaves_the_run_to_the_job_that_goes_on(make_job, data_directory):
    run = data_directory / "save" / "host.1"
    run.mkdir(parents=True)
    old = make_job(state=Job.State.FAILED, run_directory="save/host.1")
    jobs.job_resume(job=old)

    jobs.job_delete(job=old)

    assert run.exists()


def test_a_running_job_cannot_be_deleted(make_job):
    with pytest.raises(JobStateError, match="cancel it first"):
        jobs.job_delete(job=make_job(state=Job.State.RUNNING))


def test_deleting_never_leaves_the_data_directory(make_job, data_directory, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (data_directory / "save").mkdir()
    job = make_job(state=Job.State.FAILED, run_directory="save/../../precious")

    jobs.job_delete(job=job)

    assert precious.exists()
