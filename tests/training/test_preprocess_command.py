import json
import sqlite3
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from preprocessing.dataset import Dataset as DatasetFiles
from training.models import Corpus, Dataset, Dictionary, Job, WordVectors
from training.parameters import CORPUS_FORMATS
from training.services.jobs import job_queue
from training.services.runner import run_job

# A monitor's thread has a database connection of its own: it must see what the test committed.
pytestmark = pytest.mark.django_db(transaction=True)


def preprocess(*arguments):
    output = StringIO()
    call_command("preprocess", *map(str, arguments), "--here", stdout=output)
    return output.getvalue()


def newest_files():
    return DatasetFiles.open(Dataset.objects.latest("pk").location)


def refused(*arguments):
    with pytest.raises(CommandError) as raised:
        preprocess(*arguments)
    assert raised.value.returncode in (1, 2)
    return str(raised.value)


@pytest.fixture
def faq(tmp_path):
    path = tmp_path / "faq.csv"
    path.write_text("question,answer\nWhen do you open?,At nine.\nWhere are you?,Main Street 1.\n")
    return path


def test_a_spreadsheets_questions_become_a_dataset(faq):
    said = preprocess("faq", faq)

    assert "made dataset" in said
    assert said.endswith("Read as table (1 file).\nKept 2 of 2 exchanges.\n")
    assert newest_files().answer_text(0) == "At nine."
    assert newest_files().information["formats"] == {"faq.csv": "table"}


def test_what_was_thrown_away_is_said(tmp_path):
    (tmp_path / "faq.csv").write_text("question,answer\nHi,Hello\nHi,Hello\n,x\n" + "/start,go\n" * 2)

    said = preprocess("faq", tmp_path / "faq.csv", "--max-answer-length", 1)

    assert "Kept 1 of 4 exchanges.\nDropped: 2 bot command, 1 empty text, 1 duplicate.\n" in said
    assert "Dropped: 2 bot command, 1 empty text, 1 duplicate." in Job.objects.get().log_file.read_text()


def test_every_setting_has_an_option(faq):
    preprocess(
        *("faq", faq, "--units", "characters", "--steps", "entities,markup", "--languages", "en"),
        *("--max-length", 30, "--max-answer-length", 5, "--context-turns", 2, "--hide-private"),
        *("--no-duplicates", "--near-duplicates", "none", "--same-as-question", "--pickle", "never"),
    )  # fmt: skip

    settings = newest_files().text_settings
    assert (settings.units, settings.steps, settings.languages) == (
        "characters",
        ("entities", "markup"),
        ("en",),
    )
    assert (settings.max_length, settings.max_answer_length, settings.context_turns) == (30, 5, 2)
    assert settings.hide_private
    assert not list(newest_files().directory.glob("*.pkl"))


def test_several_corpora_have_a_weight_each(faq, tmp_path):
    (tmp_path / "talk.txt").write_text("Hi\nHello\n\nBye\nSee you\n")
    Corpus.objects.create(name="faq", path=str(faq))
    Corpus.objects.create(name="talk", path=str(tmp_path / "talk.txt"))

    preprocess("--corpus", "talk", "--corpus", "faq=8")

    dataset = Dataset.objects.get()
    assert dataset.name == "talk-faq"
    assert sorted(corpus.name for corpus in dataset.corpora.all()) == ["faq", "talk"]
    assert newest_files().exchanges.weights.tolist() == [1, 1, 8, 8]


def test_a_database_is_asked_with_a_query(tmp_path):
    path = tmp_path / "support.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE tickets (asked, answered)")
        connection.execute("INSERT INTO tickets VALUES ('Where is my order?', 'On its way.')")
    connection.close()

    preprocess("support", path, "--query", "SELECT asked AS question, answered AS answer FROM tickets")

    assert newest_files().question_text(0) == "Where is my order?"


def test_columns_can_be_named(tmp_path):
    (tmp_path / "t.csv").write_text("Betreff;Kundin;Team\nx;Wo ist es?;Unterwegs.\n")

    preprocess("t", tmp_path / "t.csv", "--columns", "question=Kundin,answer=Team")

    assert newest_files().answer_text(0) == "Unterwegs."


