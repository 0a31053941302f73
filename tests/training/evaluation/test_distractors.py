import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.errors import DatasetError, SettingsError
from training.evaluation.distractors import draw_distractors, draw_hard_distractors

TEN = [(str(number), f"answer {number}") for number in range(10)]
CONVERSATIONS = st.sampled_from("abcdef")
ANSWERS = st.sampled_from(["Yes.", "yes.", "YES.", "No.", "Maybe.", "Who?", "Now."])


def rows_of(dataset):
    return np.arange(len(dataset), dtype=np.int64)


def test_each_question_gets_other_rows(make_dataset):
    dataset = make_dataset(TEN)
    rows = np.array([2, 3, 5, 7, 8, 9])

    drawn = draw_distractors(dataset, rows, 5)

    assert drawn.dtype == np.int64
    assert [sorted(line) for line in drawn.tolist()] == [
        sorted({2, 3, 5, 7, 8, 9} - {row}) for row in rows.tolist()
    ]


def test_the_same_seed_gives_the_same_rows_and_another_one_others(make_dataset):
    dataset = make_dataset(TEN)
    rows = rows_of(dataset)

    assert np.array_equal(draw_distractors(dataset, rows, 3), draw_distractors(dataset, rows, 3, seed=0))
    assert not np.array_equal(draw_distractors(dataset, rows, 3), draw_distractors(dataset, rows, 3, seed=1))


def test_nothing_comes_from_the_same_conversation(make_dataset):
    dataset = make_dataset([("a", "one"), ("a", "two"), ("b", "three"), ("b", "four")])

    drawn = draw_distractors(dataset, rows_of(dataset), 2)

    assert np.sort(drawn).tolist() == [[2, 3], [2, 3], [0, 1], [0, 1]]


def test_answers_that_are_equal_once_normalised_are_one(make_dataset):
    dataset = make_dataset([("a", "Don't!"), ("b", "don’t!"), ("c", "<b>DON'T!</b>"), ("d", "Go.")])

    assert draw_distractors(dataset, np.array([0, 1, 2, 3]), 1)[:3].tolist() == [[3], [3], [3]]
    with pytest.raises(DatasetError, match=r"Row 0 must have 2 .* There are 1\. Take fewer"):
        draw_distractors(dataset, rows_of(dataset), 2)


def test_every_permitted_row_is_as_likely(make_dataset):
    dataset = make_dataset(TEN)
    drawn = [draw_distractors(dataset, rows_of(dataset), 1, seed)[0, 0] for seed in range(900)]

    # 100 are expected; four standard deviations are 38.
    assert np.abs(np.bincount(drawn, minlength=10)[1:] - 100).max() < 38
    assert 0 not in drawn


def test_a_rare_answer_among_many_equal_ones_is_found(make_dataset):
    dataset = make_dataset([(str(number), "Yes.") for number in range(2000)] + [("x", "No."), ("y", "Who?")])

    drawn = draw_distractors(dataset, rows_of(dataset), 2)

    assert np.sort(drawn[:2000]).tolist() == [[2000, 2001]] * 2000


def test_too_few_candidates_are_refused(make_dataset):
    with pytest.raises(DatasetError, match=r"must have 10 different answers .* There are 9\. Take fewer"):
        draw_distractors(make_dataset(TEN), np.arange(10), 10)


def test_no_distractors_are_refused(make_dataset):
    with pytest.raises(SettingsError, match=r"at least 1 a question. Received 0"):
        draw_distractors(make_dataset(TEN), np.arange(10), 0)


def test_no_questions_have_no_distractors(make_dataset):
    assert draw_distractors(make_dataset(TEN), np.zeros(0, np.int64), 9).shape == (0, 9)


@given(st.lists(st.tuples(CONVERSATIONS, ANSWERS), min_size=1, max_size=25), st.integers(1, 4))
def test_what_is_drawn_is_permitted_or_there_is_not_enough(make_dataset, exchanges, number):
    dataset = make_dataset(exchanges)
    wrong = [
        {answer.lower() for name, answer in exchanges if name != conversation} - {true.lower()}
        for conversation, true in exchanges
    ]
    if min(map(len, wrong)) < number:
        with pytest.raises(DatasetError, match="Take fewer distractors"):
            draw_distractors(dataset, rows_of(dataset), number)
        return

    drawn = draw_distractors(dataset, rows_of(dataset), number)

    for row, line in enumerate(drawn.tolist()):
        answers = {exchanges[other][1].lower() for other in line}
        assert len(answers) == number
        assert answers <= wrong[row]
        assert exchanges[row][0] not in {exchanges[other][0] for other in line}


