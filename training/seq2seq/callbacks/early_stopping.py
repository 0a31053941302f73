"""Judges each epoch by the chosen metric, and ends the run when nothing gets better any more."""

from training.evaluation.checkpoint_metrics import is_better
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.trainer import Trainer


class EarlyStopping(Callback):
    def __init__(self, patience: int) -> None:
        self._patience = patience

    def after_epoch(self, run: Trainer) -> None:
        state, metric = run.state, run.checkpoints.metric
        value = state.metrics[metric]
        if state.best_value is None or is_better(metric, value, state.best_value):
            state.best_value, state.best_step = value, state.step
            state.epochs_without_better = 0
        else:
            state.epochs_without_better += 1
            state.reductions += 1
        state.is_finished |= state.epochs_without_better >= self._patience
