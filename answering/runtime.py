"""The exported network under ONNX Runtime: encode a question, take one decoder step.

S tokens of a question, U units, V vocabulary, B rows, M mechanisms (ways to answer).
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from answering.decoding.hypothesis import Floats, States, Step, Tokens, log_softmax
from answering.errors import BundleError
from answering.shared_steps import SharedSteps, Wanted, filled_up, rows_are_apart
from preprocessing.vocabulary import GO_ID, PAD_ID

PRECISIONS = ("float32", "int8")
ATTENTION = "attention"
MECHANISM_SCORES = "mechanism_scores"
# ONNX Runtime's own log: what it complains of reaches us as an exception.
FATAL = 4
# So begin the names of the operators that choose a scale for all that they are given.
DYNAMIC_QUANTISATION = b"DynamicQuantize"
LONGEST_TRIED = 7


@dataclass(frozen=True)
class Encoding:
    """A question as the decoder sees it."""

    question: Tokens  # (1, S)
    outputs: Floats  # (1, S, U)
    states: States  # each (1, ...)
    # log p(m) of each mechanism (1, M), if there are such; the last state (1, M) says which one answers.
    mechanism_scores: Floats | None = None

    @property
    def mechanisms(self) -> list[int]:
        """The mechanisms, likeliest first; none where the network knows one way to answer."""
        if self.mechanism_scores is None:
            return []
        return [int(number) for number in np.argsort(-self.mechanism_scores[0], kind="stable")]

    def states_of(self, mechanism: int) -> States:
        """Return the states with which that mechanism answers."""
        choice = np.zeros_like(self.states[-1])
        choice[:, mechanism] = 1.0
        return [*self.states[:-1], choice]


class GeneratorRuntime:
    """Both networks of a generator part, on one thread: two threads on a small network were slower."""

    def __init__(self, directory: Path, precision: str) -> None:
        if precision not in PRECISIONS:
            raise BundleError(f"The precision must be one of {', '.join(PRECISIONS)}. Received {precision}.")
        suffix = ".int8.onnx" if precision == "int8" else ".onnx"
        self._encoder = open_session(directory / f"encoder{suffix}")
        self.decoder = open_session(directory / f"decoder{suffix}")
        self._is_row_by_row = scales_whole_batches(directory / f"decoder{suffix}")
        # Only `check` finds out whether steps can be shared.
        self._shared: SharedSteps | None = None
        self._state_names = numbered(self.decoder.get_inputs(), "state_")
        self._next_names = numbered(self.decoder.get_outputs(), "next_state_")
        encoder_outputs = self._encoder.get_outputs()
        self._encoder_state_names = numbered(encoder_outputs, "state_")
        self._score_names = [value.name for value in encoder_outputs if value.name == MECHANISM_SCORES]

    def check(self, vocabulary_size: int) -> None:
        """Take a step with two rows, so that networks that do not fit are refused now, not in a question.

        Raises:
            BundleError: the networks do not fit each other or the vocabulary.
        """
        last = vocabulary_size - 1
        try:
            encoding = self.encode([last])
            states = [np.repeat(state, 2, axis=0) for state in encoding.states]
            scores, _ = self.step_for(encoding)(np.array([GO_ID, last], np.int32), states)
            chosen = encoding.states[-1].shape if encoding.mechanisms else None
        except Exception as error:  # ONNX Runtime raises many kinds of its own
            raise BundleError(f"The networks must answer a question: {one_line(error)}") from None
        if scores.shape != (2, vocabulary_size) or not np.isfinite(scores).all():
            raise BundleError(
                f"The networks must score {vocabulary_size:,} tokens with finite numbers. "
                f"Received the shape {scores.shape}. Export the run again."
            )

        if chosen not in (None, (1, len(encoding.mechanisms))):
            raise BundleError(
                "The last state must choose one of the mechanisms that have a score. "
                f"Received the shape {chosen} for {len(encoding.mechanisms)}. Export the run again."
            )
        if not self._is_row_by_row and rows_are_apart(self._run_rows, self._some_steps(vocabulary_size)):
            self._shared = SharedSteps(self._run_rows)

    def _some_steps(self, vocabulary_size: int) -> list[Wanted]:
        """Return steps with some tokens for questions of several lengths, in several rows."""
        ids = np.linspace(GO_ID, vocabulary_size - 1, LONGEST_TRIED).astype(np.int32)
        steps = []
        for length, rows in ((1, 1), (LONGEST_TRIED, 5), (3, 2)):
            encoding = self.encode(ids[:length].tolist())
            states = [np.repeat(state, rows, axis=0) for state in encoding.states]
            question, outputs = filled_up(encoding.question, PAD_ID), filled_up(encoding.outputs, 0)
            steps.append(Wanted(question, outputs, ids[-rows:], states))
        return steps

    def encode(self, question_ids: list[int]) -> Encoding:
        question = np.array([question_ids], np.int32)  # (1, S)
        names = ["outputs", *self._score_names, *self._encoder_state_names]
        outputs, *rest = self._encoder.run(names, {"question": question})
        scores, states = rest[: len(self._score_names)], rest[len(self._score_names) :]
        return Encoding(question, outputs, states, *scores)

    def step_for(self, encoding: Encoding) -> Step:
        """Return the step function that answers this question."""

        question, outputs = filled_up(encoding.question, PAD_ID), filled_up(encoding.outputs, 0)

        def step(tokens: Tokens, states: States) -> tuple[Floats, States]:
            if self._shared is not None:
                logits, following = self._shared.take(Wanted(question, outputs, tokens, states))
            elif self._is_row_by_row and len(tokens) > 1:
                rows = [slice(row, row + 1) for row in range(len(tokens))]
                parts = [self._run(encoding, tokens[row], [s[row] for s in states]) for row in rows]
                logits = np.concatenate([part[0] for part in parts])
                following = [
                    np.concatenate(column) for column in zip(*(part[1] for part in parts), strict=True)
                ]
            else:
                logits, following = self._run(encoding, tokens, states)
            return log_softmax(logits), following

        return step

    @property
    def has_attention(self) -> bool:
        """Whether the networks tell what they look at; those of other programs need not."""
        return any(value.name == ATTENTION for value in self.decoder.get_outputs())

    def attend(self, encoding: Encoding, token: int, states: States) -> tuple[Floats, States]:
        """Take a step for what it looks at in the question, (S,), and the next states."""
        feed = self.feed(encoding, np.array([token], np.int32), states)
        [attention], *following = self.decoder.run([ATTENTION, *self._next_names], feed)
        return attention, following

    def _run(self, encoding: Encoding, tokens: Tokens, states: States) -> tuple[Floats, States]:
        return self._logits_of(self.feed(encoding, tokens, states))

    def _run_rows(
        self, questions: Tokens, outputs: Floats, tokens: Tokens, states: States
    ) -> tuple[Floats, States]:
        given = {"token": tokens, "outputs": outputs, "question": questions}
        return self._logits_of({**given, **dict(zip(self._state_names, states, strict=True))})

    def _logits_of(self, feed: dict[str, Any]) -> tuple[Floats, States]:
        logits, *following = self.decoder.run(["logits", *self._next_names], feed)
        return logits, following

    def feed(self, encoding: Encoding, tokens: Tokens, states: States) -> dict[str, Any]:
        """Return what a step reads, by name; every row is about the same question."""
        size = len(tokens)
        return {
            "token": tokens,
            "outputs": np.repeat(encoding.outputs, size, axis=0) if size > 1 else encoding.outputs,
            "question": np.repeat(encoding.question, size, axis=0) if size > 1 else encoding.question,
            **dict(zip(self._state_names, states, strict=True)),
        }


def open_session(path: Path) -> Any:
    """Open a network that holds its own weights.

    Raises:
        BundleError: it is no network, or draws in weights from other files.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = FATAL
    # Weights in other files are looked for in the working folder: below a file there can be none.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path))
    try:
        return onnxruntime.InferenceSession(
            path.read_bytes(), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime raises many kinds of its own
        raise BundleError(
            f"{path.name} must be a network that ONNX Runtime opens: {one_line(error)}"
        ) from None


def scales_whole_batches(path: Path) -> bool:
    """Whether a network is quantised as its numbers come, with one scale a batch.

    A row would depend on its neighbours, so it is given one at a time. Our exports have a scale a row.
    """
    return DYNAMIC_QUANTISATION in path.read_bytes()


def one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def numbered(values: list[Any], prefix: str) -> list[str]:
    """Return the names `prefix` 0, 1, ... in the order of their numbers."""
    names = [value.name for value in values if re.fullmatch(rf"{prefix}\d+", value.name)]
    return sorted(names, key=lambda name: int(name.removeprefix(prefix)))
