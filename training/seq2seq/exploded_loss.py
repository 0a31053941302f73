"""When a loss has exploded: it is no number any more, or far above its lowest."""

import math

from training.errors import TrainingError
from training.seq2seq.checkpoint import TrainingState

SMOOTHING = 0.95
# A loss so far above its lowest has exploded: nothing is learned any more.
EXPLODED_FACTOR, EXPLODED_OFFSET = 3.0, 3.0


class ExplodedLossError(TrainingError):
    """The loss is no number any more, or far above what it was."""


def follow_loss(state: TrainingState, loss: float) -> None:
    """Take a step's loss into the smooth one.

    Raises:
        ExplodedLossError: it is no number, or has exploded.
    """
    if not math.isfinite(loss):
        raise ExplodedLossError(f"at step {state.step} it is {loss}")
    before = state.smooth_loss
    state.smooth_loss = loss if before is None else SMOOTHING * before + (1 - SMOOTHING) * loss
    if state.smooth_loss > EXPLODED_FACTOR * state.lowest_loss + EXPLODED_OFFSET:
        raise ExplodedLossError(
            f"at step {state.step} it is {state.smooth_loss:.2f} after it was {state.lowest_loss:.2f}"
        )
    state.lowest_loss = min(state.lowest_loss, state.smooth_loss)
