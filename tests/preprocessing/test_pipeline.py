import pickle

import numpy as np
import pytest

from preprocessing.dataset import Dataset
from preprocessing.errors import CorpusError
from preprocessing.filters import FilterSettings
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.realisation import text_of
from preprocessing.request import PreprocessRequest
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.unpickler import load_pickle
from preprocessing.vocabulary import UNKNOWN_ID
from preprocessing.words import question_start


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


@pytest.mark.parametrize("name", ["../evil", "", "a/b", ".hidden", "x" * 65])
def test_a_name_that_is_no_file_name_is_refused(make, name):
    with pytest.raises(CorpusError, match="1 to 64 letters"):
        make(name=name)


def test_a_corpus_without_an_exchange_is_refused(make, tmp_path):
    (tmp_path / "one.yml").write_text("conversations:\n- - alone\n")

    with pytest.raises(CorpusError, match="at least one question with an answer"):
        make(path=tmp_path / "one.yml")


@pytest.mark.slow
def test_the_whole_of_cornell_goes_through_in_a_minute(make, research_data):
    summary = make(path=research_data / "cornell", name="cornell")

    assert summary.counts["lines"] == 272_343
    # One has more than 50 turns, which makes two of it.
    assert summary.counts["conversations"] == 76_063 + 1
    assert summary.seconds < 60
    assert summary.peak_memory_bytes < 1.5 * 2**30