def test_dictionaries_come_from_files_or_by_name(tmp_path):
    (tmp_path / "zh.csv").write_text("question,answer\n石墨烯量子点很贵吗,很贵\n")
    (tmp_path / "materials.txt").write_text("石墨烯量子点 500 n\n", encoding="utf-8")
    Dictionary.objects.create(name="more", words="很贵吗\n")

    preprocess("zh", tmp_path / "zh.csv", "--dictionary", tmp_path / "materials.txt", "--dictionary", "more")

    assert newest_files().vocabulary.decode(newest_files().question(0)) == ["石墨烯量子点", "很贵吗"]
    assert Dictionary.objects.filter(name="materials").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "Give a name and a path"),
        (("faq", "/nowhere"), "must be a file or folder that exists. Received /nowhere"),
        (("unknown",), "A corpus must exist under its name. Received unknown"),
        (("../x", "."), "A name must have 1 to 64 letters"),
        (("--corpus", "unknown=2"), "Received unknown"),
        (("--dictionary", "/nowhere"), "A dictionary must be a file"),
    ],
)
def test_what_cannot_be_read_ends_in_a_sentence(faq, arguments, complaint):
    named = () if arguments and arguments[0] != "--dictionary" else ("faq", faq)

    assert complaint in refused(*(named if arguments else ()), *arguments)
    assert not Dataset.objects.exists()


@pytest.mark.parametrize("weight", ["x", "0", "-1", "1001", "nan"])
def test_a_weight_that_says_nothing_is_refused(faq, weight):
    Corpus.objects.create(name="faq", path=str(faq))

    assert "weight" in refused("--corpus", f"faq={weight}") or weight == "x"


def test_a_wrong_line_of_a_dictionary_is_named(faq, tmp_path):
    (tmp_path / "bad.txt").write_text("好\n好 x 9 y\n", encoding="utf-8")

    assert "bad.txt, line 2" in refused("faq", faq, "--dictionary", tmp_path / "bad.txt")


def test_the_formats_that_can_be_named_are_those_that_can_be_read():
    from preprocessing.readers.registry import FORMATS

    assert ("auto", *FORMATS) == CORPUS_FORMATS


def test_word_vectors_are_a_job_too(faq):
    preprocess("faq", faq)
    dataset = Dataset.objects.get()
    given = {"dataset": dataset.pk, "min_count": 1, "size": 8, "threads": 1, "iterations": 1}

    job = job_queue(kind=Job.Kind.WORD_VECTORS, parameters=given, send=False)
    run_job(job.pk)

    vectors = WordVectors.objects.get()
    assert (vectors.name, vectors.size, vectors.dataset, vectors.job_id) == ("faq", 8, dataset, job.pk)
    assert vectors.location.is_file()
    job.refresh_from_db()
    assert job.progress_done == job.progress_total > 0


def test_the_job_is_printed_as_json(faq):
    printed = json.loads(preprocess("faq", faq, "--json"))

    assert (printed["kind"], printed["state"]) == ("preprocess", "succeeded")


def test_a_fused_dataset_does_not_take_the_configured_corpus_name(faq, settings):
    settings.CONFIGURATION = replace(settings.CONFIGURATION, corpus_name="cornell")
    Corpus.objects.create(name="faq", path=str(faq))

    preprocess("--corpus", "faq=2")

    assert Dataset.objects.get().name == "faq"


def test_a_joined_name_that_is_too_long_is_refused_before_a_job_is_queued(faq):
    for number in range(3):
        Corpus.objects.create(name=f"{'x' * 30}{number}", path=str(faq))
    given = [part for corpus in Corpus.objects.all() for part in ("--corpus", corpus.name)]

    assert "A dataset's name must have 1 to 64 letters" in refused(*given)
    assert not Job.objects.exists()


def test_a_dictionary_that_had_other_words_is_said(faq, tmp_path, capsys):
    Dictionary.objects.create(name="words", words="好\n")
    (tmp_path / "words.txt").write_text("坏\n", encoding="utf-8")

    preprocess("faq", faq, "--dictionary", tmp_path / "words.txt")

    assert "Dictionary words had other words" in capsys.readouterr().err
    assert Dictionary.objects.get().words == "坏\n"


def test_an_unknown_language_is_refused_before_a_job_is_queued(faq):
    assert "language must be a known code" in refused("faq", faq, "--languages", "en,xx")
    assert not Job.objects.exists()
