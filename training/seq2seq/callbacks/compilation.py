"""Decides before a run's first step whether XLA compiles its steps."""

from collections.abc import Sequence
from functools import partial
from itertools import islice

import tensorflow as tf

from training.seq2seq.batches import Batch
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.strategy import has_workers
from training.seq2seq.trainer import Trainer
from training.seq2seq.xla import Outlook, count_shapes, settle_compilation
from training.seq2seq.xla_trial import MOST_SECONDS, MOST_SECONDS_WANTED, timed_apart

BATCHES_MEASURED = 2


class Compilation(Callback):
    def at_start(self, run: Trainer) -> None:
        batches = list(islice(run.whole_epoch(), BATCHES_MEASURED))
        run.state.is_compiled = settle_compilation(
            run.step, run.hyperparameters.xla, batches, outlook_of(run, batches), run.look_up
        )


def outlook_of(run: Trainer, batches: Sequence[Batch]) -> Outlook:
    exchanges, has_distractors = run.exchanges, bool(run.hyperparameters.distractors)
    is_wanted = run.hyperparameters.xla == "on"
    apart = partial(
        timed_apart,
        run.hyperparameters,
        run.network.configuration.vocabulary_size,
        batches[:1] if is_wanted else batches,
        run.look_up,
        MOST_SECONDS_WANTED if is_wanted else MOST_SECONDS,
    )
    return Outlook(
        steps_left=run.steps_in_all() - run.state.step,
        shapes=count_shapes(
            exchanges.max_question_length, exchanges.max_answer_length, has_distractors=has_distractors
        ),
        seconds_left=run.seconds_left(),
        replicas=run.strategy.num_replicas_in_sync,
        has_workers=has_workers(run.strategy),
        decided=run.state.is_compiled,
        # Another process would have to share the GPU's memory with this one.
        timed_apart=None if tf.config.list_physical_devices("GPU") else apart,
    )
