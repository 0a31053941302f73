"""Whether XLA compiles a training's gradients, and what it needs: few shapes, each is compiled anew."""

import logging
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from training.seq2seq.batches import Batch, Ids
from training.seq2seq.network import PAD_ID
from training.seq2seq.out_of_memory import is_out_of_memory

logger = logging.getLogger(__name__)
# A shorter run is over before a measurement has paid.
LEAST_STEPS = 1000
LEAST_SECONDS = 300.0
# On a CPU, where XLA gains least and compiles longest.
MOST_COMPILE_SECONDS = 30.0
# What is saved must be worth the trouble: in time a step, and against the time for compiling.
LEAST_GAIN, LEAST_RETURN = 0.95, 2.0
REHEARSALS = 3
SHORTEST = 8
FAILURES = (tf.errors.OpError, ValueError, TypeError, NotImplementedError)

_is_compiling = ContextVar("is_compiling", default=False)


def is_compiling() -> bool:
    """Whether what is traced now is for XLA, which knows how many rows there are, but not what is in them."""
    return _is_compiling.get()


@contextmanager
def compiling(wanted: bool) -> Iterator[None]:
    """Let `is_compiling` say so in this thread."""
    before = _is_compiling.set(wanted)
    try:
        yield
    finally:
        _is_compiling.reset(before)


def every_place(hidden: Any, batch: Batch) -> tuple[Any, Any, Any]:
    """Return hidden states (B * T, H), labels and weights (B * T,) of all places, padding at weight 0.

    For a loss that is compiled: the tokens that are no padding are another number in each batch.
    """
    is_token = tf.cast(tf.not_equal(batch.targets, PAD_ID), tf.float32)  # (B, T)
    weights = is_token * batch.weights[:, tf.newaxis]  # (B, T)
    rows = tf.reshape(hidden, [-1, hidden.shape[-1]])  # (B * T, H)
    return rows, tf.reshape(batch.targets, [-1]), tf.reshape(weights, [-1])


class Rehearsing(Protocol):
    """What is asked of a training step."""

    is_compiled: bool
    accumulation: int

    def rehearse(self, batch: Batch) -> float: ...


@dataclass(frozen=True)
class Choice:
    """What was decided, and the sentence that says why."""

    is_compiled: bool
    reason: str


@dataclass(frozen=True)
class Outlook:
    """What lies before a training, as far as it decides whether compiling pays.

    Its batches have at most so many `shapes`, as `count_shapes` tells; `replicas` are its devices in all.
    `seconds_left` is None where no time ends it, `decided` in a new run: one that is resumed goes on as it
    began, since with XLA batches are filled up, and dropout draws other masks. `timed_apart` measures
    compiled steps in a process that can be ended; None measures them in this one.
    """

    steps_left: int
    shapes: int
    seconds_left: float | None = None
    replicas: int = 1
    has_workers: bool = False
    decided: bool | None = None
    timed_apart: Callable[[], tuple[float, float]] | None = None

    def steps_at(self, seconds_a_step: float) -> int:
        """Return how many steps are left at this pace."""
        if self.seconds_left is None:
            return self.steps_left
        return min(self.steps_left, round(self.seconds_left / seconds_a_step))


def settle_compilation(
    step: Rehearsing,
    wanted: str,
    batches: Sequence[Batch],
    outlook: Outlook,
    look_up: Callable[[], None] = lambda: None,
) -> bool:
    """Let a step be compiled if that is wanted and can be done; log why, or why not.

    Args:
        wanted: `on`, `off`, or `auto`, which measures the gradients of the batches with and without.
        batches: a few of the training's; the weights stay as they are.
        look_up: called before each measurement, and may raise.
    """
    choice = choose_compilation(step, wanted, batches, outlook, look_up)
    if step.is_compiled != choice.is_compiled:
        step.is_compiled = choice.is_compiled
    logger.info(choice.reason)
    return choice.is_compiled


def choose_compilation(
    step: Rehearsing,
    wanted: str,
    batches: Sequence[Batch],
    outlook: Outlook,
    look_up: Callable[[], None] = lambda: None,
) -> Choice:
    why = "the settings say so"
    if outlook.decided is not None:
        wanted, why = "on" if outlook.decided else "off", "the run began so"
    if wanted == "off":
        return Choice(False, f"XLA is off: {why}.")
    if outlook.has_workers:
        return Choice(False, "XLA is off, whatever is set: several workers must fill their batches alike.")
    if not batches:
        return Choice(False, "XLA is off: there is no batch to try it on.")
    if wanted == "on":
        return try_compiling(step, batches[0], why, outlook)
    if outlook.steps_left < LEAST_STEPS:
        return Choice(False, f"XLA is off: {outlook.steps_left} steps are over before compiling pays.")
    if outlook.replicas > 1:
        return Choice(False, "XLA is off: with several devices it is not measured; xla=on takes it.")
    return weigh(step, batches, outlook, look_up)


