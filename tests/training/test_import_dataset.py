import json
import os
import pickle
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from answering.retrieval_bundle import build_retrieval_bundle
from preprocessing.progress import NullMonitor
from training.models import Dataset
from training.parameters import Hyperparameters
from training.services.importing import dataset_import
from training.services.products import dataset_delete

pytestmark = pytest.mark.django_db

WORDS = ["<pad>", "<go>", "<eos>", "<unknown>", "hello", "bye", "red", "green", "?"]


@pytest.fixture
def foreign(tmp_path):
    """Return a function that writes a pickle as DeepQA2 made it."""

    def write(**changes):
        content = {
            "word2id": {word: number for number, word in enumerate(WORDS)},
            "id2word": dict(enumerate(WORDS)),
            "trainingSamples": [[[4, 8], [5]], [[6], [7, 8]], [[7, 6], [6]], [[5], [4]]],
            "maxLength": 5,
            "corpusName": "foreign",
        }
        path = tmp_path / "foreign.pkl"
        path.write_bytes(pickle.dumps({**content, **changes}, 2))
        return path

    return write


def import_dataset(path, *options):
    output = StringIO()
    call_command("import_dataset", str(path), *options, stdout=output)
    return output.getvalue()


def test_a_pickle_becomes_a_row_and_its_folder(foreign, data_directory):
    said = import_dataset(foreign())

    dataset = Dataset.objects.get()
    assert dataset.name == "foreign"
    assert (dataset.max_length, dataset.exchanges, dataset.vocabulary_size) == (5, 4, 9)
    assert dataset.job is None
    assert dataset.location.parent == data_directory / "data" / "foreign"
    assert dataset.summary["splits"] == {"train": 4, "validation": 0, "test": 0}
    assert said == (
        f"Dataset {dataset.pk}: foreign #{dataset.pk} (4 exchanges), train 4, validation 0, test 0. "
        f"Train on it with: manage.py train {dataset.pk}\n"
    )


def test_what_was_stripped_is_said(foreign):
    assert "; stripped 3 ids of <go>, <eos> and <pad>." in import_dataset(
        foreign(trainingSamples=[[[4], [1, 4, 2, 0]]])
    )


def test_it_is_printed_as_json(foreign):
    printed = json.loads(import_dataset(foreign(), "--json", "--name", "mine"))

    assert printed["id"] == Dataset.objects.get(name="mine").pk
    assert (printed["name"], printed["exchanges"]) == ("mine", 4)


def test_importing_twice_makes_two_datasets(foreign):
    import_dataset(foreign())
    import_dataset(foreign())

    first, second = Dataset.objects.all()
    assert first.directory != second.directory


class Gadget:
    def __reduce__(self):
        return os.system, ("touch /tmp/never",)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"trainingSamples": [[[4], [99]]]}, "trainingSamples[0], answer: id 99 must be below 9."),
        ({"corpusName": "no name"}, "corpusName: must have"),
        ({"maxLength": Gadget()}, "foreign.pkl was refused: it names posix.system"),
    ],
)
def test_a_bad_pickle_ends_with_a_sentence_and_exit_code_2(foreign, data_directory, changes, complaint):
    with pytest.raises(CommandError) as raised:
        import_dataset(foreign(**changes))

    assert str(raised.value).startswith(complaint)
    assert raised.value.returncode == 2
    assert not Dataset.objects.exists()
    assert not (data_directory / "data").exists()


@pytest.mark.parametrize("options", [["--name", "../evil"], ["--name", ""]])
def test_a_bad_name_ends_with_exit_code_2(foreign, options):
    with pytest.raises(CommandError, match="1 to 64 letters") as raised:
        import_dataset(foreign(), *options)

    assert raised.value.returncode == 2


def test_a_missing_file_ends_with_exit_code_2(tmp_path):
    with pytest.raises(CommandError, match="must be a file that exists") as raised:
        import_dataset(tmp_path / "nothing.pkl")

    assert raised.value.returncode == 2


def test_an_imported_dataset_can_be_deleted(foreign):
    dataset = dataset_import(path=foreign(), name=None, monitor=NullMonitor())
    location = dataset.location

    dataset_delete(dataset=dataset)

    assert not location.exists()


def test_retrieval_answers_from_an_imported_dataset(foreign, tmp_path):
    dataset = dataset_import(path=foreign(), name=None, monitor=NullMonitor())

    build_retrieval_bundle(dataset.location, tmp_path / "bundle", NullMonitor())

    assert (tmp_path / "bundle" / "manifest.json").exists()


def test_a_network_trains_on_an_imported_dataset(foreign, tmp_path):
    from training.seq2seq.train import train_run

    dataset = dataset_import(path=foreign(), name=None, monitor=NullMonitor())
    tiny = Hyperparameters(hidden_size=8, embedding_size=8, layers=1, epochs=1, batch_size=2)

    result = train_run(dataset.location, tmp_path / "run", tiny, NullMonitor())

    assert (result.bundle_directory / "manifest.json").exists()
