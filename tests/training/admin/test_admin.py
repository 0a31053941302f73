import json

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from api.models import ApiKey, digest
from tests.answering.conftest import write_toy_bundle
from training.models import Bot, Corpus, Dataset, Job, TrainedModel
from training.services.bots import bot_activate
from training.services.trying import open_responder

pytestmark = pytest.mark.django_db


@pytest.fixture
def onlooker():
    """May log in to the admin and look at jobs, no more."""
    from django.contrib.auth.models import Permission

    user = get_user_model().objects.create_user("onlooker", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def bot():
    return Bot.objects.get_or_create(name="default")[0]


@pytest.fixture
def dataset():
    return Dataset.objects.create(
        name="toy", directory="data/toy/1", max_length=20, exchanges=4, vocabulary_size=9, summary={}
    )


@pytest.fixture
def trained_model(data_directory):
    write_toy_bundle(data_directory / "save" / "run" / "bundle")
    return TrainedModel.objects.create(
        name="toy-1",
        architecture="rnn",
        directory="save/run/bundle",
        metrics={"export": {"precision": "int8"}},
    )


def page(name, *arguments):
    return reverse(f"admin:{name}", args=arguments)


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("model", ["corpus", "dataset", "job", "trainedmodel", "bot", "worker"])
def test_every_list_opens(operator, model, dataset, trained_model, bot, make_job):
    make_job()

    assert operator.get(page(f"training_{model}_changelist")).status_code == 200


def test_the_start_page_says_what_to_do_next(operator):
    assert b"A bot in three steps" in operator.get(page("index")).content


def test_uploaded_files_become_a_corpus(operator, data_directory):
    files = [SimpleUploadedFile("a.yml", b"conversations: []"), SimpleUploadedFile("b.yml", b"x")]

    response = operator.post(
        page("training_corpus_add"), {"name": "faq", "format": "chatterbot", "files": files}, follow=True
    )

    assert response.status_code == 200
    assert Corpus.objects.get().uploaded
    assert sorted(f.name for f in (data_directory / "data/corpora/faq").iterdir()) == ["a.yml", "b.yml"]


def test_what_files_look_like_is_said_and_start_is_the_next_step(operator):
    table = SimpleUploadedFile("Fragen & Antworten.csv", b"Frage;Antwort\nWann?;Um neun\n")

    response = operator.post(
        page("training_corpus_add"), {"files": [table], "format": "auto", "_save": "Save"}, follow=True
    )

    corpus = Corpus.objects.get()
    assert corpus.name == "Fragen-Antworten"
    assert response.redirect_chain[-1][0] == page("corpus_preprocess", corpus.pk)
    assert messages_of(response)[-1] == "It looks like CSV or TSV (1 file)."


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"name": "faq", "format": "auto", "path": "/etc"}, "must lie below one of"),
        ({"name": "faq", "format": "auto"}, "one of the two"),
        ({"name": "../x", "format": "auto", "path": "/etc"}, "A name must have"),
    ],
)
def test_a_wrong_corpus_is_refused_at_the_form(operator, given, complaint):
    response = operator.post(page("training_corpus_add"), given)

    assert complaint in response.content.decode()
    assert not Corpus.objects.exists()


def test_preprocess_is_a_form_with_defaults_bounds_and_help_that_queues_a_job(operator):
    corpus = Corpus.objects.create(name="faq", path="data/corpora/faq")
    url = page("corpus_preprocess", corpus.pk)

    form = operator.get(url).content.decode()
    assert 'name="max_length" value="20" min="1" max="400"' in form
    assert "Tokens that the generator sees" in form

    wrong = operator.post(url, {"format": "auto", "max_length": "0", "vocabulary_size": "8000"})
    assert "greater than or equal to 1" in wrong.content.decode()
    assert not Job.objects.exists()

    operator.post(
        url, {"format": "auto", "max_length": "15", "vocabulary_size": "8000", "max_answer_length": ""}
    )
    job = Job.objects.get()
    assert (job.kind, job.parameters["corpus"], job.parameters["max_length"]) == ("preprocess", corpus.pk, 15)
    assert job.created_by.username == "operator"