def test_a_thousand_questions_take_moments(make_dataset):
    dataset = make_dataset([(str(number // 3), f"我觉得 answer {number}") for number in range(1000)])
    started = time.monotonic()

    draw_distractors(dataset, rows_of(dataset), 99)

    assert time.monotonic() - started < 5


DRINKS = [
    ("a", "Yes, with sugar.", "Do you like green tea?"),
    ("b", "No, never.", "Do you like black tea?"),
    ("c", "I prefer beer.", "Do you like coffee?"),
    ("d", "At noon.", "When does the train leave?"),
    ("e", "Over there.", "Where is the station?"),
    ("f", "My brother.", "Who was that?"),
]


def drinks_of(make_dataset, extra=()):
    names, answers, questions = zip(*DRINKS, *extra, strict=True)
    return make_dataset(list(zip(names, answers, strict=True)), questions=list(questions))


def test_hard_ones_are_the_answers_to_similar_questions_the_most_similar_first(make_dataset):
    dataset = drinks_of(make_dataset)

    drawn = draw_hard_distractors(dataset, rows_of(dataset), 2)

    assert drawn.dtype == np.int64
    assert drawn[:2].tolist() == [[1, 2], [0, 2]]
    assert sorted(drawn[2].tolist()) == [0, 1]


def test_hard_ones_come_from_the_given_rows_alone(make_dataset):
    dataset = drinks_of(make_dataset)

    drawn = draw_hard_distractors(dataset, np.array([0, 2, 3]), 2)

    assert drawn[:2].tolist() == [[2, 3], [0, 3]]
    assert sorted(drawn[2].tolist()) == [0, 2]


def test_hard_ones_are_permitted_as_others_are(make_dataset):
    extra = [
        ("a", "Same talk.", "Do you like green tea now?"),
        ("g", "yes, with SUGAR.", "You like green tea?"),
    ]
    dataset = drinks_of(make_dataset, extra)

    drawn = draw_hard_distractors(dataset, rows_of(dataset), 4)

    assert not {0, 6, 7} & set(drawn[0].tolist())
    assert drawn[0, :2].tolist() == [1, 2]


def test_an_answer_to_the_very_same_question_comes_last(make_dataset):
    extra = [("g", "Now and then.", "do you like GREEN tea?")]
    dataset = drinks_of(make_dataset, extra)

    drawn = draw_hard_distractors(dataset, rows_of(dataset), 6)

    assert drawn[0, :2].tolist() == [1, 2]
    assert drawn[0, -1] == 6
    assert drawn[6, -1] == 0


def test_equally_similar_ones_come_in_any_order_and_the_seed_decides(make_dataset):
    dataset = make_dataset(TEN)
    first = [draw_hard_distractors(dataset, rows_of(dataset), 1, seed)[0, 0] for seed in range(900)]

    assert np.array_equal(
        draw_hard_distractors(dataset, rows_of(dataset), 3),
        draw_hard_distractors(dataset, rows_of(dataset), 3, seed=0),
    )
    # 100 are expected; four standard deviations are 38.
    assert np.abs(np.bincount(first, minlength=10)[1:] - 100).max() < 38


def test_questions_without_a_word_have_hard_ones_too(make_dataset):
    dataset = make_dataset(TEN, questions=[""] * 10)

    assert draw_hard_distractors(dataset, rows_of(dataset), 9).shape == (10, 9)


def test_too_few_or_no_hard_ones_are_refused(make_dataset):
    with pytest.raises(DatasetError, match=r"must have 10 different answers .* There are 9\. Take fewer"):
        draw_hard_distractors(make_dataset(TEN), np.arange(10), 10)
    with pytest.raises(SettingsError, match=r"at least 1 a question. Received 0"):
        draw_hard_distractors(make_dataset(TEN), np.arange(10), 0)
    assert draw_hard_distractors(make_dataset(TEN), np.zeros(0, np.int64), 9).shape == (0, 9)


@given(st.lists(st.tuples(CONVERSATIONS, ANSWERS, ANSWERS), min_size=1, max_size=25), st.integers(1, 4))
def test_hard_ones_are_found_exactly_where_others_are(make_dataset, exchanges, number):
    pairs = [(name, answer) for name, answer, _ in exchanges]
    dataset = make_dataset(pairs, questions=[question for *_, question in exchanges])
    try:
        draw_distractors(dataset, rows_of(dataset), number)
    except DatasetError:
        with pytest.raises(DatasetError, match="Take fewer distractors"):
            draw_hard_distractors(dataset, rows_of(dataset), number)
        return

    drawn = draw_hard_distractors(dataset, rows_of(dataset), number)

    for row, line in enumerate(drawn.tolist()):
        answers = [pairs[other][1].lower() for other in line]
        assert len(set(answers)) == number
        assert pairs[row][1].lower() not in answers
        assert pairs[row][0] not in {pairs[other][0] for other in line}


def test_two_thousand_hard_questions_take_seconds(make_dataset):
    random = np.random.default_rng(0)
    lexicon = ["".join(random.choice(list("etaoinshr"), 5)) for _ in range(800)]
    questions = [" ".join(random.choice(lexicon, 10)) for _ in range(2000)]
    dataset = make_dataset(
        [(str(number // 3), f"answer {number}") for number in range(2000)], questions=questions
    )
    started = time.monotonic()

    draw_hard_distractors(dataset, rows_of(dataset), 99)

    assert time.monotonic() - started < 15
