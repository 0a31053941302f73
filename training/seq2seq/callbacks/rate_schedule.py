"""Sets the learning rate of each step."""

from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.learning_rate import learning_rate_at
from training.seq2seq.trainer import Trainer


class RateSchedule(Callback):
    def before_step(self, run: Trainer) -> None:
        rate = learning_rate_at(
            run.state.step,
            run.hyperparameters,
            steps_in_all=run.hyperparameters.epochs * run.steps_an_epoch,
            reductions=run.state.reductions,
        )
        run.step.learning_rate = rate * run.state.rate_factor
