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
    """Return about how much one part of a batch takes on a device on its way through the network."""
    parts = run.step.accumulation * run.strategy.num_replicas_in_sync
    question = float(run.exchanges.question_lengths().mean())
    answer = float(run.exchanges.answer_lengths().mean()) + 1
    rows = run.hyperparameters.batch_size / parts
    return round(run.network.activations(rows, question, answer, run.hyperparameters) * FLOAT_BYTES)
