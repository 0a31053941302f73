import pytest
from django.db import IntegrityError, transaction

from answering.bundle import Bundle
from training.errors import JobStateError
from training.models import Dataset, TrainedModel
from training.services import trained_models
from training.services.trained_models import (
    default_model_name,
    require_free_model_name,
    trained_model_create,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return Dataset.objects.create(
        name="toy", directory="data/toy/1", max_length=20, exchanges=4, vocabulary_size=9
    )


@pytest.fixture
def create(make_bundle, make_job, dataset):
    """Return a function that makes the row of a new bundle."""

    def make(name, bundle="greetings"):
        found = Bundle.open(make_bundle(bundle))
        return trained_model_create(name=name, bundle=found, dataset=dataset, job=make_job())

    return make


def test_a_row_is_what_its_bundle_says(create, dataset):
    trained_model = create("toy-1")

    assert (trained_model.name, trained_model.architecture) == ("toy-1", "retrieval")
    assert trained_model.dataset == dataset
    bundle = Bundle.open(trained_model.location)
    assert trained_model.metrics == bundle.manifest.metrics
    assert default_model_name(dataset, bundle, 7) == "toy-retrieval-7"


def test_a_name_that_is_taken_is_numbered(create):
    TrainedModel.objects.create(name="toy-1", architecture="rnn", directory="save/imported/bundle")

    assert create("toy-1").name == "toy-1-2"


def test_a_name_that_is_taken_at_this_moment_is_numbered_too(create, monkeypatch):
    TrainedModel.objects.create(name="toy-1", architecture="rnn", directory="save/imported/bundle")
    looked = iter(["toy-1", "toy-1-2"])
    monkeypatch.setattr(trained_models, "free_model_name", lambda wanted: next(looked))

    with transaction.atomic():
        assert create("toy-1").name == "toy-1-2"


def test_a_bundle_is_that_of_one_trained_model_alone(create):
    create("toy-1")

    with pytest.raises(IntegrityError), transaction.atomic():
        create("toy-2")


def test_a_name_that_somebody_chose_is_not_numbered(create):
    create("toy-1")

    with pytest.raises(JobStateError, match="toy-1 is taken"):
        require_free_model_name("toy-1")
    require_free_model_name("toy-2")
