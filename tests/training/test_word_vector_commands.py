import json
import os
import random
import subprocess
import sys
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from gensim.models import KeyedVectors

from preprocessing.vector_file import read_vectors
from tests.conftest import ROOT
from tests.preprocessing.test_word_vectors import write_toy_dataset
from training.errors import JobStateError
from training.management.commands.word2vec import SWITCHES
from training.models import Dataset, Job, WordVectors
from training.services.products import dataset_delete
from training.services.word_vectors import word_vectors_delete

pytestmark = pytest.mark.django_db

CAPITALS = {"巴黎": "法国", "伦敦": "英国", "柏林": "德国", "罗马": "意大利"}
TINY = ("-size", "4", "-min-count", "1", "-threads", "1", "-iter", "2")
VECTORS = """\
7 4
巴黎 1 0 1 0
法国 1 0 0 1
伦敦 0 1 1 0
英国 0 1 0 1
德国 0.5 0 0 1
Berlin 0 0 1 0
berlins 0 0 0 1
"""


def run(command, *arguments):
    output = StringIO()
    call_command(command, *map(str, arguments), stdout=output)
    return output.getvalue()


def complaint_of(command, *arguments):
    with pytest.raises(CommandError) as raised:
        run(command, *arguments)
    assert raised.value.returncode == 2
    return str(raised.value)


