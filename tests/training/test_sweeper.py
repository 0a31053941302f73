from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from training.models import Job
from training.services import sweeper
from training.services.sending import message_id

pytestmark = pytest.mark.django_db


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def queue(monkeypatch):
    """A queue in memory: what was sent waits in it."""
    waiting = set()

    def send(job):
        waiting.add(message_id(job))
        Job.objects.filter(pk=job.pk).update(sent_at=timezone.now())
        return True

    monkeypatch.setattr(sweeper, "send_job", send)
    monkeypatch.setattr(sweeper, "waiting_message_ids", lambda name: waiting)
    return waiting


def test_a_silent_job_is_queued_and_sent_anew_with_the_next_attempt(make_job, queue):
    job = make_job(state=Job.State.RUNNING, heartbeat_at=ago(31), owner="dead")

    swept = sweeper.sweep_jobs()

    job.refresh_from_db()
    assert (job.state, job.attempt, job.deaths, job.owner) == (Job.State.QUEUED, 2, 1, "")
    assert queue == {f"job-{job.pk}-2"}
    assert swept == sweeper.Sweep(requeued=1, failed=0, sent=1)


def test_a_heartbeat_that_the_database_wrote_counts_like_any_other(make_job):
    job = make_job(state=Job.State.RUNNING)
    Job.objects.update(heartbeat_at=Now() - timedelta(seconds=31))

    assert sweeper.sweep_jobs().requeued == 1

    Job.objects.update(state=Job.State.RUNNING, heartbeat_at=Now())
    assert sweeper.sweep_jobs().requeued == 0
    job.refresh_from_db()
    assert job.attempt == 2


def test_a_job_with_a_heartbeat_is_left_alone(make_job, queue):
    make_job(state=Job.State.RUNNING, heartbeat_at=ago(20))

    assert sweeper.sweep_jobs() == sweeper.Sweep(requeued=0, failed=0, sent=0)


def test_three_deaths_in_a_row_fail_the_job_with_a_reason(make_job):
    job = make_job(state=Job.State.RUNNING, heartbeat_at=ago(31), deaths=2, progress_message="epoch 3 of 30")

    sweeper.sweep_jobs()

    job.refresh_from_db()
    assert (job.state, job.error_code) == (Job.State.FAILED, "died")
    assert "epoch 3 of 30" in job.error_text


def test_a_silent_job_that_was_to_be_cancelled_is_cancelled(make_job):
    job = make_job(state=Job.State.RUNNING, heartbeat_at=ago(31), cancel_requested=True)

    sweeper.sweep_jobs()

    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_a_job_that_beat_again_meanwhile_is_not_taken(make_job):
    stale = make_job(state=Job.State.RUNNING, heartbeat_at=ago(31))
    Job.objects.update(heartbeat_at=timezone.now())

    assert sweeper.end_silent_job(stale) is None
    assert Job.objects.get().state == Job.State.RUNNING


def test_a_job_that_was_never_sent_is_sent(make_job, queue):
    job = make_job(sent_at=None)

    assert sweeper.sweep_jobs().sent == 1
    assert queue == {f"job-{job.pk}-1"}


def test_a_job_that_still_waits_in_its_queue_is_not_sent_again(make_job, queue):
    job = make_job(sent_at=ago(3600))
    queue.add(message_id(job))

    assert sweeper.sweep_jobs().sent == 0


def test_a_job_whose_message_was_lost_is_sent_again_after_a_while(make_job):
    make_job(sent_at=ago(61))

    assert sweeper.sweep_jobs().sent == 1


def test_a_message_on_its_way_is_given_time(make_job):
    make_job(sent_at=ago(5))

    assert sweeper.sweep_jobs().sent == 0


def test_without_redis_the_dead_are_still_swept(make_job, monkeypatch):
    def away(job):
        raise RedisConnectionError("gone")

    monkeypatch.setattr(sweeper, "is_waiting", away)
    make_job(state=Job.State.RUNNING, heartbeat_at=ago(31))

    assert sweeper.sweep_jobs() == sweeper.Sweep(requeued=1, failed=0, sent=0)
