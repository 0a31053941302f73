"""How fast answers are found among many exchanges: `make bench-retrieval DATA=folder BUNDLE=save/.../bundle`.

The exchanges are neighbouring lines of the corpora in DATA, `cornell` and `dailydialog`, and where those end
what two of them say together. Questions are some of theirs, carelessly typed. With BUNDLE, of a dual encoder,
its towers rank the answers; else only the words of questions are compared. ChatterBot, beside which we
answer over HTTP, is installed below `.peers` on the first run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count, islice, pairwise
from pathlib import Path

import numpy as np

from answering.alike_cases import careless
from answering.bundle import Bundle, Manifest, Part, new_bundle, write_manifest
from answering.question import Question
from answering.responder import Responder
from answering.retrieval import Provenance, build_retriever_part
from benchmarks.answering_served import ROUNDS, Contestant
from benchmarks.answering_sites import our_site, peer_site
from benchmarks.load import put_load
from benchmarks.other_programs import OtherPrograms, called
from benchmarks.peer_environments import PeerError, peer_python
from benchmarks.peers.chatterbot_answers import STATEMENTS
from benchmarks.preprocessing import turns_of
from benchmarks.report import Figure, publish
from benchmarks.retrieval_vectors import ranker_figures, write_ranker
from preprocessing.ragged import TextColumn
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser

SMALL, MIDDLE, LARGE = 5_000, 100_000, 1_000_000
MOST_MS = {MIDDLE: 5.0, LARGE: 10.0}
QUESTIONS, WARM_UP = 300, 20
CHATTERBOT, LEAST_TIMES = "ChatterBot 1.2.15", 10.0
CLIENTS, SECONDS = 8, 10.0
MIB = 2**20
Exchange = tuple[str, str]


def exchanges_of(data: Path) -> Iterator[Exchange]:
    """Yield exchanges without end; those of two others together from the first corpus' end on."""
    cornell = (data / "cornell" / "movie_lines.txt").read_text(encoding="latin-1").splitlines()
    lines = [line.rsplit(" +++$+++ ", 1)[-1].strip() for line in cornell]
    lines = [line for line in [*turns_of(data / "dailydialog"), *lines] if line]
    yield from pairwise(lines)
    for step in count(1000, 1000):
        yield from zip(map(" ".join, zip(lines, lines[step:], strict=False)), lines[step + 1 :], strict=False)


def write_bundle(exchanges: Sequence[Exchange], directory: Path, ranking: Bundle | None) -> None:
    questions, answers = zip(*exchanges, strict=True)
    nothing = [""] * len(exchanges)
    with new_bundle(directory) as partial:
        parts: list[Part] = [write_ranker(ranking, answers, questions, partial)] if ranking else []
        retriever = build_retriever_part(
            partial,
            questions=TextColumn.from_texts(questions),
            answers=TextColumn.from_texts(answers),
            provenance=Provenance(
                TextColumn.from_texts(nothing),
                TextColumn.from_texts(nothing),
                np.zeros(len(exchanges), np.int32),
            ),
            tokeniser=Tokeniser(TextSettings()),
        )
        write_manifest(
            partial,
            Manifest(
                architecture="retrieval",
                default_mode="retrieve",
                parts=(*parts, retriever),
                created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            ),
        )


def asked(exchanges: Sequence[Exchange]) -> list[str]:
    chance = np.random.default_rng(0)
    rows = np.linspace(0, len(exchanges) - 1, QUESTIONS + WARM_UP).astype(int)
    return [careless(exchanges[row][0], chance) for row in rows]


def size_figures(exchanges: Sequence[Exchange], directory: Path, ranking: Bundle | None) -> list[Figure]:
    """Return what finding an answer among so many takes, by words alone and by the dual encoder as well."""
    name = f"{len(exchanges):,} exchanges"
    figures = []
    for way, ranker in (("by words", None), *((("by the dual encoder", ranking),) if ranking else ())):
        folder = directory / way.rsplit(" ", 1)[-1]
        started = time.perf_counter()
        write_bundle(exchanges, folder, ranker)
        built = time.perf_counter() - started
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        responder = Responder.open(folder)
        p50, p95 = percentiles(responder, asked(exchanges))
        most = MOST_MS.get(len(exchanges))
        goal, holds = (f"under {most:g}", p50 < most) if most else ("", None)
        figures += [
            Figure(f"{name}: {way}, p50", p50, "ms", goal, holds),
            Figure(f"{name}: {way}, p95", p95, "ms"),
            Figure(f"{name}: {way}, bundle made", built, "s"),
            Figure(f"{name}: {way}, bundle", size / MIB, "MiB"),
        ]
        if ranker and responder.fitting:
            figures += ranker_figures(name, responder.fitting, asked(exchanges))
    return figures


