"""`dual_encoder`: ranks answers. A question and the answer that follows it become vectors that lie close.

B batch, K further wrong answers, C = B + K candidates, T length of a text, E embedding size, H hidden size,
Q questions of a test. Padding is id 0, on the right.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from preprocessing.dataset import Dataset
from preprocessing.vocabulary import EOS_ID
from training.parameters import Hyperparameters
from training.seq2seq.attention import MASKED_SCORE
from training.seq2seq.batches import Ids, Rows, padded
from training.seq2seq.exchange_ids import ExchangeIds
from training.seq2seq.network import PAD_ID, LossSum, Network, NetworkConfiguration, seed_at
from training.seq2seq.ranking_test import RankingTest, recalls

# Pairs of neighbouring tokens share so many rows; a prime spreads them.
BUCKETS, FACTOR = 20_011, 1_000_003
# ConveRT learns how large scores may be, up to a bound; without one the loss drives it up.
FIRST_SCALE, LARGEST_SCALE = 15.0, 60.0
FIRST_TEMPERATURE = math.log(FIRST_SCALE / (LARGEST_SCALE - FIRST_SCALE))
WIDENING = 2
# Where the towers' dropout begins to be drawn from.
QUESTION_PLACE, ANSWER_PLACE = 0, 1000
TEXTS_AT_ONCE = 256
# Rows of words and of pairs, and the gradients of both; scores, their softmaxes, and what tells wrong ones.
COPIES_OF_FEATURES, COPIES_OF_SCORES = 4, 12

Vectors = npt.NDArray[np.float32]


class DualEncoder(Network):
    """Two towers over one embedding (Henderson et al. 2017, section 4; ConveRT, Henderson et al. 2020).

    A question must find its answer among those of its batch and those that were drawn for it, and an answer
    its question. What is equal to the right one is no wrong one.
    Masking: padding and <eos> have no features, so a text gives the same vector with and without them.
    """

    def __init__(self, configuration: NetworkConfiguration) -> None:
        super().__init__(configuration, name="dual_encoder")
        size = configuration.embedding_size
        # The towers begin as the identity and these rows far apart: the untrained network compares texts by
        # the words they share, and for rare words so does the trained one.
        self.embedding = embedding(configuration.vocabulary_size, size, 1.0, "embedding")
        self.pair_embedding = embedding(BUCKETS, size, 0.3, "pair_embedding")
        self.projection = dense(size, configuration.hidden_size, "projection", "orthogonal")
        self.question_tower = Tower(configuration, name="question_tower")
        self.answer_tower = Tower(configuration, name="answer_tower")
        self.temperature = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(FIRST_TEMPERATURE), name="temperature"
        )
        self.built = True

    def question_vectors(self, ids, seed=None):
        """Return vectors (B, H) of length 1 for questions (B, T)."""
        return self._vectors(ids, self.question_tower, self._dropout(seed, QUESTION_PLACE))

    def answer_vectors(self, ids, seed=None):
        """Return vectors (B, H) of length 1 for answers (B, T), with or without <eos>."""
        return self._vectors(ids, self.answer_tower, self._dropout(seed, ANSWER_PLACE))

    def batch_loss(self, batch, seed=None, *, samples: int = 0, smoothing: float = 0.0) -> LossSum:
        answers = stacked(batch.targets, batch.distractors)  # (C, T)
        asked = self.question_vectors(batch.questions, seed)  # (B, H)
        told = self.answer_vectors(answers, seed)  # (C, H)
        scores = self.scale() * tf.matmul(asked, told, transpose_b=True)  # (B, C)
        is_wrong = wrong_pairs(batch, answers)  # (B, C)
        rows = tf.shape(asked)[0]
        # Among the batch's own exchanges what is wrong is so either way.
        losses = ranking_losses(scores, is_wrong, smoothing) + ranking_losses(
            tf.transpose(scores[:, :rows]), is_wrong[:, :rows], smoothing
        )  # (B,)
        return LossSum(tf.reduce_sum(0.5 * losses * batch.weights), self.batch_count(batch))

    def batch_count(self, batch):
        return tf.reduce_sum(batch.weights)

    def activations(self, rows: float, question: float, answer: float, settings: Hyperparameters) -> float:
        others = settings.distractors
        tokens = rows * (question + answer) + others * answer
        features = tokens * self.configuration.embedding_size
        return features * COPIES_OF_FEATURES + rows * (rows + others) * COPIES_OF_SCORES

    def scale(self):
        """Return what cosines are multiplied with, above 0 and below the largest scale."""
        return LARGEST_SCALE * tf.sigmoid(self.temperature)

    def validation_metrics(self, dataset: Dataset, exchanges: ExchangeIds, rows: Rows) -> dict[str, float]:
        test = RankingTest.of(dataset, rows)
        return recall_of(test, *self.vectors_of(exchanges, test.rows)) if test else {}

    def vectors_of(self, exchanges: ExchangeIds, rows: Rows) -> tuple[Vectors, Vectors]:
        """Return the vectors of the rows' questions and of their answers, both (Q, H)."""
        questions = in_batches(self.question_vectors, [exchanges.question(row) for row in rows])
        return questions, in_batches(self.answer_vectors, [exchanges.answer(row) for row in rows])

    def _vectors(self, ids, tower: "Tower", dropout: "Dropout"):
        words = tf.where(tf.equal(ids, EOS_ID), PAD_ID, ids)  # (B, T)
        pairs = dropout.of_ids(pair_numbers(words), 1)  # (B, T + 1)
        words = dropout.of_ids(words, 0)
        features = summed(self.embedding(words), words) + summed(self.pair_embedding(pairs), pairs)  # (B, E)
        vectors = tower(self.projection(features), dropout=dropout)  # (B, H)
        return tf.math.l2_normalize(tf.cast(vectors, tf.float32), axis=-1)

    def _dropout(self, seed, place: int) -> "Dropout":
        return Dropout(0.0 if seed is None else self.configuration.dropout, seed, place)


