"""Answers of a network while it is trained: greedy, one question at a time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from answering.decoding.greedy import decode_greedily
from answering.decoding.hypothesis import Floats, Limits, States, Tokens, log_softmax
from preprocessing.vocabulary import EOS_ID, GO_ID, PAD_ID, UNKNOWN_ID
from training.seq2seq.generator import Generator
from training.seq2seq.graphs import encoder_function, step_function


@dataclass(frozen=True)
class GreedyAnswer:
    """An answer's ids without <eos>, and the attention (T, S) of each of its tokens."""

    ids: tuple[int, ...]
    attention: np.ndarray[Any, Any]


class GreedyAnswers:
    """The same two functions that the export turns into graphs, under TensorFlow."""

    def __init__(self, network: Generator, max_tokens: int) -> None:
        self._encode, self._step = encoder_function(network), step_function(network)
        self._state_count = len(network.state_shapes())
        self._limits = Limits(
            go_id=GO_ID, eos_id=EOS_ID, forbidden=(PAD_ID, GO_ID, UNKNOWN_ID), max_tokens=max_tokens
        )

    def answer(self, question: np.ndarray[Any, Any]) -> GreedyAnswer:
        """Answer a question's ids (S,)."""
        ids = tf.constant(question[np.newaxis])  # (1, S)
        encoding = self._encode(ids)
        attention: list[Floats] = []

        def step(tokens: Tokens, states: States) -> tuple[Floats, States]:
            found = self._step(tf.constant(tokens), encoding["outputs"], ids, *map(tf.constant, states))
            attention.append(found["attention"].numpy()[0])
            following = [found[f"next_state_{number}"].numpy() for number in range(self._state_count)]
            return log_softmax(found["logits"].numpy()), following

        states = [encoding[f"state_{number}"].numpy() for number in range(self._state_count)]
        hypothesis = decode_greedily(step, states, self._limits)
        return GreedyAnswer(hypothesis.ids, np.array(attention[: len(hypothesis.ids)]))
