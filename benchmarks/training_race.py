"""Perplexity against time: who knows the held-out exchanges better after so many minutes of training."""

import math
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.peer_environments import PeerError
from benchmarks.report import Figure
from benchmarks.training_contestants import JOEYNMT, Entry, Process, Result, start_all, was_quiet

# The first steps compile and allocate, once and for all: they count for nobody.
WARM_UP = 3
# One run each: what is closer than this could be the other way round with another seed.
NOISE = 0.01
GOAL = "at most JoeyNMT's"


def race(
    entries: Sequence[Entry], batches: Path, held_out: Path, directory: Path, minutes: float
) -> list[Result]:
    """Let contestants train to the same moments, in turns; measuring takes none of their time."""
    results = [Result(entry) for entry in entries]
    with ExitStack() as stack:
        running = start_all(results, batches, held_out, directory, stack)
        for moment in moments(minutes):
            for result, process in running:
                run_to(moment, result, process)
    return results


def moments(minutes: float) -> tuple[float, float]:
    return minutes / 2, minutes


def run_to(moment: float, result: Result, process: Process) -> None:
    """Train up to that minute and add what was reached to the answers."""
    if result.failure:
        return
    try:
        if not result.answers:
            process.ask(do="steps", first=0, warm_up=WARM_UP - 1, number=1)
        before = result.answers[-1] if result.answers else {"steps": WARM_UP, "seconds": 0.0}
        trained = process.ask(do="train", first=before["steps"], seconds=moment * 60 - before["seconds"])
        loss = process.ask(do="measure")["loss"]
    except PeerError as error:
        result.failure = str(error)
        return
    result.answers.append(
        {
            "steps": before["steps"] + trained["steps"],
            "seconds": before["seconds"] + trained["seconds"],
            "others": trained["others"],
            "perplexity": math.exp(min(loss, 50)),  # what diverged is a number all the same
        }
    )


def race_figures(kind: str, results: Sequence[Result], minutes: float) -> list[Figure]:
    """Return the rows of a race of ours and JoeyNMT."""
    figures: list[Figure] = []
    for number, moment in enumerate(moments(minutes)):
        for result in results:
            name = f"{kind}: {result.entry.name}, {moment:g} minutes"
            if result.failure:
                figures.append(result.not_measured(name))
                continue
            answer, peer = result.answers[number], result.entry.peer
            goal = ("", None) if peer else (GOAL, is_ahead(number, results))
            figures += [
                Figure(f"{name}, steps", answer["steps"], "steps", peer=peer),
                Figure(f"{name}, held-out perplexity", answer["perplexity"], "", *goal, peer or JOEYNMT),
            ]
    return figures


def is_ahead(number: int, results: Sequence[Result]) -> bool | None:
    """Return whether ours is not behind; None where that cannot be told."""
    mine, theirs = results
    if theirs.failure or not was_quiet(results):
        return None
    ratio = mine.answers[number]["perplexity"] / theirs.answers[number]["perplexity"]
    return ratio < 1 if abs(ratio - 1) > NOISE else None
