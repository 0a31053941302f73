import random
import threading

import numpy as np
import pytest
from gensim.models import KeyedVectors

from preprocessing import word_vectors
from preprocessing.dataset import Exchanges, write_dataset
from preprocessing.errors import CorpusError, SettingsError, WordVectorsError
from preprocessing.progress import NullMonitor, StoppedError
from preprocessing.ragged import IdColumn, TextColumn
from preprocessing.realisation import SurfaceForms
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.vector_file import read_vectors
from preprocessing.vocabulary import SPECIAL_TOKENS, Vocabulary
from preprocessing.word_vectors import (
    TextSentences,
    Word2VecSettings,
    new_model,
    sentences_of_dataset,
    train_word_vectors,
)

SENTENCES = [["巴黎", "是", "法国", "的", "首都"], ["the", "cat", "sat"], ["巴黎", "the"]] * 40
TINY = {"size": 4, "min_count": 1, "threads": 1, "iterations": 2}


class Listener(NullMonitor):
    """Keeps what was reported, and asks to stop after so many reports."""

    def __init__(self, stop_after=None):
        self.told, self._stop_after = [], stop_after

    def report(self, progress):
        self.told.append((progress.message, progress.done, progress.total, progress.unit))

    def stop_requested(self):
        return self._stop_after is not None and len(self.told) >= self._stop_after


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "vectors").mkdir()
    return tmp_path / "vectors"


@pytest.fixture
def train(folder):
    def run(sentences=SENTENCES, monitor=None, output=None, **switches):
        output = output or folder / "v.bin"
        settings = Word2VecSettings(**{**TINY, **switches})
        return train_word_vectors(sentences, settings, output, monitor or NullMonitor())

    return run


@pytest.fixture
def text(tmp_path):
    def write(content):
        path = tmp_path / "corpus.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return TextSentences(path)

    return write


@pytest.mark.parametrize("binary", [0, 1])
def test_gensim_and_we_read_the_same_vectors_back(train, folder, binary):
    summary = train(binary=binary)

    theirs = KeyedVectors.load_word2vec_format(str(folder / "v.bin"), binary=bool(binary))
    ours = read_vectors(folder / "v.bin")
    assert (summary.words, summary.size, summary.tokens) == (8, 4, 400)
    assert summary.words_per_second > 0
    assert ours.words == theirs.index_to_key
    assert set(ours.words[:2]) == {"巴黎", "the"}  # the most frequent stand first
    assert np.array_equal(ours.matrix, theirs.vectors)
    assert [path.name for path in folder.iterdir()] == ["v.bin"]


@pytest.mark.parametrize("switches", [{"cbow": 0}, {"hs": 1, "negative": 0}, {"hs": 1}, {"sample": 0}])
def test_each_way_of_training_makes_vectors(train, folder, switches):
    train(**switches)

    assert read_vectors(folder / "v.bin").matrix.shape == (8, 4)


def test_the_same_seed_gives_the_same_file_with_one_thread(train, folder):
    outputs = [folder / name for name in "abc"]
    for output, seed in zip(outputs, (1, 1, 2), strict=True):
        train(output=output, seed=seed)

    first, second, third = (output.read_bytes() for output in outputs)
    assert first == second != third


def test_words_that_stand_for_each_other_come_near(train, folder):
    choice = random.Random(1).choice
    sentences = [
        [choice(side), choice(side), choice(side)]
        for side in (["cat", "dog", "cow"], ["red", "blue", "green"])
        for _ in range(500)
    ]

    train(sentences, size=8, iterations=10, cbow=0)

    nearest = read_vectors(folder / "v.bin").nearest("cat", 2)
    assert {word for word, _ in nearest} == {"dog", "cow"}


def test_the_defaults_are_the_original_tools():
    settings = Word2VecSettings()

    assert (settings.size, settings.window, settings.sample, settings.hs) == (100, 5, 1e-3, 0)
    assert (settings.negative, settings.threads, settings.iterations, settings.min_count) == (5, 12, 5, 5)
    assert (settings.cbow, settings.binary) == (1, 0)


