import numpy as np
import pytest

from preprocessing.filters import FilterSettings, apply_filters, drop_unknown_answers

OFF = {"duplicates": False, "near_duplicates": False, "commands": False, "links_only": False}


def kept_after(sieve, **settings):
    apply_filters(sieve, FilterSettings(**{**OFF, **settings}))
    return sieve.rows().tolist()


def dropped(sieve):
    return sieve.collection.counts.dropped


def test_without_filters_all_is_kept_but_what_has_no_token(make_sieve):
    sieve = make_sieve([("Hi", "Hello"), ("Hi", "Hello"), ("\u200b", "Hello")])

    assert kept_after(sieve) == [0, 1]
    assert dropped(sieve) == {"empty_text": 1}


def test_of_exact_duplicates_the_first_stays_whatever_their_case(make_sieve):
    sieve = make_sieve([("Hi", "Hello"), ("HI", "hello"), ("Hi", "Bye"), ("Hello", "Hi")])

    assert kept_after(sieve, duplicates=True) == [0, 2, 3]
    assert dropped(sieve) == {"duplicate": 1}
    assert sieve.collection.counts.examples["duplicate"] == [{"question": "HI", "answer": "hello"}]


def test_five_examples_are_kept_of_each_reason(make_sieve):
    sieve = make_sieve([("Hi", "Hello")] * 9)

    kept_after(sieve, duplicates=True)

    assert dropped(sieve) == {"duplicate": 8}
    assert len(sieve.collection.counts.examples["duplicate"]) == 5


def test_near_duplicates_go_where_that_is_asked_for(make_sieve):
    long = "well I have been thinking about going to the seaside with all my friends next summer"
    sieve = make_sieve(
        [(long, "that sounds nice"), (f"{long}!", "That sounds nice."), (long, "no way at all")]
    )

    assert kept_after(sieve, near_duplicates=True) == [0, 2]
    assert dropped(sieve) == {"near_duplicate": 1}


def test_what_nearly_stands_in_training_is_dropped_where_its_conversation_is_held_out(make_sieve):
    long = "well I have been thinking about going to the seaside with all my friends next summer"
    others = [(f"question number {n} about topic {n * 7}", f"answer {n} on {n * 3}") for n in range(600)]
    pairs = [
        *others,
        (long, "that sounds nice"),
        (f"{long}?", "that sounds nice"),
        (long, "that sounds nice"),
    ]
    splits = [0] * 600 + [0, 1, 2]

    sieve = make_sieve(pairs, splits, conversations=[*range(601), 700, 700])

    assert kept_after(sieve, near_duplicates=None) == [*range(601)]
    assert dropped(sieve) == {"duplicate_of_training": 1, "near_duplicate_of_training": 1}


def test_a_line_of_a_faq_that_nearly_stands_in_training_trains_too_and_is_not_lost(make_sieve):
    long = "well I have been thinking about going to the seaside with all my friends next summer"
    others = [(f"question number {n} about topic {n * 7}", f"answer {n} on {n * 3}") for n in range(600)]
    # Each nearly equals the one before it alone: one after another they join training.
    near = [(f"{long} {' '.join('abcdefgh'[:n])}", "that sounds nice") for n in (0, 3, 6)]
    far = [("something else", "entirely"), ("something else", "Entirely!")]

    sieve = make_sieve([*others, *near, *far], [0] * 600 + [0, 1, 2, 1, 2])

    assert kept_after(sieve, near_duplicates=None) == [*range(605)]
    assert sieve.columns.splits[600:].tolist() == [0, 0, 0, 1, 1]
    assert sieve.collection.counts.moved == {"train": 2, "validation": 1}
    assert dropped(sieve) == {}


def test_an_answer_is_learned_only_so_often(make_sieve):
    others = [(f"question {n}", f"answer {n}") for n in range(500)]
    often = [(f"other question {n}", "I don't know") for n in range(10)]
    sieve = make_sieve([*often, *others], [0] * 8 + [1, 2] + [0] * 500)

    kept = kept_after(sieve, most_per_answer=3)

    # The first three of training; what is held out stays as it is.
    assert kept[:5] == [0, 1, 2, 8, 9]
    assert dropped(sieve) == {"answer_too_often": 5}


