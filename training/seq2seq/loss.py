"""The loss: cross entropy over the tokens that are there, whole or sampled.

N tokens that are not padding, H size of a hidden state, V vocabulary, K samples.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import tensorflow as tf

from training.seq2seq.batches import Batch
from training.seq2seq.network import PAD_ID, LossSum
from training.seq2seq.xla import every_place, is_compiling

# Scores of all words are most of a step's memory: only those of a part of the batch are there at once.
PARTS = 4
# oneDNN compiles for each number of rows and keeps that: of so many numbers only the multiples occur.
GRAIN = 8
# In 16 bits a share below 6e-8 is none, and the loss' own scale comes later. A power of two costs no digit;
# a larger one would let the sums over a batch run over.
SHARE_SCALE = 64.0


@dataclass(frozen=True)
class TokenRows:
    """Hidden states (N, H) of real tokens, their labels and weights (N,); what fills up has no weight."""

    hidden: Any
    labels: Any
    weights: Any

    @classmethod
    def of(cls, hidden, batch: Batch) -> "TokenRows":
        """Take them out of hidden states (B, T, H)."""
        if is_compiling():
            return cls(*every_place(hidden, batch))
        places = tf.where(tf.not_equal(batch.targets, PAD_ID))  # (N, 2)
        weights = tf.gather(batch.weights, places[:, 0])  # (N,)
        spare = tf.math.floormod(-tf.size(weights), GRAIN)
        # The first place again.
        places, weights = tf.pad(places, [[0, spare], [0, 0]]), tf.pad(weights, [[0, spare]])
        return cls(tf.gather_nd(hidden, places), tf.gather_nd(batch.targets, places), weights)


def weighted_loss(network, hidden, batch, *, samples: int = 0, smoothing: float = 0.0, seed=None) -> LossSum:
    """Return the cross entropy of a batch's targets (B, T), summed; padding counts for nothing.

    Args:
        network: projects hidden states to the vocabulary.
        hidden: (B, T, H). Only rows of real tokens are projected: most of the arithmetic.
        samples: draw so many words for the loss instead of computing it over all; needs `seed` (2,).
        smoothing: the share of the target that is spread evenly over the vocabulary.
        seed: None where nothing is learned.
    """
    if samples and samples < network.configuration.vocabulary_size:
        rows = TokenRows.of(hidden, batch)
        losses = sampled_losses(network, rows.hidden, rows.labels, samples, seed)  # (N,)
        total = tf.reduce_sum(losses * rows.weights)
    else:
        parts = [TokenRows.of(*part) for part in split_batch(hidden, batch)]
        if seed is None:
            total = measured_loss(network, parts, smoothing)
        else:
            total = learned_loss(network.output_kernel, network.output_bias, parts, smoothing)
    weights = tf.where(tf.equal(batch.targets, PAD_ID), 0.0, batch.weights[:, tf.newaxis])  # (B, T)
    return LossSum(total, tf.reduce_sum(weights))


def scores_at_once(tokens: float, size: int, samples: int) -> float:
    """Return how many scores there are at once for the loss of so many tokens over `size` words."""
    return tokens * samples if 0 < samples < size else tokens * size / PARTS


def split_batch(hidden, batch: Batch) -> Iterator[tuple[Any, Batch]]:
    """Yield parts of hidden states (B, T, H) and of the batch, along B."""
    ends = [tf.shape(hidden)[0] * number // PARTS for number in range(PARTS + 1)]
    sizes = tf.stack([end - begin for begin, end in pairwise(ends)])
    split = [tf.split(values, sizes, num=PARTS) for values in (hidden, batch.targets, batch.weights)]
    for own, targets, weights in zip(*split, strict=True):
        yield own, batch._replace(targets=targets, weights=weights)


def measured_loss(network, parts: Sequence[TokenRows], smoothing: float = 0.0):
    """Return the sum of weighted losses, of one part after the other."""
    total = tf.constant(0.0)
    for rows in parts:
        with tf.control_dependencies([total]):
            hidden = tf.identity(rows.hidden)
        losses = smoothed_losses(network.project(hidden), rows.labels, smoothing)  # (N,)
        total += tf.reduce_sum(losses * rows.weights)
    return total


def learned_loss(kernel, bias, parts: Sequence[TokenRows], smoothing: float = 0.0):
    """Return what `measured_loss` does, with gradients that are computed on the way, part by part.

    Args:
        kernel: (V, H).
        bias: (V,).
    """

    @tf.custom_gradient
    def total_of(kernel, bias, *hiddens):
        near = tf.cast(kernel, hiddens[0].dtype)  # (V, H)
        of_kernel, of_bias = label_slopes(hiddens, parts, 1.0 - smoothing, kernel.shape[0])
        total = tf.constant(0.0)
        of_hiddens: list[Any] = []
        for rows, hidden in zip(parts, hiddens, strict=True):
            # One part after the other.
            with tf.control_dependencies([total, of_kernel, of_bias, *of_hiddens[-1:]]):
                hidden = tf.identity(hidden)
            loss, slopes = loss_and_slopes(hidden, near, bias, rows, smoothing)
            total, of_kernel, of_bias = total + loss, of_kernel + slopes.kernel, of_bias + slopes.bias
            of_hiddens.append(slopes.hidden)
        found = [of_kernel, of_bias[:, 0], *of_hiddens]
        return total, lambda upstream: [tf.cast(upstream, values.dtype) * values for values in found]

    hiddens = [rows.hidden for rows in parts]
    return total_of(tf.convert_to_tensor(kernel), tf.convert_to_tensor(bias), *hiddens)


class Slopes(NamedTuple):
    """Gradients of hidden states (N, H), of the kernel (V, H), of the bias (V, 1)."""

    hidden: Any
    kernel: Any
    bias: Any


def loss_and_slopes(hidden, kernel, bias, rows: TokenRows, smoothing: float) -> tuple[Any, Slopes]:
    """Return the sum of a part's weighted losses, and its gradients; for the labels see `label_slopes`.

    The slope of a score is the softmax' share less what is expected of it, 1 of the label. The label's part
    of a gradient is a row of the other factor, so the softmax alone goes into products as large as (N, V).
    """
    logits = tf.cast(tf.matmul(hidden, kernel, transpose_b=True), tf.float32)  # (N, V)
    logits = tf.nn.bias_add(logits, bias)  # (N, V)
    shares = tf.nn.softmax(logits)  # (N, V)
    losses = cross_entropy(logits, log_totals(logits, shares), rows.labels, smoothing)  # (N,)
    scale = SHARE_SCALE if hidden.dtype == tf.float16 else 1.0
    slopes = shares - smoothing / kernel.shape[0] if smoothing else shares  # (N, V)
    slopes = tf.cast(slopes * scale if scale > 1 else slopes, hidden.dtype)  # (N, V)
    factors = tf.cast(rows.weights, hidden.dtype)[:, tf.newaxis]  # (N, 1)
    right = (1.0 - smoothing) * tf.gather(kernel, rows.labels)  # (N, H)
    return tf.reduce_sum(losses * rows.weights), Slopes(
        (tf.matmul(slopes, kernel) / scale - right) * factors,
        tf.cast(tf.matmul(slopes, hidden * factors, transpose_a=True), tf.float32) / scale,
        tf.cast(tf.matmul(slopes, factors, transpose_a=True), tf.float32) / scale,
    )


def label_slopes(hiddens, parts: Sequence[TokenRows], share: float, size: int):
    """Return the labels' part of the gradients of the kernel (V, H) and the bias (V, 1)."""
    factors = share * tf.concat([rows.weights for rows in parts], axis=0)[:, tf.newaxis]  # (N, 1)
    hidden = tf.cast(tf.concat(hiddens, axis=0), tf.float32)  # (N, H)
    labels = tf.concat([rows.labels for rows in parts], axis=0)  # (N,)
    return [-tf.math.unsorted_segment_sum(rows, labels, size) for rows in (hidden * factors, factors)]


