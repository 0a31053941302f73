"""How fast and lean we train, beside JoeyNMT and a plain Keras fit: `make bench-training DATA=folder`.

DATA holds `dailydialog`. All get the same batches in the same order, two threads, the whole softmax, the same
dropout and Adam; rounds take turns, so that all see the same machine. Then ours and JoeyNMT's recurrent
network train for `--minutes` each, and their perplexity on held-out exchanges is measured halfway and at the
end. JoeyNMT is installed into `.peers` on the first run; where that fails, its rows say so.

Where other programs took a tenth of the machine, no goal is called reached or missed.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from benchmarks.other_programs import MOST_OTHERS
from benchmarks.peer_environments import PeerError
from benchmarks.peers.contest import Sizes, write_batches
from benchmarks.preprocessing import compared
from benchmarks.report import Figure, publish
from benchmarks.training_contestants import (
    JOEYNMT,
    Entry,
    Process,
    Result,
    joeynmt,
    keras_fit,
    ours,
    start_all,
    was_quiet,
)
from benchmarks.training_ours import held_out_batches, make_dataset, steps_an_epoch, training_batches
from benchmarks.training_race import race, race_figures

ROUNDS, WARM_UP, STEPS = 5, 3, 40
# On a busy machine there are fewer rounds: none begins later than this.
SECONDS_FOR_ROUNDS = 480
MINUTES = 11.0
# Behind the last of them comes the first again; eleven minutes need fewer on two cores.
EPOCHS_OF_RACE = 8
RECURRENT, TRANSFORMER = "bi-LSTM", "transformer"
# Where the system tells them apart: libraries are files that lie in memory as long as there is room.
MEMORY = {"peak_mib": "peak memory", "own_peak_mib": "peak memory without mapped files"}


@dataclass(frozen=True)
class Files:
    """The batches that all contestants read."""

    directory: Path

    @property
    def rounds(self) -> Path:
        return self.directory / "rounds.npz"

    @property
    def race(self) -> Path:
        return self.directory / "race.npz"

    @property
    def held_out(self) -> Path:
        return self.directory / "held-out.npz"


def write_files(data: Path, files: Files) -> Sizes:
    """Write the batches; return the sizes that follow from them, for a recurrent network of one layer."""
    dataset = make_dataset(data / "dailydialog", files.directory)
    needed = ROUNDS * (WARM_UP + STEPS)
    write_batches(files.rounds, list(islice(training_batches(dataset, EPOCHS_OF_RACE), needed)))
    write_batches(files.race, list(training_batches(dataset, EPOCHS_OF_RACE)))
    write_batches(files.held_out, list(held_out_batches(dataset)))
    return Sizes(
        architecture="rnn2",
        layers=1,
        vocabulary=len(dataset.vocabulary),
        steps_an_epoch=steps_an_epoch(dataset),
    )


def in_rounds(entries: Sequence[Entry], files: Files) -> list[Result]:
    """Let all contestants take the same steps, in turns."""
    results = [Result(entry) for entry in entries]
    with ExitStack() as stack:
        running = start_all(results, files.rounds, files.held_out, files.directory, stack)
        last_start = time.monotonic() + SECONDS_FOR_ROUNDS
        for first in range(0, ROUNDS * (WARM_UP + STEPS), WARM_UP + STEPS):
            if time.monotonic() > last_start:
                break
            for result, process in running:
                ask_in_round(result, process, first)
    return results


def ask_in_round(result: Result, process: Process, first: int) -> None:
    if result.failure:
        return
    try:
        result.answers.append(process.ask(do="steps", first=first, warm_up=WARM_UP, number=STEPS))
    except PeerError as error:
        result.failure = str(error)


def contest_figures(kind: str, results: Sequence[Result], goal: float) -> list[Figure]:
    """Return the rows of contestants that learn the same kind of network: ours, JoeyNMT, maybe others."""
    mine, theirs = results[:2]
    figures = [figure for result in results for figure in own_figures(kind, result)]
    if mine.failure or theirs.failure:
        return figures
    speed = compared(
        f"{kind}: ours to JoeyNMT, speed", goal, (seconds_a_token(mine), seconds_a_token(theirs)), JOEYNMT
    )
    return [
        *figures,
        speed if was_quiet(results) else replace(speed, holds=None),
        *memory_figures(kind, mine, theirs),
    ]


def memory_figures(kind: str, mine: Result, theirs: Result) -> list[Figure]:
    own, others = peaks_mib(mine), peaks_mib(theirs)
    shares = {what: own[what] / others[what] for what in own}
    return [
        Figure(f"{kind}: ours to JoeyNMT, {what}", share, "times", "at most 1", share <= 1, JOEYNMT)
        for what, share in shares.items()
    ]


def own_figures(kind: str, result: Result) -> list[Figure]:
    name, peer = f"{kind}: {result.entry.name}", result.entry.peer
    if result.failure:
        return [result.not_measured(name)]
    speed = statistics.median(answer["tokens_a_second"] for answer in result.answers)
    return [
        Figure(f"{name}, weights", result.weights / 1e6, "million", peer=peer),
        Figure(f"{name}, speed", speed, "tokens/s", peer=peer),
        *(Figure(f"{name}, {what}", mib, "MiB", peer=peer) for what, mib in peaks_mib(result).items()),
    ]


def peaks_mib(result: Result) -> dict[str, float]:
    last = result.answers[-1]
    return {what: float(last[key]) for key, what in MEMORY.items() if key in last}


def seconds_a_token(result: Result) -> list[float]:
    return [1 / answer["tokens_a_second"] for answer in result.answers]


def others_figure(results: Sequence[Result]) -> Figure:
    share, most = 100 * max(result.others for result in results), 100 * MOST_OTHERS
    return Figure("other programs' share of the machine", share, "%", f"at most {most:g}", share <= most)


def main(data: Path, minutes: float) -> None:
    if not (data / "dailydialog").exists():
        raise SystemExit(f"{data} must hold the folder dailydialog; it does not. Name another with DATA=.")
    with tempfile.TemporaryDirectory() as directory:
        files = Files(Path(directory))
        recurrent = write_files(data, files)
        transformer = replace(recurrent, architecture=TRANSFORMER, layers=2)
        pair = [ours(recurrent), joeynmt(recurrent)]
        entries = [*pair, keras_fit(recurrent), ours(transformer), joeynmt(transformer)]
        results = in_rounds(entries, files)
        racers = race(pair, files.race, files.held_out, files.directory, minutes) if minutes else []
    publish(
        "training",
        [
            *contest_figures(RECURRENT, results[:3], 1.5),
            *contest_figures(TRANSFORMER, results[3:], 1.0),
            *(race_figures(RECURRENT, racers, minutes) if racers else []),
            others_figure([*results, *racers]),
        ],
    )
    failed = [result.failure for result in [*results, *racers] if not result.entry.peer and result.failure]
    if failed:
        raise SystemExit(f"Our own trainer could not be measured: {failed[0]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder that holds dailydialog")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of training; 0 leaves perplexity out")
    arguments = parser.parse_args()
    main(arguments.data, arguments.minutes)
