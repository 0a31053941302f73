import json
import zipfile
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from preprocessing.dataset import Dataset as DatasetFiles
from preprocessing.errors import CorpusError, SettingsError
from training.models import Corpus, Dataset, Job
from training.select_parameters import SelectParameters
from training.services import selection
from training.services.corpora import corpus_delete, corpus_register
from training.services.jobs import job_queue
from training.services.kinds import KINDS, QUEUES
from training.services.runner import run_job
from training.services.selection import preview_corpus

# A monitor's thread has a database connection of its own: it must see what the test committed.
pytestmark = pytest.mark.django_db(transaction=True)

LINES = [
    {"question": "Where do you live?", "answer": "In Paris."},
    {"question": "Do you love me?", "answer": "I do not know what love is."},
    {"question": "What is a glove?", "answer": "Something warm."},
]


@pytest.fixture
def movies(tmp_path):
    path = tmp_path / "movies.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return corpus_register(name="movies", path=path)


def select_corpus(*arguments):
    output = StringIO()
    call_command("select_corpus", *arguments, stdout=output)
    return output.getvalue()


def queued(corpus, **parameters):
    given = {"name": "few", "corpus": corpus.pk, "include": ["love"], **parameters}
    return job_queue(kind=Job.Kind.SELECT, parameters=given, send=False)


def test_what_matches_becomes_a_corpus_of_its_own(movies, data_directory):
    said = select_corpus("movies", "few", "--include", "love", "--include", "Paris", "--here")

    few = Corpus.objects.get(name="few")
    job = Job.objects.get()
    assert (few.format, few.path, few.uploaded, few.job) == ("json-lines", "data/corpora/few", True, job)
    assert job.state == Job.State.SUCCEEDED
    assert job.progress_message == "looked at 3 exchanges, 2 match"
    assert "made corpus few" in said
    lines = (data_directory / "data/corpora/few/exchanges.jsonl").read_text().splitlines()
    assert [json.loads(line)["conversation_id"] for line in lines] == ["movies.jsonl:1#0", "movies.jsonl:2#0"]
    assert [folder.name for folder in (data_directory / "data/corpora").iterdir()] == ["few"]


def test_a_dataset_of_the_selection_names_the_first_corpus_and_place(movies):
    select_corpus("movies", "few", "--include", "love", "--include", "Paris", "--here")
    call_command("preprocess", "few", "--here", stdout=StringIO())

    exchanges = DatasetFiles.open(Dataset.objects.get().location).exchanges
    rows = zip(exchanges.sources, exchanges.conversations, exchanges.speakers, strict=True)
    assert sorted(rows) == [
        ("movies", "movies.jsonl:1#0", "question"),
        ("movies", "movies.jsonl:2#0", "question"),
    ]


def test_a_preview_prints_what_matches_and_writes_nothing(movies, data_directory):
    said = select_corpus("movies", "--include", r"\blove\b", "--regular-expression", "--preview")

    assert "movies movies.jsonl:2#0" in said
    assert "Q Do you love me?" in said
    assert "glove" not in said
    assert "Looked at 3 exchanges: 1 match" in said
    assert not Job.objects.exists()
    assert not (data_directory / "data").exists()


def test_a_preview_as_json_says_the_same(movies):
    told = json.loads(select_corpus("movies", "--min-length", "10", "--most", "1", "--preview", "--json"))

    assert (told["looked_at"], told["is_whole"], len(told["exchanges"])) == (2, False, 1)
    assert told["exchanges"][0]["conversation_id"] == "movies.jsonl:2#0"


def test_a_preview_stops_at_the_twentieth_and_says_whether_there_are_more(movies):
    for number, is_whole in ((20, True), (21, False)):
        movies.location.write_text((json.dumps(LINES[0]) + "\n") * number)
        preview = preview_corpus(movies, SelectParameters(name="x", corpus=1, include=["Paris"]).selection())
        assert (len(preview.exchanges), preview.is_whole) == (20, is_whole)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("movies", "few", "--include", "(", "--regular-expression"), "must be valid"),
        (("movies", "few"), "must say what to select"),
        (("movies", "few", "--after", "yesterday"), "after must be a day"),
        (("movies", "movies", "--include", "love"), "exists already"),
        (("movies", "../few", "--include", "love"), "A name must have"),
        (("novels", "few", "--include", "love"), "There are: movies"),
        (("movies", "--include", "love"), "or --preview"),
    ],
)
def test_what_cannot_be_done_is_refused_before_a_job_is_queued(movies, arguments, reason):
    with pytest.raises(CommandError, match=reason):
        select_corpus(*arguments, "--here")

    assert not Job.objects.exists()


