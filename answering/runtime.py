"""The exported network under ONNX Runtime: encode a question, take one decoder step.

S tokens of a question, U units, V vocabulary, B rows.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from answering.decoding import Floats, States, Step, Tokens, log_softmax
from answering.errors import BundleError


@dataclass(frozen=True)
class Encoding:
    """A question as the decoder sees it."""

    question: Tokens  # (1, S)
    outputs: Floats  # (1, S, U)
    states: States  # each (1, U)


class GeneratorRuntime:
    """Both networks of a generator part, on one thread: two threads on a small network were slower."""

    def __init__(self, directory: Path, precision: str) -> None:
        suffix = ".int8.onnx" if precision == "int8" else ".onnx"
        self._encoder = open_session(directory / f"encoder{suffix}")
        self._decoder = open_session(directory / f"decoder{suffix}")
        # Dynamic quantisation scales a whole batch at once: a row would depend on its neighbours.
        self._is_row_by_row = precision == "int8"
        self._state_names = numbered(self._decoder.get_inputs(), "state_")
        self._next_names = numbered(self._decoder.get_outputs(), "next_state_")
        self._encoder_state_names = numbered(self._encoder.get_outputs(), "state_")

    def encode(self, question_ids: list[int]) -> Encoding:
        question = np.array([question_ids], np.int32)  # (1, S)
        outputs, *states = self._encoder.run(["outputs", *self._encoder_state_names], {"question": question})
        return Encoding(question, outputs, states)

    def step_for(self, encoding: Encoding) -> Step:
        """Return the step function that answers this question."""

        def step(tokens: Tokens, states: States) -> tuple[Floats, States]:
            if self._is_row_by_row and len(tokens) > 1:
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

    def _run(self, encoding: Encoding, tokens: Tokens, states: States) -> tuple[Floats, States]:
        size = len(tokens)
        feed = {
            "token": tokens,
            "outputs": np.repeat(encoding.outputs, size, axis=0) if size > 1 else encoding.outputs,
            "question": np.repeat(encoding.question, size, axis=0) if size > 1 else encoding.question,
            **dict(zip(self._state_names, states, strict=True)),
        }
        logits, *following = self._decoder.run(["logits", *self._next_names], feed)
        return logits, following


def open_session(path: Path) -> Any:
    """Open a network from its bytes: without a path, it cannot draw in files from elsewhere."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            path.read_bytes(), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime raises many kinds of its own
        reason = " ".join(str(error).split())[:300]
        raise BundleError(f"{path.name} must be a network that ONNX Runtime opens: {reason}") from None


def numbered(values: list[Any], prefix: str) -> list[str]:
    names = [value.name for value in values if value.name.startswith(prefix)]
    return sorted(names, key=lambda name: int(name.removeprefix(prefix)))