@pytest.mark.parametrize(
    ("switches", "alpha"),
    [({"cbow": 1}, 0.05), ({"cbow": 0}, 0.025), ({"cbow": 0, "alpha": 0.1}, 0.1)],
)
def test_the_learning_rate_begins_and_ends_as_in_the_original(switches, alpha):
    model = new_model(Word2VecSettings(**switches))

    assert model.alpha == alpha
    assert model.min_alpha == pytest.approx(alpha / 10_000)


def test_gensim_is_given_the_originals_meaning(monkeypatch):
    monkeypatch.setattr(word_vectors.os, "cpu_count", lambda: 3)
    model = new_model(Word2VecSettings(cbow=0, threads=12, sample=1, negative=25, window=8))

    assert (model.sg, model.workers, model.sample, model.negative, model.window) == (1, 3, 0, 25, 8)
    assert new_model(Word2VecSettings(threads=2)).workers == 2


@pytest.mark.parametrize(
    ("switches", "complaint"),
    [
        ({"size": 0}, "size must be from 1 to 10,000. Received 0."),
        ({"cbow": 2}, "cbow must be from 0 to 1. Received 2."),
        ({"sample": float("nan")}, "sample must be from 0 to 1. Received nan."),
        ({"alpha": -1.0}, "alpha must be from 1e-06 to 1. Received -1.0."),
        ({"seed": -1}, "seed must be from 0 to 4,294,967,295. Received -1."),
        ({"negative": 0}, "negative or hs must be above 0."),
    ],
)
def test_settings_out_of_range_are_refused(switches, complaint):
    with pytest.raises(SettingsError) as raised:
        Word2VecSettings(**switches)

    assert str(raised.value).startswith(complaint)


def test_each_pass_is_reported(train):
    monitor = Listener()

    train(monitor=monitor)

    assert monitor.told == [
        ("counting words", 0, 2, "passes"),
        ("training word vectors", 0, 2, "passes"),
        ("training word vectors", 1, 2, "passes"),
        ("training word vectors", 2, 2, "passes"),
    ]


@pytest.mark.parametrize("reports", [0, 1, 2, 3])
def test_stopping_leaves_the_file_that_was_there(train, folder, reports):
    (folder / "v.bin").write_text("before")

    with pytest.raises(StoppedError):
        train(monitor=Listener(stop_after=reports))

    assert (folder / "v.bin").read_text() == "before"
    assert [path.name for path in folder.iterdir()] == ["v.bin"]


class BreaksLater:
    """Can be read once; gensim's reading thread meets the error."""

    passes = 0

    def __iter__(self):
        self.passes += 1
        yield from SENTENCES
        if self.passes > 1:
            raise CorpusError("The corpus went away.")


def test_a_corpus_that_breaks_in_a_later_pass_ends_the_training(train, folder):
    caught = []

    def run():
        try:
            train(BreaksLater())
        except CorpusError as error:
            caught.append(str(error))

    # gensim would wait forever; then this thread outlives the test instead of hanging it.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout=30)

    assert caught == ["The corpus went away."]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("sentences", [[], [["a"] * 9], [["a"] * 9, ["b"]]])
@pytest.mark.parametrize("hs", [0, 1])
def test_fewer_than_two_frequent_words_are_refused(train, folder, sentences, hs):
    with pytest.raises(WordVectorsError, match="At least two words must occur 2 times"):
        train(sentences, min_count=2, hs=hs)

    assert list(folder.iterdir()) == []


def test_an_output_that_cannot_be_written_is_refused_before_any_work(train, folder):
    (folder / "file").write_text("")
    monitor = Listener()

    for output in (folder, folder / "file" / "v.bin", folder / ("v" * 300) / "v.bin"):
        with pytest.raises(WordVectorsError, match=r"The corpus must be readable, and .* writable"):
            train(monitor=monitor, output=output)

    assert {message for message, *_ in monitor.told} == {"counting words"}
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_words_of_a_text_stand_apart_by_white_space(text):
    assert list(text("the cat\n\n我们 走\u3000吧\r\nlast  one")) == [
        ["the", "cat"],
        ["我们", "走", "吧"],
        ["last", "one"],
    ]


