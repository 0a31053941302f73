"""What else could make answers faster: `make bench-answering-experiments DATA=folder BUNDLE=save/.../bundle`.

Of the untrained networks of `make bench-answering`, a step of the decoder: with buffers bound to it, for
several rows at once, with a longer cache of keys and values; and all steps as one graph. Of BUNDLE, a trained
generator: how many answers stay the same where only its most frequent words are scored.
docs/decisions/0007 says what was made of it.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from answering.decoding.greedy import decode_greedily
from answering.decoding.hypothesis import NEVER, Floats, States, Step, Tokens
from answering.question import Question
from answering.responder import Responder
from answering.runtime import Encoding, GeneratorRuntime, open_session
from benchmarks.answering import make_bundles, words_of
from benchmarks.four_bits import four_bits_figures, write_with_four_bits
from benchmarks.report import Figure, publish
from benchmarks.untrained_bundles import ANSWER_TOKENS, RECURRENT, TRANSFORMER, questions_of
from preprocessing.vocabulary import GO_ID, SPECIAL_TOKENS

TIMES, ROWS, SHORTEST = 200, (1, 2, 5, 8), 2000
LOOP, LOGITS = "loop.onnx", "logits"


def microseconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        work()
        times.append(1e6 * (time.perf_counter() - started))
    return statistics.median(times)


def rows_figures(runtime: GeneratorRuntime, encoding: Encoding) -> list[Figure]:
    """Return what a step takes for several rows together."""
    step = runtime.step_for(encoding)
    figures = []
    for rows in ROWS:
        tokens = np.arange(10, 10 + rows, dtype=np.int32)
        states = [np.repeat(state, rows, axis=0) for state in encoding.states]
        spent = microseconds(partial(step, tokens, states))
        figures.append(Figure(f"a step for {rows} row{'s' * (rows > 1)}", spent, "us"))
    return figures


def binding_figures(runtime: GeneratorRuntime, encoding: Encoding) -> list[Figure]:
    """Return what a bare call takes with arrays handed over, and with buffers bound once."""
    session = runtime.decoder
    feed = runtime.feed(encoding, np.array([GO_ID], np.int32), encoding.states)
    names = [LOGITS, *(value.name for value in session.get_outputs() if value.name.startswith("next_state_"))]
    binding = session.io_binding()
    for name, array in feed.items():
        binding.bind_cpu_input(name, array)
    for name in names:
        binding.bind_output(name)
    return [
        Figure("a bare call, arrays handed over", microseconds(lambda: session.run(names, feed)), "us"),
        Figure("a bare call, buffers bound", microseconds(lambda: session.run_with_iobinding(binding)), "us"),
    ]


def loop_figures(folder: Path, runtime: GeneratorRuntime, encoding: Encoding) -> list[Figure]:
    """Return what all steps of a greedy answer take from Python, and as one graph that may say anything."""
    import onnx

    onnx.save(loop_of(onnx.load(folder / "decoder.int8.onnx")), folder / LOOP)
    session = open_session(folder / LOOP)
    step = runtime.step_for(encoding)
    feed = runtime.feed(encoding, np.array([GO_ID], np.int32), encoding.states)

    def from_python() -> None:
        token, states = np.array([GO_ID], np.int32), encoding.states
        for _ in range(ANSWER_TOKENS):
            scores, states = step(token, states)
            token = scores.argmax(axis=1).astype(np.int32)

    return [
        Figure(f"{ANSWER_TOKENS} steps from Python", microseconds(from_python), "us"),
        Figure(f"{ANSWER_TOKENS} steps as one graph", microseconds(lambda: session.run(None, feed)), "us"),
    ]


def loop_of(step: Any) -> Any:
    """Return a graph that takes all steps, the likeliest token each time."""
    from onnx import TensorProto, helper

    states = [value for value in step.graph.input if value.name.startswith("state_")]
    body = helper.make_graph(
        [
            *step.graph.node,
            helper.make_node("ArgMax", [LOGITS], ["likeliest"], axis=1, keepdims=0),
            helper.make_node("Cast", ["likeliest"], ["next_token"], to=TensorProto.INT32),
            helper.make_node("Identity", ["next_token"], ["said_token"]),
            helper.make_node("Identity", ["go_on"], ["goes_on"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("token", TensorProto.INT32, [None]),
            *states,
        ],
        [
            helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next_token", TensorProto.INT32, [None]),
            *(
                helper.make_tensor_value_info(f"next_{state.name}", TensorProto.FLOAT, None)
                for state in states
            ),
            helper.make_tensor_value_info("said_token", TensorProto.INT32, [None]),
        ],
        step.graph.initializer,
    )
    carried = ["token", *(state.name for state in states)]
    graph = helper.make_graph(
        [
            helper.make_node(
                "Loop",
                ["turns", "is_true", *carried],
                [*(f"last_{name}" for name in carried), "said"],
                body=body,
            )
        ],
        "loop",
        step.graph.input,
        [helper.make_tensor_value_info("said", TensorProto.INT32, None)],
        [
            helper.make_tensor("turns", TensorProto.INT64, [], [ANSWER_TOKENS]),
            helper.make_tensor("is_true", TensorProto.BOOL, [], [True]),
        ],
    )
    return helper.make_model(graph, opset_imports=step.opset_import, ir_version=step.ir_version)


def cache_figures(runtime: GeneratorRuntime, encoding: Encoding) -> list[Figure]:
    """Return what a transformer's step takes at its first and at its twentieth token."""
    step, states, figures = runtime.step_for(encoding), encoding.states, []
    token = np.array([GO_ID], np.int32)
    for number in range(20):
        if number in (0, 19):
            spent = microseconds(partial(step, token, states))
            figures.append(Figure(f"transformer: step {number + 1}", spent, "us"))
        _, states = step(token, states)
    return figures


