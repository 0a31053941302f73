import json
import pickle
import resource

import numpy as np
import pytest

from preprocessing.dataset import Dataset
from preprocessing.errors import CorpusError, DatasetError
from preprocessing.pipeline import PreprocessRequest, preprocess
from preprocessing.progress import NullMonitor, StoppedError
from preprocessing.unpickler import load_pickle
from preprocessing.words import question_start
from tests.conftest import ROOT


@pytest.fixture
def make(tmp_path):
    def run(monitor=None, **options):
        options = {"name": "toy", "path": ROOT / "tests/data/cornell", "data_directory": tmp_path, **options}
        return preprocess(PreprocessRequest(**options), monitor or NullMonitor())

    return run


@pytest.fixture
def large_corpus(tmp_path):
    """1,200 exchanges in 400 conversations."""
    lines = "\n".join(f"- - question {n}\n  - answer {n}\n  - more {n}\n  - last {n}" for n in range(400))
    (tmp_path / "large.yml").write_text(f"conversations:\n{lines}\n")
    return tmp_path / "large.yml"


def test_a_corpus_becomes_a_dataset(make):
    summary = make()
    dataset = Dataset.open(summary.directory)

    assert summary.exchanges == len(dataset) == 4
    assert summary.counts["dropped"] == {"empty_text": 1, "cannot_be_decoded": 1, "missing_line": 1}
    # Original texts, markup and all, beside the ids.
    assert dataset.question_text(0) == "Did you see <u>Paris</u> in the spring?"
    assert dataset.vocabulary.decode(dataset.question(0)) == [
        "did",
        "you",
        "see",
        "paris",
        "in",
        "the",
        "spring",
        "?",
    ]
    assert dataset.answer_text(3) == "That’s café style."
    assert dataset.surface_forms.written("paris") == "Paris"
    assert dataset.information["splits"] == {"train": 4, "validation": 0, "test": 0}
    assert summary.languages == {"en": 1.0}


def test_the_pickle_is_what_deepqa2s_code_reads(make):
    summary = make()

    # As DeepQA2 did it.
    with summary.link.open("rb") as handle:
        data = pickle.load(handle)
    question, answer = data["trainingSamples"][0]
    assert (data["maxLength"], data["corpusName"]) == (20, "toy")
    assert [data["word2id"][word] for word in ("<pad>", "<go>", "<eos>", "<unknown>")] == [0, 1, 2, 3]
    assert [data["id2word"][number] for number in question][:4] == ["did", "you", "see", "paris"]
    assert [data["id2word"][number] for number in answer][:2] == ["i", "did"]
    assert load_pickle(summary.link) == data


def test_the_link_points_to_the_newest_dataset_and_older_ones_stay(make, tmp_path):
    first, second = make(), make()

    assert first.directory != second.directory
    assert first.link == second.link == tmp_path / "data" / "dataset-toy-20.pkl"
    assert first.link.resolve().parent == second.directory
    assert Dataset.open(first.directory).fingerprint == Dataset.open(second.directory).fingerprint


def test_the_same_input_and_settings_give_the_same_bytes(make):
    first, second = make(), make()

    for path in first.directory.iterdir():
        if path.name != "dataset.json":
            assert path.read_bytes() == (second.directory / path.name).read_bytes(), path.name


def test_long_texts_are_cut_never_dropped(make):
    summary = make(max_length=4, max_answer_length=3)
    dataset = Dataset.open(summary.directory)
    words = dataset.vocabulary.decode

    assert len(dataset) == 4
    assert summary.counts["cut"] == {"question": 4, "answer": 3}
    # Its last tokens, since no whole sentence fits; of an answer the first.
    assert words(dataset.question(0)) == ["in", "the", "spring", "?"]
    assert words(dataset.answer(0)) == ["i", "did", "."]
    assert dataset.answer_text(0) == "I did. I don't think Anna liked Paris."
    assert summary.link.name == "dataset-toy-4.pkl"


def test_a_cut_question_keeps_its_last_whole_sentences():
    ends = np.array([0, 0, 1, 0, 1, 0, 1], bool)

    assert question_start(ends, 6) == 3
    assert question_start(ends, 4) == 3
    assert question_start(ends, 3) == 5
    assert question_start(ends, 1) == 6


