"""The gate in the admin: its rules on the bot's page, refusals on the trained model's, what was found."""

import pytest
from django.urls import reverse

from training.models import Bot, GateTrial, TrainedModel
from training.services.bots import bot_activate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked_here")]


def page(name, *arguments):
    return reverse(f"admin:{name}", args=arguments)


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def strict(bot, make_speaker, make_golden):
    """The default bot, with a golden question that `two` would lose."""
    bot_activate(bot=bot, trained_model=make_speaker("one", Hello="Hi there"))
    make_speaker("two", Hello="Go <b>away</b>")
    make_golden("Hello", "Hi there")
    return bot


@pytest.fixture
def two(strict):
    return TrainedModel.objects.get(name="two")


def activate(client, trained_model, bot, **further):
    return client.post(
        page("trainedmodel_activate", trained_model.pk), {"bot": bot.pk, **further}, follow=True
    )


def active_of(bot):
    return Bot.objects.get(pk=bot.pk).active.name


def test_a_failed_trial_is_told_and_a_reason_activates_all_the_same(operator, strict, two):
    response = activate(operator, two, strict)
    assert "two did not pass its gate. 1 of 1 golden questions would be lost" in messages_of(response)[0]
    assert active_of(strict) == "one"
    assert "Activate all the same, because" in response.content.decode()

    response = activate(operator, two, strict, because="it is kinder to the others")

    assert messages_of(response) == ["Bot default answers from two now."]
    assert active_of(strict) == "two"
    trial = GateTrial.objects.first()
    assert (trial.passed, trial.note, trial.overridden_by.username) == (
        False,
        "it is kinder to the others",
        "operator",
    )
    assert "Activate all the same" not in response.content.decode()


def test_before_a_trial_no_reason_is_asked_for(operator, strict, two):
    page_of_two = operator.get(page("training_trainedmodel_change", two.pk)).content.decode()

    assert "Activate all the same" not in page_of_two


@pytest.mark.parametrize("because", ["", "   ", "x" * 501])
def test_the_reason_must_be_one(operator, strict, two, because):
    response = activate(operator, two, strict, because=because)

    assert messages_of(response) == ["Say why, in at most 500 characters."]
    assert active_of(strict) == "one"
    assert not GateTrial.objects.exists()


def test_the_page_of_a_trial_shows_questions_answers_and_rules(operator, strict, two):
    activate(operator, two, strict)
    trial = GateTrial.objects.get()

    shown = operator.get(page("training_gatetrial_change", trial.pk)).content.decode()

    for part in ("Answer now (one)", "Answer of two", "Hi there", "Go &lt;b&gt;away&lt;/b&gt;", ">lost<"):
        assert part in shown
    assert "recall@1 of 10 is not measured" in shown
    assert "<b>away" not in shown


def test_trials_are_listed_and_nobody_writes_them(operator, strict, two):
    activate(operator, two, strict)
    activate(operator, two, strict, because="so it is")
    trial = GateTrial.objects.first()

    listed = operator.get(page("training_gatetrial_changelist")).content.decode()
    assert "overridden" in listed
    assert "so it is" in listed
    assert "0 of 1 passed; lost: Hello" in listed
    assert operator.get(page("training_gatetrial_add")).status_code == 403
    assert operator.post(page("training_gatetrial_change", trial.pk), {"note": "x"}).status_code == 403


def test_the_bots_page_has_the_rules_and_the_last_trials(operator, strict, two):
    activate(operator, two, strict)
    address = page("training_bot_change", strict.pk)

    shown = operator.get(address).content.decode()
    assert "Last gate trials" in shown
    assert page("training_gatetrial_change", GateTrial.objects.get().pk) in shown
    assert "Ask one the golden questions" in shown

    operator.post(
        address, {"fallback": "Pardon?", "threshold": "0", "log_days": "30", "most_recall_lost": "0.1"}
    )
    strict.refresh_from_db()
    assert (strict.keeps_golden, strict.most_recall_lost) == (False, 0.1)
    activate(operator, two, strict)
    assert active_of(strict) == "two"


def test_a_rule_out_of_range_is_refused(operator, bot):
    address = page("training_bot_change", bot.pk)
    filled = {"fallback": "Pardon?", "threshold": "0", "log_days": "30", "most_recall_lost": "1.5"}

    assert list(operator.post(address, filled).context["adminform"].form.errors) == ["most_recall_lost"]


def test_a_trained_model_goes_with_its_trials(log_in, strict, two):
    client = log_in("view_trainedmodel", "delete_trainedmodel")
    GateTrial.objects.create(bot=strict, trained_model=two, passed=True)

    client.post(page("training_trainedmodel_delete", two.pk), {"post": "yes"})

    assert not TrainedModel.objects.filter(name="two").exists()
    assert not GateTrial.objects.exists()


def test_who_may_not_change_bots_sees_no_field_for_a_reason(log_in, strict, two):
    GateTrial.objects.create(bot=strict, trained_model=two, passed=False, findings={"rules": []})
    client = log_in("view_trainedmodel")

    shown = client.get(page("training_trainedmodel_change", two.pk)).content.decode()
    assert "Activate all the same" not in shown
    assert activate(client, two, strict, because="I want to").status_code == 403
    assert active_of(strict) == "one"
