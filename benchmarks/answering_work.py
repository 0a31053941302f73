"""The work of an answer in one process on one thread, from text to text, beside CTranslate2."""

import json
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from answering.question import Question
from answering.responder import Responder
from benchmarks.peer_environments import PeerError, peer_python
from benchmarks.preprocessing import compared
from benchmarks.report import Figure
from benchmarks.tables import ROOT
from benchmarks.untrained_bundles import ANSWER_TOKENS, RECURRENT, SIZES, TRANSFORMER, questions_of
from preprocessing.vocabulary import SPECIAL_TOKENS

CTRANSLATE2 = "CTranslate2 4.8.5"
ROUNDS, QUESTIONS, WARM_UP = 5, 60, 5
MOST_MS, MOST_BEAM = 15.0, 2.5
WAYS: dict[str, dict[str, Any]] = {"greedy": {}, "beam 5": {"beam_size": 5}, "five answers": {"answers": 5}}


@dataclass
class Way:
    """Something that answers questions one by one; `rounds` are the median milliseconds of each round."""

    name: str
    answer: Callable[[list[str]], list[float]]
    rounds: list[float] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        return statistics.median(self.rounds)


def work_figures(folder: Path, words: list[str]) -> list[Figure]:
    questions = questions_of(words)
    recurrent = [
        Way(name, asking(Responder.open(folder / RECURRENT), options)) for name, options in WAYS.items()
    ]
    ours = Way("transformer, greedy", asking(Responder.open(folder / TRANSFORMER), {}))
    try:
        with ctranslate2(folder, words) as answer:
            theirs = Way("CTranslate2's transformer, greedy", answer)
            take_rounds([*recurrent, ours, theirs], questions)
    except PeerError as error:
        print(f"CTranslate2 could not be measured: {error}")
        theirs = None
        take_rounds([*recurrent, ours], questions)
    return [*recurrent_figures(*recurrent), *transformer_figures(ours, theirs)]


def take_rounds(ways: list[Way], questions: Iterator[str]) -> None:
    for _ in range(ROUNDS):
        for way in ways:
            times = way.answer(list(islice(questions, WARM_UP + QUESTIONS)))
            way.rounds.append(statistics.median(times[WARM_UP:]))


def asking(responder: Responder, options: dict[str, Any]) -> Callable[[list[str]], list[float]]:
    responder.warm_up()

    def answer(texts: list[str]) -> list[float]:
        times = []
        for text in texts:
            question = Question(text=text, max_tokens=ANSWER_TOKENS, mode="generate", **options)
            started = time.perf_counter()
            responder.answer_anew(question)
            times.append(1000 * (time.perf_counter() - started))
        return times

    return answer


@contextmanager
def ctranslate2(folder: Path, words: list[str]) -> Iterator[Callable[[list[str]], list[float]]]:
    """Start CTranslate2 with a transformer of our sizes; it gets the ids of the words."""
    wanted = SIZES[TRANSFORMER]
    ids = {word: number for number, word in enumerate(words, len(SPECIAL_TOKENS))}
    sizes = {
        "layers": wanted.layers,
        "heads": wanted.heads,
        "hidden": wanted.hidden_size,
        "feed_forward": 4 * wanted.hidden_size,
        "vocabulary": len(words) + len(SPECIAL_TOKENS),
        "answer": ANSWER_TOKENS,
    }
    command = [
        str(peer_python("ctranslate2")), "-m", "benchmarks.peers.ctranslate2_answers",
        str(folder / "ctranslate2"), json.dumps(sizes),
    ]  # fmt: skip
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        given, answers = process.stdin, process.stdout
        assert given is not None
        assert answers is not None
        if not answers.readline():
            raise PeerError("it ended without a word")

        def answer(texts: list[str]) -> list[float]:
            given.write(json.dumps([[ids[word] for word in text.split()] for text in texts]) + "\n")
            given.flush()
            found: list[float] = json.loads(answers.readline())
            return found

        yield answer
        given.close()


def recurrent_figures(greedy: Way, beam: Way, several: Way) -> list[Figure]:
    is_fast = all(round_ms < MOST_MS for round_ms in greedy.rounds)
    is_slow = all(round_ms >= MOST_MS for round_ms in greedy.rounds)
    ratio = beam.milliseconds / greedy.milliseconds
    return [
        Figure(
            "work of a greedy answer, p50",
            greedy.milliseconds,
            "ms",
            f"under {MOST_MS:g}",
            is_fast if is_fast or is_slow else None,
        ),
        Figure("work of an answer by beam 5, p50", beam.milliseconds, "ms"),
        Figure("beam 5 to greedy", ratio, "times", f"at most {MOST_BEAM:g}", ratio <= MOST_BEAM),
        Figure("work of five different answers, p50", several.milliseconds, "ms"),
    ]


def transformer_figures(ours: Way, theirs: Way | None) -> list[Figure]:
    figures = [Figure(f"work of the {ours.name}, p50", ours.milliseconds, "ms")]
    if theirs is None:
        return [*figures, Figure("CTranslate2, could not be measured", 0, "ms", peer=CTRANSLATE2)]
    return [
        *figures,
        Figure(f"work of {theirs.name}, p50", theirs.milliseconds, "ms", peer=CTRANSLATE2),
        compared("transformer: ours to CTranslate2, speed", 1.0, (ours.rounds, theirs.rounds), CTRANSLATE2),
    ]
