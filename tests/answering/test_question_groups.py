from collections import Counter

import pytest

from answering.features import features, is_telling, similarity
from answering.question_groups import ComparedQuestions, alike_groups
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser

ASKED = [
    "When do you open?",
    "wen do you open",
    "When do you open on Sundays?",
    "Where are you?",
    "where are you located",
    "How much is the delivery?",
    "how much is delivery",
    "你们几点开门？",
    "几点开门",
]


def test_what_is_alike_comes_together_and_the_first_leads():
    assert alike_groups(ASKED) == [[0, 1, 2], [3, 4], [5, 6], [7, 8]]


def test_the_order_says_who_leads():
    assert alike_groups(ASKED[::-1]) == [[0, 1], [2, 3], [4, 5], [6], [7, 8]]


def test_a_full_group_takes_no_more():
    assert alike_groups(["hello there"] * 5, most=2) == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize("questions", [[], ["?", "!", "🙂"], ["", " "]])
def test_what_has_nothing_to_compare_stands_alone(questions):
    assert alike_groups(questions) == [[place] for place in range(len(questions))]


def test_it_is_the_similarity_of_bags_in_which_rare_features_weigh_more():
    questions = ["no no no", "no no yes", "yes", "perhaps"]
    tokeniser = Tokeniser(TextSettings().for_retrieval())
    compared = ComparedQuestions(questions)
    bags = [Counter(filter(is_telling, features(tokeniser.tokenise(text)))) for text in questions]
    number_with = Counter(feature for bag in bags for feature in bag)
    weights = {feature: compared.weight_for(number) for feature, number in number_with.items()}
    weighted = [{each: times * weights[each] for each, times in bag.items()} for bag in bags]

    for place, bag in enumerate(weighted):
        expected = [similarity(bag, other) for other in weighted]
        assert compared.similarities(place) == pytest.approx(expected)
