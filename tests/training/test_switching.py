import json
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from answering import trial
from tests.answering.conftest import write_toy_bundle
from training.errors import ActivationError
from training.models import Bot, TrainedModel
from training.services.bots import bot_activate
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


@pytest.mark.django_db(transaction=True)
def test_of_two_switches_at_once_one_comes_last_and_the_other_is_the_one_before(bot, make_model, monkeypatch):
    first, *others = [make_model(name) for name in ("one", "two", "three")]
    bot_activate(bot=bot, trained_model=first)
    # Both have shown that they answer before either is written.
    both = threading.Barrier(2, timeout=10)
    monkeypatch.setattr("training.services.switching.try_bundle", lambda _: both.wait())

    def switch(trained_model):
        try:
            bot_switch(bot=bot, trained_model=trained_model)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        list(pool.map(switch, others))

    bot.refresh_from_db()
    assert {bot.active, bot.previous} == set(others)