def percentiles(responder: Responder, texts: Sequence[str]) -> tuple[float, float]:
    responder.warm_up()
    times = []
    for text in texts:
        started = time.perf_counter()
        responder.answer_anew(Question(text=text))
        times.append(1000 * (time.perf_counter() - started))
    return float(np.percentile(times[WARM_UP:], 50)), float(np.percentile(times[WARM_UP:], 95))


def chatterbot_figures(exchanges: Sequence[Exchange], directory: Path, folder: Path) -> list[Figure]:
    """Return our answers a second beside ChatterBot's, on the same exchanges over HTTP."""
    name = f"{2 * len(exchanges):,} statements, {CLIENTS} clients"
    try:
        python = peer_python("chatterbot")
        (folder / STATEMENTS).write_text(json.dumps(exchanges), encoding="utf-8")
        learned = [str(python), "-m", "benchmarks.peers.chatterbot_answers", str(folder)]
        subprocess.run(learned, check=True, stderr=subprocess.DEVNULL)
        with our_site(folder) as ours, peer_site("chatterbot", folder, python) as theirs:
            ours.serve(directory)
            pair = [Contestant("ours", ours.site.address), Contestant(CHATTERBOT, theirs.address)]
            questions = ({"message": text, "seed": n} for n, text in enumerate(endless(asked(exchanges))))
            for _ in range(ROUNDS):
                for one in pair:
                    load = put_load(one.address, questions, CLIENTS, SECONDS)
                    one.loads.setdefault(CLIENTS, []).append(load)
    except (PeerError, subprocess.CalledProcessError) as error:
        print(f"ChatterBot could not be measured: {error}", file=sys.stderr)
        return [Figure("ChatterBot, could not be measured", 0, "answers/s", peer=CHATTERBOT)]
    speeds = [one.load(CLIENTS).answers_a_second for one in pair]
    ratio = speeds[0] / speeds[1]
    return [
        Figure(f"{name}: ours", speeds[0], "answers/s"),
        Figure(f"{name}: ChatterBot", speeds[1], "answers/s", peer=CHATTERBOT),
        Figure(
            f"{name}: ours to ChatterBot", ratio, "times", f"at least {LEAST_TIMES:g}", ratio >= LEAST_TIMES,
            CHATTERBOT,
        ),
    ]  # fmt: skip


def endless(texts: Sequence[str]) -> Iterator[str]:
    while True:
        yield from texts


def growth_figure(figures: Sequence[Figure]) -> Figure:
    """Return how much longer an answer takes among 200 times as many exchanges."""
    found = {figure.name: figure.value for figure in figures}
    small, large = (found[f"{number:,} exchanges: by words, p50"] for number in (SMALL, LARGE))
    times = LARGE / SMALL
    growth = large / small
    return Figure(
        f"time among {times:g} times as many exchanges", growth, "times", f"under {times:g}", growth < times
    )


def main(data: Path, ranking: Path | None) -> None:
    exchanges = list(islice(exchanges_of(data), LARGE))
    bundle = Bundle.open(ranking) if ranking else None
    if bundle and not bundle.part("ranker"):
        raise SystemExit(
            f"{ranking} must have a ranker part. Name the bundle of a dual_encoder with BUNDLE=."
        )
    others = OtherPrograms()
    with tempfile.TemporaryDirectory() as name:
        directory, figures = Path(name), []
        for number in (SMALL, MIDDLE, LARGE):
            (directory / str(number)).mkdir()
            figures += size_figures(exchanges[:number], directory / str(number), bundle)
        (directory / "site").mkdir()
        figures += chatterbot_figures(exchanges[:SMALL], directory / str(SMALL) / "words", directory / "site")
    figures.append(growth_figure(figures))
    share = others.share()
    publish(
        "retrieval",
        [*called(figures, share), Figure("other programs' share of the machine", 100 * share, "%")],
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder that holds cornell and dailydialog")
    parser.add_argument("--bundle", type=Path, help="one with a dual encoder")
    arguments = parser.parse_args()
    main(arguments.data, arguments.bundle)