def test_long_lines_are_cut_into_pieces_of_1000_words(text):
    sentences = list(text("a " * 2500 + "\n" + "b " * 1000 + "\nc"))

    assert [len(sentence) for sentence in sentences] == [1000, 1000, 500, 1000, 1]


def test_a_corpus_of_one_endless_line_is_read_whole(text, monkeypatch):
    monkeypatch.setattr(word_vectors, "PART_CHARACTERS", 50)
    words = [f"w{number}" for number in range(3333)]

    sentences = list(text(" ".join(words)))

    assert [len(sentence) for sentence in sentences] == [1000, 1000, 1000, 333]
    assert [word for sentence in sentences for word in sentence] == words


def test_what_is_no_word_is_left_out(text):
    line = "很 好 ".encode() + b"\xff\xfebad " + b"x" * 1001 + " 的\n".encode()

    assert list(text("我们 走 吧\n".encode() + line)) == [["我们", "走", "吧"], ["很", "好", "的"]]


def test_other_encodings_are_read(text):
    assert next(iter(text("我们 今天 去 公园 散步 , 天气 很 好\n".encode("gb18030") * 50)))[:3] == [
        "我们",
        "今天",
        "去",
    ]


def test_a_file_that_is_no_text_is_refused(text, train):
    with pytest.raises(CorpusError, match="must be text"):
        train(text(bytes(range(256)) * 40))


def test_a_missing_text_is_refused(tmp_path):
    with pytest.raises(WordVectorsError, match="must be a text file or a dataset's name"):
        TextSentences(tmp_path / "nothing.txt")


# Conversation, question, answer, split; an answer that is asked next is one turn of both.
EXCHANGES = [
    ("a", "Hello Paris!", "We走吧", 0),
    ("a", "We走吧", "Bye.", 0),
    ("b", "Bye.", "Bye.", 0),
    ("c", "Held out?", "Held out.", 1),
    ("d", "Tested?", "Tested.", 2),
]


def write_toy_dataset(directory):
    conversations, questions, answers, splits = zip(*EXCHANGES, strict=True)
    number = len(EXCHANGES)
    ids = IdColumn.from_rows([np.array([3], np.int32)] * number)
    directory.mkdir(parents=True)
    exchanges = Exchanges(
        questions=ids,
        answers=ids,
        question_texts=TextColumn.from_texts(questions),
        answer_texts=TextColumn.from_texts(answers),
        splits=np.array(splits, np.int8),
        sources=TextColumn.from_texts([""] * number),
        conversations=TextColumn.from_texts(conversations),
        speakers=TextColumn.from_texts([""] * number),
        turns=np.zeros(number, np.int32),
        times=np.full(number, np.nan),
        weights=np.ones(number, np.float32),
    )
    write_dataset(
        directory,
        name="toy",
        exchanges=exchanges,
        vocabulary=Vocabulary(SPECIAL_TOKENS),
        surface_forms=SurfaceForms({}),
        text_settings=TextSettings(),
    )
    return directory


@pytest.fixture
def dataset_directory(tmp_path):
    return write_toy_dataset(tmp_path / "toy")


def test_of_a_dataset_the_training_turns_are_read_once_each(dataset_directory):
    assert list(sentences_of_dataset(dataset_directory)) == [
        ["hello", "paris", "!"],
        ["we", "走", "吧"],
        ["bye", "."],
        ["bye", "."],
        ["bye", "."],
    ]


def test_a_dataset_is_cut_once_and_read_the_same_each_time(dataset_directory, monkeypatch):
    sentences = sentences_of_dataset(dataset_directory)
    next(iter(sentences))  # a pass that was broken off keeps nothing
    first = list(sentences)

    def refuse(*_):
        raise AssertionError("cut again")

    monkeypatch.setattr(Tokeniser, "tokenise", refuse)
    assert list(sentences) == first != []


def test_word_vectors_are_trained_on_a_dataset(dataset_directory, train, folder):
    summary = train(sentences_of_dataset(dataset_directory))

    assert summary.tokens == 12
    assert read_vectors(folder / "v.bin").words[:2] in (["bye", "."], [".", "bye"])
