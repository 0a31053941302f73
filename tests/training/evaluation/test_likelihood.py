import json
import math

import pytest

from answering.bundle import Bundle
from answering.responder import Responder
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from tests.training.evaluation.toys import cases_of, stages_in, write_generator
from training.evaluation.likelihood import (
    Likelihood,
    covered,
    in_words,
    likelihood_measures,
    likelihoods_of,
    nats_by_place,
)


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    return Responder(Bundle.open(write_generator(tmp_path_factory.mktemp("toy") / "bundle"))).generator


def found(**changed):
    told = {"place": 0, "nats": 4.0, "tokens": 4, "right": 1, "words": 2, "characters": 8, "source": "a"}
    return {**told, **changed}


def measures(*kept):
    return {(one.name, one.group): one for one in likelihood_measures(kept)}


def test_a_true_answer_is_forced_through_the_network(generator, tmp_path):
    cases = cases_of([("Hello", "Hello Anna!"), ("Hello", "You Anna"), ("\0", "Hello")])

    kept = likelihoods_of(generator, cases, 10, stages_in(tmp_path))

    first = 4 - math.log(math.exp(4) + math.exp(6) + math.exp(3) + 7 * math.exp(-4))
    later = 4 - math.log(math.exp(4) + math.exp(6) + 8 * math.exp(-4))
    assert kept[0]["nats"] == pytest.approx(-(first + 3 * later), rel=1e-5)
    assert (kept[0]["tokens"], kept[0]["words"], kept[0]["characters"]) == (4, 2, 10)
    # The unknown word is the likeliest everywhere.
    assert [one["right"] for one in kept] == [0, 0]
    # What cannot be read has no likelihood.
    assert [one["place"] for one in kept] == [0, 1]
    assert json.loads(json.dumps(kept, allow_nan=False)) == kept


def test_perplexities_are_over_tokens_words_and_characters():
    found_measures = measures(found(), found(place=1, nats=8.0, tokens=2, right=2, words=2, characters=4))

    assert found_measures["perplexity", ""].value == pytest.approx(math.exp(12 / 6), rel=1e-4)
    assert found_measures["perplexity a word", ""].value == pytest.approx(math.exp(12 / 4), rel=1e-4)
    assert found_measures["perplexity a character", ""].value == pytest.approx(math.exp(12 / 12), rel=1e-4)
    assert found_measures["token accuracy", ""].value == 0.5
    assert found_measures["nats a character", ""].value == pytest.approx((0.5 + 2.0) / 2)
    assert {one.samples for one in found_measures.values()} == {2}
    for one in found_measures.values():
        assert one.low <= one.value <= one.high


def test_they_are_told_by_source_and_length_where_these_differ():
    kept = [found(source="b", nats=2.0, tokens=17), found()]

    groups = {group: one.value for (_, group), one in measures(*kept).items() if group}

    assert groups == {
        "source: a": pytest.approx(math.e, rel=1e-4),
        "source: b": pytest.approx(math.exp(2 / 17), rel=1e-4),
        "length: up to 4 tokens": pytest.approx(math.e, rel=1e-4),
        "length: over 15 tokens": pytest.approx(math.exp(2 / 17), rel=1e-4),
    }
    assert not any(group for _, group in measures(found(), found()))


def test_without_a_generator_there_is_nothing_to_tell():
    assert list(likelihood_measures([])) == []
    assert nats_by_place([]) == {}


def test_an_answer_of_signs_alone_has_no_words_to_divide_by():
    assert measures(found(words=0))["perplexity a word", ""].value == pytest.approx(math.exp(4), rel=1e-4)


@pytest.mark.parametrize("units", ["words", "characters"])
def test_words_and_characters_are_counted_whatever_the_units(units):
    tokeniser = Tokeniser(TextSettings(units=units, lower_case=False, max_answer_length=99))
    written = covered("I don't know,  really.", tokeniser)

    assert written == "I don't know, really."
    assert in_words(tokeniser).cut(written) == ["I", "don't", "know", ",", "really", "."]


def test_of_a_long_answer_only_what_was_learned_counts():
    words = Tokeniser(TextSettings(max_answer_length=2))
    characters = Tokeniser(TextSettings(units="characters", max_answer_length=7))

    assert covered("one two three", words).strip() == "one two"
    assert covered("one two three", characters).strip() == "one two"
    assert covered("我们走吧", Tokeniser(TextSettings(max_answer_length=1))) == "我们"


@pytest.mark.parametrize(
    ("tokens", "length"), [(2, "up to 4"), (5, "up to 4"), (6, "up to 9"), (17, "over 15")]
)
def test_the_end_is_no_token_of_a_length(tokens, length):
    assert Likelihood(**found(tokens=tokens)).length == f"{length} tokens"
