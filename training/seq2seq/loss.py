"""The loss: cross entropy over the tokens that are there, whole or sampled.

N tokens that are not padding, H size of a hidden state, V vocabulary, K samples.
"""

import tensorflow as tf

from training.seq2seq.network import PAD_ID, LossSum

# oneDNN compiles a product for each number of rows: of so many numbers only the multiples occur.
ROWS = 32


def weighted_loss(network, hidden, batch, *, samples: int = 0, smoothing: float = 0.0, seed=None) -> LossSum:
    """Return the cross entropy of a batch's targets (B, T), summed; padding counts for nothing.

    Args:
        network: projects hidden states to the vocabulary.
        hidden: (B, T, H). Only rows of real tokens are projected: most of the arithmetic.
        samples: draw so many words for the loss instead of computing it over all; needs `seed` (2,).
        smoothing: the share of the target that is spread evenly over the vocabulary.
    """
    places = tf.where(tf.not_equal(batch.targets, PAD_ID))  # (N, 2)
    weights = tf.gather(batch.weights, places[:, 0])  # (N,)
    spare = -tf.size(weights) % ROWS
    # The first row again, without a weight.
    places, weights = tf.pad(places, [[0, spare], [0, 0]]), tf.pad(weights, [[0, spare]])
    hidden, labels = tf.gather_nd(hidden, places), tf.gather_nd(batch.targets, places)  # (N, H), (N,)
    losses = token_losses(network, hidden, labels, samples=samples, smoothing=smoothing, seed=seed)  # (N,)
    return LossSum(tf.reduce_sum(losses * weights), tf.reduce_sum(weights))


def token_losses(network, hidden, labels, *, samples: int = 0, smoothing: float = 0.0, seed=None):
    """Return the cross entropy (N,) of labels (N,) under hidden states (N, H)."""
    if samples and samples < network.configuration.vocabulary_size:
        return sampled_losses(network, hidden, labels, samples, seed)
    return projected_losses(hidden, network.output_kernel, network.output_bias, labels, smoothing)


def projected_losses(hidden, kernel, bias, labels, smoothing: float = 0.0):
    """Return what `smoothed_losses` returns for the logits of hidden states (N, H), and learn faster.

    Scores of all words are most of a step's memory and much of its time: going backwards, products with the
    softmax of the way forward are all that is as large. The slope of a score is the softmax' share less what
    was expected of it, 1 for the label: the latter's part is a row of the kernel, not one of (N, V).

    Args:
        kernel: (V, H).
        bias: (V,).
    """
    size = kernel.shape[0]

    @tf.custom_gradient
    def losses_of(hidden, kernel, bias):
        near = tf.cast(kernel, hidden.dtype)  # (V, H)
        logits = tf.cast(tf.matmul(hidden, near, transpose_b=True), tf.float32)  # (N, V)
        logits = tf.nn.bias_add(logits, bias)  # (N, V)
        shares = tf.nn.softmax(logits)  # (N, V)
        # The largest share cannot vanish.
        total = tf.reduce_max(logits, axis=1) - tf.math.log(tf.reduce_max(shares, axis=1))  # (N,)
        expected = (1.0 - smoothing) * tf.gather(logits, labels, batch_dims=1)  # (N,)
        if smoothing:
            expected += smoothing * tf.reduce_mean(logits, axis=1)  # (N,)

        def gradient(upstream):
            factors = tf.cast(upstream, hidden.dtype)[:, tf.newaxis]  # (N, 1)
            slopes = tf.cast(shares, hidden.dtype)  # (N, V)
            if smoothing:
                slopes -= smoothing / size
            scaled, right = hidden * factors, (1.0 - smoothing) * factors
            of_hidden = tf.matmul(slopes, near) * factors - tf.gather(near, labels) * right  # (N, H)
            of_kernel = less_by_label(tf.matmul(slopes, scaled, transpose_a=True), hidden * right)  # (V, H)
            of_bias = less_by_label(tf.matmul(slopes, factors, transpose_a=True), right)  # (V, 1)
            return of_hidden, of_kernel, of_bias[:, 0]

        def less_by_label(values, rows):
            by_label = tf.math.unsorted_segment_sum(tf.cast(rows, tf.float32), labels, size)
            return tf.cast(values, tf.float32) - by_label

        return total - expected, gradient

    return losses_of(hidden, tf.convert_to_tensor(kernel), tf.convert_to_tensor(bias))


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
