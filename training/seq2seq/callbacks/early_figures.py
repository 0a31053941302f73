"""Says before the first step how large the work is."""

import logging

from preprocessing.peak_memory import peak_memory_bytes
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.strategy import device_report
from training.seq2seq.trainer import Trainer
from training.seq2seq.training_step import memory_report

logger = logging.getLogger(__name__)
MIB = 1024 * 1024
FLOAT_BYTES = 4
# Logits, their softmax and its gradient live at once; so do a hidden state, its gates and their gradients.
COPIES_OF_LOGITS, COPIES_OF_STATES = 3, 12


class EarlyFigures(Callback):
    def at_start(self, run: Trainer) -> None:
        held = memory_report(run.network, run.step)
        memory_mib = round((held.total + batch_bytes(run)) / MIB)
        run.figures |= {"parameters": held.parameters, "memory_mib": memory_mib}
        logger.info(
            "Training on %s: %s parameters, about %s MiB beside the %.0f of the program, %s steps an epoch.",
            device_report(),
            f"{held.parameters:,}",
            f"{memory_mib:,}",
            peak_memory_bytes() / MIB,
            f"{run.steps_an_epoch:,}",
        )


def batch_bytes(run: Trainer) -> int:
    """Return about how much one part of a batch takes on its way through the network."""
    hyperparameters, exchanges = run.hyperparameters, run.exchanges
    rows = hyperparameters.batch_size / run.step.accumulation
    answer = float(exchanges.answer_lengths().mean()) + 1
    question = float(exchanges.question_lengths().mean())
    vocabulary = hyperparameters.softmax_samples or len(run.vocabulary)
    logits = rows * answer * vocabulary * COPIES_OF_LOGITS
    states = rows * (question + answer) * hyperparameters.hidden_size * hyperparameters.layers
    return round((logits + states * COPIES_OF_STATES) * FLOAT_BYTES)
