"""`mechanism`: an encoder, a diverter that chooses a way to answer, and a decoder that answers in that way.

B batch, S question length, T answer length, E embedding size, U units, M mechanisms, K of them in use,
V vocabulary. Padding is id 0, on the right.
"""

from typing import Any

import keras
import tensorflow as tf

from training.parameters import Hyperparameters
from training.seq2seq.generator import COPIES_OF_LOGITS, COPIES_OF_STATES, Encoding
from training.seq2seq.loss import sampled_losses, smoothed_losses
from training.seq2seq.network import PAD_ID, LossSum
from training.seq2seq.rnn import RecurrentNetwork

SCORES = "mechanism_scores"
# In nats: mechanisms whose losses of an answer differ by more than a few of these do not share it.
SHARPNESS = 0.3
ROUNDS = 3
TINY = 1e-9


class MechanismNetwork(RecurrentNetwork):
    """The mechanism-aware responding machine (Zhou et al. 2017), on the network of `rnn`.

    People answer one question in many ways; a network that knows one way says what fits them all. Here each
    of M mechanisms has an embedding. The diverter gives p(m|x) from the encoder's last state, and the decoder
    reads the mechanism's embedding with every token.
    The loss of an exchange is -log sum_m p(m|x) p(y|x,m): the exact likelihood of its answer, whatever
    mechanism gave it, so a loss by tokens, and its perplexity, can be held against other architectures'.
    The last state, (B, M), says which mechanism answers; the encoder chooses the likeliest one.

    The gradient of that loss gives each mechanism the share p(m|x,y) of an answer, and then one mechanism
    soon gives all answers to a question, or all give the same (Shen et al. 2019, section 3). On 12 questions
    with 3 answers each, 4 mechanisms gave 1.3 to 2.1 of the 3. So a training learns from `shares` that are
    sharp and even, with which they gave all 3, at a lower loss. Dropout leaves out the same for all
    mechanisms: noise must not decide which of them an answer is due to.
    """

    def build_all(self) -> None:
        configuration = self.configuration
        self.mechanism_embeddings = self.add_weight(
            shape=(configuration.mechanisms, configuration.embedding_size),
            # As large as the words': mechanisms that begin alike would stay alike.
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            name="mechanism_embeddings",
        )  # (M, E)
        self.diverter = keras.layers.Dense(configuration.mechanisms, name="diverter")
        super().build_all()

    def encode(self, question, dropout_seed=None) -> Encoding:
        encoding = super().encode(question, dropout_seed)
        scores = self.scores_of(encoding.states)  # (B, M)
        choice = tf.one_hot(tf.argmax(scores, axis=1), self.configuration.mechanisms)  # (B, M)
        return Encoding(encoding.outputs, encoding.mask, [*encoding.states, choice])

    def scores_of(self, states: list[Any]):
        """Return log p(m|x) (B, M) from the encoder's states; the top layer's first one is its output."""
        top = states[-(len(states) // len(self.encoder_layers))]  # (B, U)
        return tf.nn.log_softmax(tf.cast(self.diverter(top), tf.float32))

    def encoder_extras(self, encoding: Encoding) -> dict[str, Any]:
        return {SCORES: self.scores_of(encoding.states[:-1])}

    def part_settings(self) -> dict[str, Any]:
        return {"mechanisms": self.configuration.mechanisms}

    def decode(self, inputs, encoding: Encoding, dropout_seed=None):
        choice = encoding.states[-1][:, tf.newaxis]  # (B, 1, M)
        return self.decode_each(choice, inputs, encoding, dropout_seed)[:, 0]  # (B, T, U)

    def decode_each(self, choices, inputs, encoding: Encoding, dropout_seed=None):
        """Return hidden states (B, K, T, U) for answers (B, T), by each of K mechanisms (B or 1, K, M)."""
        read = self.drop(self.embedding(inputs), dropout_seed, 100)  # (B, T, E)
        outputs = read[:, tf.newaxis] + self.embedded_choices(choices, read)[:, :, tf.newaxis]  # (B, K, T, E)
        batch, number, length, _ = tf.unstack(tf.shape(outputs))
        for place, (layer, states) in enumerate(self.with_states(encoding.states[:-1]), 101):
            outputs = tf.reshape(outputs, [batch * number, length, outputs.shape[-1]])  # (B * K, T, E or U)
            outputs = layer(outputs, initial_state=[tf.repeat(state, number, axis=0) for state in states])[0]
            outputs = tf.reshape(outputs, [batch, number, length, outputs.shape[-1]])  # (B, K, T, U)
            outputs = self.drop_alike(outputs, dropout_seed, place)
        queries = tf.reshape(outputs, [batch, number * length, outputs.shape[-1]])  # (B, K * T, U)
        hidden, _ = self.attention(queries, encoding.outputs, encoding.mask)  # (B, K * T, U)
        hidden = tf.reshape(hidden, tf.shape(outputs))  # (B, K, T, U)
        return self.drop_alike(hidden, dropout_seed, 200)

    def step(self, token, encoding: Encoding):
        *states, choice = encoding.states
        read = self.embedding(token)  # (B, E)
        read += self.embedded_choices(choice, read)
        logits, following, weights = self.step_on(read, Encoding(encoding.outputs, encoding.mask, states))
        return logits, [*following, choice], weights

    def embedded_choices(self, choices, like):
        """Return the embeddings (..., E) of mechanisms (..., M), in the type of what they are added to."""
        return tf.cast(tf.linalg.matmul(choices, self.mechanism_embeddings), like.dtype)

    def drop_alike(self, values, seed, place: int):
        """Leave out a share of values (B, K, ...), the same for all K."""
        return values * self.drop(tf.ones_like(values[:, :1]), seed, place)

    # The loss

    def batch_loss(self, batch, seed=None, *, samples: int = 0, smoothing: float = 0.0) -> LossSum:
        encoding = self.encode(batch.questions, seed)
        scores = self.scores_of(encoding.states[:-1])  # (B, M)
        losses = self.losses_by_mechanism(encoding, batch, seed, samples=samples, smoothing=smoothing)
        marginal = -tf.reduce_logsumexp(scores - losses, axis=1)  # (B,)
        if seed is not None:
            learned = tf.reduce_sum(shares(losses, batch.weights) * (losses - scores), axis=1)  # (B,)
            # The gradient of the one, the value of the other.
            marginal = learned + tf.stop_gradient(marginal - learned)
        return LossSum(tf.reduce_sum(marginal * batch.weights), self.batch_count(batch))

    def activations(self, rows: float, question: float, answer: float, settings: Hyperparameters) -> float:
        shape, samples = self.configuration, settings.softmax_samples
        answers = answer * shape.mechanisms
        states = rows * (question + answers) * shape.hidden_size * shape.layers
        # All at once: the shares of an answer need the losses under every mechanism.
        words = samples if 0 < samples < shape.vocabulary_size else shape.vocabulary_size
        return states * COPIES_OF_STATES + rows * answers * words * COPIES_OF_LOGITS

    def answer_losses(self, batch):
        encoding = self.encode(batch.questions)
        scores = self.scores_of(encoding.states[:-1])  # (B, M)
        marginal = -tf.reduce_logsumexp(scores - self.losses_by_mechanism(encoding, batch), axis=1)  # (B,)
        return marginal / tf.math.count_nonzero(batch.targets, axis=1, dtype=tf.float32)

    def losses_by_mechanism(
        self, encoding: Encoding, batch, seed=None, *, samples: int = 0, smoothing: float = 0.0
    ):
        """Return the loss of each answer, summed over its tokens, under each mechanism: (B, M).

        Only rows of real tokens are projected, but those under all mechanisms at once: M times the memory.
        """
        every = tf.eye(self.configuration.mechanisms)[tf.newaxis]  # (1, M, M)
        hidden = self.decode_each(every, batch.inputs, encoding, seed)  # (B, M, T, U)
        batch_size, number, length, _ = tf.unstack(tf.shape(hidden))
        targets = tf.repeat(batch.targets, number, axis=0)  # (B * M, T)
        is_token = tf.not_equal(targets, PAD_ID)  # (B * M, T)
        hidden = tf.boolean_mask(tf.reshape(hidden, [-1, length, hidden.shape[-1]]), is_token)  # (N, U)
        labels = tf.boolean_mask(targets, is_token)  # (N,)
        if samples and samples < self.configuration.vocabulary_size:
            losses = sampled_losses(self, hidden, labels, samples, seed)  # (N,)
        else:
            losses = smoothed_losses(self.project(hidden), labels, smoothing)  # (N,)
        rows = tf.where(is_token)[:, 0]  # (N,)
        return tf.reshape(tf.math.unsorted_segment_sum(losses, rows, batch_size * number), [-1, number])


def shares(losses, weights):
    """Return what share (B, M) of each answer a mechanism learns from, given its losses (B, M).

    The lower the loss the larger the share, whatever the diverter says (Shen et al. 2019, section 3.1); over
    the batch, weighted (B,), all mechanisms get as much (Sinkhorn's iterations: Caron et al. 2020,
    section 3.1). No gradient goes through them.
    """
    log_weights = tf.math.log(weights + TINY)[:, tf.newaxis]  # (B, 1)
    logs = tf.nn.log_softmax(-losses / SHARPNESS)  # (B, M)
    for _ in range(ROUNDS):
        logs -= tf.reduce_logsumexp(logs + log_weights, axis=0)  # (B, M), even over the batch
        logs = tf.nn.log_softmax(logs)  # (B, M), 1 in all for each answer
    return tf.stop_gradient(tf.exp(logs))