def failure_of(job):
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    return job.error_text


def test_nothing_that_matches_fails_the_job_and_leaves_nothing(movies, data_directory):
    error = failure_of(queued(movies, include=["Rome"]))

    assert "Looked at 3 exchanges: 0 match, 3 without what must be there" in error
    assert "3 conversations of movies" in error
    assert not list((data_directory / "data/corpora").iterdir())
    assert Corpus.objects.get() == movies


def test_a_hostile_pattern_fails_the_job_with_its_reason(movies):
    movies.location.write_text(json.dumps({"question": "a" * 1000 + "b", "answer": "x"}) + "\n")

    assert "within 0.1 s" in failure_of(queued(movies, include=["(a+)+$"], regular_expression=True))


def test_a_name_that_is_taken_meanwhile_is_refused_and_left_alone(movies, data_directory):
    job = queued(movies)
    taken = data_directory / "data/corpora/few"
    taken.mkdir(parents=True)

    assert "exists already" in failure_of(job)
    assert taken.exists()


def test_what_a_killed_attempt_left_is_removed(movies, data_directory):
    job = queued(movies, include=["love"])
    left = data_directory / f"data/corpora/.select-{job.pk}-0"
    left.mkdir(parents=True)

    run_job(job.pk)

    assert Corpus.objects.filter(name="few", job=job).exists()
    assert not left.exists()


def test_a_deleted_corpus_fails_the_job_and_one_being_read_cannot_be_deleted(movies):
    job = queued(movies)
    with pytest.raises(Exception, match=f"is being read by job {job.pk}"):
        corpus_delete(corpus=movies)

    movies.delete()
    assert "has been deleted" in failure_of(job)


def test_deleting_the_selected_corpus_deletes_its_file(movies, data_directory):
    select_corpus("movies", "few", "--include", "love", "--here")

    corpus_delete(corpus=Corpus.objects.get(name="few"))

    assert not (data_directory / "data/corpora/few").exists()


def test_parameters_travel_as_json_and_keep_commas():
    parameters = SelectParameters(
        name="x", corpus=1, include=["a{1,2}", "a{1,2}", " "], regular_expression=True, after="2020-01-01"
    )

    again = SelectParameters.from_json(json.loads(json.dumps(parameters.as_json())))

    assert again == parameters
    assert again.include == ("a{1,2}",)
    assert again.selection().after.isoformat() == "2020-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "given", [{"include": "love"}, {"speakers": [1]}, {"include": ["x"], "where": "all"}]
)
def test_parameters_of_another_form_are_refused(given):
    with pytest.raises(SettingsError, match=r"must be (?:a list of texts|one of)"):
        SelectParameters.from_json({"name": "x", "corpus": 1, **given})


def test_kinds_may_share_a_queue_that_is_listened_to_once():
    assert KINDS[Job.Kind.SELECT].queue == KINDS[Job.Kind.PREPROCESS].queue == "preprocess"
    assert QUEUES == ("preprocess", "train")


def test_a_large_archive_is_not_unpacked_while_somebody_waits(movies, monkeypatch):
    monkeypatch.setattr(selection, "LARGEST_ARCHIVE_TO_PREVIEW", 10)
    with zipfile.ZipFile(movies.location.with_suffix(".zip"), "w") as archive:
        archive.write(movies.location, "movies.jsonl")
    packed = corpus_register(name="packed", path=movies.location.with_suffix(".zip"))

    with pytest.raises(CorpusError, match="must unpack quickly"):
        preview_corpus(packed, SelectParameters(name="x", corpus=1, include=("love",)).selection())


def test_a_corpus_that_cannot_be_read_says_why(movies):
    movies.location.unlink()

    with pytest.raises(CorpusError, match="must be a file or folder that exists"):
        preview_corpus(movies, SelectParameters(name="x", corpus=1, include=["love"]).selection())
