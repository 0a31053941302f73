"""The pages of evaluations: a report, the same as a file, two of them side by side, started and deleted."""

import json
import re

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from tests.training.evaluated import evaluate, make_trained_model, write_corpus
from training.models import Bot, Corpus, Evaluation, Job, TrainedModel
from training.services.evaluations import evaluation_delete

pytestmark = pytest.mark.django_db
LIST = reverse("admin:training_evaluation_changelist")
HOSTILE = "<script>alert(1)</script>"


def page(name, *arguments):
    return reverse(f"admin:{name}", args=arguments)


def shown(client, name, *arguments):
    response = client.get(page(name, *arguments))
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def evaluation(make_evaluated):
    return make_evaluated()


@pytest.fixture
def hostile(evaluation, tmp_path):
    """An evaluation on a corpus that would like to be a script."""
    path = write_corpus(
        tmp_path / "evil.yml", [(f"{HOSTILE} {number}", f"{HOSTILE}!") for number in range(3)]
    )
    corpus = Corpus.objects.create(name="evil", path=str(path))
    return evaluate(evaluation.trained_model, corpus=corpus.pk)


def test_a_report_has_its_figures_beside_baselines_and_its_answers(operator, evaluation):
    told = shown(operator, "training_evaluation_change", evaluation.pk)

    for part in (
        "Finding the true answer among others, with 95 % intervals",
        "most frequent answer",
        "TF-IDF, characters",
        "recall@1 of 10 ↑",
        "perplexity ↓",
        "Answers drawn by chance",
        "What not to expect",
        "What it is and what it cost",
        "It reads the last question alone",
        "Questions</th>",
    ):
        assert part in told


def test_pictures_are_in_the_page_itself(operator, evaluation):
    told = shown(operator, "training_evaluation_change", evaluation.pk)

    pictures = re.findall(r'<img [^>]*src="([^"]{0,40})[^>]*alt="([^"]+)"', told)
    attention = [(address, words) for address, words in pictures if words.startswith("Attention")]
    assert len(attention) == 3
    assert all(address.startswith("data:image/svg+xml;base64,") for address, _ in attention)
    assert "answered by “Hello Anna!”" in told


def test_the_losses_of_the_training_are_drawn(operator, evaluation):
    path = evaluation.location / "report.json"
    report = json.loads(path.read_text())
    path.write_text(json.dumps({**report, "losses": {"loss": [[1, 5.0], [9, 4.0]]}}))

    told = shown(operator, "training_evaluation_change", evaluation.pk)

    assert "How it was trained" in told
    assert 'alt="Training loss from 5.00 to 4.00 at step 9."' in told


def test_what_answers_for_a_bot_is_a_column(operator, evaluation, make_evaluated):
    active = make_evaluated("champion")
    address = ("training_evaluation_change", evaluation.pk)
    assert "active:" not in shown(operator, *address)

    for name in ("one", "two"):
        Bot.objects.create(name=name, active=active.trained_model)
    assert '<th scope="col" class="number">active: champion</th>' in shown(operator, *address)
    assert "active:" not in shown(operator, "training_evaluation_change", active.pk)

    # Where its report is gone, it has no column.
    (active.location / "report.json").unlink()
    assert "active:" not in shown(operator, *address)


def test_an_active_trained_model_that_was_asked_something_else_is_no_column(operator, evaluation, hostile):
    other = TrainedModel.objects.create(name="other", architecture="toy", directory="save/other/bundle")
    Evaluation.objects.filter(pk=hostile.pk).update(trained_model=other)
    Bot.objects.create(name="one", active=other)

    assert "active:" not in shown(operator, "training_evaluation_change", evaluation.pk)


def test_the_file_refers_to_nothing_outside(operator, evaluation):
    response = operator.get(page("evaluation_html", evaluation.pk))

    text = response.content.decode()
    assert response.headers["Content-Disposition"] == f"attachment; filename=evaluation-{evaluation.pk}.html"
    assert text.startswith("<!doctype html>")
    addresses = re.findall(r'(?:src|href|action|data)="([^"]*)"', text)
    assert len(addresses) == 3
    assert all(address.startswith("data:image/svg+xml;base64,") for address in addresses)
    assert not re.search(r"https?://|url\(|<script|<link|@import|<iframe", text)
    assert "Answers drawn by chance" in text


@pytest.mark.parametrize("name", ["training_evaluation_change", "evaluation_html"])
def test_texts_are_shown_as_they_are(operator, hostile, name):
    told = shown(operator, name, hostile.pk)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told
    assert "<script>alert" not in told


def test_the_report_comes_as_json(operator, evaluation):
    response = operator.get(page("evaluation_json", evaluation.pk))

    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["figures"] == evaluation.figures


@pytest.mark.parametrize("name", ["evaluation_html", "evaluation_json"])
def test_a_report_that_is_gone_is_said_to_be(operator, evaluation, name):
    (evaluation.location / "report.json").unlink()

    assert "report.json must be as it was written" in shown(
        operator, "training_evaluation_change", evaluation.pk
    )
    response = operator.get(page(name, evaluation.pk), follow=True)
    assert "report.json must be as it was written" in response.content.decode()


