"""A dataset that another machine preprocessed, so that both can train on it together."""

import json
import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest
from tests.conftest import ROOT
from training.models import Dataset

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere(tmp_path):
    request = PreprocessRequest.of_corpus("toy", ROOT / "tests/data/cornell", tmp_path / "elsewhere")
    return shutil.copytree(preprocess(request, NullMonitor()).directory, tmp_path / "copied")


def import_dataset(path, *options):
    output = StringIO()
    call_command("import_dataset", str(path), *options, stdout=output)
    return output.getvalue()


def test_a_folder_becomes_a_row_as_preprocessing_makes_it(elsewhere, data_directory):
    said = import_dataset(elsewhere)

    dataset = Dataset.objects.get()
    information = json.loads((elsewhere / "dataset.json").read_text())
    assert (dataset.name, dataset.max_length) == ("toy", 20)
    assert dataset.exchanges == information["exchanges"]
    assert dataset.location.parent == data_directory / "data" / "toy"
    assert dataset.summary["splits"] == information["splits"]
    assert "stripped" not in said
    assert said.startswith(f"Dataset {dataset.pk}: toy #{dataset.pk}")


def test_its_fingerprint_stays_so_that_workers_train_on_the_same(elsewhere):
    import_dataset(elsewhere)

    kept = json.loads((Dataset.objects.get().location / "dataset.json").read_text())
    assert kept == json.loads((elsewhere / "dataset.json").read_text())


def test_a_folder_keeps_its_name(elsewhere):
    with pytest.raises(CommandError, match="keeps its name") as refused:
        import_dataset(elsewhere, "--name", "mine")

    assert refused.value.returncode == 2
    assert not Dataset.objects.exists()


def test_a_folder_that_is_no_dataset_ends_with_a_sentence_and_exit_code_2(tmp_path):
    (tmp_path / "empty").mkdir()

    with pytest.raises(CommandError, match=r"must hold a readable dataset\.json") as refused:
        import_dataset(tmp_path / "empty")

    assert refused.value.returncode == 2
    assert not Dataset.objects.exists()
