import numpy as np
import pytest

from training.seq2seq.ranking_test import RankingTest, recalls


@pytest.mark.parametrize(("role", "number"), [("ranker", 1000), ("generator", 200)])
def test_of_many_rows_as_many_from_all_over_are_taken_as_the_role_can(make_dataset, role, number):
    dataset = make_dataset(1200)
    rows = np.arange(1200)

    test = RankingTest.of(dataset, rows, role)

    assert len(test.rows) == number
    assert (test.rows[0], test.rows[-1]) == (0, 1199)
    assert test.rows[test.places[:, 0]].tolist() == test.rows.tolist()
    assert test.places.shape == (number, 10)


def test_where_nine_wrong_answers_are_not_to_be_had_there_is_no_test(make_dataset):
    pairs = [(f"say number {n}", f"answer {n % 8}") for n in range(100)]

    assert RankingTest.of(make_dataset(pairs=pairs), np.arange(100)) is None
    assert RankingTest.of(make_dataset(24), np.arange(9)) is None


def test_recall_counts_how_often_the_first_is_among_the_best():
    scores = np.array([[0.9, *[0.1] * 9], [0.5, 0.7, 0.6, *[0.1] * 7]], np.float32)

    assert recalls(scores) == {"recall@1": 0.5, "recall@2": 0.5, "recall@5": 1.0}