def smoothed_losses(logits, labels, smoothing: float):
    """Return the cross entropy (N,) of logits (N, V), labels smoothed (Szegedy et al. 2016, section 7)."""

    @tf.custom_gradient
    def totals_of(logits):
        shares = tf.nn.softmax(logits)  # (N, V)
        return log_totals(logits, shares), lambda upstream: upstream[:, tf.newaxis] * shares

    return cross_entropy(logits, totals_of(logits), labels, smoothing)


def log_totals(logits, shares):
    """Return log(sum(exp(logits))), (N,), given the softmax: its largest share cannot vanish."""
    return tf.reduce_max(logits, axis=1) - tf.math.log(tf.reduce_max(shares, axis=1))


def cross_entropy(logits, totals, labels, smoothing: float):
    """Return the cross entropy (N,) given log(sum(exp(logits)))."""
    expected = (1.0 - smoothing) * tf.gather(logits, labels, batch_dims=1)  # (N,)
    if smoothing:
        expected += smoothing * tf.reduce_mean(logits, axis=1)  # (N,)
    return totals - expected


def sampled_losses(network, hidden, labels, samples: int, seed):
    """Sampled softmax (Jean et al. 2015, section 3) with a log-uniform proposal: ids fall in frequency.

    Drawn with replacement from a seed that is passed in, so that a resumed run draws the same words.
    """
    size = network.configuration.vocabulary_size
    uniform = tf.random.stateless_uniform((samples,), seed)  # (K,)
    drawn = tf.cast(tf.exp(uniform * tf.math.log(float(size + 1))) - 1.0, tf.int64)  # (K,)
    drawn = tf.clip_by_value(drawn, 0, size - 1)
    labels = tf.cast(labels, tf.int64)[:, tf.newaxis]  # (N, 1)
    return tf.nn.sampled_softmax_loss(
        weights=network.output_kernel,
        biases=network.output_bias,
        labels=labels,
        inputs=tf.cast(hidden, tf.float32),
        num_sampled=samples,
        num_classes=size,
        sampled_values=(drawn, expected(labels, size, samples), expected(drawn, size, samples)),
    )  # (N,)


def expected(ids, size: int, samples: int):
    """Return how often each id is expected among the samples."""
    numbers = tf.cast(ids, tf.float32)
    probability = tf.math.log((numbers + 2.0) / (numbers + 1.0)) / tf.math.log(float(size + 1))
    return probability * samples