def test_splits_hold_out_whole_conversations_without_leaks(make, large_corpus):
    summary = make(path=large_corpus)
    dataset = Dataset.open(summary.directory)

    assert sum(summary.splits.values()) == 1200
    assert 30 <= summary.splits["validation"] <= 100
    assert 30 <= summary.splits["test"] <= 100
    conversations = {
        part: {dataset.exchanges.conversations[row] for row in dataset.indices(part)}
        for part in ("train", "validation", "test")
    }
    assert not conversations["train"] & (conversations["validation"] | conversations["test"])


def test_duplicates_of_training_are_dropped_from_what_is_held_out(make, large_corpus):
    # The same exchange ends every conversation: wherever it lands, training has it.
    lines = "\n".join(f"- - q {n}\n  - a {n}\n  - bye\n  - see you" for n in range(300))
    large_corpus.write_text(f"conversations:\n{lines}\n")

    summary = make(path=large_corpus)
    dataset = Dataset.open(summary.directory)

    dropped = summary.counts["dropped"]["duplicate_of_training"]
    assert dropped > 10
    assert summary.exchanges + dropped == 900
    held_out = [row for part in ("validation", "test") for row in dataset.indices(part)]
    assert not [row for row in held_out if dataset.question_text(row) == "bye"]


def test_a_growing_corpus_keeps_its_splits(make, large_corpus):
    before = Dataset.open(make(path=large_corpus).directory)
    kept = {before.question_text(row) for row in before.indices("test")}
    more = "\n".join(f"- - another {n}\n  - one {n}" for n in range(200))
    large_corpus.write_text(large_corpus.read_text() + more + "\n")

    after = Dataset.open(make(path=large_corpus).directory)

    assert kept <= {after.question_text(row) for row in after.indices("test")}


def test_the_vocabulary_sees_training_only(make, large_corpus):
    dataset = Dataset.open(make(path=large_corpus).directory)
    row = dataset.indices("test")[0]

    number = dataset.question_text(row).split()[-1]

    assert number not in dataset.vocabulary


def test_only_some_conversations_can_be_read(make):
    assert make(limit_conversations=1).counts["conversations"] == 1


def test_asked_to_stop_it_leaves_nothing_behind(make, tmp_path, large_corpus):
    class Impatient(NullMonitor):
        def stop_requested(self):
            return True

    with pytest.raises(StoppedError):
        make(monitor=Impatient(), path=large_corpus)

    assert not list((tmp_path / "data").rglob("*")) if (tmp_path / "data").exists() else True


def test_a_failure_while_writing_leaves_no_half_dataset(make, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("preprocessing.dataset.write_pickle", fail)

    with pytest.raises(OSError, match="No space"):
        make()

    assert list((tmp_path / "data" / "toy").iterdir()) == []


@pytest.mark.parametrize("name", ["../evil", "", "a/b", ".hidden", "x" * 65])
def test_a_name_that_is_no_file_name_is_refused(make, name):
    with pytest.raises(CorpusError, match="1 to 64 letters"):
        make(name=name)


def test_a_corpus_without_an_exchange_is_refused(make, tmp_path):
    (tmp_path / "one.yml").write_text("conversations:\n- - alone\n")

    with pytest.raises(CorpusError, match="at least one question with an answer"):
        make(path=tmp_path / "one.yml")


def test_a_dataset_of_another_format_is_refused(make):
    directory = make().directory
    information = json.loads((directory / "dataset.json").read_text())
    (directory / "dataset.json").write_text(json.dumps({**information, "format_version": 99}))

    with pytest.raises(DatasetError, match="Received 99"):
        Dataset.open(directory)


def test_a_cut_text_file_is_noticed(make):
    directory = make().directory
    (directory / "answer_texts.bin").write_bytes(b"short")

    with pytest.raises(DatasetError, match=r"answer_texts.bin must have"):
        Dataset.open(directory).answer_text(0)


@pytest.mark.slow
def test_the_whole_of_cornell_goes_through_in_a_minute(make, research_data):
    summary = make(path=research_data / "cornell", name="cornell")

    assert summary.counts["lines"] == 272_343
    assert summary.counts["conversations"] == 76_063
    assert summary.seconds < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < 1.5 * 2**30
