import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from preprocessing.dataset import Dataset
from preprocessing.errors import CorpusError, DatasetError, SettingsError
from preprocessing.filters import FilterSettings
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor, StoppedError
from preprocessing.readers.registry import read_conversations
from preprocessing.realisation import text_of
from preprocessing.request import CorpusPart, PreprocessRequest
from preprocessing.selection import Look, Selection
from preprocessing.selection_file import write_selection
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.unpickler import load_pickle
from preprocessing.vocabulary import UNKNOWN_ID
from preprocessing.words import question_start
from tests.conftest import ROOT


@pytest.fixture
def make(tmp_path):
    def run(monitor=None, text=None, **options):
        options = {"name": "toy", "path": ROOT / "tests/data/cornell", "data_directory": tmp_path, **options}
        if text:
            options["text"] = TextSettings(**text)
        return preprocess(PreprocessRequest.of_corpus(**options), monitor or NullMonitor())

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
    assert summary.counts["dropped"] == {
        "empty_text": 1,
        "cannot_be_decoded": 1,
        "missing_line": 1,
        "without_answer": 3,
    }
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
    assert bytes_of(make().directory) == bytes_of(make().directory)


def test_any_number_of_processes_gives_the_same_bytes(make, large_corpus):
    one, two = make(path=large_corpus, processes=1), make(path=large_corpus, processes=2)

    assert bytes_of(one.directory) == bytes_of(two.directory)


def bytes_of(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.name != "dataset.json"}


def test_another_pickle_or_none_is_written_where_that_is_asked_for(make):
    assert not (make(pickle=False).directory / "dataset-toy-20.pkl").exists()
    assert (make(pickle=True).directory / "dataset-toy-20.pkl").exists()


def test_long_texts_are_cut_never_dropped(make):
    summary = make(text={"max_length": 4, "max_answer_length": 3})
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

    summary = make(path=large_corpus, filters=FilterSettings(duplicates=False, near_duplicates=False))
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


def test_earlier_turns_stand_in_front_of_a_question(make):
    dataset = Dataset.open(make(text={"context_turns": 3, "max_length": 12}).directory)
    words = dataset.vocabulary.decode

    assert words(dataset.question(0))[-2:] == ["spring", "?"]
    # Of what does not fit the last whole sentences are kept; nothing begins with the separator.
    assert words(dataset.question(1)) == [
        "i",
        "did",
        ".",
        "i",
        "don't",
        "think",
        "anna",
        "liked",
        "paris",
        ".",
    ]
    assert words(dataset.question(3)) == ["over", "there", "--", "by", "the", "river", "."]


def test_several_corpora_make_one_dataset_that_knows_where_each_exchange_comes_from(tmp_path):
    summary = preprocess(fusion(tmp_path, faq_weight=8), NullMonitor())
    dataset = Dataset.open(summary.directory)
    exchanges = dataset.exchanges

    assert summary.counts["sources"] == {
        "large": {"weight": 1.0, "exchanges": 300, "training": 300},
        "faq": {"weight": 8.0, "exchanges": 2, "training": 2},
    }
    assert [exchanges.sources[row] for row in (0, 301)] == ["large", "faq"]
    assert exchanges.weights[[0, 301]].tolist() == [1.0, 8.0]
    assert summary.counts["formats"] == {"large/large.yml": "chatterbot", "faq/faq.csv": "table"}
    assert sorted(dataset.information["source_hashes"]) == ["faq/faq.csv", "large/large.yml"]
    # Fewer places than words, and yet all of the small one's words are there.
    assert len(dataset.vocabulary) == 40
    for word in ("when", "do", "you", "open", "at", "nine", "sharp", "opening", "hours"):
        assert word in dataset.vocabulary


def fusion(tmp_path, faq_weight):
    lines = "\n".join(f"- - question {n} again {n}\n  - answer {n} again {n}" for n in range(300))
    (tmp_path / "large.yml").write_text(f"conversations:\n{lines}\n")
    (tmp_path / "faq.csv").write_text(
        "question,answer\nWhen do you open?,At nine sharp\nOpening hours?,At nine\n"
    )
    corpora = (
        CorpusPart(name="large", location=tmp_path / "large.yml"),
        CorpusPart(name="faq", location=tmp_path / "faq.csv", weight=faq_weight),
    )
    return PreprocessRequest(name="both", corpora=corpora, data_directory=tmp_path, vocabulary_size=40)


@pytest.mark.parametrize("weight", [0, -1, 1001, float("nan")])
def test_a_weight_that_says_nothing_is_refused(tmp_path, weight):
    with pytest.raises(SettingsError, match="The weight of faq must be above 0 and at most 1000"):
        fusion(tmp_path, faq_weight=weight)


