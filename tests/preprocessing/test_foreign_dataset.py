import os
import pickle

import pytest

from preprocessing import foreign_dataset
from preprocessing.dataset import Dataset
from preprocessing.errors import DatasetError
from preprocessing.foreign_dataset import import_pickle, text_of
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor, StoppedError
from preprocessing.request import PreprocessRequest
from preprocessing.text_settings import TextSettings
from preprocessing.unpickler import load_pickle
from preprocessing.user_words import UserWord
from tests.conftest import ROOT

WORDS = ["<pad>", "<go>", "<eos>", "<unknown>", "hello", ",", "how", "are", "you", "?", "fine", "."]
ID2WORD = dict(enumerate(WORDS))


def deepqa2(**changes):
    """Return a pickle's content as DeepQA2 made it: "hello, how are you?" "fine.", and "you?" "how?"."""
    content = {
        "word2id": {word: number for number, word in enumerate(WORDS)},
        "id2word": ID2WORD,
        "trainingSamples": [[[4, 5, 6, 7, 8, 9], [10, 11]], [[8, 9], [6, 9]]],
        "maxLength": 6,
        "corpusName": "cornell",
    }
    return {**content, **changes}


def with_words(*words):
    return deepqa2(
        word2id={word: number for number, word in enumerate(words)}, id2word=dict(enumerate(words))
    )


@pytest.fixture
def imported(tmp_path):
    def run(content, monitor=None, **options):
        path = tmp_path / "foreign.pkl"
        path.write_bytes(pickle.dumps(content, 2))
        return import_pickle(path, tmp_path, monitor or NullMonitor(), **options)

    return run


@pytest.fixture
def refused(imported, tmp_path):
    """Return a function that gives the message with which a pickle is refused, leaving nothing behind."""

    def run(content, **options):
        with pytest.raises(DatasetError) as raised:
            imported(content, **options)
        assert not (tmp_path / "data").exists()
        return str(raised.value)

    return run


def test_a_pickle_of_deepqa2_becomes_a_dataset(imported, tmp_path):
    summary = imported(deepqa2())
    dataset = Dataset.open(summary.directory)

    assert (dataset.name, len(dataset), summary.vocabulary_size) == ("cornell", 2, 12)
    assert dataset.vocabulary.word2id() == deepqa2()["word2id"]
    assert dataset.question(0).tolist() == [4, 5, 6, 7, 8, 9]
    assert dataset.answer(1).tolist() == [6, 9]
    assert [dataset.question_text(row) for row in (0, 1)] == ["Hello, how are you?", "You?"]
    assert [dataset.answer_text(row) for row in (0, 1)] == ["Fine.", "How?"]
    assert dataset.information["splits"] == {"train": 2, "validation": 0, "test": 0}
    assert dataset.information["max_length"] == dataset.text_settings.max_answer_length == 6
    assert summary.directory.parent == tmp_path / "data" / "cornell"
    assert summary.link.resolve() == summary.directory / "dataset-cornell-6.pkl"
    assert list(dataset.information["source_hashes"]) == ["foreign.pkl"]
    assert dataset.exchanges.conversations[1] == "trainingSamples[1]"


@pytest.mark.parametrize(
    "text",
    [
        TextSettings(max_length=6, max_answer_length=4),
        TextSettings(units="characters", lower_case=False, max_length=30, max_answer_length=30),
        TextSettings(context_turns=2),
    ],
)
def test_our_own_pickle_comes_back_as_it_was(tmp_path, text):
    request = PreprocessRequest.of_corpus("toy", ROOT / "tests/data/cornell", tmp_path, text=text)
    made = preprocess(request, NullMonitor())

    summary = import_pickle(made.link.resolve(), tmp_path, NullMonitor(), "again")

    before, after = Dataset.open(made.directory), Dataset.open(summary.directory)
    assert (after.vocabulary, after.text_settings) == (before.vocabulary, text)
    first, second = (pickle.loads(link.read_bytes()) for link in (made.link, summary.link))
    for key in ("word2id", "id2word", "trainingSamples", "validationSamples", "testSamples", "maxLength"):
        assert second[key] == first[key]


def test_characters_are_put_together_as_such():
    characters = TextSettings(units="characters")

    assert text_of(["H", "i", "\u2581", "你", "<unknown>"], characters) == "Hi 你…"


def test_the_text_of_a_question_with_context_is_its_last_turn():
    tokens = ["hi", "<turn>", "bye", "<turn>", "bye", "hi"]

    assert text_of(tokens, TextSettings(context_turns=3)) == "Bye hi"
    assert text_of(tokens[:4], TextSettings(context_turns=3)) == "Hi <turn> bye <turn>"


def test_given_splits_are_kept(imported):
    samples = [[[4], [10]], [[8], [4]], [[6], [8]]]
    content = deepqa2(
        trainingSamples=samples[:1], validationSamples=samples[1:2], testSamples=samples[2:] * 3
    )

    dataset = Dataset.open(imported(content).directory)

    assert dataset.information["splits"] == {"train": 1, "validation": 1, "test": 3}
    assert dataset.question_text(dataset.indices("validation")[0]) == "You"