def try_compiling(step: Rehearsing, batch: Batch, why: str, outlook: Outlook) -> Choice:
    try:
        if outlook.timed_apart is not None and outlook.decided is None:
            outlook.timed_apart()
        step.is_compiled = True
        step.rehearse(batch)
    except FAILURES as error:
        return Choice(False, failure_text(error))
    return Choice(True, f"XLA is on: {why}.")


def weigh(
    step: Rehearsing, batches: Sequence[Batch], outlook: Outlook, look_up: Callable[[], None]
) -> Choice:
    """Measure steps with and without XLA, and set what they save against the compiling."""
    try:
        _, plain = timed(step, batches, look_up)
    except tf.errors.OpError as error:
        if not is_out_of_memory(error):
            raise
        # The steps themselves will find it out, and what to do then is no business of this.
        return Choice(False, "XLA is off: memory ran out before it could be measured.")
    steps_left = outlook.steps_at(plain)
    if plain * steps_left < LEAST_SECONDS:
        return Choice(
            False,
            f"XLA is off: the run takes about {plain * steps_left:.0f} s, too little for compiling to pay.",
        )
    try:
        first, compiled = timed_compiled(step, batches, outlook, look_up)
    except FAILURES as error:
        return Choice(False, failure_text(error))
    compiling = max(first - compiled, 0.0)
    figures = (
        f"{1000 * compiled:.0f} ms for gradients with it, {1000 * plain:.0f} ms without, "
        f"{compiling:.0f} s to compile each of up to {outlook.shapes} shapes"
    )
    if compiling > MOST_COMPILE_SECONDS and not tf.config.list_physical_devices("GPU"):
        return Choice(False, f"XLA is off: compiling takes too long on a CPU ({figures}).")
    saved, spent = (plain - compiled) * steps_left, compiling * (outlook.shapes - 1)
    if compiled < LEAST_GAIN * plain and saved > LEAST_RETURN * spent:
        return rehearsed_here(step, batches[0], Choice(True, f"XLA is on: {figures}, {steps_left} steps."))
    return Choice(False, f"XLA is off: {figures}, {steps_left} steps.")


def rehearsed_here(step: Rehearsing, batch: Batch, choice: Choice) -> Choice:
    """Return the choice if what worked in another process works in this one, too."""
    step.is_compiled = True
    try:
        step.rehearse(batch)
    except FAILURES as error:
        return Choice(False, failure_text(error))
    return choice


def timed_compiled(
    step: Rehearsing, batches: Sequence[Batch], outlook: Outlook, look_up: Callable[[], None]
) -> tuple[float, float]:
    if outlook.timed_apart is not None:
        return outlook.timed_apart()
    step.is_compiled = True
    return timed(step, batches, look_up)


def timed(step: Rehearsing, batches: Sequence[Batch], look_up: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds of the first rehearsal, and of a step's gradients thereafter."""

    def rehearsed(batch: Batch) -> float:
        look_up()
        return seconds_of(lambda: step.rehearse(batch))

    first, *_ = [rehearsed(batch) for batch in batches]
    later = [statistics.median(rehearsed(batch) for _ in range(REHEARSALS)) for batch in batches]
    return first, step.accumulation * statistics.mean(later)


def seconds_of(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def failure_text(error: Exception) -> str:
    """Return one sentence; TensorFlow's messages go on for pages."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return f"XLA is off: this network cannot be compiled, or not in time. {line[:300]}"


def with_few_shapes(batch: Batch) -> Batch:
    """Return a batch with its lengths rounded up, since each shape is compiled for itself."""
    return Batch(
        lengthened(batch.questions),
        lengthened(batch.inputs),
        lengthened(batch.targets),
        batch.weights,
        lengthened(batch.distractors),
    )


def lengthened(ids: Ids) -> Ids:
    length = ids.shape[1]
    return np.pad(ids, [(0, 0), (0, rounded(length) - length)], constant_values=PAD_ID)


def rounded(length: int) -> int:
    """Return a length that is no more than a quarter larger: 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, ...

    >>> [rounded(length) for length in (1, 8, 9, 33, 65, 400)]
    [8, 8, 16, 40, 80, 448]
    """
    grain = max(SHORTEST, 2 ** ((length - 1).bit_length() - 3))
    return -(-length // grain) * grain


def count_shapes(question_length: int, answer_length: int, *, has_distractors: bool = False) -> int:
    """Return how many shapes batches can have at most, where questions and answers are no longer than that.

    >>> count_shapes(20, 20), count_shapes(20, 20, has_distractors=True)
    (9, 27)
    """
    answers = count_lengths(answer_length + 1)
    return count_lengths(question_length) * answers * (answers if has_distractors else 1)


def count_lengths(longest: int) -> int:
    return len({rounded(length) for length in range(1, longest + 1)})