def test_a_wrong_language_is_dropped(make_sieve):
    french = ("Bonjour, comment allez-vous aujourd'hui ?", "Très bien, merci beaucoup, et vous ?")
    sieve = make_sieve([("How are you today", "Very well"), ("你好吗", "我很好"), french, ("Hi", "Salut")])

    assert kept_after(sieve, languages=("en",)) == [0, 3]
    assert dropped(sieve) == {"wrong_language": 2}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("hello", "oh hi"), ("hi", "oh hello")),
        (("tea ?", "yes coffee"), ("coffee ?", "yes tea")),
        (("no", "you yes"), ("yes", "you no")),
        (("a b", "c"), ("c", "a b")),
        (("a", "b c"), ("a b", "c")),
    ],
)
def test_words_that_change_places_across_the_sides_make_another_exchange(make_sieve, first, second):
    assert kept_after(make_sieve([first, second]), duplicates=True) == [0, 1]


def test_the_same_words_after_something_else_are_another_exchange(make_sieve):
    sieve = make_sieve([("Really?", "Yes"), ("I won", "Really?"), ("Really?", "Yes")])
    # As if each question came with the turn before it.
    sieve.columns.contexts[:] = [0, 0, 1]

    assert kept_after(sieve, duplicates=True) == [0, 1, 2]


def test_of_what_two_corpora_have_that_of_more_weight_stays(make_sieve):
    sieve = make_sieve([("Hi", "Hello"), ("Bye", "See you"), ("hi", "hello")])
    sieve.weights[:] = [1, 1, 8]

    assert kept_after(sieve, duplicates=True) == [1, 2]
    assert dropped(sieve) == {"duplicate_of_weightier_corpus": 1}


def test_where_near_duplicates_are_unwanted_none_joins_training(make_sieve):
    long = "well I have been thinking about going to the seaside with all my friends next summer"
    others = [(f"question number {n} about topic {n * 7}", f"answer {n} on {n * 3}") for n in range(600)]
    sieve = make_sieve([*others, (long, "nice"), (f"{long}!", "nice")], [0] * 601 + [1])

    kept_after(sieve, near_duplicates=True)

    assert sieve.collection.counts.moved == {}
    assert 601 not in sieve.rows()


def test_an_answer_that_repeats_the_question_is_dropped_where_that_is_asked_for(make_sieve):
    pairs = [("Bye", "bye!"), ("Bye", "Bye"), ("Bye", "See you")]

    assert kept_after(make_sieve(pairs)) == [0, 1, 2]
    assert kept_after(make_sieve(pairs), same_as_question=True) == [0, 2]


@pytest.mark.parametrize(
    ("question", "is_kept"),
    [("/start", False), ("!help me", False), ("/ban @anna", False), ("and/or", True), ("/ is a slash", True)],
)
def test_bot_commands_are_dropped(make_sieve, question, is_kept):
    assert kept_after(make_sieve([(question, "ok")]), commands=True) == [0] * is_kept


@pytest.mark.parametrize(
    ("answer", "is_kept"),
    [("https://example.com/a?b=c", False), ("www.example.com !", False), ("see https://example.com", True)],
)
def test_links_alone_are_dropped(make_sieve, answer, is_kept):
    assert kept_after(make_sieve([("where?", answer)]), links_only=True) == [0] * is_kept


def test_answers_of_mostly_unknown_words_are_dropped(make_sieve):
    sieve = make_sieve([("hi", "one two three four"), ("hi", "one two"), ("one", "three")])
    known = np.array([token in ("hi", "one", "two") for token in sieve.tokens.written])

    drop_unknown_answers(sieve, known, 0.5)

    assert sieve.rows().tolist() == [0, 1]
    assert dropped(sieve) == {"unknown_words_in_answer": 1}
