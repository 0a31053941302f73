import numpy as np
import pytest

from tests.training.seq2seq.test_generators import GENERATORS, make
from training.seq2seq.greedy import GreedyAnswers


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize("name", GENERATORS)
def test_a_network_that_computes_in_16_bits_answers_too(name):
    answers = GreedyAnswers(make(name), max_tokens=5)

    found = answers.answer(np.array([5, 6, 7], np.int32))

    assert 1 <= len(found.ids) <= 5
    assert found.attention.shape == (len(found.ids), 3)
    np.testing.assert_allclose(found.attention.sum(axis=1), 1, atol=1e-2)
