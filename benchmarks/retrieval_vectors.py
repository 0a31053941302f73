"""A trained dual encoder's part made anew for other exchanges, and how well its lists of vectors find."""

import shutil
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from answering import vector_lists
from answering.bundle import Bundle, Part
from answering.candidates.retrieved import FittingAnswers
from answering.highest import highest
from answering.question import Question
from answering.ranking import FOLDER, Towers, write_vectors
from answering.reading import Reader
from answering.responder import open_reader
from answering.stored_vectors import Floats, products
from benchmarks.report import Figure
from preprocessing.vocabulary import UNKNOWN_ID

TEXTS_AT_ONCE, QUERIES, RECALLED = 256, 200, 10
LEAST_RECALL = 0.97


def write_ranker(bundle: Bundle, answers: Sequence[str], questions: Sequence[str], directory: Path) -> Part:
    """Write the bundle's ranker with vectors of these answers."""
    part = bundle.part("ranker")
    assert part is not None
    shutil.copytree(bundle.part_directory(part), directory / FOLDER, ignore=shutil.ignore_patterns("*.npy"))
    reader = open_reader(bundle, part)
    towers = Towers.open(directory / FOLDER, str(part.settings["precision"]))

    def asked() -> Floats:
        rows = np.linspace(0, len(questions) - 1, QUERIES).astype(int)
        return vectors_of([questions[row] for row in rows], reader, towers, "question")

    written = write_vectors(directory / FOLDER, vectors_of(answers, reader, towers, "answer"), asked)
    settings = {"precision": part.settings["precision"], **written}
    return replace(part, settings=settings, files={})


def vectors_of(texts: Sequence[str], reader: Reader, towers: Towers, tower: str) -> Floats:
    """Return the vectors (N, D) of texts; one without a word gets that of an unknown one."""
    session = towers.sessions[tower]
    found = []
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        rows = [
            reader.encode(reader.read(Question(text=text)).tokens) or [UNKNOWN_ID]
            for text in texts[start : start + TEXTS_AT_ONCE]
        ]
        ids = np.zeros((len(rows), max(map(len, rows))), np.int32)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
        found.append(session.run(["vector"], {"ids": ids})[0])
    return np.concatenate(found)


def ranker_figures(name: str, fitting: FittingAnswers, texts: Sequence[str]) -> list[Figure]:
    """Return how long ranking takes, and where lists are read how many of the ten best they hold."""
    ranker = fitting.ranker
    ids = [fitting.reader.encode(fitting.reader.read(Question(text=text)).tokens) for text in texts]
    ids = [row for row in ids if row]
    times = []
    for row in ids:
        started = time.perf_counter()
        ranker.search(row, RECALLED)
        times.append(1000 * (time.perf_counter() - started))
    figures = [Figure(f"{name}: ranking alone, p50", statistics.median(times), "ms")]
    lists = ranker.lists
    if lists is None:
        return figures
    queries = np.stack([ranker.question_vector(row) for row in ids[:QUERIES]])
    nearest = [set(highest(products(ranker.vectors, query), RECALLED).tolist()) for query in queries]
    share = vector_lists.recall(lists, nearest, queries)
    return [
        *figures,
        Figure(f"{name}: lists that are read", lists.probes, f"of {len(lists.centres):,}"),
        Figure(
            f"{name}: recall@10 of the lists", share, "", f"at least {LEAST_RECALL}", share >= LEAST_RECALL
        ),
    ]