def test_evaluations_are_listed_with_their_main_figures(operator, evaluation):
    told = operator.get(LIST).content.decode()

    assert f"recall@1 of 10 {evaluation.figures['recall@1 of 10']:.3g}, perplexity " in told


def choose(client, *rows):
    chosen = {"action": "compare_selected", ACTION_CHECKBOX_NAME: [row.pk for row in rows]}
    return client.post(LIST, chosen, follow=True)


def test_two_are_compared_from_the_list_and_from_a_report(operator, evaluation, make_evaluated):
    other = make_evaluated("other")

    response = choose(operator, evaluation, other)

    address = page("evaluation_compare", evaluation.pk, other.pk)
    assert response.redirect_chain[-1][0] == address
    told = response.content.decode()
    assert "No difference is clear enough to be more than chance." in told
    assert "Answers to 20 questions" in told
    assert f'<a href="{address}">Compare</a>' in shown(operator, "training_evaluation_change", other.pk)
    assert "Two evaluations are compared. You chose 1." in choose(operator, other).content.decode()


def test_two_that_asked_different_questions_are_not_compared(operator, evaluation, hostile):
    told = choose(operator, evaluation, hostile).content.decode()

    assert "Two evaluations must have asked the same questions." in told


def test_the_trained_models_page_has_the_newest_figures_and_leads_to_the_reports(operator, evaluation):
    told = shown(operator, "training_trainedmodel_change", evaluation.trained_model.pk)

    assert "<dt>recall@1 of 10</dt>" in told
    assert page("training_evaluation_change", evaluation.pk) in told
    assert page("trainedmodel_evaluate", evaluation.trained_model.pk) in told


def test_the_jobs_page_leads_to_what_it_made(operator, evaluation):
    told = shown(operator, "training_job_change", evaluation.job.pk)

    assert page("training_evaluation_change", evaluation.pk) in told
    assert "Nothing yet" not in told


def test_an_evaluation_is_started_on_a_form(operator, data_directory, held_out):
    trained_model = make_trained_model(data_directory, dataset=held_out)
    address = page("trainedmodel_evaluate", trained_model.pk)
    filled = {"split": "test", "questions": "50", "context_turns": ""}

    assert f'value="{held_out.pk}" selected' in operator.get(address).content.decode()
    refused = operator.post(address, filled).content.decode()
    assert "Choose a dataset or a corpus, one of the two." in refused
    assert (
        "greater than or equal to 20"
        in operator.post(address, {**filled, "dataset": held_out.pk, "questions": "1"}).content.decode()
    )
    assert not Job.objects.exists()

    operator.post(address, {**filled, "dataset": held_out.pk})
    job = Job.objects.get()
    assert (job.kind, job.parameters["dataset"], job.parameters["questions"]) == ("evaluate", held_out.pk, 50)
    assert job.created_by.username == "operator"


def test_only_who_may_make_jobs_may_start_one(log_in, data_directory, held_out):
    trained_model = make_trained_model(data_directory, dataset=held_out)
    client = log_in("view_trainedmodel")

    assert client.get(page("trainedmodel_evaluate", trained_model.pk)).status_code == 403


def test_only_who_may_view_evaluations_sees_them(log_in, evaluation):
    client = log_in("view_trainedmodel")

    for name in ("training_evaluation_change", "evaluation_html", "evaluation_json"):
        assert client.get(page(name, evaluation.pk)).status_code == 403
    assert client.get(page("evaluation_compare", evaluation.pk, evaluation.pk)).status_code == 403


def test_an_evaluation_is_deleted_with_its_files(operator, evaluation):
    operator.post(page("training_evaluation_delete", evaluation.pk), {"post": "yes"})

    assert not Evaluation.objects.exists()
    assert not evaluation.location.exists()


def test_several_are_deleted_at_once(operator, evaluation, make_evaluated):
    rows = [evaluation, make_evaluated("other")]
    chosen = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [row.pk for row in rows], "post": "yes"}

    operator.post(LIST, chosen)

    assert not Evaluation.objects.exists()
    assert not any(row.location.exists() for row in rows)


def test_who_may_delete_trained_models_is_not_stopped_by_their_reports(log_in, evaluation):
    client = log_in("view_trainedmodel", "delete_trainedmodel")

    client.post(page("training_trainedmodel_delete", evaluation.trained_model.pk), {"post": "yes"})

    assert not TrainedModel.objects.exists()
    assert not evaluation.location.exists()


def test_one_that_is_gone_leads_nowhere_but_breaks_nothing(operator, evaluation):
    number = evaluation.pk
    evaluation_delete(evaluation=evaluation)

    for name in ("evaluation_html", "evaluation_json"):
        assert operator.get(page(name, number)).status_code == 403
    assert operator.get(page("training_evaluation_change", number)).status_code == 302
