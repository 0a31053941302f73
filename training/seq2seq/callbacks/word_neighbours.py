"""Notes which words lie near to which before the first step; the export notes it of the best checkpoint."""

from pathlib import Path

import numpy as np

from training.evaluation.neighbours import BEFORE, note_neighbours
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.trainer import Trainer


class WordNeighbours(Callback):
    def __init__(self, run_directory: Path) -> None:
        self._run_directory = run_directory

    def at_start(self, run: Trainer) -> None:
        if run.state.step == 0:
            matrix = np.asarray(run.network.embedding.embeddings)
            tokens = run.vocabulary.decode(range(len(run.vocabulary)))
            note_neighbours(self._run_directory, BEFORE, matrix, tokens)
