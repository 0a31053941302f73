import pytest
from django.urls import reverse

from training.models import Dataset, Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def train(operator):
    """Return a function that fills in the form that starts a training, and returns its answer."""
    dataset = Dataset.objects.create(
        name="toy", directory="data/toy/1", max_length=20, exchanges=4, vocabulary_size=9
    )
    address = reverse("admin:dataset_train", args=[dataset.pk])
    return lambda **given: operator.post(address, {"architecture": "rnn", **given})


def test_a_training_is_queued(train):
    assert train(epochs="2").status_code == 302
    assert Job.objects.get().parameters["epochs"] == 2


@pytest.mark.parametrize(
    ("field", "given", "complaint"),
    [
        ("start_from", "nobody", "must be the name of a trained model. Received 'nobody'"),
        ("workers", "first", "Each worker must be host:port"),
        ("workers", "first:1", "must name at least two, each once"),
    ],
)
def test_what_is_wrong_stands_at_its_field(train, field, given, complaint):
    response = train(**{field: given})

    form = response.context["form"]
    assert complaint in form.errors[field][0]
    assert not form.non_field_errors()
    assert not Job.objects.exists()
