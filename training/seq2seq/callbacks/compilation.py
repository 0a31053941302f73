"""Decides before a run's first step whether XLA compiles its steps."""

from itertools import islice

from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.strategy import has_workers
from training.seq2seq.trainer import Trainer
from training.seq2seq.xla import Outlook, count_shapes, settle_compilation

BATCHES_MEASURED = 2


class Compilation(Callback):
    def at_start(self, run: Trainer) -> None:
        batches = list(islice(run.whole_epoch(), BATCHES_MEASURED))
        run.state.is_compiled = settle_compilation(
            run.step, run.hyperparameters.xla, batches, outlook_of(run), run.look_up
        )


def outlook_of(run: Trainer) -> Outlook:
    exchanges, has_distractors = run.exchanges, bool(run.hyperparameters.distractors)
    return Outlook(
        steps_left=run.steps_in_all() - run.state.step,
        shapes=count_shapes(
            exchanges.max_question_length, exchanges.max_answer_length, has_distractors=has_distractors
        ),
        seconds_left=run.seconds_left(),
        replicas=run.strategy.num_replicas_in_sync,
        has_workers=has_workers(run.strategy),
        decided=run.state.is_compiled,
    )
