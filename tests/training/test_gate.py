import pytest

from answering.errors import BundleError
from preprocessing.errors import SettingsError
from training.errors import ActivationError, NoActiveModelError
from training.models import Bot, Evaluation, GateTrial
from training.services.bots import bot_activate
from training.services.gate import gate_findings, gate_trial_create, golden_questions_try, outcome

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked_here")]


@pytest.fixture
def now(bot, make_speaker):
    """What answers for the default bot now: well to greetings, badly to goodbyes."""
    made = make_speaker("now", Hello="Hi there", Bye="Hello")
    bot_activate(bot=bot, trained_model=made)
    return made


def outcomes(trial):
    return [(row["question"], row["now"], row["new"], row["outcome"]) for row in trial.findings["golden"]]


def rules(trial):
    return {rule["rule"]: (rule["held"], rule["text"]) for rule in trial.findings["rules"]}


def test_each_golden_question_is_asked_of_both_and_a_lost_one_fails_the_trial(
    bot, now, make_speaker, make_golden
):
    new = make_speaker("new", Hello="Go away", Bye="See you", How="Fine")
    make_golden("Hello", "Hi there")
    make_golden("Bye", must_occur="see")
    make_golden("Bye!", "Farewell")

    trial = gate_trial_create(bot=bot, trained_model=new)

    assert outcomes(trial) == [
        ("Hello", "Hi there", "Go away", "lost"),
        ("Bye", "Hello", "See you", "passed"),
        ("Bye!", "Hello", "See you", "failed"),
    ]
    assert trial.findings["compared_with"] == "now"
    assert rules(trial)["golden"] == (False, "1 of 3 golden questions would be lost: Hello.")
    assert not trial.passed
    assert outcome(trial) == "1 of 3 passed; lost: Hello; failed: Bye!"


def test_one_that_is_as_good_passes_also_where_both_fail(bot, now, make_speaker, make_golden):
    make_golden("Bye", "Farewell")

    trial = gate_trial_create(bot=bot, trained_model=make_speaker("new", Hello="Hi", Bye="No"))

    assert trial.passed
    assert rules(trial)["golden"] == (True, "No golden question is lost.")


def test_with_the_rule_off_nothing_stops_a_trained_model_and_the_loss_is_told(
    bot, now, make_speaker, make_golden
):
    Bot.objects.update(keeps_golden=False)
    make_golden("Hello", "Hi there")

    trial = gate_trial_create(bot=bot, trained_model=make_speaker("new", Hello="Go away"))

    assert trial.passed
    assert rules(trial)["golden"][0] is None
    assert "The bot's rule against that is off." in rules(trial)["golden"][1]


def test_for_a_bot_that_answers_nothing_yet_it_is_only_reported(bot, make_speaker, make_golden):
    make_golden("Hello", "Hi there")

    trial = gate_trial_create(bot=bot, trained_model=make_speaker("new", Hello="Go away"))

    assert trial.passed
    assert outcomes(trial) == [("Hello", None, "Go away", "failed")]
    assert "Nothing answers for the bot yet" in trial.findings["trouble"]


def test_a_bot_whose_trained_model_is_broken_gets_away_from_it(bot, now, make_speaker, make_golden):
    make_golden("Hello", "Hi there")
    (now.location / "manifest.json").write_text("{")

    trial = gate_trial_create(bot=bot, trained_model=make_speaker("new", Hello="Go away"))

    assert trial.passed
    assert trial.findings["trouble"].startswith("now does not answer, so nothing can be lost.")


def test_the_active_one_is_compared_with_what_it_said_before(bot, now, make_golden):
    make_golden("Hello", "Hi there")
    first = golden_questions_try(bot=bot)
    assert (first.passed, outcomes(first)) == (True, [("Hello", None, "Hi there", "passed")])

    bot.golden_questions.update(must_not_occur="there")
    assert outcome(golden_questions_try(bot=bot)) == "0 of 1 passed; failed: Hello"

    bot.golden_questions.update(must_not_occur="")
    (now.location / "manifest.json").rename(now.location / "manifest.json.away")
    with pytest.raises(BundleError, match="manifest"):
        golden_questions_try(bot=bot)
    assert GateTrial.objects.count() == 2


