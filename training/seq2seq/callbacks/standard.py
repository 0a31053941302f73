"""The callbacks of a run, in the order in which they are told."""

from pathlib import Path

from training.parameters import Hyperparameters
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.callbacks.checkpointing import Checkpointing
from training.seq2seq.callbacks.compilation import Compilation
from training.seq2seq.callbacks.death_watch import DeathWatch
from training.seq2seq.callbacks.early_figures import EarlyFigures
from training.seq2seq.callbacks.early_stopping import EarlyStopping
from training.seq2seq.callbacks.progress import ProgressReport
from training.seq2seq.callbacks.rate_schedule import RateSchedule
from training.seq2seq.callbacks.recording import Recording
from training.seq2seq.callbacks.sample_answers import SampleAnswers
from training.seq2seq.callbacks.word_neighbours import WordNeighbours


def helper_callbacks(hyperparameters: Hyperparameters) -> list[Callback]:
    """Return what a worker needs that is not the first one: whatever decides the steps."""
    return [RateSchedule(), EarlyStopping(hyperparameters.patience), ProgressReport()]


def standard_callbacks(run_directory: Path, hyperparameters: Hyperparameters) -> list[Callback]:
    """An epoch is judged first, so that a checkpoint, which comes last, knows the judgement."""
    callbacks: list[Callback] = [
        DeathWatch(run_directory),
        EarlyFigures(),
        WordNeighbours(run_directory),
        Compilation(),
        RateSchedule(),
        EarlyStopping(hyperparameters.patience),
        Recording(run_directory),
    ]
    if hyperparameters.sample_answers:
        callbacks.append(SampleAnswers(run_directory, hyperparameters.sample_answers))
    return [*callbacks, ProgressReport(), Checkpointing(hyperparameters.save_every)]
