import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.answering.conftest import ask_backwards, write_toy_bundle
from training.models import Bot, TrainedModel
from training.services.bots import bot_activate
from training.services.bundles import bundle_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_trial")]


@pytest.fixture
def bot():
    return Bot.objects.get_or_create(name="default")[0]


@pytest.fixture
def busy(bot, make_bundle):
    """The default bot, which answers from a trained model."""
    bot_activate(bot=bot, trained_model=bundle_import(path=make_bundle(), name="older"))
    return bot


def import_bundle(path, *options):
    output = StringIO()
    call_command("import_bundle", str(path), *options, stdout=output)
    return output.getvalue()


def refused(path, *options):
    with pytest.raises(CommandError) as raised:
        import_bundle(path, *options)
    assert raised.value.returncode == 2
    assert not TrainedModel.objects.exists()
    return str(raised.value)


def active_of(bot):
    bot.refresh_from_db()
    return bot.active and bot.active.name


def test_a_bot_without_any_trained_model_answers_from_the_first(make_bundle, bot):
    said = import_bundle(make_bundle("faq"))

    trained_model = TrainedModel.objects.get()
    assert said == f"Trained model {trained_model.pk}: faq (retrieval). Bot default answers from it.\n"
    assert active_of(bot) == "faq"


def test_a_bot_that_answers_goes_on_from_its_own(make_bundle, busy):
    said = import_bundle(make_bundle("faq"))

    assert said.endswith("Activate it with: manage.py activate faq\n")
    assert active_of(busy) == "older"


def test_it_answers_from_the_new_one_where_that_is_asked_for(make_bundle, busy):
    import_bundle(make_bundle("faq"), "--activate")

    assert active_of(busy) == "faq"


def test_another_bot_can_be_meant(make_bundle, bot):
    shop = Bot.objects.create(name="shop")

    import_bundle(make_bundle("faq"), "--bot", "shop")

    assert (active_of(shop), active_of(bot)) == ("faq", None)


def test_it_is_printed_as_json(make_bundle, bot):
    printed = json.loads(import_bundle(make_bundle(), "--name", "mine", "--json"))

    assert printed == {
        "id": TrainedModel.objects.get().pk,
        "name": "mine",
        "architecture": "retrieval",
        "directory": "save/mine/bundle",
        "bots": ["default"],
    }


def test_no_bot_answers_from_one_that_asks_unless_somebody_says_so(tmp_path, bot):
    ask_backwards(write_toy_bundle(tmp_path / "asking"))

    import_bundle(tmp_path / "asking")
    assert active_of(bot) is None

    import_bundle(tmp_path / "asking", "--activate")
    assert active_of(bot) == "asking-2"


def test_a_refused_bundle_ends_with_its_reason_and_exit_code_2(make_bundle, bot):
    bundle = make_bundle()
    (bundle / "retriever" / "features.txt").unlink()

    assert "features.txt must have" in refused(bundle)


def test_a_missing_file_and_a_bad_name_end_with_exit_code_2(make_bundle, tmp_path, bot):
    assert "must be a folder, or a .zip of one" in refused(tmp_path / "nothing.zip")
    assert "1 to 64 letters" in refused(make_bundle(), "--name", "../evil")


def test_an_unknown_bot_is_told_before_anything_is_taken_in(make_bundle, bot):
    assert "Received nobody. There are: default." in refused(make_bundle(), "--bot", "nobody")


def test_a_taken_name_ends_with_exit_code_2(make_bundle, busy):
    with pytest.raises(CommandError, match="older is taken") as raised:
        import_bundle(make_bundle("faq"), "--name", "older")

    assert raised.value.returncode == 2
