import dataclasses
import json
import re

import numpy as np
import pytest

from preprocessing.dataset import Dataset
from preprocessing.foreign_dataset import import_pickle
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest
from preprocessing.splits import TEST, TRAIN, VALIDATION
from preprocessing.text_settings import TextSettings
from training.errors import LeakageError
from training.evaluation.leakage import leakage_of, require_no_leakage


@pytest.fixture(scope="module")
def made_here(tmp_path_factory):
    """A dataset of ours: 700 conversations, in which greetings, and whole exchanges, come again and again."""
    folder = tmp_path_factory.mktemp("leakage")
    random = np.random.default_rng(5)
    lines = ["categories: [talk]", "conversations:"]
    for number in range(700):
        words = ["".join(random.choice(list("etaoinshr"), 6)) for _ in range(4)]
        said = [" ".join(words), "Hi.", "Hi!", f"No {number % 40}, {words[0]}?", "GOIN' home.", "Yes."]
        lines.append(f"- {json.dumps([text.upper() for text in said] if number % 2 else said)}")
    source = folder / "talk.yml"
    source.write_text("\n".join(lines))
    return preprocess(PreprocessRequest.of_corpus("talk", source, folder), NullMonitor())


def broken(dataset, split, rows):
    """Return the dataset with some rows in another split."""
    splits = np.array(dataset.exchanges.splits)
    splits[rows] = split
    changed = Dataset(dataset.directory, dataset.information)
    changed.exchanges = dataclasses.replace(dataset.exchanges, splits=splits)
    return changed


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_dataset_that_was_made_here_has_no_leakage(made_here, split):
    dataset = Dataset.open(made_here.directory)

    found = require_no_leakage(dataset, split)

    assert found.checked == len(dataset.indices(split)) > 20
    assert (found.exchanges, found.conversations, found.example) == (0, 0, "")


def test_a_dataset_of_equal_ones_imported_from_a_pickle_has_none(made_here, tmp_path):
    [path] = made_here.directory.glob("*.pkl")
    imported = import_pickle(path, tmp_path, NullMonitor())

    assert not require_no_leakage(Dataset.open(imported.directory), "test")


def test_one_exchange_in_both_splits_is_found(make_dataset):
    dataset = make_dataset(
        [("a", "Fine."), ("b", "Bad."), ("c", "fine.")],
        questions=["How are you?", "How are you?", "HOW are  you?"],
        splits=[TRAIN, TRAIN, TEST],
    )

    found = leakage_of(dataset, "test")

    assert (found.checked, found.exchanges, found.conversations) == (1, 1, 0)
    with pytest.raises(LeakageError, match=re.escape("1 stand in an earlier split too")) as refused:
        require_no_leakage(dataset, "test")
    assert "'HOW are  you?' answered by 'fine.'" in str(refused.value)
    assert refused.value.code == "leakage"


def test_an_equal_answer_to_another_question_is_none(make_dataset):
    dataset = make_dataset(
        [("a", "Yes."), ("b", "Yes."), ("c", "No.")],
        questions=["Ready?", "Sure?", "Ready?"],
        splits=[TRAIN, TEST, TEST],
    )

    assert not leakage_of(dataset, "test")


def test_equal_exchanges_on_one_side_are_none(make_dataset):
    dataset = make_dataset([("a", "Hi."), ("b", "Hi.")], splits=[TEST, TEST])

    assert not leakage_of(dataset, "test")


def test_the_test_split_must_not_stand_in_validation_either(make_dataset):
    dataset = make_dataset([("a", "Hi."), ("b", "Hi.")], splits=[VALIDATION, TEST])

    assert leakage_of(dataset, "test").exchanges == 1
    assert leakage_of(dataset, "validation").exchanges == 0


def test_what_is_asked_and_answered_must_not_be_mixed_up(make_dataset):
    dataset = make_dataset([("a", "c"), ("b", "b c")], questions=["a b", "a"], splits=[TRAIN, TEST])

    assert not leakage_of(dataset, "test")


def test_a_conversation_that_goes_on_in_the_other_split_is_found(make_dataset):
    dataset = make_dataset(
        [("a", "two"), ("a", "three"), ("b", "five")],
        questions=["one", "two", "four"],
        turns=[0, 1, 0],
        splits=[TRAIN, TEST, TEST],
    )

    found = leakage_of(dataset, "test")

    assert (found.exchanges, found.conversations) == (0, 1)
    with pytest.raises(
        LeakageError, match=r"parts of 1 conversations, such as conversation 'a'\. Preprocess"
    ):
        require_no_leakage(dataset, "test")


def test_it_may_begin_in_either_split(make_dataset):
    dataset = make_dataset(
        [("a", "two"), ("a", "three")], questions=["one", "two"], turns=[0, 1], splits=[TEST, TRAIN]
    )

    assert leakage_of(dataset, "test").conversations == 1


def test_two_conversations_of_one_name_are_two(make_dataset):
    dataset = make_dataset(
        [("a", "two"), ("a", "three"), ("a", "six")],
        questions=["one", "two", "five"],
        turns=[0, 1, 0],
        splits=[TRAIN, TRAIN, TEST],
    )

    assert not leakage_of(dataset, "test")


def test_moving_one_exchange_of_a_conversation_breaks_a_dataset(made_here):
    dataset = Dataset.open(made_here.directory)
    turns = dataset.exchanges.turns
    inner = next(row for row in dataset.indices("train").tolist() if turns[row] == 1)

    with pytest.raises(LeakageError):
        require_no_leakage(broken(dataset, TEST, [inner]), "test")


def test_splitting_by_exchange_breaks_a_dataset(made_here):
    dataset = Dataset.open(made_here.directory)
    shuffled = np.random.default_rng(0).permutation(len(dataset))

    found = leakage_of(broken(dataset, TEST, shuffled[: len(dataset) // 10]), "test")

    assert found.conversations > 20


def test_what_train_holds_has_nothing_before_it(make_dataset):
    assert not leakage_of(make_dataset([("a", "Hi."), ("b", "Hi.")]), "train")


def test_without_held_out_exchanges_there_is_nothing_to_leak(make_dataset):
    found = leakage_of(make_dataset([("a", "Hi.")]), "test")

    assert (found.checked, bool(found)) == (0, False)


@pytest.mark.parametrize("units", ["words", "characters"])
def test_equal_texts_are_equal_in_all_units(make_dataset, units):
    dataset = make_dataset([("a", "Hi There."), ("b", "hi there.")], splits=[TRAIN, TEST])
    dataset.information["text_settings"] = TextSettings(units=units, lower_case=False).as_json()

    assert leakage_of(dataset, "test").exchanges == 1
