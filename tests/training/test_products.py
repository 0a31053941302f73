import pytest

from training.errors import JobStateError
from training.models import Job, TrainedModel
from training.services.products import trained_model_delete

pytestmark = pytest.mark.django_db


@pytest.fixture
def trained_model(data_directory):
    (data_directory / "save" / "run" / "bundle").mkdir(parents=True)
    return TrainedModel.objects.create(name="first", architecture="rnn", directory="save/run/bundle")


@pytest.mark.parametrize("state", [Job.State.QUEUED, Job.State.RUNNING])
def test_a_trained_model_that_a_training_starts_from_is_not_deleted(trained_model, make_job, state):
    job = make_job(kind=Job.Kind.TRAIN, parameters={"start_from": "first"}, state=state)

    with pytest.raises(JobStateError, match=f"Job {job.pk} starts from first"):
        trained_model_delete(trained_model=trained_model)

    assert trained_model.location.exists()


def test_a_training_that_has_ended_or_starts_elsewhere_keeps_nothing(trained_model, make_job):
    make_job(kind=Job.Kind.TRAIN, parameters={"start_from": "first"}, state=Job.State.FAILED)
    make_job(kind=Job.Kind.TRAIN, parameters={"start_from": "second"})

    trained_model_delete(trained_model=trained_model)

    assert not TrainedModel.objects.exists()
    assert not trained_model.location.exists()
