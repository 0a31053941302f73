"""What a `dual_encoder` reads of a text: its words and the pairs of neighbours, summed for each place.

B batch, T length of a text, P places, E embedding size, V vocabulary, N letters' n-grams of all its words.
Padding is id 0, on the right.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from answering.features import ngrams
from preprocessing.vocabulary import EOS_ID, SEPARATOR, SPECIAL_TOKENS, Vocabulary
from training.seq2seq.network import PAD_ID, seed_at
from training.seq2seq.xla import is_compiling

# Pairs of neighbouring tokens share so many rows; a prime spreads them.
BUCKETS, FACTOR = 20_011, 1_000_003
# Where the turns of a question are read apart: all earlier ones, the one before the last, the last itself.
PLACES = 3


class Features(NamedTuple):
    """Rows of a table (B, T), 0 for none, and the place of each, from 0 to less than `number`."""

    ids: Any
    places: Any
    number: int


class Letters(NamedTuple):
    """The bucket (N,) of each n-gram of letters in a vocabulary's words, and that word's id (N,)."""

    buckets: Any
    words: Any


def letters_of(vocabulary: Vocabulary) -> Letters:
    """Return what words that are spelled alike have in common (Bojanowski et al. 2017, section 3.2)."""
    found = [
        (zlib.crc32(gram.encode("utf-8", "replace")) % BUCKETS, word)
        for word in range(len(SPECIAL_TOKENS), len(vocabulary))
        if vocabulary.token(word) != SEPARATOR
        for gram in ngrams(vocabulary.token(word))
    ]
    numbers = np.array(found, np.int32).reshape(-1, 2)
    return Letters(tf.constant(numbers[:, 0]), tf.constant(numbers[:, 1]))


def with_letters(words, table, letters: Letters):
    """Return the rows of words (V, E), each with the sum of its letters' rows over the root of how many."""
    number = words.shape[0]
    if is_compiling():
        counts = tf.math.unsorted_segment_sum(tf.ones_like(letters.words, words.dtype), letters.words, number)
        sums = tf.math.unsorted_segment_sum(tf.gather(table, letters.buckets), letters.words, number)
        return words + sums / tf.sqrt(tf.maximum(counts, 1))[:, tf.newaxis]
    return words + tf.sparse.segment_sqrt_n(table, letters.buckets, letters.words, num_segments=number)


def words_of(ids, separator: int | None = None) -> Features:
    """Return the words of texts (B, T), by turns where a separator stands between those.

    <eos> and separators are no words.
    """
    words = tf.where(tf.equal(ids, EOS_ID), PAD_ID, ids)  # (B, T)
    if separator is None:
        return Features(words, tf.zeros_like(words), 1)
    is_separator = tf.equal(ids, separator)  # (B, T)
    # A separator ends its turn, so it counts as behind that one.
    behind = tf.cumsum(tf.cast(is_separator, tf.int32), axis=1, reverse=True)  # (B, T)
    return Features(tf.where(is_separator, PAD_ID, words), tf.maximum(PLACES - 1 - behind, 0), PLACES)


def pairs_of(words: Features) -> Features:
    """Return the pairs of neighbours (B, T + 1); a turn's first word has one with nothing, its last too."""
    places = tf.pad(words.places, [[0, 0], [0, 1]], constant_values=words.number - 1)
    return words._replace(ids=pair_numbers(words.ids), places=places)


def pair_numbers(words):
    """Return the bucket (B, T + 1) of each word (B, T) with the one before it, beginning and end included.

    0 is padding. Feature hashing: Weinberger et al. 2009.
    """
    before = tf.pad(words, [[0, 0], [1, 0]])  # (B, T + 1)
    after = tf.pad(words, [[0, 0], [0, 1]])  # (B, T + 1)
    numbers = tf.cast(before, tf.int64) * FACTOR + tf.cast(after, tf.int64)
    buckets = tf.cast(1 + numbers % (BUCKETS - 1), tf.int32)
    return tf.where((before + after) > 0, buckets, 0)


def summed(table, texts: Sequence[Features]) -> list[Any]:
    """Return the sum (B, P, E) of a place's rows, over the root of how many, for each batch of texts.

    Sqrt-N reduction (Cer et al. 2018, section 3.2): long texts are neither drowned out nor larger.
    """
    return [summed_by_product(table, features) for features in texts]


def summed_by_product(table, features: Features):
    places = tf.range(features.number)[tf.newaxis, :, tf.newaxis]  # (1, P, 1)
    is_there = tf.equal(features.places[:, tf.newaxis], places)  # (B, P, T)
    is_there = tf.logical_and(is_there, tf.not_equal(features.ids, PAD_ID)[:, tf.newaxis])
    weights = tf.cast(is_there, table.dtype)
    number = tf.maximum(tf.reduce_sum(weights, axis=2, keepdims=True), 1)  # (B, P, 1)
    return tf.einsum("bpt,bte->bpe", weights, tf.gather(table, features.ids)) / tf.sqrt(number)


def summed_at_once(table, texts: Sequence[Features]) -> list[Any]:
    """Return what `summed` does, in a pass that holds no (B, T, E) and has one gradient for all texts.

    For training alone: it has no ONNX form, and how many rows there are is known to no compiler.
    """
    rows, segments, first = [], [], tf.constant(0, tf.int64)
    for features in texts:
        there = tf.where(tf.not_equal(features.ids, PAD_ID))  # (N, 2)
        places = tf.cast(tf.gather_nd(features.places, there), tf.int64)
        rows.append(tf.gather_nd(features.ids, there))
        segments.append(first + there[:, 0] * features.number + places)
        first += tf.shape(features.ids, tf.int64)[0] * features.number
    found = tf.sparse.segment_sqrt_n(
        table, tf.concat(rows, 0), tf.concat(segments, 0), num_segments=tf.cast(first, tf.int32)
    )  # (sum of B P, E)
    sizes = [tf.shape(features.ids)[0] * features.number for features in texts]
    return [
        tf.reshape(part, [-1, features.number, table.shape[1]])
        for part, features in zip(tf.split(found, sizes, num=len(texts)), texts, strict=True)
    ]


@dataclass(frozen=True)
class Dropout:
    """Leaves out a share of ids or of values; each place of a tower draws its own.

    Towers that drew the same would know a question's own answer by what is missing in both.
    """

    rate: float
    seed: Any
    first_place: int

    def of_features(self, features: Features, place: int) -> Features:
        return features._replace(ids=self.of_ids(features.ids, place))

    def of_turns(self, features: Features, place: int) -> Features:
        """Return features of which some places are empty; the last one half as often, and never alone.

        So every turn must tell the answer by itself, and none can be learned by heart.
        """
        if not self.rate or features.number == 1:
            return features
        last = features.number - 1
        is_earlier = tf.logical_and(features.places < last, tf.not_equal(features.ids, PAD_ID))  # (B, T)
        follows = tf.cast(tf.reduce_any(is_earlier, axis=1, keepdims=True), tf.float32)  # (B, 1)
        rates = tf.concat([self.rate * tf.ones_like(follows)] * last + [self.rate / 2 * follows], 1)  # (B, P)
        is_left_out = tf.random.stateless_uniform(tf.shape(rates), self._seed_of(place)) < rates
        words_left_out = tf.gather(is_left_out, features.places, batch_dims=1)  # (B, T)
        return features._replace(ids=tf.where(words_left_out, PAD_ID, features.ids))

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