def shortlist_figures(bundle: Path, questions: Sequence[str]) -> list[Figure]:
    """Return the share of answers that stay where all but the most frequent words are left out."""
    generator = Responder.open(bundle).generator
    if generator is None:
        raise SystemExit(f"{bundle} must have a generator. Name another one with BUNDLE=.")
    size, same = len(generator.reader.vocabulary), 0
    shortest = min(SHORTEST, size // 4)
    for text in questions:
        question = Question(text=text)
        encoding = generator.encode(generator.reader.read(question).tokens)
        step, limits = generator.runtime.step_for(encoding), generator.limits(question)
        whole = decode_greedily(step, encoding.states, limits)
        short = decode_greedily(among_first(step, shortest), encoding.states, limits)
        same += whole.ids == short.ids
    name = f"answers that stay with {shortest:,} of {size:,} words"
    return [Figure(name, 100 * same / len(questions), "%")]


def among_first(step: Step, number: int) -> Step:
    def short(tokens: Tokens, states: States) -> tuple[Floats, States]:
        scores, following = step(tokens, states)
        scores[:, number:] = NEVER
        return scores, following

    return short


def main(data: Path, bundle: Path | None) -> None:
    words = words_of(data)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        make_bundles(folder, words)
        question = next(questions_of(words))
        ids = [words.index(word) + len(SPECIAL_TOKENS) for word in question.split()]
        for name in (RECURRENT, TRANSFORMER):
            part = folder / name / "generator"
            runtime = GeneratorRuntime(part, "int8")
            encoding = runtime.encode(ids)
            if name == TRANSFORMER:
                figures += cache_figures(runtime, encoding)
            else:
                figures += [
                    *rows_figures(runtime, encoding),
                    *binding_figures(runtime, encoding),
                    *loop_figures(part, runtime, encoding),
                ]
                write_with_four_bits(part / "decoder.onnx", part / "decoder.int8.onnx")
                four = GeneratorRuntime(part, "int8").step_for(encoding)
                spent = microseconds(partial(four, np.array([GO_ID], np.int32), encoding.states))
                figures.append(Figure("a step, the vocabulary's matrix in 4 bits", spent, "us"))
    if bundle is not None:
        asked = list(islice(some_turns(data), TIMES))
        figures += [*shortlist_figures(bundle, asked), *four_bits_figures(bundle, asked)]
    publish("answering-experiments", figures)


def some_turns(data: Path) -> Iterator[str]:
    """Yield turns of DailyDialog, most of which a network that was trained on it has seen."""
    from benchmarks.preprocessing import turns_of

    return (text for number, text in enumerate(turns_of(data / "dailydialog")) if number % 100 == 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder that holds cornell and dailydialog")
    parser.add_argument("--bundle", type=Path, help="one with a generator, trained on DailyDialog")
    arguments = parser.parse_args()
    main(arguments.data, arguments.bundle)
