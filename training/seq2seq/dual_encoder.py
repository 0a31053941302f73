"""`dual_encoder`: ranks answers. A question and the answer that follows it become vectors that lie close.

B batch, K further wrong answers, C = B + K candidates, T length of a text, E embedding size, H hidden size,
Q questions of a test, P places of a question. Padding is id 0, on the right.
"""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from preprocessing.dataset import Dataset
from preprocessing.vocabulary import SEPARATOR, Vocabulary
from training.parameters import Hyperparameters
from training.seq2seq.attention import MASKED_SCORE
from training.seq2seq.batches import Ids, Rows, padded
from training.seq2seq.exchange_ids import ExchangeIds
from training.seq2seq.network import LossSum, Network, NetworkConfiguration
from training.seq2seq.ranking_test import RankingTest, recalls
from training.seq2seq.text_features import (
    BUCKETS,
    PLACES,
    Dropout,
    Features,
    Letters,
    letters_of,
    pairs_of,
    summed,
    summed_at_once,
    with_letters,
    words_of,
)
from training.seq2seq.xla import is_compiling

# ConveRT learns how large scores may be, up to a bound; without one the loss drives it up.
FIRST_SCALE, LARGEST_SCALE = 15.0, 60.0
FIRST_TEMPERATURE = math.log(FIRST_SCALE / (LARGEST_SCALE - FIRST_SCALE))
WIDENING = 2
# Standard deviations of the first rows: smaller ones learn sooner, and words must outweigh pairs.
FIRST_WORDS, FIRST_PAIRS = 0.5, 0.15
# What was said before the last turn counts for less at first.
FIRST_WEIGHTS = (0.5, 0.5, 1.0)
# Where the towers' dropout begins to be drawn from.
QUESTION_PLACE, ANSWER_PLACE = 0, 1000
NO_DROPOUT = Dropout(0.0, None, 0)
TEXTS_AT_ONCE = 256
# Sums of words and of pairs, and the gradients of both; scores, their softmaxes, and what tells wrong ones.
COPIES_OF_FEATURES, COPIES_OF_SCORES = 4, 12

Vectors = npt.NDArray[np.float32]


class DualEncoder(Network):
    """Two towers over one embedding (Henderson et al. 2017, section 4; ConveRT, Henderson et al. 2020).

    A question must find its answer among those of its batch and those that were drawn for it, and an answer
    its question. What is equal to the right one is no wrong one.
    The turns before the last one are read apart from it: they tell what the talk is about.
    Masking: padding and <eos> have no features, so a text gives the same vector with and without them.
    """

    def __init__(self, configuration: NetworkConfiguration) -> None:
        super().__init__(configuration, name="dual_encoder")
        size = configuration.embedding_size
        # The towers begin as the identity and these rows far apart: the untrained network compares texts by
        # the words they share, and for rare words so does the trained one.
        self.embedding = embedding(configuration.vocabulary_size, size, FIRST_WORDS, "embedding")
        self.pair_embedding = embedding(BUCKETS, size, FIRST_PAIRS, "pair_embedding")
        self.letter_embedding = embedding(BUCKETS, size, FIRST_PAIRS, "letter_embedding")
        self.projections = projections(size, configuration.hidden_size)
        self.question_tower = Tower(configuration, name="question_tower")
        self.answer_tower = Tower(configuration, name="answer_tower")
        self.temperature = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(FIRST_TEMPERATURE), name="temperature"
        )
        # No id that a text has, as long as no vocabulary says which one stands between turns.
        self.separator = -1
        self.letters: Letters | None = None
        self.built = True

    def read_vocabulary(self, vocabulary: Vocabulary) -> None:
        self.separator = vocabulary.word2id().get(SEPARATOR, -1)
        self.letters = letters_of(vocabulary)

    def fold_letters(self) -> None:
        """Give words the rows that they have with their letters: what is exported needs those no more."""
        self.embedding.embeddings.assign(self.word_table())
        self.letters = None

    def word_table(self):
        words = tf.convert_to_tensor(self.embedding.embeddings)
        if self.letters is None:
            return words
        return with_letters(words, tf.convert_to_tensor(self.letter_embedding.embeddings), self.letters)

    def question_vectors(self, ids):
        """Return vectors (B, H) of length 1 for questions (B, T)."""
        [features] = self._features([words_of(ids, self.separator)])
        return self._question_vectors(features, NO_DROPOUT)

    def answer_vectors(self, ids):
        """Return vectors (B, H) of length 1 for answers (B, T), with or without <eos>."""
        [features] = self._features([words_of(ids)])
        return self._answer_vectors(features, NO_DROPOUT)

    def batch_loss(self, batch, seed=None, *, samples: int = 0, smoothing: float = 0.0) -> LossSum:
        answers = stacked(batch.targets, batch.distractors)  # (C, T)
        asked, told = self._vectors(batch.questions, answers, seed)  # (B, H), (C, H)
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
        features = (rows * (PLACES + 1) + others) * self.configuration.embedding_size
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

    def _vectors(self, questions, answers, seed):
        """Return the vectors (B, H) of questions and (C, H) of answers, with dropout if there is a seed."""
        rate = 0.0 if seed is None else self.configuration.dropout
        dropouts = [Dropout(rate, seed, place) for place in (QUESTION_PLACE, ANSWER_PLACE)]
        texts = [words_of(questions, self.separator), words_of(answers)]
        asked, told = self._features(texts, dropouts, summed if is_compiling() else summed_at_once)
        return self._question_vectors(asked, dropouts[0]), self._answer_vectors(told, dropouts[1])

    def _features(self, texts: list[Features], dropouts=(NO_DROPOUT,), summed=summed):
        """Return what is read of batches of texts: (B, P, E) each."""
        drawn = [
            (dropout.of_turns(words, 2), dropout) for words, dropout in zip(texts, dropouts, strict=True)
        ]
        pairs = [dropout.of_features(pairs_of(words), 1) for words, dropout in drawn]
        words = [dropout.of_features(words, 0) for words, dropout in drawn]
        of_words = summed(self.word_table(), words)
        of_pairs = summed(self.pair_embedding.embeddings, pairs)
        return [one + other for one, other in zip(of_words, of_pairs, strict=True)]

    def _question_vectors(self, features, dropout: Dropout):
        projected = [self.projections[place](features[:, place]) for place in range(PLACES)]
        return of_length_1(self.question_tower(tf.add_n(projected), dropout=dropout))

    def _answer_vectors(self, features, dropout: Dropout):
        return of_length_1(self.answer_tower(self.projections[-1](features[:, 0]), dropout=dropout))


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


def of_length_1(vectors):
    return tf.math.l2_normalize(tf.cast(vectors, tf.float32), axis=-1)


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


def projections(size: int, units: int) -> list[keras.layers.Dense]:
    """Return a layer for each place of a question; the last is that of answers, too.

    All begin as the same one, so that a word is compared wherever it stands.
    """
    start = keras.initializers.Orthogonal()(shape=(size, units))
    layers = [dense(size, units, f"projection_{place}", "zeros") for place in range(PLACES)]
    for layer, weight in zip(layers, FIRST_WEIGHTS, strict=True):
        layer.kernel.assign(weight * start)
    return layers


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