@dataclass(frozen=True)
class Dropout:
    """Leaves out a share of ids or of values; each place of a tower draws its own.

    Towers that drew the same would know a question's own answer by what is missing in both.
    """

    rate: float
    seed: Any
    first_place: int

    def of_ids(self, ids, place: int):
        """Return ids (B, T) of which some became padding (Iyyer et al. 2015, section 3.2)."""
        if not self.rate:
            return ids
        drawn = tf.random.stateless_uniform(tf.shape(ids), self._seed_of(place))  # (B, T)
        return tf.where(drawn < self.rate, PAD_ID, ids)

    def of_values(self, values, place: int):
        if not self.rate:
            return values
        return tf.nn.experimental.stateless_dropout(
            values, self.rate, seed=self._seed_of(place), rng_alg="philox"
        )

    def _seed_of(self, place: int):
        return seed_at(self.seed, self.first_place + place)


class Tower(keras.layers.Layer):
    """Feed-forward layers with residuals, each normalised before: (B, H) to (B, H), at first as it came."""

    def __init__(self, configuration: NetworkConfiguration, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        size = configuration.hidden_size
        names = range(configuration.layers)
        self.norms = [norm(size, f"norm_{name}") for name in names]
        self.widened = [dense(size, WIDENING * size, f"widened_{name}", activation="silu") for name in names]
        self.narrowed = [dense(WIDENING * size, size, f"narrowed_{name}", "zeros") for name in names]

    def call(self, vectors, *, dropout: Dropout):
        layers = zip(self.norms, self.widened, self.narrowed, strict=True)
        for number, (normalise, widen, narrow) in enumerate(layers):
            wide = dropout.of_values(widen(normalise(vectors)), 10 + 2 * number)  # (B, 2 H)
            vectors += dropout.of_values(narrow(wide), 11 + 2 * number)  # (B, H)
        return vectors


# Features


def pair_numbers(words):
    """Return the bucket (B, T + 1) of each word (B, T) with the one before it, beginning and end included.

    0 is padding. Feature hashing: Weinberger et al. 2009.
    """
    before = tf.pad(words, [[0, 0], [1, 0]])  # (B, T + 1)
    after = tf.pad(words, [[0, 0], [0, 1]])  # (B, T + 1)
    numbers = tf.cast(before, tf.int64) * FACTOR + tf.cast(after, tf.int64)
    buckets = tf.cast(1 + numbers % (BUCKETS - 1), tf.int32)
    return tf.where((before + after) > 0, buckets, 0)


def summed(values, ids):
    """Return the sum (B, E) of values (B, T, E) where ids (B, T) are not padding, over the root of how many.

    Sqrt-N reduction (Cer et al. 2018, section 3.2): long texts are neither drowned out nor larger.
    """
    is_there = tf.cast(tf.not_equal(ids, PAD_ID), values.dtype)  # (B, T)
    number = tf.maximum(tf.reduce_sum(is_there, axis=1, keepdims=True), 1)  # (B, 1)
    return tf.einsum("bt,bte->be", is_there, values) / tf.sqrt(number)


# Loss


def wrong_pairs(batch, answers):
    """Return which of the answers (C, T) are wrong for which question of a batch: (B, C).

    Not so the right answer, one that is equal to it, one that was given to an equal question, and rows of
    weight 0, which only fill a batch up.
    """
    rows = tf.shape(batch.weights)[0]
    others = tf.shape(answers)[0] - rows
    is_equal = equal_rows(answers[:rows], answers)  # (B, C)
    is_asked_alike = equal_rows(batch.questions, batch.questions)  # (B, B)
    is_equal = tf.logical_or(is_equal, tf.pad(is_asked_alike, [[0, 0], [0, others]]))
    is_there = tf.pad(batch.weights > 0, [[0, others]], constant_values=True)  # (C,)
    return tf.logical_and(tf.logical_not(is_equal), is_there)


def ranking_losses(scores, is_wrong, smoothing: float):
    """Return the cross entropy (B,) of finding number i of the candidates (B, C) for row i.

    `smoothing` spreads a share of the target over all candidates (Szegedy et al. 2016, section 7).
    """
    is_right = tf.eye(tf.shape(scores)[0], tf.shape(scores)[1], dtype=tf.bool)  # (B, C)
    is_candidate = tf.logical_or(is_wrong, is_right)  # (B, C)
    total = tf.reduce_logsumexp(tf.where(is_candidate, scores, MASKED_SCORE), axis=1)  # (B,)
    losses = total - tf.linalg.diag_part(scores)  # (B,)
    if not smoothing:
        return losses
    counted = tf.cast(is_candidate, scores.dtype)  # (B, C)
    mean = tf.reduce_sum(scores * counted, axis=1) / tf.reduce_sum(counted, axis=1)  # (B,)
    return (1.0 - smoothing) * losses + smoothing * (total - mean)


def equal_rows(left, right):
    """Return which rows of ids (B, T) and (C, T) are equal: (B, C).

    Their squared distance is 0; 64 bits hold it exactly, and a product needs no (B, C, T).
    """
    left, right = tf.cast(left, tf.float64), tf.cast(right, tf.float64)
    squares = [tf.reduce_sum(tf.square(ids), axis=1) for ids in (left, right)]
    crossed = tf.matmul(left, right, transpose_b=True)  # (B, C)
    return tf.equal(squares[0][:, tf.newaxis] + squares[1] - 2 * crossed, 0)


def stacked(*texts):
    """Return texts (B, T) and others (K, U) as rows of one length (B + K, max(T, U))."""
    length = tf.reduce_max([tf.shape(ids)[1] for ids in texts])
    return tf.concat([tf.pad(ids, [[0, 0], [0, length - tf.shape(ids)[1]]]) for ids in texts], 0)


# What it is measured by


def recall_of(test: RankingTest, questions: Vectors, answers: Vectors) -> dict[str, float]:
    """Return recall@k of 10 for vectors (Q, H) of the test's rows."""
    return recalls(np.einsum("qh,qnh->qn", questions, answers[test.places]))


def in_batches(vectors_of: Callable[[Any], Any], texts: list[Ids]) -> Vectors:
    """Return the vectors (Q, H) of many texts."""
    starts = range(0, len(texts), TEXTS_AT_ONCE)
    return np.concatenate(
        [vectors_of(tf.constant(padded(texts[start : start + TEXTS_AT_ONCE]))).numpy() for start in starts]
    )


# Layers that are built at once, so that checkpoints can be restored into them


def embedding(rows: int, size: int, deviation: float, name: str) -> keras.layers.Embedding:
    start = keras.initializers.RandomNormal(stddev=deviation)
    layer = keras.layers.Embedding(rows, size, embeddings_initializer=start, name=name)
    layer.build(())
    return layer


def dense(
    inputs: int, units: int, name: str, start: str = "glorot_uniform", activation: str | None = None
) -> keras.layers.Dense:
    layer = keras.layers.Dense(
        units, activation=activation, use_bias=start == "glorot_uniform", kernel_initializer=start, name=name
    )
    layer.build((None, inputs))
    return layer


def norm(size: int, name: str) -> keras.layers.LayerNormalization:
    layer = keras.layers.LayerNormalization(epsilon=1e-6, name=name)
    layer.build((None, size))
    return layer
