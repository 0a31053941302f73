"""Whether an exported network gives what the trained one gives, and whether int8 is good enough to serve."""

import logging
import math
import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from answering.decoding.greedy import decode_greedily
from answering.decoding.hypothesis import Hypothesis, Limits, States, Step, Tokens, log_softmax
from answering.runtime import GeneratorRuntime
from preprocessing.dataset import Dataset
from preprocessing.vocabulary import EOS_ID, GO_ID, PAD_ID, UNKNOWN_ID
from training.errors import ExportError
from training.seq2seq.exchange_ids import ExchangeIds
from training.seq2seq.generator import Encoding, Generator
from training.seq2seq.graphs import size_mib

logger = logging.getLogger(__name__)
QUESTIONS_COMPARED = 50
QUESTIONS_MEASURED = 300
LARGEST_DIFFERENCE = 1e-4
# int8 serves where its perplexity is at most so much worse.
INT8_TOLERANCE = 0.01


@dataclass(frozen=True)
class ExportReport:
    """`equal_answers` is the share of greedy answers that int8 leaves as they are.

    Milliseconds are the median of a greedy answer on one thread, sizes those of both graphs.
    """

    precision: str
    compared_questions: int
    largest_difference: float
    float32_perplexity: float
    int8_perplexity: float
    equal_answers: float
    float32_ms: float
    int8_ms: float
    float32_mib: float
    int8_mib: float

    def as_json(self) -> dict[str, float | int | str]:
        return asdict(self)


def check_export(
    network: Generator, directory: Path, dataset: Dataset, exchanges: ExchangeIds
) -> ExportReport:
    """Compare network, float32 and int8 graphs on held-out questions, or on training ones where none are.

    Raises:
        ExportError: float32 does not give the network's tokens.
    """
    rows = dataset.indices("validation")
    rows = rows if len(rows) else dataset.indices("train")
    compared, measured = rows[:QUESTIONS_COMPARED], rows[:QUESTIONS_MEASURED]
    limits = limits_of(exchanges)
    exact, small = GeneratorRuntime(directory, "float32"), GeneratorRuntime(directory, "int8")
    difference = compare_with_network(network, exact, exchanges, compared, limits)
    answers, exact_ms = timed_answers(exact, exchanges, measured, limits)
    small_answers, small_ms = timed_answers(small, exchanges, measured, limits)
    perplexities = perplexity(exact, exchanges, measured), perplexity(small, exchanges, measured)
    is_good = perplexities[1] <= perplexities[0] * (1 + INT8_TOLERANCE)
    return ExportReport(
        precision="int8" if is_good else "float32",
        compared_questions=len(compared),
        largest_difference=difference,
        float32_perplexity=round(perplexities[0], 4),
        int8_perplexity=round(perplexities[1], 4),
        equal_answers=round(float(np.mean([a == b for a, b in zip(answers, small_answers, strict=True)])), 4),
        float32_ms=exact_ms,
        int8_ms=small_ms,
        float32_mib=size_mib(directory, "float32"),
        int8_mib=size_mib(directory, "int8"),
    )


def timed_answers(
    runtime: GeneratorRuntime, exchanges: ExchangeIds, rows: np.ndarray, limits: Limits
) -> tuple[list[tuple[int, ...]], float]:
    """Return the greedy answers' ids, and the median of the milliseconds that one took."""
    answers, times = [], []
    for row in rows:
        begun = time.perf_counter()
        answers.append(answer_with(runtime, exchanges, row, limits).ids)
        times.append(1000 * (time.perf_counter() - begun))
    return answers, round(statistics.median(times), 2)


def limits_of(exchanges: ExchangeIds) -> Limits:
    return Limits(
        go_id=GO_ID,
        eos_id=EOS_ID,
        forbidden=(PAD_ID, GO_ID, UNKNOWN_ID),
        max_tokens=exchanges.max_answer_length,
    )


def compare_with_network(
    network: Generator, exact: GeneratorRuntime, exchanges: ExchangeIds, rows: np.ndarray, limits: Limits
) -> float:
    """Return the largest difference of log-probabilities along the network's own greedy answers."""
    largest = 0.0
    for row in rows:
        question = tf.constant([exchanges.question(row)])  # (1, S)
        encoding = network.encode(question)
        exact_encoding = exact.encode(exchanges.question(row).tolist())
        paired = PairedStep(network, encoding, exact.step_for(exact_encoding), exact_encoding.states)
        answer = decode_greedily(paired, [state.numpy() for state in encoding.states], limits)
        largest = max(largest, paired.largest)
        if answer.ids != answer_with(exact, exchanges, row, limits).ids or largest > LARGEST_DIFFERENCE:
            raise ExportError(
                f"The exported network must give the trained one's tokens; for exchange {row} it does not "
                f"(largest difference {largest:.1e}). The trained model was not made ready."
            )
    return largest


class PairedStep:
    """Steps the network and its export side by side and remembers how far apart they were."""

    def __init__(self, network: Generator, encoding: Encoding, other: Step, other_states: States) -> None:
        self.largest = 0.0
        self._network, self._encoding = network, encoding
        self._other, self._other_states = other, other_states

    def __call__(self, tokens: Tokens, states: States) -> tuple[np.ndarray, States]:
        here = Encoding(self._encoding.outputs, self._encoding.mask, [tf.constant(state) for state in states])
        logits, following, _ = self._network.step(tf.constant(tokens), here)
        log_probabilities = log_softmax(logits.numpy())
        theirs, self._other_states = self._other(tokens, self._other_states)
        self.largest = max(self.largest, float(np.abs(log_probabilities - theirs).max()))
        return log_probabilities, [state.numpy() for state in following]


def answer_with(runtime: GeneratorRuntime, exchanges: ExchangeIds, row: int, limits: Limits) -> Hypothesis:
    encoding = runtime.encode(exchanges.question(row).tolist())
    return decode_greedily(runtime.step_for(encoding), encoding.states, limits)


def perplexity(runtime: GeneratorRuntime, exchanges: ExchangeIds, rows: np.ndarray) -> float:
    """Return the perplexity a token of the rows' true answers, <eos> included."""
    total, tokens = 0.0, 0
    for row in rows:
        encoding = runtime.encode(exchanges.question(row).tolist())
        step, states, before = runtime.step_for(encoding), encoding.states, GO_ID
        for token in [*exchanges.answer(row).tolist(), EOS_ID]:
            log_probabilities, states = step(np.array([before], np.int32), states)
            total -= float(log_probabilities[0, token])
            tokens, before = tokens + 1, token
    return math.exp(min(total / max(tokens, 1), 50))
