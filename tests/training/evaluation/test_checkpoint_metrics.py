import math

import pytest

from preprocessing.errors import SettingsError
from training.evaluation.checkpoint_metrics import METRICS, Direction, direction_of, is_better


@pytest.mark.parametrize("name", ["loss", "training_loss", "perplexity"])
def test_a_smaller_loss_is_better(name):
    assert is_better(name, 1.0, 2.0)
    assert not is_better(name, 2.0, 1.0)


@pytest.mark.parametrize(
    "name", ["token_accuracy", "recall@1", "recall@2", "recall@5", "distinct-1", "distinct-2"]
)
def test_a_larger_share_is_better(name):
    assert is_better(name, 0.5, 0.4)
    assert not is_better(name, 0.4, 0.5)


@pytest.mark.parametrize("name", METRICS)
def test_an_equal_value_is_not_better(name):
    assert not is_better(name, 0.5, 0.5)


@pytest.mark.parametrize("name", METRICS)
def test_any_number_is_better_than_none_and_none_is_never_better(name):
    assert is_better(name, 0.5, math.nan)
    assert not is_better(name, math.nan, 0.5)
    assert not is_better(name, math.nan, math.nan)


def test_what_stands_before_the_last_slash_does_not_matter():
    assert direction_of("validation/recall@1") is Direction.LARGER
    assert direction_of("movies/validation/loss") is Direction.SMALLER


@pytest.mark.parametrize("name", ["bleu", "", "loss/", "recall@1/validation", "LOSS"])
def test_an_unknown_metric_is_refused_with_those_there_are(name):
    with pytest.raises(SettingsError, match=rf"one of {', '.join(METRICS)}, .* Received {name!r}"):
        is_better(name, math.nan, math.nan)
