import pytest

from training.seq2seq.checkpoint import TrainingState
from training.seq2seq.exploded_loss import ExplodedLossError, follow_loss


def test_a_loss_is_smoothed_and_its_lowest_kept():
    state = TrainingState()
    for loss in (4.0, 2.0, 6.0):
        follow_loss(state, loss)

    assert state.smooth_loss == pytest.approx(0.95 * (0.95 * 4 + 0.05 * 2) + 0.05 * 6)
    assert state.lowest_loss == pytest.approx(0.95 * 4 + 0.05 * 2)


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (float("nan"), "it is nan"),
        (float("inf"), "it is inf"),
        (250.0, r"it is 13\.45 after it was 1\.00"),
    ],
)
def test_a_loss_that_is_no_number_or_far_above_its_lowest_has_exploded(loss, said):
    state = TrainingState(step=7, smooth_loss=1.0, lowest_loss=1.0)

    with pytest.raises(ExplodedLossError, match=f"at step 7 {said}"):
        follow_loss(state, loss)