def numbered_samples(total):
    words = [*WORDS[:4], *(f"w{number}" for number in range(total))]
    samples = [[[4 + number], [4 + number]] for number in range(total)]
    return {**with_words(*words), "trainingSamples": samples}


@pytest.mark.parametrize(
    ("total", "more", "is_held_out"),
    [(499, {}, False), (500, {}, True), (500, {"validationSamples": []}, False)],
)
def test_samples_are_held_out_from_500_on_unless_splits_are_given(imported, total, more, is_held_out):
    splits = imported({**numbered_samples(total), **more}).splits

    assert sum(splits.values()) == total
    assert (splits["validation"] > 0, splits["test"] > 0) == (is_held_out, is_held_out)


def test_equal_samples_never_stand_in_two_splits(imported):
    content = numbered_samples(600)
    content["trainingSamples"] *= 2

    dataset = Dataset.open(imported(content).directory)

    parts = [
        {dataset.question_text(row) for row in dataset.indices(part)}
        for part in ("train", "validation", "test")
    ]
    assert sum(len(part) for part in parts) == 600


def test_marks_at_the_ends_are_stripped_and_counted(imported):
    summary = imported(deepqa2(trainingSamples=(((1, 4, 5, 6, 7, 8, 9, 2), [10, 2, 0, 0, 0]),)))
    dataset = Dataset.open(summary.directory)

    assert dataset.question(0).tolist() == [4, 5, 6, 7, 8, 9]
    assert dataset.answer(0).tolist() == [10]
    assert summary.counts["stripped_special_ids"] == 6


def test_an_unknown_word_is_written_as_left_out(imported):
    dataset = Dataset.open(imported(deepqa2(trainingSamples=[[[4, 3, 9], [3]]])).directory)

    assert dataset.question_text(0) == "Hello …?"
    assert dataset.question(0).tolist() == [4, 3, 9]


def test_words_with_capitals_keep_them_apart(imported):
    small, large = imported(deepqa2()), imported(with_words(*WORDS[:4], "Hello", *WORDS[5:]))

    assert Dataset.open(small.directory).text_settings.lower_case
    assert not Dataset.open(large.directory).text_settings.lower_case


def test_chinese_words_come_together(imported):
    content = {**with_words(*WORDS[:4], "你好", "，", "世界"), "trainingSamples": [[[4, 5, 6], [4]]]}

    summary = imported(content)

    assert Dataset.open(summary.directory).question_text(0) == "你好，世界"
    assert summary.languages == {"zh": 1.0}


def test_another_name_can_be_given(imported, tmp_path):
    summary = imported(deepqa2(corpusName="my corpus"), name="mine")

    assert Dataset.open(summary.directory).name == "mine"
    assert summary.link == tmp_path / "data" / "dataset-mine-6.pkl"


@pytest.mark.parametrize("name", ["my corpus", "../evil", "", "x" * 65, None, 3, ["x"]])
def test_a_corpus_name_that_is_no_file_name_asks_for_another_one(refused, name):
    message = refused(deepqa2(corpusName=name))

    assert message.startswith("corpusName: must have 1 to 64 letters")
    assert message.endswith("Choose another one with --name.")


