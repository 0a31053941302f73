"""Being one of the workers but the first, for a training that another machine keeps."""

from pathlib import Path

from preprocessing.progress import Monitor
from training.workers import own_index, read_workers


def help_with_training(
    dataset_directory: Path, workers: str, worker_index: int | None, monitor: Monitor
) -> bool:
    """Compute until the training ends; return False at once where this machine is the first worker.

    `worker_index` None finds out which one it is by its addresses.
    """
    named = read_workers(workers)
    index = own_index(named) if worker_index is None else worker_index
    if index == 0:
        return False
    from training.seq2seq.train import help_train

    help_train(dataset_directory, workers, index, monitor)
    return True
