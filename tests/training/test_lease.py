from datetime import timedelta

import pytest
from django.utils import timezone

from preprocessing.progress import Progress
from training.models import Job
from training.services.lease import LostJobError, claim_job

pytestmark = pytest.mark.django_db


def test_a_queued_job_is_claimed_once(make_job):
    job = make_job()

    first, second = claim_job(job.pk, "one"), claim_job(job.pk, "two")

    job.refresh_from_db()
    assert (first.attempt, second) == (1, None)
    assert (job.state, job.owner) == (Job.State.RUNNING, "one")


@pytest.mark.parametrize("state", [Job.State.RUNNING, Job.State.SUCCEEDED, Job.State.CANCELLED])
def test_only_a_queued_job_can_be_claimed(make_job, state):
    assert claim_job(make_job(state=state).pk, "one") is None


def test_a_job_that_was_deleted_cannot_be_claimed(db):
    assert claim_job(12345, "one") is None


def test_progress_reaches_the_row(make_job):
    job = make_job()
    lease = claim_job(job.pk, "one")

    lease.record(Progress(3, 10, "steps", "epoch 1 of 2", {"loss": 2.5}))

    job.refresh_from_db()
    assert (job.progress_done, job.progress_total, job.percent) == (3, 10, 30)
    assert job.metrics == {"loss": 2.5}


def test_whoever_lost_the_job_cannot_write_any_more(make_job):
    job = make_job()
    lease = claim_job(job.pk, "one")
    Job.objects.update(state=Job.State.QUEUED, attempt=2, owner="")
    claim_job(job.pk, "two")

    for write in (lease.beat, lease.cancel, lease.hand_over, lambda: lease.fail("error", "x")):
        with pytest.raises(LostJobError):
            write()

    assert Job.objects.get().owner == "two"


def test_products_of_a_lost_job_are_not_kept(make_job):
    job = make_job()
    lease = claim_job(job.pk, "one")
    Job.objects.update(attempt=2)

    with pytest.raises(LostJobError), lease.success():
        make_job()

    assert Job.objects.count() == 1


def test_handing_over_uses_no_attempt(make_job):
    job = make_job()

    claim_job(job.pk, "one").hand_over()

    job.refresh_from_db()
    assert (job.state, job.attempt, job.owner, job.sent_at) == (Job.State.QUEUED, 1, "", None)


def test_a_newer_checkpoint_forgives_deaths(make_job):
    job = make_job(deaths=2, saved_step=100)
    lease = claim_job(job.pk, "one")

    lease.record(Progress(100, 200, "steps", metrics={"checkpoint_step": 100}))
    assert Job.objects.get().deaths == 2

    lease.record(Progress(150, 200, "steps", metrics={"checkpoint_step": 150}))
    assert (Job.objects.get().deaths, Job.objects.get().saved_step) == (0, 150)


def test_a_job_without_progress_for_long_is_stalled(make_job):
    long_ago = timezone.now() - timedelta(minutes=16)

    assert make_job(state=Job.State.RUNNING, progress_at=long_ago).is_stalled
    assert not make_job(state=Job.State.RUNNING, progress_at=timezone.now()).is_stalled
    assert not make_job(state=Job.State.SUCCEEDED, progress_at=long_ago).is_stalled
