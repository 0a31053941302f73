import json

import pytest

from training.models import Dataset
from training.parameters import TrainParameters
from training.services.job_settings import job_settings, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return Dataset.objects.create(
        name="faq", directory="data/faq/1", max_length=20, exchanges=4, vocabulary_size=9
    )


def train_job(make_job, dataset, **changes):
    parameters = TrainParameters(dataset=dataset.pk, **changes).as_json()
    return make_job(kind="train", parameters=parameters, run_directory="save/run")


def by_name(settings):
    return {setting.name: setting for setting in settings}


def test_what_somebody_chose_comes_first_and_defaults_are_apart(make_job, dataset):
    settings = job_settings(train_job(make_job, dataset, hidden_size=64))

    chosen = by_name(settings.chosen)
    assert list(chosen) == ["hidden size", "dataset"]
    assert (chosen["hidden size"].value, chosen["hidden size"].help) == ("64", "Units in a layer.")
    assert by_name(settings.others)["layers"].value == "2"
    assert not settings.some_were_changed


def test_a_dataset_is_named(make_job, dataset):
    settings = job_settings(train_job(make_job, dataset))

    assert by_name(settings.chosen)["dataset"].value == f"faq #{dataset.pk} (4 exchanges)"


def test_what_a_preset_filled_in_is_shown_beside_what_was_asked_for(make_job, dataset, data_directory):
    job = train_job(make_job, dataset, preset="small")
    (data_directory / "save" / "run").mkdir(parents=True)
    used = {**job.parameters, "layers": 1, "hidden_size": 256}
    content = {**used, "requested": {**used, "layers": 2, "hidden_size": 128}}
    (data_directory / "save" / "run" / "configuration.json").write_text(json.dumps(content))

    settings = job_settings(job)

    chosen = by_name(settings.chosen)
    assert (chosen["layers"].value, chosen["layers"].asked) == ("1", "2")
    # What was chosen for the run is worth seeing, also where it is the default.
    assert (chosen["hidden size"].value, chosen["hidden size"].is_default) == ("256", True)
    assert settings.some_were_changed


def test_settings_of_another_release_are_shown_as_they_are(make_job, dataset):
    job = train_job(make_job, dataset)
    job.parameters["flavour"] = ["sweet", "sour"]

    assert by_name(job_settings(job).chosen)["flavour"].value == "sweet, sour"


@pytest.mark.parametrize("kind", ["preprocess", "select", "word_vectors", "export"])
def test_every_kind_of_job_has_settings(make_job, kind):
    job = make_job(kind=kind, parameters={"name": "x"})

    assert "name" in by_name([*job_settings(job).chosen, *job_settings(job).others])


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (None, "–"), ([], "–"), (("en", "zh"), "en, zh"), ({"a": 2.0}, "a 2"), (1e-4, "0.0001")],
)
def test_values_are_written_as_people_write_them(value, text):
    assert written(value) == text