def test_a_selection_fused_with_its_corpus_keeps_splits_context_and_weight(tmp_path, large_corpus):
    large = CorpusPart(name="large", location=large_corpus)
    everything = Selection(min_length=1)
    look = Look()
    conversations = read_conversations(large_corpus, counts=look.counts)
    write_selection(tmp_path / "few.jsonl", conversations, everything, "large", look)
    few = CorpusPart(name="few", location=tmp_path / "few.jsonl", weight=8)

    def dataset_of(*corpora):
        settings = TextSettings(context_turns=3)
        request = PreprocessRequest(name="x", corpora=corpora, data_directory=tmp_path, text=settings)
        return Dataset.open(preprocess(request, NullMonitor()).directory)

    alone, selected, fused = dataset_of(large), dataset_of(few), dataset_of(large, few)

    assert selected.exchanges.splits.tolist() == alone.exchanges.splits.tolist()
    assert selected.exchanges.questions.ids.tolist() == alone.exchanges.questions.ids.tolist()
    assert selected.exchanges.conversations[0] == "large.yml:1#0"
    assert len(fused) == len(alone)
    assert set(fused.exchanges.weights.tolist()) == {8.0}


def test_a_databases_password_is_in_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr("preprocessing.pipeline.read_conversations", lambda *_, **__: iter(()))
    address = "postgresql://ann:secret@localhost/shop?sslpassword=hidden"
    request = PreprocessRequest.of_corpus("shop", address, tmp_path)

    with pytest.raises(CorpusError, match="postgresql://localhost/shop must hold") as raised:
        preprocess(request, NullMonitor())

    assert "secret" not in str(raised.value)
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("units", ["characters", "subwords"])
def test_filters_do_the_same_whatever_the_units(tmp_path, units):
    lines = "".join(f"question {n},answer {n}\n" for n in range(60))
    extra = "Hello There,Hi\nhello there,HI\nwhere?,https://example.com/a\n/start,go\n"
    (tmp_path / "faq.csv").write_text(f"question,answer\n{lines}{extra}")
    settings = TextSettings(units=units, lower_case=False)
    request = PreprocessRequest.of_corpus(
        "faq", tmp_path / "faq.csv", tmp_path, text=settings, vocabulary_size=400
    )

    assert preprocess(request, NullMonitor()).counts["dropped"] == {
        "bot_command": 1,
        "links_only": 1,
        "duplicate": 1,
    }


def test_what_tells_who_somebody_is_stands_nowhere_in_a_private_dataset(tmp_path):
    (tmp_path / "chat.csv").write_text(
        "conversation,speaker,text\nann@example.com,+49 151 23456789,Mail ann&#64;example.com\n"
        "ann@example.com,Bob,ok\n"
    )
    settings = TextSettings(hide_private=True)
    request = PreprocessRequest.of_corpus("chat", tmp_path / "chat.csv", tmp_path, text=settings)
    directory = preprocess(request, NullMonitor()).directory

    written = b"".join(path.read_bytes() for path in directory.iterdir())
    for secret in (b"ann@", b"@example", b"23456789", b"Bob"):
        assert secret not in written
    assert Dataset.open(directory).question_text(0) == "Mail <email>"


def test_with_subwords_no_word_is_unknown(make, large_corpus):
    summary = make(path=large_corpus, text={"units": "subwords", "lower_case": False}, vocabulary_size=400)
    dataset = Dataset.open(summary.directory)
    tokeniser = Tokeniser(dataset.text_settings, dataset.resources)

    for text in ("zebra", "Дом?", "我"):
        ids = dataset.vocabulary.encode(tokeniser.tokenise(text))
        assert UNKNOWN_ID not in ids
        assert text_of(dataset.vocabulary.decode(ids), dataset.surface_forms, dataset.text_settings) == text


def test_with_characters_a_text_comes_back_as_it_was(make):
    dataset = Dataset.open(
        make(text={"units": "characters", "lower_case": False, "max_length": 60}).directory
    )
    tokens = dataset.vocabulary.decode(dataset.question(0))

    assert text_of(tokens, dataset.surface_forms, dataset.text_settings) == "Did you see Paris in the spring?"


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

    with pytest.raises(DatasetError, match=r"needs about [\d,]+ bytes in .*Make room"):
        make()

    assert list((tmp_path / "data" / "toy").iterdir()) == []


def test_a_disk_without_room_is_reported_with_what_is_needed(make, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr("preprocessing.dataset.shutil.disk_usage", lambda _: usage)

    with pytest.raises(DatasetError, match=r"needs about [\d,]+ bytes .* has 10 bytes free. Make room"):
        make()

    assert list((tmp_path / "data" / "toy").iterdir()) == []


def test_killed_while_writing_it_leaves_no_half_dataset_and_the_next_one_cleans_up(make, tmp_path):
    code = f"""
import os, signal
from pathlib import Path
import preprocessing.dataset
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest

preprocessing.dataset.write_pickle = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
request = PreprocessRequest.of_corpus(
    "toy", Path({str(ROOT / "tests/data/cornell")!r}), Path({str(tmp_path)!r})
)
preprocess(request, NullMonitor())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    left = list((tmp_path / "data" / "toy").iterdir())

    assert done.returncode == -signal.SIGKILL
    assert left
    assert not [path for path in left if (path / "dataset.json").exists()]

    an_hour_ago = time.time() - 2 * 3600
    for path in left:
        os.utime(path, (an_hour_ago, an_hour_ago))
    summary = make()

    assert list((tmp_path / "data" / "toy").iterdir()) == [summary.directory]


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
    # One has more than 50 turns, which makes two of it.
    assert summary.counts["conversations"] == 76_063 + 1
    assert summary.seconds < 60
    assert summary.peak_memory_bytes < 1.5 * 2**30
