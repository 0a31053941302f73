import json
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from answering import trial
from answering.asking import first_answers
from tests.answering.conftest import write_toy_bundle
from training.errors import ActivationError
from training.models import Bot, GateTrial, GoldenQuestion, TrainedModel
from training.services.bots import bot_activate
from training.services.gate import gate_findings
from training.services.switching import bot_switch, bot_switch_back

pytestmark = pytest.mark.django_db


@pytest.fixture
def quick_trial(monkeypatch):
    monkeypatch.setattr("training.services.switching.try_bundle", trial.try_bundle)


@pytest.fixture
def make_model(data_directory):
    def make(name):
        write_toy_bundle(data_directory / "save" / name / "bundle")
        return TrainedModel.objects.create(name=name, architecture="toy", directory=f"save/{name}/bundle")

    return make


@pytest.fixture
def bot():
    return Bot.objects.get_or_create(name="default")[0]


def run(*arguments):
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def refused(*arguments):
    with pytest.raises(CommandError) as raised:
        run(*arguments)
    return raised.value.returncode, str(raised.value)


def test_a_trained_model_is_asked_in_a_process_of_its_own_before_it_takes_over(
    bot, make_model, data_directory
):
    make_model("one")
    broken = make_model("two")
    (broken.location / "manifest.json").write_text("{")

    assert run("activate", "one") == "Bot default answers from one.\n"
    status, said = refused("activate", "two")

    assert (status, said.startswith("Bot default goes on as before; two cannot answer. ")) == (1, True)
    bot.refresh_from_db()
    assert bot.active.name == "one"


def test_the_one_before_comes_back(bot, make_model, quick_trial):
    for name in ("one", "two"):
        make_model(name)
        run("activate", name)

    assert run("roll_back") == "Bot default answers from one.\n"
    assert json.loads(run("roll_back", "--json")) == {"bot": "default", "model": "two", "previous": "one"}


def test_another_bot_is_named(bot, make_model, quick_trial):
    Bot.objects.create(name="support")
    make_model("one")

    said = json.loads(run("activate", "one", "--bot", "support", "--json"))

    assert said == {"bot": "support", "model": "one", "previous": None}
    assert Bot.objects.get(name="default").active is None


def test_what_does_not_exist_is_a_wrong_argument(bot, make_model):
    make_model("one")

    assert refused("activate", "none") == (
        2,
        "A trained model must exist under its name or id. Received none. There are: one.",
    )
    assert refused("activate", "one", "--bot", "nobody")[0] == 2
    assert refused("roll_back", "--bot", "nobody")[0] == 2


def test_without_one_before_there_is_nothing_to_go_back_to(bot):
    status, said = refused("roll_back")

    assert (status, "there is none to go back to" in said) == (1, True)


@pytest.mark.usefixtures("quick_trial")
def test_rolling_back_exchanges_the_two(bot, make_model):
    one, two = make_model("one"), make_model("two")
    bot_activate(bot=bot, trained_model=one)
    bot_activate(bot=bot, trained_model=two)

    assert bot_switch_back(bot=bot) == one

    bot.refresh_from_db()
    assert (bot.active, bot.previous) == (one, two)


def test_there_is_nothing_to_roll_back_to_at_first(bot):
    with pytest.raises(ActivationError, match="there is none to go back to"):
        bot_switch_back(bot=bot)


@pytest.mark.usefixtures("quick_trial")
@pytest.mark.django_db(transaction=True)
def test_of_two_switches_at_once_one_is_refused_since_it_was_compared_with_what_answers_no_more(
    bot, make_model, monkeypatch
):
    first, *others = [make_model(name) for name in ("one", "two", "three")]
    bot_activate(bot=bot, trained_model=first)
    # Both were compared with the first one before either is written.
    both = threading.Barrier(2, timeout=10)

    def found(**given):
        findings = gate_findings(**given)
        both.wait()
        return findings

    monkeypatch.setattr("training.services.switching.gate_findings", found)

    def switch(trained_model):
        try:
            bot_switch(bot=bot, trained_model=trained_model)
        except ActivationError as error:
            return str(error)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor() as pool:
        ended = sorted(pool.map(switch, others))

    bot.refresh_from_db()
    assert ended[0].startswith("Bot default must answer from the same trained model until")
    assert (ended[1], bot.active in others, bot.previous) == ("done", True, first)
    assert GateTrial.objects.count() == 1


# The gate


@pytest.fixture
def strict(bot, make_model, quick_trial, data_directory, monkeypatch):
    """The default bot, with a golden question that another trained model would lose."""
    monkeypatch.setattr("training.services.golden_questions.ask_bundle", first_answers)
    bot_activate(bot=bot, trained_model=make_model("one"))
    write_toy_bundle(
        data_directory / "save" / "two" / "bundle", exchanges=[("Hello", "Go away")], mode="retrieve"
    )
    TrainedModel.objects.create(name="two", architecture="toy", directory="save/two/bundle")
    GoldenQuestion.objects.create(bot=bot, question="hello", acceptable="Hello Anna!")
    return bot


def test_what_loses_a_golden_question_is_refused_and_the_trial_is_kept(strict):
    status, said = refused("activate", "two")

    trial_row = GateTrial.objects.get()
    assert status == 1
    assert said == (
        "Bot default goes on as before; two did not pass its gate. 1 of 1 golden questions would be lost: "
        f"hello. Gate trial {trial_row.pk} has the answers. To activate it all the same, give a reason."
    )
    assert (trial_row.passed, trial_row.note) == (False, "")
    strict.refresh_from_db()
    assert strict.active.name == "one"


def test_it_is_activated_all_the_same_for_a_reason_that_is_kept(strict):
    assert run("activate", "two", "--override", " the old one is wrong ") == "Bot default answers from two.\n"

    trial_row = GateTrial.objects.get()
    assert (trial_row.passed, trial_row.note, trial_row.overridden_by) == (
        False,
        "the old one is wrong",
        None,
    )


@pytest.mark.parametrize(
    ("reason", "status"), [("", 2), ("  ", 2), ("x" * 501, 1), ("a\0b", 1), ("\ud800", 1)]
)
def test_a_reason_that_cannot_be_kept_is_refused(strict, reason, status):
    assert refused("activate", "two", "--override", reason)[0] == status
    assert not GateTrial.objects.exists()


def test_a_reason_that_is_not_needed_is_not_kept(strict):
    GoldenQuestion.objects.all().delete()

    run("activate", "two", "--override", "to be sure")

    assert (GateTrial.objects.get().passed, GateTrial.objects.get().note) == (True, "")


def test_rolling_back_does_not_ask_the_gate(strict):
    run("activate", "two", "--override", "why not")
    GoldenQuestion.objects.update(acceptable="Go away")

    assert run("roll_back") == "Bot default answers from one.\n"
    assert GateTrial.objects.count() == 1


def test_activating_the_active_one_asks_nothing(strict):
    run("activate", "one")

    assert not GateTrial.objects.exists()
