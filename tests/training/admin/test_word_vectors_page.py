import pytest
from django.urls import reverse

from training.models import Dataset, Job, WordVectors

pytestmark = pytest.mark.django_db


@pytest.fixture
def vectors(data_directory):
    folder = data_directory / "data" / "vectors" / "toy-1"
    folder.mkdir(parents=True)
    (folder / "toy.txt").write_text("3 2\npen 1 0\nink 0.9 0.1\nsea 0 1\n")
    return WordVectors.objects.create(name="toy", path="data/vectors/toy-1/toy.txt", words=3, size=2)


@pytest.fixture
def page(vectors):
    return reverse("admin:training_wordvectors_change", args=[vectors.pk])


def test_a_dataset_has_a_button_for_them_that_queues_a_job(operator):
    dataset = Dataset.objects.create(name="toy", directory="x", max_length=20, exchanges=4, vocabulary_size=9)
    start = reverse("admin:dataset_word_vectors", args=[dataset.pk])

    form = operator.get(start).context["form"]
    operator.post(start, {**{name: field.initial for name, field in form.fields.items()}, "size": "50"})

    assert start in operator.get(reverse("admin:training_dataset_change", args=[dataset.pk])).content.decode()
    job = Job.objects.get()
    assert (job.kind, job.parameters["dataset"], job.parameters["size"]) == ("word_vectors", dataset.pk, 50)


def test_a_words_neighbours_are_listed(operator, page):
    content = operator.get(page, {"word": "pen"}).content.decode()

    assert content.index("ink") < content.index("sea")


def test_an_unknown_word_is_an_error_in_words(operator, page):
    response = operator.get(page, {"word": "pem"})

    assert response.status_code == 200
    assert "Closest spellings: pen" in response.content.decode()


def test_deleting_them_deletes_their_file(operator, vectors, page):
    location = vectors.location

    operator.post(page.replace("change", "delete"), {"post": "yes"})

    assert not WordVectors.objects.exists()
    assert not location.exists()