def test_a_golden_question_that_the_active_one_no_longer_passes_is_lost(bot, now, make_golden):
    made = make_golden("Bye", "Hello")
    GateTrial.objects.create(
        bot=bot, trained_model=now, passed=True, findings={"golden": [{"id": made.pk, "new": "Farewell"}]}
    )
    bot.golden_questions.update(acceptable="Farewell")

    trial = golden_questions_try(bot=bot)

    assert (trial.passed, outcome(trial)) == (False, "0 of 1 passed; lost: Bye")


def test_trying_needs_golden_questions_and_somebody_who_answers(bot, make_speaker):
    with pytest.raises(NoActiveModelError, match="must have a trained model that answers"):
        golden_questions_try(bot=bot)
    bot_activate(bot=bot, trained_model=make_speaker("now", Hello="Hi"))
    with pytest.raises(SettingsError, match="must have golden questions"):
        golden_questions_try(bot=bot)


@pytest.mark.parametrize("gone", ["bot", "trained model"])
def test_what_was_deleted_while_it_was_asked_leaves_no_trial(
    bot, make_speaker, make_golden, gone, monkeypatch
):
    new = make_speaker("new", Hello="Hi there")
    make_golden("Hello", "Hi there")

    def ask(*given):
        (bot if gone == "bot" else new).__class__.objects.all().delete()
        return []

    monkeypatch.setattr("training.services.gate.golden_answers", lambda **_: ask())
    with pytest.raises(ActivationError, match="was deleted meanwhile"):
        gate_trial_create(bot=bot, trained_model=new)
    assert not GateTrial.objects.exists()


def test_only_the_first_lost_ones_are_named(bot, now, make_speaker, make_golden):
    for _ in range(7):
        make_golden("Hello", "Hi there")

    trial = gate_trial_create(bot=bot, trained_model=make_speaker("new", Hello="Go away"))

    assert outcome(trial) == f"0 of 7 passed; lost: {'; '.join(['Hello'] * 5)}; and 2 more"


# recall@1


def evaluated(trained_model, recall, source="toy, test", **fields):
    return Evaluation.objects.create(
        trained_model=trained_model,
        source=source,
        directory=f"data/{Evaluation.objects.count()}",
        figures={"recall@1 of 10": recall} if recall is not None else {"bleu": 3.1},
        **fields,
    )


@pytest.fixture
def new(make_speaker):
    return make_speaker("new", Hello="Hi there")


@pytest.mark.parametrize(
    ("recall", "most", "held"),
    [(0.63, 0.02, True), (0.62, 0.02, False), (0.65, 0.0, True), (0.9, 0.02, True), (0.1, None, None)],
)
def test_recall_may_not_be_lower_by_more_than_the_rule_says(bot, now, new, recall, most, held):
    Bot.objects.update(most_recall_lost=most)
    evaluated(now, 0.65)
    evaluated(new, recall)

    trial = gate_trial_create(bot=bot, trained_model=new)

    assert rules(trial)["recall"][0] is held
    assert trial.passed is (held is not False)
    assert f"recall@1 of 10 on toy, test is {recall:.3f}, that of now 0.650." in rules(trial)["recall"][1]


def test_the_newest_evaluations_of_the_same_questions_count(bot, now, new, greeting_dataset):
    evaluated(now, 0.5, dataset=greeting_dataset)
    evaluated(now, 0.7, dataset=greeting_dataset)
    evaluated(new, 0.1, dataset=greeting_dataset)
    evaluated(new, 0.69, dataset=greeting_dataset)
    evaluated(new, 0.2, source="another file")
    evaluated(new, None, dataset=greeting_dataset)

    trial = gate_trial_create(bot=bot, trained_model=new)

    assert rules(trial)["recall"][0] is True
    assert "0.690, that of now 0.700" in rules(trial)["recall"][1]


def test_without_such_a_pair_the_rule_stops_nobody(bot, now, new, greeting_dataset):
    evaluated(now, 0.9)
    evaluated(new, 0.1, dataset=greeting_dataset)

    trial = gate_trial_create(bot=bot, trained_model=new)

    assert trial.passed
    assert rules(trial)["recall"] == (
        None,
        "recall@1 of 10 is not measured: the two were not evaluated on the same questions.",
    )


def test_a_bundle_without_a_row_has_no_evaluation(bot, now, new):
    evaluated(now, 0.9)

    findings = gate_findings(bot=bot, directory=new.location)

    assert (findings.passed, findings.compared_with) == (True, now.pk)