@pytest.fixture
def corpus(tmp_path):
    """Each capital stands beside what is its country's; capitals beside the same words, countries too."""
    choose = random.Random(1)
    lines = []
    for number, pair in enumerate(CAPITALS.items()):
        for kind, word in zip(("城市", "国家"), pair, strict=True):
            around = [f"{topic}{kind}" for topic in "甲乙丙"] + [f"{topic}{number}" for topic in "丁戊己"]
            lines += [" ".join(choose.sample([word, *around], 7)) for _ in range(300)]
    choose.shuffle(lines)
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def vectors(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(VECTORS, encoding="utf-8")
    return path


@pytest.fixture
def dataset(data_directory):
    write_toy_dataset(data_directory / "data" / "toy" / "1")
    return Dataset.objects.create(
        name="toy", directory="data/toy/1", max_length=20, exchanges=5, vocabulary_size=4
    )


def test_a_text_file_becomes_vectors_that_know_the_capitals(corpus, tmp_path):
    output = tmp_path / "vectors.bin"
    said = run(
        *("word2vec", "-train", corpus, "-output", output, "-cbow", "1", "-size", "20", "-window", "8"),
        *("-negative", "25", "-hs", "0", "-sample", "0", "-threads", "1", "-binary", "1", "-iter", "15"),
    )

    assert said.startswith(f"{output}: 26 words, 20 numbers each, from 16,800 words of text in ")
    assert said.endswith(" words/s).\n")
    assert len(KeyedVectors.load_word2vec_format(str(output), binary=True)) == 26
    assert run("analogy", "巴黎", "法国", "伦敦", "--vectors", output, "-n", "1").split()[1] == "英国"


@pytest.mark.parametrize("binary", [0, 1])
def test_both_formats_are_read_by_gensim_and_by_us(corpus, tmp_path, binary):
    output = tmp_path / "out"
    run("word2vec", "-train", corpus, "-output", output, "-binary", binary, *TINY)

    theirs = KeyedVectors.load_word2vec_format(str(output), binary=bool(binary))
    ours = read_vectors(output)
    assert ours.words == theirs.index_to_key
    assert np.array_equal(ours.matrix, theirs.vectors)


def test_the_figures_are_printed_as_json(corpus, tmp_path):
    printed = json.loads(
        run("word2vec", "-train", corpus, "-output", tmp_path / "v", "-alpha", "0.1", "--json", *TINY)
    )

    assert (printed["words"], printed["size"], printed["tokens"]) == (26, 4, 16_800)
    assert printed["output"] == str(tmp_path / "v")
    assert printed["words_per_second"] > 0


@pytest.mark.parametrize("found_by", ["name", "pk", "location"])
def test_a_dataset_is_trained_on_by_its_name_id_or_folder(dataset, tmp_path, found_by):
    run("word2vec", "-train", getattr(dataset, found_by), "-output", tmp_path / "v.txt", *TINY)

    words = set(read_vectors(tmp_path / "v.txt").words)
    assert words == {"hello", "paris", "!", "we", "走", "吧", "bye", "."}


def test_a_file_comes_before_a_dataset_of_that_name(dataset, corpus, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    corpus.rename("toy")

    run("word2vec", "-train", "toy", "-output", "v.txt", *TINY)

    assert "巴黎" in read_vectors(tmp_path / "v.txt").words


@pytest.mark.parametrize(
    ("switches", "complaint"),
    [
        (["-negative", "0"], "negative or hs must be above 0."),
        (["-size", "0"], "size must be from 1 to 10,000. Received 0."),
        (["-cbow", "3"], "cbow must be from 0 to 1. Received 3."),
        (["-min-count", "9999"], "At least two words must occur 9999 times."),
        (["-train", "nothing.txt"], "The corpus must be a text file or a dataset's name."),
        (["-train", "99"], "A dataset must exist under its name or id. Received 99."),
        (["-output", "folder"], "The corpus must be readable, and folder writable"),
        (["-output", "corpus.txt"], "-output must be another file than the corpus."),
    ],
)
def test_wrong_input_ends_with_a_sentence_and_exit_code_2(corpus, tmp_path, monkeypatch, switches, complaint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    before = corpus.read_bytes()

    assert complaint_of("word2vec", "-train", "corpus.txt", "-output", "v.txt", *TINY, *switches).startswith(
        complaint
    )
    assert corpus.read_bytes() == before
    assert not (tmp_path / "v.txt").exists()


def test_the_switches_are_those_of_the_original(tmp_path):
    environment = {**os.environ, "CHATBOT_DATA_DIR": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "manage.py", "word2vec", "--help"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    for switch, *_ in [("train",), ("output",), *SWITCHES]:
        assert f"  -{switch} " in said
    assert "Default: 0.05 for CBOW, else 0.025." in " ".join(said.split())


def test_the_nearest_words_are_printed_with_their_cosines(vectors):
    assert run("nearest", "法国", "--vectors", vectors, "-n", "2") == "0.9487  德国\n0.7071  berlins\n"


def test_an_analogy_is_printed_as_json(vectors):
    printed = json.loads(run("analogy", "巴黎", "法国", "伦敦", "--vectors", vectors, "--json", "-n", "1"))

    assert printed == [["英国", pytest.approx(1.0)]]


@pytest.mark.parametrize("command", [["nearest", "Berlim"], ["analogy", "巴黎", "法国", "Berlim"]])
def test_an_unknown_word_gets_the_closest_spellings(vectors, command):
    assert complaint_of(*command, "--vectors", vectors) == (
        "A word must be among the 7 with a vector. Received Berlim. Closest spellings: Berlin, berlins."
    )


def test_no_words_at_all_cannot_be_asked_for(vectors):
    assert "At least 1 word" in complaint_of("nearest", "法国", "--vectors", vectors, "-n", "0")


def test_a_damaged_file_is_told_with_its_line(vectors):
    vectors.write_text(VECTORS + "x 1 2\n", encoding="utf-8")

    assert complaint_of("nearest", "法国", "--vectors", vectors).startswith(
        "vectors.txt, line 9: there must be"
    )


def test_a_missing_file_is_told(tmp_path):
    assert "must be a file that exists" in complaint_of("nearest", "x", "--vectors", tmp_path / "no.bin")


def test_without_a_file_the_newest_vectors_of_the_platform_are_asked(vectors, data_directory):
    folder = data_directory / "data" / "vectors"
    for number, word in enumerate(["older", "newer"]):
        path = folder / str(number) / "v.txt"
        path.parent.mkdir(parents=True)
        path.write_text(f"2 1\n{word} 1\nasked 1\n")
        os.utime(path, (number, number))
        WordVectors.objects.create(name=word, path=str(path.relative_to(data_directory)), words=2, size=1)

    assert run("nearest", "asked") == "1.0000  newer\n"
    assert run("nearest", "asked", "--vectors", "older") == "1.0000  older\n"


def test_without_any_vectors_it_is_said_how_to_get_some():
    assert "There are no word vectors yet" in complaint_of("nearest", "x")


def test_a_dataset_that_word_vectors_are_trained_on_cannot_be_deleted(dataset):
    Job.objects.create(kind=Job.Kind.WORD_VECTORS, parameters={"dataset": dataset.pk})

    with pytest.raises(JobStateError, match="is being read by job"):
        dataset_delete(dataset=dataset)


@pytest.mark.parametrize("named_by", ["name", "pk"])
def test_vectors_that_a_training_reads_cannot_be_deleted(db, named_by):
    vectors = WordVectors.objects.create(name="toy", path="data/vectors/toy/toy.bin", words=3, size=2)
    named = str(getattr(vectors, named_by))
    Job.objects.create(kind=Job.Kind.TRAIN, parameters={"word_vectors": named})

    with pytest.raises(JobStateError, match="are read by job"):
        word_vectors_delete(word_vectors=vectors)