def test_train_offers_what_config_ini_says(operator, dataset, settings):
    from training.configuration_file import Configuration

    settings.CONFIGURATION = Configuration(hyperparameters={"layers": 3})
    url = page("dataset_train", dataset.pk)

    form = operator.get(url)
    assert form.context["form"]["layers"].initial == 3

    values = {name: field.initial for name, field in form.context["form"].fields.items()}
    given = {name: value for name, value in values.items() if value is not None and value is not False}
    response = operator.post(url, {**given, "epochs": 2, "activate": "on"})
    assert response.status_code == 302, response.context["form"].errors

    parameters = Job.objects.get().parameters
    assert (parameters["layers"], parameters["epochs"], parameters["activate"]) == (3, 2, True)


def test_a_jobs_page_shows_how_far_it_is(operator, make_job, data_directory):
    run = data_directory / "save" / "host.1"
    run.mkdir(parents=True)
    lines = [{"step": 10, "loss": 5.0}, {"step": 20, "loss": 4.0}, {"step": 20, "validation_loss": 4.5}]
    (run / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n{half")
    job = make_job(
        kind="train",
        state=Job.State.RUNNING,
        progress_done=20,
        progress_total=80,
        progress_unit="steps",
        metrics={"loss": 4.25, "epoch": 1, "epochs": 4, "seconds_left": 61},
        run_directory="save/host.1",
    )
    job.log_file.parent.mkdir()
    job.log_file.write_text("first\n" * 200 + "the last line")

    content = operator.get(page("training_job_change", job.pk)).content.decode()
    for text in ("25 %", "20 of 80 steps", "4.250", "1 of 4", "1 min 01 s", "the last line", "Cancel"):
        assert text in content
    assert content.count("first") <= 100

    curve = operator.get(page("job_curve", job.pk))
    assert curve.headers["Content-Type"] == "image/svg+xml"
    assert "Training loss from 5.00 to 4.00 at step 20; validation loss" in curve.content.decode()


def test_an_unchanged_status_costs_nothing(operator, make_job):
    url = page("job_status", make_job().pk)
    first = operator.get(url)

    assert first.json()["state"] == "queued"
    assert operator.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_a_job_can_be_cancelled_and_resumed(operator, make_job):
    job = make_job()
    operator.post(page("job_cancel", job.pk))
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED

    response = operator.post(page("job_resume", job.pk), follow=True)
    assert Job.objects.count() == 2
    assert "goes on from the last checkpoint" in messages_of(response)[-1]

    response = operator.post(page("job_cancel", job.pk), follow=True)
    assert "has ended already" in messages_of(response)[0]


def test_buttons_are_for_posts_only(operator, make_job):
    assert operator.get(page("job_cancel", make_job().pk)).status_code == 405


def test_deleting_a_job_is_asked_twice_and_removes_its_files(operator, make_job, data_directory):
    job = make_job(state=Job.State.FAILED)
    job.log_file.parent.mkdir()
    job.log_file.write_text("x")
    url = page("training_job_delete", job.pk)

    assert "Are you sure" in operator.get(url).content.decode()
    assert Job.objects.exists()

    operator.post(url, {"post": "yes"})
    assert not Job.objects.exists()
    assert not job.log_file.exists()


def test_what_must_not_be_deleted_says_why(operator, make_job):
    job = make_job(state=Job.State.RUNNING)

    response = operator.post(page("training_job_delete", job.pk), {"post": "yes"}, follow=True)

    assert "cancel it first" in messages_of(response)[0]
    assert Job.objects.exists()


@pytest.mark.parametrize("model", ["corpus", "dataset", "job", "trainedmodel", "bot"])
def test_nothing_is_deleted_in_bulk_around_the_services(operator, model):
    response = operator.get(page(f"training_{model}_changelist"))

    assert b"delete_selected" not in response.content


def test_a_trained_model_is_activated_and_the_one_before_comes_back(
    operator, trained_model, bot, data_directory
):
    write_toy_bundle(data_directory / "save" / "older" / "bundle")
    older = TrainedModel.objects.create(name="older", architecture="rnn", directory="save/older/bundle")
    bot_activate(bot=bot, trained_model=older)

    operator.post(page("trainedmodel_activate", trained_model.pk), {"bot": bot.pk})
    bot.refresh_from_db()
    assert (bot.active, bot.previous) == (trained_model, older)

    operator.post(page("bot_roll_back", bot.pk))
    bot.refresh_from_db()
    assert bot.active == older


def test_a_trained_model_that_cannot_answer_takes_no_bot_over(operator, trained_model, bot):
    bot_activate(bot=bot, trained_model=trained_model)
    broken = TrainedModel.objects.create(name="broken", architecture="rnn", directory="save/broken")

    answer = operator.post(page("trainedmodel_activate", broken.pk), {"bot": bot.pk}, follow=True)

    bot.refresh_from_db()
    assert bot.active == trained_model
    assert "broken cannot answer" in answer.content.decode()


def test_an_active_trained_model_cannot_be_deleted(operator, trained_model, bot):
    bot_activate(bot=bot, trained_model=trained_model)

    operator.post(page("training_trainedmodel_delete", trained_model.pk), {"post": "yes"})

    assert TrainedModel.objects.exists()
    assert trained_model.location.exists()


def test_a_question_can_be_tried(operator, trained_model):
    url = page("training_trainedmodel_change", trained_model.pk)
    assert "Hello Anna!" in operator.get(url, {"question": "hello", "mode": ""}).content.decode()

    (trained_model.location / "manifest.json").unlink()
    open_responder.cache_clear()
    refused = operator.get(url, {"question": "hello", "mode": ""}).content.decode()
    assert "must hold a readable manifest.json" in refused


def test_the_default_bot_stays_and_its_sentence_can_be_changed(operator, bot):
    assert operator.post(page("training_bot_delete", bot.pk), {"post": "yes"}).status_code == 403

    filled = {"fallback": "Pardon?", "threshold": "0.4", "log_days": "7"}
    operator.post(page("training_bot_change", bot.pk), filled)
    bot.refresh_from_db()
    assert (bot.fallback, bot.threshold, bot.log_days) == ("Pardon?", 0.4, 7)


def test_an_api_key_is_shown_once(operator):
    response = operator.post(
        page("api_apikey_add"), {"name": "phone", "bot": "", "expires_at_0": "", "expires_at_1": ""}
    )

    row = ApiKey.objects.get()
    key = response.context["key"]
    assert digest(key) == row.digest
    assert "no-store" in response.headers["Cache-Control"]
    later = operator.get(page("api_apikey_change", row.pk)).content.decode()
    assert key not in later
    assert row.digest not in later


def test_who_may_only_look_can_do_nothing(onlooker, make_job, dataset, trained_model, bot):
    job = make_job()

    assert onlooker.get(page("training_job_change", job.pk)).status_code == 200
    for url in (
        page("job_cancel", job.pk),
        page("job_resume", job.pk),
        page("dataset_train", dataset.pk),
        page("trainedmodel_activate", trained_model.pk),
        page("bot_roll_back", bot.pk),
        page("training_job_delete", job.pk),
    ):
        assert onlooker.post(url, {"post": "yes", "bot": bot.pk}).status_code == 403, url


def test_others_are_led_to_the_login(make_job):
    job = make_job()

    for url in (page("job_status", job.pk), page("job_curve", job.pk), page("training_job_changelist")):
        assert Client().get(url).status_code == 302
