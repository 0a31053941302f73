"""The loss: cross entropy over the tokens that are there, whole or sampled.

N tokens that are not padding, H size of a hidden state, V vocabulary, K samples.
"""

import tensorflow as tf

from training.seq2seq.network import PAD_ID, LossSum


def weighted_loss(network, hidden, batch, *, samples: int = 0, smoothing: float = 0.0, seed=None) -> LossSum:
    """Return the cross entropy of a batch's targets (B, T), summed; padding counts for nothing.

    Args:
        network: projects hidden states to the vocabulary.
        hidden: (B, T, H). Only rows of real tokens are projected: most of the arithmetic.
        samples: draw so many words for the loss instead of computing it over all; needs `seed` (2,).
        smoothing: the share of the target that is spread evenly over the vocabulary.
    """
    is_token = tf.not_equal(batch.targets, PAD_ID)  # (B, T)
    hidden = tf.boolean_mask(hidden, is_token)  # (N, H)
    labels = tf.boolean_mask(batch.targets, is_token)  # (N,)
    rows = tf.cast(tf.where(is_token)[:, 0], tf.int32)  # (N,)
    weights = tf.gather(batch.weights, rows)  # (N,)
    if samples and samples < network.configuration.vocabulary_size:
        losses = sampled_losses(network, hidden, labels, samples, seed)  # (N,)
    else:
        losses = smoothed_losses(network.project(hidden), labels, smoothing)  # (N,)
    return LossSum(tf.reduce_sum(losses * weights), tf.reduce_sum(weights))


def smoothed_losses(logits, labels, smoothing: float):
    """Return the cross entropy (N,) of logits (N, V), labels smoothed (Szegedy et al. 2016, section 7)."""
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)  # (N,)
    if not smoothing:
        return losses
    even = tf.reduce_logsumexp(logits, axis=-1) - tf.reduce_mean(logits, axis=-1)  # (N,)
    return (1.0 - smoothing) * losses + smoothing * even


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
        inputs=hidden,
        num_sampled=samples,
        num_classes=size,
        sampled_values=(drawn, expected(labels, size, samples), expected(drawn, size, samples)),
    )  # (N,)


def expected(ids, size: int, samples: int):
    """Return how often each id is expected among the samples."""
    numbers = tf.cast(ids, tf.float32)
    probability = tf.math.log((numbers + 2.0) / (numbers + 1.0)) / tf.math.log(float(size + 1))
    return probability * samples
