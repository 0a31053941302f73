import json
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from answering.errors import BundleError
from preprocessing.dataset import Dataset as DatasetFiles
from preprocessing.errors import DatasetError, SettingsError
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest
from tests.training.blind import import_faq, person
from training.models import BlindComparison, Bot, Dataset, LoggedExchange, TrainedModel
from training.services.blind_choosing import LEFT, RIGHT, Sitting, blind_choose
from training.services.blind_comparisons import blind_comparison_create, different_pairs
from training.services.blind_questions import (
    questions_of_dataset,
    questions_of_log,
    questions_of_text,
    storable,
)

pytestmark = pytest.mark.django_db
OPEN, WHERE = "When do you open?", "Where are you?"


@pytest.fixture
def two(tmp_path, quick_trial):
    """Two trained models that agree on where they are."""
    return (
        import_faq(tmp_path, "early", [(OPEN, "At nine"), (WHERE, "In Bridge Street")]),
        import_faq(tmp_path, "late", [(OPEN, "At ten"), (WHERE, "In  Bridge Street")]),
    )


@pytest.fixture
def large(tmp_path):
    """A dataset with held-out questions."""
    (tmp_path / "many.csv").write_text("question,answer\n" + "".join(f"q {n},a {n}\n" for n in range(600)))
    request = PreprocessRequest.of_corpus("many", tmp_path / "many.csv", tmp_path / "datasets" / "many")
    made = preprocess(request, NullMonitor())
    return Dataset.objects.create(
        name="many", directory=str(made.directory), max_length=20, exchanges=600, vocabulary_size=9
    )


@pytest.fixture
def alice():
    return person("alice")


def log(bot, *questions):
    """Write the questions to the log, a minute after each other."""
    for minute, question in enumerate(questions):
        LoggedExchange.objects.create(
            id=f"{bot.pk}-{minute}",
            bot=bot,
            model_name="faq",
            question=question,
            answer="a",
            source="own",
            milliseconds=1,
            at=timezone.now() + timedelta(minutes=minute),
        )


def test_both_are_asked_each_question_and_what_they_say_is_kept(two, alice):
    made = blind_comparison_create(
        name="  our  try ", one=two[0], other=two[1], questions=[OPEN, WHERE], by=alice
    )

    assert (made.name, made.created_by, made.one.name, made.other.name) == ("our try", alice, "early", "late")
    assert list(made.pairs.values_list("number", "question", "answer_of_one", "answer_of_other")) == [
        (1, OPEN, "At nine", "At ten"),
        (2, WHERE, "In Bridge Street", "In Bridge Street"),
    ]
    # Spaces are no difference that anybody could see.
    assert [pair.question for pair in different_pairs(made)] == [OPEN]


def test_where_a_trained_model_knows_nothing_an_empty_answer_is_kept(two):
    made = blind_comparison_create(name="x", one=two[0], other=two[1], questions=["漢"])

    assert (made.pairs.get().answer_of_one, different_pairs(made).count()) == ("", 0)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": " "}, "a name of 1 to 100 characters. Received 0"),
        ({"name": "x" * 101}, "Received 101"),
        ({"questions": [" "]}, "1 to 200 different questions. Received 0. Write one a line"),
        ({"questions": map(str, range(201))}, "Received 201. Leave some out"),
        ({"questions": ["a", "b" * 10_001]}, "Question 2 has 10,001"),
    ],
)
def test_what_cannot_be_compared_is_refused_and_nothing_is_written(changed, told):
    one, other = (TrainedModel.objects.create(name=name, architecture="rnn", directory=name) for name in "ab")

    with pytest.raises(SettingsError, match=told):
        blind_comparison_create(**{"name": "x", "one": one, "other": other, "questions": ["q"], **changed})

    assert not BlindComparison.objects.exists()


def test_a_trained_model_is_not_compared_with_itself(two):
    with pytest.raises(SettingsError, match="Two different trained models must be compared"):
        blind_comparison_create(name="x", one=two[0], other=two[0], questions=[OPEN])


def test_a_bundle_that_is_damaged_is_told_and_nothing_is_written(two):
    (two[1].location / "manifest.json").write_text("{}")

    with pytest.raises(BundleError):
        blind_comparison_create(name="x", one=two[0], other=two[1], questions=[OPEN])

    assert not BlindComparison.objects.exists()


# Questions


