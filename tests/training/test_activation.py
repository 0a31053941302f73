"""What jobs and imports make passes a bot's gate before it answers, or says why it does not."""

from io import StringIO

import pytest
from django.core.management import call_command

from answering import trial
from training.models import Bot, GateTrial, Job, TrainedModel
from training.services import bundles
from training.services.activation import activation_do, activation_plan
from training.services.bots import bot_activate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked_here", "nothing_sent")]


@pytest.fixture
def busy(bot, make_speaker):
    """The default bot, which answers from a trained model."""
    bot_activate(bot=bot, trained_model=make_speaker("older", Hello="Good day"))
    return bot


def train(dataset, *options):
    call_command(
        "train", str(dataset.pk), "--architecture", "retrieval", "--here", *options, stdout=StringIO()
    )
    return TrainedModel.objects.first(), Job.objects.get(kind=Job.Kind.TRAIN)


def active_of(bot):
    return Bot.objects.get(pk=bot.pk).active.name


def test_a_training_that_keeps_all_golden_questions_is_activated(busy, make_golden, greeting_dataset):
    make_golden("Hello", "Hi there\nGood day")

    made, job = train(greeting_dataset, "--activate")

    assert active_of(busy) == made.name
    assert (GateTrial.objects.get().passed, job.state) == (True, Job.State.SUCCEEDED)
    assert "Not activated" not in job.progress_message


def test_a_training_that_loses_one_succeeds_and_says_why_it_is_not_activated(
    busy, make_golden, greeting_dataset
):
    make_golden("Hello", "Good day")

    made, job = train(greeting_dataset, "--activate")

    assert active_of(busy) == "older"
    assert job.state == Job.State.SUCCEEDED
    assert job.progress_message == (
        f"Not activated: bot default goes on as before. {made} did not pass its gate. "
        "1 of 1 golden questions would be lost: Hello."
    )
    assert job.progress_message in job.log_file.read_text()
    trial_row = GateTrial.objects.get()
    assert (trial_row.trained_model, trial_row.passed) == (made, False)


def test_a_training_that_is_not_to_be_activated_is_not_tried(busy, make_golden, greeting_dataset):
    make_golden("Hello", "Good day")

    train(greeting_dataset)

    assert active_of(busy) == "older"
    assert not GateTrial.objects.exists()


def test_the_first_trained_model_of_a_bot_is_activated_and_reported(bot, make_golden, greeting_dataset):
    make_golden("Hello", "Good day")

    made, _ = train(greeting_dataset)

    assert active_of(bot) == made.name
    assert [row["outcome"] for row in GateTrial.objects.get().findings["golden"]] == ["failed"]


def test_where_the_bot_answers_from_another_one_meanwhile_nothing_is_activated(busy, make_speaker):
    new, other = make_speaker("new", Hello="Hi"), make_speaker("other", Hello="Hey")
    planned = activation_plan(name="default", directory=new.location, wanted=True)
    bot_activate(bot=busy, trained_model=other)

    why_not = activation_do(planned=planned, trained_model=new)

    assert why_not.startswith("Not activated. Bot default must answer from the same trained model")
    assert active_of(busy) == "other"


def test_one_that_cannot_be_asked_is_not_activated(busy, make_speaker, make_golden):
    new = make_speaker("new", Hello="Hi")
    (new.location / "manifest.json").write_text("{")
    make_golden("Hello", "Good day")

    planned = activation_plan(name="default", directory=new.location, wanted=True)

    assert "new did not pass its gate. " in activation_do(planned=planned, trained_model=new)
    assert active_of(busy) == "older"


def test_a_bot_that_is_deleted_meanwhile_fails_no_job(busy, make_speaker):
    new = make_speaker("new", Hello="Hi")
    planned = activation_plan(name="default", directory=new.location, wanted=True)
    busy.delete()

    assert "default was deleted meanwhile" in activation_do(planned=planned, trained_model=new)


def test_an_import_says_why_it_is_not_activated(busy, make_golden, make_bundle, monkeypatch):
    monkeypatch.setattr(bundles, "try_bundle", trial.try_bundle)
    make_golden("Hello", "Good day")
    said, complained = StringIO(), StringIO()

    call_command("import_bundle", str(make_bundle("faq")), "--activate", stdout=said, stderr=complained)

    assert "Activate it with: manage.py activate faq" in said.getvalue()
    assert "faq did not pass its gate" in complained.getvalue()
    assert active_of(busy) == "older"
