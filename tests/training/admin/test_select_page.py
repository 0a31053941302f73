import json

import pytest
from django.urls import reverse

from training.models import Corpus, Job
from training.services import selection
from training.services.corpora import corpus_register

pytestmark = pytest.mark.django_db


@pytest.fixture
def movies(tmp_path):
    path = tmp_path / "movies.jsonl"
    lines = [{"question": f"Question {n} <b>", "answer": "I love you"} for n in range(30)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return corpus_register(name="movies", path=path)


@pytest.fixture
def operator(log_in):
    return log_in("view_corpus", "view_job", "add_job")


def page_of(corpus):
    return reverse("admin:corpus_select", args=[corpus.pk])


def filled(button, **values):
    given = {"name": "few", "where": "either", "ignore_case": "on", "pause_minutes": "60", **values}
    return {**given, button: "1"}


def test_show_shows_the_first_twenty_with_their_places_and_writes_nothing(operator, movies, data_directory):
    content = operator.post(page_of(movies), filled("show", include="love\nParis")).content.decode()

    assert "movies: movies.jsonl:1#0" in content
    assert "movies: movies.jsonl:20#0" in content
    assert "movies.jsonl:21#0" not in content
    assert "Question 0 &lt;b&gt;" in content
    assert "Looked at 21 exchanges: 21 match. That is not yet the whole corpus." in content
    assert not Job.objects.exists()
    assert list(Corpus.objects.all()) == [movies]
    assert not (data_directory / "data").exists()


def test_a_preview_looks_no_further_than_it_may(operator, movies, monkeypatch):
    monkeypatch.setattr(selection, "PREVIEW_EXCHANGES", 5)

    content = operator.post(page_of(movies), filled("show", include="Rome")).content.decode()

    assert "Looked at 5 exchanges: 0 match" in content
    assert "not yet the whole corpus" in content


def test_make_corpus_queues_the_job_and_leads_to_it(operator, movies):
    given = filled("make", include="a{1,2}\nlove", speakers="answer", regular_expression="on", most="7")

    response = operator.post(page_of(movies), given)

    job = Job.objects.get()
    assert response.url == reverse("admin:training_job_change", args=[job.pk])
    assert (job.kind, job.created_by.username) == ("select", "somebody")
    parameters = job.parameters
    assert (parameters["corpus"], parameters["name"], parameters["most"]) == (movies.pk, "few", 7)
    assert (parameters["include"], parameters["speakers"]) == (["a{1,2}", "love"], ["answer"])
    assert parameters["regular_expression"] is True


def test_the_form_opens_with_a_free_name_bounds_and_help(operator, movies):
    content = operator.get(page_of(movies)).content.decode()

    assert 'value="movies-selected"' in content
    assert "in Chinese anywhere" in content
    assert "What matches" not in content


@pytest.mark.parametrize("button", ["show", "make"])
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"include": "(", "regular_expression": "on"}, "must be valid"),
        ({"include": "x", "name": "../x"}, "A name must have"),
        ({"include": "x", "after": "soon"}, "after must be a day"),
        ({"include": "x", "language": "qq"}, "language must be"),
        ({}, "must say what to select"),
    ],
)
def test_what_is_wrong_is_said_at_the_form(operator, movies, button, given, reason):
    response = operator.post(page_of(movies), filled(button, **given))

    assert response.status_code == 200
    assert reason in response.content.decode()
    assert not Job.objects.exists()


def test_a_hostile_pattern_is_an_error_at_the_form(operator, movies):
    movies.location.write_text(json.dumps({"question": "a" * 1000 + "b", "answer": "x"}) + "\n")

    given = filled("show", include="(a+)+$", regular_expression="on")

    assert "within 0.1 s" in operator.post(page_of(movies), given).content.decode()


def test_a_name_that_is_taken_is_refused_before_a_job_is_queued(operator, movies):
    response = operator.post(page_of(movies), filled("make", include="x", name="movies"))

    assert "exists already" in response.content.decode()
    assert not Job.objects.exists()


def test_whoever_may_not_start_jobs_may_not_look_either(log_in, movies):
    onlooker = log_in("view_corpus")

    assert onlooker.get(page_of(movies)).status_code == 403
    assert onlooker.post(page_of(movies), filled("show", include="love")).status_code == 403


def test_a_corpus_has_the_button_in_its_list_and_on_its_page(operator, movies):
    for page in (
        reverse("admin:training_corpus_changelist"),
        reverse("admin:training_corpus_change", args=[movies.pk]),
    ):
        assert f'href="{page_of(movies)}"' in operator.get(page).content.decode()
