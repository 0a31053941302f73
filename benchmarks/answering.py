"""How fast a bundle answers in one process: `make bench-answering BUNDLE=save/<run>/bundle`."""

import statistics
import sys
import time
from pathlib import Path

from answering.question import Question
from answering.responder import Responder
from benchmarks.report import Figure, publish

QUESTIONS = ("good to know", "What is AI?", "How are you today?", "tell me a joke", "你好", "who are you")
ROUNDS = 50


def main(bundle: Path) -> None:
    started = time.perf_counter()
    responder = Responder.open(bundle)
    opened = time.perf_counter() - started
    responder.warm_up()
    figures = [Figure("open and check the bundle", opened, "s")]
    ways: dict[str, dict[str, object]] = {
        "greedy": {"mode": "generate"},
        "beam 5": {"mode": "generate", "beam_size": 5},
        "five answers": {"mode": "generate", "answers": 5},
        "retrieve": {"mode": "retrieve"},
    }
    for name, options in ways.items():
        figures += measured(responder, name, options)
    publish("answering", figures)


def measured(responder: Responder, name: str, options: dict[str, object]) -> list[Figure]:
    times = []
    for _ in range(ROUNDS):
        for text in QUESTIONS:
            started = time.perf_counter()
            responder.answer(Question(text=text, **options))  # type: ignore[arg-type]  # chosen above
            times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return [
        Figure(f"{name}, p50", statistics.median(times), "ms"),
        Figure(f"{name}, p95", times[int(len(times) * 0.95)], "ms"),
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
