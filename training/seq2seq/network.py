"""What every network has in common, whatever it learns. B batch, S question length, T answer length."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import keras
import tensorflow as tf

from preprocessing.dataset import Dataset
from preprocessing.vocabulary import Vocabulary
from training.parameters import Hyperparameters
from training.seq2seq.batches import Rows
from training.seq2seq.exchange_ids import ExchangeIds

PAD_ID = 0


@dataclass(frozen=True, kw_only=True)
class NetworkConfiguration:
    """All that a network's shape depends on; an architecture reads what concerns it."""

    vocabulary_size: int
    cell: str = "lstm"
    layers: int = 2
    hidden_size: int = 256
    embedding_size: int = 256
    dropout: float = 0.0
    heads: int = 4
    mechanisms: int = 4
    # False for the export: a recurrent layer on cuDNN's kernel has no ONNX form.
    use_cudnn: bool | str = "auto"

    @classmethod
    def of(cls, hyperparameters: Hyperparameters, vocabulary_size: int, *, for_export: bool = False) -> Self:
        return cls(
            vocabulary_size=vocabulary_size,
            cell=hyperparameters.cell,
            layers=hyperparameters.layers,
            hidden_size=hyperparameters.hidden_size,
            embedding_size=hyperparameters.embedding_size,
            dropout=hyperparameters.dropout,
            heads=hyperparameters.heads,
            mechanisms=hyperparameters.mechanisms,
            use_cudnn=False if for_export else "auto",
        )


def seed_at(seed, place):
    """Return the seed (2,) of one place in a network, or of one part of a batch.

    Added up, step and place would give neighbouring steps each other's masks.
    """
    return tf.random.experimental.stateless_fold_in(seed, place)


class LossSum(NamedTuple):
    """A loss summed over `count` units (tokens, or questions for what ranks): sums add up over batches."""

    total: Any
    count: Any


class Network(keras.Model):
    """What the trainer needs of an architecture.

    A batch is a `training.seq2seq.batches.Batch` of tensors. Randomness comes from the `seed` (2,) that is
    passed in, so that a resumed run draws the same; None means none.
    """

    # A Keras layer with a row for each word.
    embedding: Any

    def __init__(self, configuration: NetworkConfiguration, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.configuration = configuration

    def read_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Take from the words what matters to this architecture; called before the first batch."""

    def batch_loss(self, batch, seed=None, *, samples: int = 0, smoothing: float = 0.0) -> LossSum:
        """Return the weighted loss of a batch; without seed, samples and smoothing it is the measured one."""
        raise NotImplementedError

    def batch_count(self, batch):
        """Return the weight of all units in a batch, a scalar: what the loss' `count` will be."""
        raise NotImplementedError

    def validation_metrics(self, dataset: Dataset, exchanges: ExchangeIds, rows: Rows) -> dict[str, float]:
        """Return what this architecture measures on held-out rows beside its loss, by name."""
        return {}

    def activations(self, rows: float, question: float, answer: float, settings: Hyperparameters) -> float:
        """Return about how many numbers a training step holds for a part of a batch, beside the weights.

        Args:
            question, answer: mean lengths in tokens, <eos> included.
        """
        raise NotImplementedError
