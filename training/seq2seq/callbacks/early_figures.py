"""Says before the first step how large the work is."""

import logging

import numpy as np

from preprocessing.peak_memory import peak_memory_bytes
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.strategy import device_report
from training.seq2seq.trainer import Trainer

logger = logging.getLogger(__name__)
MIB = 1024 * 1024
FLOAT_BYTES = 4
# Logits, their softmax and its gradient live at once; so do a hidden state, its gates and their gradients.
COPIES_OF_LOGITS, COPIES_OF_STATES = 3, 12


class EarlyFigures(Callback):
    def at_start(self, run: Trainer) -> None:
        parameters = sum(int(np.prod(v.shape)) for v in run.network.trainable_variables)
        memory_mib = round((held_bytes(run) + batch_bytes(run)) / MIB)
        run.figures |= {"parameters": parameters, "memory_mib": memory_mib}
        logger.info(
            "Training on %s: %s parameters, about %s MiB beside the %.0f of the program, %s steps an epoch.",
            device_report(),
            f"{parameters:,}",
            f"{memory_mib:,}",
            peak_memory_bytes() / MIB,
            f"{run.steps_an_epoch:,}",
        )


def held_bytes(run: Trainer) -> int:
    """Return the size of weights, what the optimiser keeps of them, averages, and gradients."""
    variables = [variable for _, group in run.step.variables() for variable in group]
    weights = [*variables, *run.network.trainable_variables]
    return sum(int(np.prod(variable.shape)) for variable in weights) * FLOAT_BYTES


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