def test_questions_are_the_lines_of_a_text_each_once():
    assert questions_of_text(" a \n\nb\r\na\n") == ["a", "b"]


def test_what_no_database_takes_is_replaced():
    assert storable("a\0b\ud800c") == "a\ufffdb?c"
    assert questions_of_text("a\0b") == ["a\ufffdb"]


def test_held_out_questions_are_those_of_the_test_split(large):
    files = DatasetFiles.open(large.location)
    held_out = [files.question_text(row) for row in files.indices("test")]

    assert questions_of_dataset(large, 200) == held_out
    some = questions_of_dataset(large, 5)
    assert (len(some), some[0]) == (5, held_out[0])
    # Evenly spread: they are equally far from each other, and the last from the end.
    places = [*map(held_out.index, some), len(held_out)]
    assert {after - before for before, after in pairwise(places)} <= {
        len(held_out) // 5,
        len(held_out) // 5 + 1,
    }


def test_without_a_test_split_the_validation_split_is_asked(large):
    splits = np.load(large.location / "split.npy")
    validation = np.flatnonzero(splits == 1)
    splits[splits == 2] = 0
    np.save(large.location / "split.npy", splits)

    assert len(questions_of_dataset(large, 200)) == len(validation)


def test_a_dataset_that_holds_nothing_out_is_refused(greeting_dataset):
    with pytest.raises(DatasetError, match=r"must have held-out questions\. toy"):
        questions_of_dataset(greeting_dataset)


@pytest.mark.parametrize("number", [0, 201])
def test_the_number_of_questions_has_bounds(number, greeting_dataset):
    with pytest.raises(SettingsError, match=f"from 1 to 200. Received {number}"):
        questions_of_dataset(greeting_dataset, number)


def test_logged_questions_are_the_latest_different_ones_of_that_bot():
    bot, other = (Bot.objects.create(name=name) for name in ("support", "sales"))
    log(bot, "old", "again", "new", " again ", " ")
    log(other, "elsewhere")

    assert questions_of_log(bot, 2) == ["again", "new"]
    assert questions_of_log(bot) == ["again", "new", "old"]


def test_an_empty_log_is_refused():
    with pytest.raises(SettingsError, match="The log of bot support must hold questions"):
        questions_of_log(Bot.objects.create(name="support"))


# Commands


def told_by(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out


def test_the_commands_make_one_and_tell_its_result(two, tmp_path, capsys, alice):
    (tmp_path / "questions.txt").write_text(f"\ufeff{OPEN}\n{WHERE}\n", encoding="utf-8")
    arguments = ("blind_comparison", "early", "late", "--questions", str(tmp_path / "questions.txt"))

    made = json.loads(told_by(capsys, *arguments, "--json"))
    comparison = BlindComparison.objects.get()
    assert made == {
        "id": comparison.pk,
        "name": "blind: early and late",
        "one": "early",
        "other": "late",
        "questions": 2,
        "equal": 1,
    }
    assert told_by(capsys, *arguments, "--name", "again").strip() == str(comparison.pk + 1)

    turn = Sitting(comparison, alice).turn(1)
    side = LEFT if turn.left == "At nine" else RIGHT
    blind_choose(comparison=comparison, person=alice, at=1, side=side)
    result = json.loads(told_by(capsys, "blind_result", str(comparison.pk), "--json"))
    assert (result["win_rates"]["one"]["rate"], result["win_rates"]["other"]["rate"]) == (0.5, 0.0)
    assert "early won 50.0 %" in told_by(capsys, "blind_result", "blind: early and late")


def test_the_command_asks_held_out_and_logged_questions(two, large, capsys):
    bot = Bot.objects.create(name="support")
    log(bot, OPEN)

    call_command("blind_comparison", "early", "late", "--dataset", "many", "--number", "3")
    call_command("blind_comparison", "early", "late", "--bot", "support")

    assert [made.pairs.count() for made in BlindComparison.objects.order_by("pk")] == [3, 1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("blind_comparison", "early", "nothing", "--bot", "default"),
        ("blind_comparison", "early", "late", "--questions", "/nowhere/questions.txt"),
        ("blind_comparison", "early", "early", "--questions", __file__),
        ("blind_result", "77"),
    ],
)
def test_a_command_that_names_what_there_is_not_exits_with_2(two, arguments):
    with pytest.raises(CommandError) as error:
        call_command(*arguments)

    assert error.value.returncode == 2