@pytest.mark.parametrize(
    ("sample", "complaint"),
    [
        ([[4], [9001]], ", answer: id 9,001 must be below 12."),
        ([[4, -1], [10]], ", question: id -1 must not be below 0."),
        ([[4], [2**200]], ", answer: id a number of 201 bits must be below 12."),
        ([[4], [True]], ", answer: an id must be a whole number. Received True."),
        ([[4.0], [4]], ", question: an id must be a whole number. Received 4.0."),
        ([["hello"], [4]], ", question: an id must be a whole number. Received 'hello'."),
        ([[4], []], ", answer: must be a list with at least one id. Received a list of 0."),
        ([[4], None], ", answer: must be a list with at least one id. Received None."),
        ([[4], "hello"], ", answer: must be a list with at least one id. Received 'hello'."),
        ([[4], [1, 2, 0]], ", answer: must hold at least one word. It holds only <go>, <eos> or <pad>."),
        ([[4, 2, 5], [4]], ", question: <eos> must not stand between words."),
        ([[4], [1, 1, 5]], ", answer: <go> must not stand between words."),
        ([[0, 5], [4]], ", question: <pad> must not stand between words."),
        ([[4] * 7, [4]], ", question: must have at most 6 ids, which is maxLength. It has 7."),
        ([[4], [4] * 5000], ", answer: must have at most 6 ids, which is maxLength. It has 5,000."),
        ([[4]] * 3, ": must be a pair of a question's and an answer's ids. Received a list of 3."),
        ({}, ": must be a pair of a question's and an answer's ids. Received a dict of 0."),
    ],
)
def test_a_fault_is_named_with_its_sample_and_side(refused, sample, complaint):
    message = refused(deepqa2(trainingSamples=[[[4], [10]], sample]))

    assert message == f"trainingSamples[1]{complaint}"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"id2word": {}}, "word2id and id2word must be each other's inverse. They have 12 and 0 entries."),
        ({"trainingSamples": {}}, "trainingSamples: must be a list. Received a dict of 0."),
        ({"trainingSamples": []}, "trainingSamples must hold at least one sample. It is empty."),
        ({"testSamples": [[[4], [4]], [[4], [12]]]}, "testSamples[1], answer: id 12 must be below 12."),
        ({"textSettings": []}, "textSettings: must be a dict. Received a list of 0."),
        ({"maxLength": 0}, "maxLength: must be a whole number from 1 to 400. Received 0."),
        ({"maxLength": 401}, "maxLength: must be a whole number from 1 to 400. Received 401."),
        ({"maxLength": True}, "maxLength: must be a whole number from 1 to 400. Received True."),
        ({"maxLength": "20"}, "maxLength: must be a whole number from 1 to 400. Received '20'."),
    ],
)
def test_any_other_fault_is_named_with_its_key(refused, changes, complaint):
    assert refused(deepqa2(**changes)) == complaint


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"colour": 1}, ": Text settings must be among"),
        ({"segmenter": "other"}, ": The segmenter must be"),
        ({"cut": "odd"}, ": cut must be among accurate, full, search. Received 'odd'."),
        ({"lower_case": 1}, ", lower_case: must be like True. Received 1."),
        ({"steps": [["markup"]]}, ", steps: must be like ["),
        ({"languages": []}, ": languages must name at least one, such as en."),
        ({"languages": ["xx"]}, ": language must be a known code of ISO 639-1, such as en, zh or de."),
        ({"units": "subwords"}, ", units: must be words or characters"),
        ({"context_turns": 11}, ": context_turns must be from 1 to 10. Received 11."),
        ({"max_answer_length": 7}, ": the larger of max_length and max_answer_length must be maxLength, 6"),
        ({"max_answer_length": 0}, ": the larger of max_length and max_answer_length must be maxLength, 6"),
        ({"max_length": 2**99}, ": the larger of max_length and max_answer_length must be maxLength, 6"),
    ],
)
def test_text_settings_are_checked(refused, given, complaint):
    given = {"max_length": 6, "max_answer_length": 6, **given}

    assert refused(deepqa2(textSettings=given)).startswith(f"textSettings{complaint}")


def test_code_in_a_pickle_is_never_run(refused, tmp_path):
    class Gadget:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    for content in (Gadget(), deepqa2(trainingSamples=[[[4], Gadget()]])):
        assert refused(content).startswith("foreign.pkl was refused: it names posix.system")
    assert not (tmp_path / "ran").exists()


def test_nesting_without_end_is_refused(refused, tmp_path):
    loop = []
    loop += [loop, loop]
    deep = [4]
    for _ in range(400):
        deep = [deep]

    assert refused(deepqa2(trainingSamples=loop)).startswith("trainingSamples[0], question: an id must be a")
    assert refused(deepqa2(trainingSamples=[[deep, [4]]])).startswith("trainingSamples[0], question: an id")


def test_one_list_that_is_named_too_often_is_refused(refused, monkeypatch):
    monkeypatch.setattr(foreign_dataset, "MOST_SAMPLES", 1000)
    monkeypatch.setattr(foreign_dataset, "MOST_CHARACTERS", 1000)
    sample = [[4] * 6, [4]]

    assert "at most 1,000 samples. It has 1,001" in refused(deepqa2(trainingSamples=[sample] * 1001))
    assert refused(deepqa2(trainingSamples=[sample] * 500)).startswith("trainingSamples[28], question: all")


def test_asked_to_stop_it_leaves_nothing_behind(imported, tmp_path):
    class Impatient(NullMonitor):
        def stop_requested(self):
            return True

    with pytest.raises(StoppedError):
        imported(deepqa2(), monitor=Impatient())

    assert not (tmp_path / "data").exists()


def test_what_leaks_between_given_splits_is_dropped_and_counted(imported):
    leaking = [[8, 9], [6, 9]]
    summary = imported(deepqa2(validationSamples=[leaking, [[5], [6]]], testSamples=[leaking]))
    dataset = Dataset.open(summary.directory)

    assert summary.splits == {"train": 2, "validation": 1, "test": 0}
    assert summary.counts["dropped"] == {"duplicate_of_training": 2}
    assert dataset.report["duplicates_between_splits"] == 0
    assert len(dataset.report["samples"]) == 3


def test_added_words_come_back_with_our_own_pickle(tmp_path, imported):
    (tmp_path / "zh.csv").write_text("question,answer\n石墨烯量子点很贵吗,很贵\n")
    request = PreprocessRequest.of_corpus(
        "zh", tmp_path / "zh.csv", tmp_path / "ours", user_words=(UserWord("石墨烯量子点", 500, "n"),)
    )
    content = load_pickle(preprocess(request, NullMonitor()).link)

    dataset = Dataset.open(imported(content).directory)

    assert dataset.resources.user_words == (UserWord("石墨烯量子点", 500, "n"),)


@pytest.mark.parametrize("words", ["石墨烯", [1], ["云 计 算"]])
def test_added_words_are_checked(refused, words):
    assert refused(deepqa2(userWords=words)).startswith("userWords")
