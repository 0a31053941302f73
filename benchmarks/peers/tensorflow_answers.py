"""Greedy answers of the untrained network by TensorFlow itself, in the two ways that people serve one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.untrained_bundles import ANSWER_TOKENS, RECURRENT, SIZES, network_of
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.vocabulary import EOS_ID, GO_ID, Vocabulary


def open_network(folder: Path, *, eagerly: bool) -> Callable[[str], str]:
    """Return what answers a text with the weights in `folder`, on one thread."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    vocabulary = Vocabulary.from_file(folder / RECURRENT / "generator" / "vocabulary.txt")
    tokeniser = Tokeniser(TextSettings())
    network = network_of(SIZES[RECURRENT], len(vocabulary))
    network.load_weights(folder / f"{RECURRENT}.weights.h5")
    decode = stepwise(network) if eagerly else in_one_graph(network)

    def answer(text: str) -> str:
        ids = vocabulary.encode(tokeniser.tokenise(text))
        said = decode(tf.constant([ids], tf.int32))
        return " ".join(vocabulary.decode([int(token) for token in said if token != EOS_ID]))

    return answer


def stepwise(network: Any) -> Callable[[Any], Any]:
    import tensorflow as tf

    from training.seq2seq.generator import Encoding

    def decode(question: Any) -> list[int]:
        encoding = network.encode(question)
        token, said = tf.constant([GO_ID]), []
        for _ in range(ANSWER_TOKENS):
            logits, states, _ = network.step(token, encoding)
            token = tf.argmax(logits, axis=-1, output_type=tf.int32)
            encoding = Encoding(encoding.outputs, encoding.mask, states)
            said.append(int(token[0]))
        return said

    return decode


def in_one_graph(network: Any) -> Callable[[Any], Any]:
    import tensorflow as tf

    from training.seq2seq.generator import Encoding

    @tf.function(input_signature=[tf.TensorSpec((1, None), tf.int32)])
    def graph(question):  # type: ignore[no-untyped-def]  # traced by TensorFlow
        encoding = network.encode(question)
        token, states = tf.constant([GO_ID]), encoding.states
        said = tf.TensorArray(tf.int32, ANSWER_TOKENS)
        for place in tf.range(ANSWER_TOKENS):
            logits, states, _ = network.step(token, Encoding(encoding.outputs, encoding.mask, states))
            token = tf.argmax(logits, axis=-1, output_type=tf.int32)
            said = said.write(place, token[0])
        return said.stack()  # (T,)

    return lambda question: graph(question).numpy()
