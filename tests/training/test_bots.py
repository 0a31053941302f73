import pytest

from training.models import Bot, TrainedModel
from training.services.activation import bot_activate_if_wanted
from training.services.bots import bot_activate

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot():
    return Bot.objects.get_or_create(name="default")[0]


def make_model(name):
    return TrainedModel.objects.create(name=name, architecture="rnn", directory=f"save/{name}/bundle")


def test_a_bot_remembers_the_model_before(bot):
    one, two = make_model("one"), make_model("two")

    bot_activate(bot=bot, trained_model=one)
    bot_activate(bot=bot, trained_model=two)

    bot.refresh_from_db()
    assert (bot.active, bot.previous) == (two, one)


def test_activating_the_active_model_forgets_nothing(bot):
    one, two = make_model("one"), make_model("two")
    for model in (one, two, two):
        bot_activate(bot=bot, trained_model=model)

    bot.refresh_from_db()
    assert bot.previous == one


def test_a_job_activates_its_model_where_the_bot_has_none(bot):
    answering = []
    for name, wanted in (("one", False), ("two", False), ("three", True)):
        assert bot_activate_if_wanted(name="default", trained_model=make_model(name), wanted=wanted) == ""
        bot.refresh_from_db()
        answering.append(bot.active.name)

    assert answering == ["one", "one", "three"]


def test_a_bot_that_was_deleted_meanwhile_does_no_harm(bot):
    bot.delete()

    assert bot_activate_if_wanted(name="default", trained_model=make_model("one"), wanted=True) == ""
