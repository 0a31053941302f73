"""How much five answers to a question differ: `make bench-several BUNDLE=save/.../bundle`.

Distinct-2 (Li et al. 2016) among the five: the share of their neighbouring words that are different ones. By
each way five answers that differ in more than punctuation and case are taken of what it finds, the best ones.
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from answering.candidates.generated import Generator
from answering.decoding.beam import decode_with_beam, decode_with_diverse_beam
from answering.decoding.hypothesis import Hypothesis, Limits, States, Step
from answering.decoding.sampling import Sampling, decode_by_sampling
from answering.finishing import letters_of
from answering.question import Question
from answering.responder import Responder
from benchmarks.report import Figure, publish
from training.evaluation.metrics import distinct_n

QUESTIONS, ANSWERS, SPARE = 100, 5, 2
Search = Callable[[Step, States, Limits, int], list[Hypothesis]]


def diverse(diversity: float) -> Search:
    return lambda step, states, limits, number: decode_with_diverse_beam(
        step, states, limits, number, diversity=diversity
    )


def drawn(temperature: float, top_p: float) -> Search:
    sampling = Sampling(temperature, top_p=top_p)
    return lambda step, states, limits, number: decode_by_sampling(step, states, limits, sampling, number)


SEARCHES: dict[str, Search] = {
    "plain beam": decode_with_beam,
    "diverse beam 0.5": diverse(0.5),
    "diverse beam 1": diverse(1.0),
    "diverse beam 2": diverse(2.0),
    "drawn, temperature 0.7": drawn(0.7, 0.9),
    "drawn, temperature 1": drawn(1.0, 0.9),
}


def main(bundle: Path) -> None:
    responder = Responder.open(bundle)
    assert responder.generator is not None
    assert responder.alike is not None
    texts = responder.alike.retriever.question_texts
    rows = np.linspace(0, len(texts) - 1, QUESTIONS).astype(int).tolist()
    questions = [Question(text=texts[row], answers=ANSWERS) for row in rows]
    ways = {name: partial(searched, responder.generator, search) for name, search in SEARCHES.items()}
    ways["as served"] = partial(served, responder)
    publish(
        "several-answers", [figure for name, ask in ways.items() for figure in measured(name, ask, questions)]
    )


def served(responder: Responder, question: Question) -> list[tuple[str, float]]:
    return [(answer.text, answer.score or 0.0) for answer in responder.answer(question).answers]


def searched(generator: Generator, search: Search, question: Question) -> list[tuple[str, float]]:
    """Return the texts and scores of the best answers that differ."""
    read = generator.reader.read(question)
    encoding, limits = generator.encode(read.tokens), generator.limits(question)
    step = generator.runtime.step_for(encoding)
    found: dict[str, tuple[str, float]] = {}
    for hypothesis in search(step, encoding.states, limits, ANSWERS + SPARE):
        text = generator.text(hypothesis)
        if text:
            found.setdefault(letters_of(text), (text, hypothesis.score))
    return list(found.values())[:ANSWERS]


def measured(
    name: str, ask: Callable[[Question], list[tuple[str, float]]], questions: list[Question]
) -> list[Figure]:
    shares, numbers, scores, times = [], [], [], []
    for question in questions:
        started = time.perf_counter()
        found = ask(question)
        times.append(1000 * (time.perf_counter() - started))
        words = [text.lower().split() for text, _ in found]
        shares.append(distinct_n(words, 2) if any(len(said) > 1 for said in words) else 0.0)
        numbers.append(len(found))
        scores += [score for _, score in found]
    return [
        Figure(f"{name}: distinct-2 of five", statistics.mean(shares), ""),
        Figure(f"{name}: answers", statistics.mean(numbers), ""),
        Figure(f"{name}: mean log-probability a token", statistics.mean(scores), ""),
        Figure(f"{name}: p50, ms", statistics.median(times), ""),
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
