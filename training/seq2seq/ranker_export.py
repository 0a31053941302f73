"""A dual encoder as the part of a bundle that ranks answers: two graphs, and the vectors of all answers.

T length of a text, H size of a vector, N exchanges that the bundle answers from, Q questions compared.
"""

import logging
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from answering.bundle import Part
from answering.ranking import FOLDER, TOWERS, Towers, write_vectors
from training.errors import ExportError
from training.seq2seq.batches import Rows
from training.seq2seq.dual_encoder import DualEncoder, Vectors, in_batches, recall_of
from training.seq2seq.exchange_ids import ExchangeIds
from training.seq2seq.graphs import IDS, size_mib, write_graph
from training.seq2seq.quantisation import quantise
from training.seq2seq.ranking_test import RankingTest
from training.seq2seq.trained_run import TrainedRun

QUESTIONS_COMPARED = 50
# To find how many lists of vectors are enough.
QUESTIONS_ASKED = 200
LARGEST_DIFFERENCE = 1e-4
# int8 serves where its recall@1 is at most so much worse.
INT8_TOLERANCE = 0.01


@dataclass(frozen=True)
class RankerReport:
    """Recall@1 of 10 with the graphs of either precision; None where there are too few questions for it.

    Milliseconds are the median of a question's vector on one thread, sizes those of both graphs.
    """

    precision: str
    compared_questions: int
    largest_difference: float
    float32_recall: float | None
    int8_recall: float | None
    vector_size: int
    float32_ms: float
    int8_ms: float
    float32_mib: float
    int8_mib: float

    def as_json(self) -> dict[str, float | int | str | None]:
        return asdict(self)


def write_ranker(network: DualEncoder, run: TrainedRun, directory: Path) -> tuple[Part, RankerReport]:
    """Write the part, with a vector for each exchange, in the order in which the retriever has them.

    Raises:
        ExportError: the graphs do not give the network's vectors.
    """
    folder = directory / FOLDER
    folder.mkdir()
    network.fold_letters()
    write_towers(network, folder)
    run.vocabulary.to_file(folder / "vocabulary.txt")
    run.dataset.resources.save(folder)
    vector_settings = write_answer_vectors(network, run, folder)
    report = check_ranker(network, folder, run)
    text_settings = {
        **run.dataset.text_settings.as_json(),
        "max_length": run.exchanges.max_question_length,
        "max_answer_length": run.exchanges.max_answer_length,
    }
    settings = {"precision": report.precision, **vector_settings}
    return Part("ranker", FOLDER, text_settings, settings), report


def write_towers(network: DualEncoder, folder: Path) -> None:
    """Write question.onnx and answer.onnx, and their int8 forms beside them."""
    logging.getLogger("tf2onnx").setLevel(logging.WARNING)
    for tower in TOWERS:
        path = folder / f"{tower}.onnx"
        write_graph(tower_function(vectors_by(network, tower)), path)
        quantise(path, folder / f"{tower}.int8.onnx")


def tower_function(vectors_of: Callable[[Any], Any]) -> Any:
    @tf.function(input_signature=[tf.TensorSpec((None, None), IDS, name="ids")])
    def tower(ids):
        return {"vector": vectors_of(ids)}

    return tower


def vectors_by(network: DualEncoder, tower: str) -> Callable[[Any], Any]:
    return network.question_vectors if tower == "question" else network.answer_vectors


def write_answer_vectors(network: DualEncoder, run: TrainedRun, folder: Path) -> dict[str, Any]:
    """Write the answers' vectors (N, H); return what the part's settings say of them."""
    answers = [run.exchanges.answer(row) for row in range(len(run.dataset))]

    def asked() -> Vectors:
        held_out, training = run.dataset.indices("validation"), run.dataset.indices("train")
        rows = (held_out if len(held_out) else training)[:QUESTIONS_ASKED]
        return in_batches(network.question_vectors, [run.exchanges.question(row) for row in rows])

    return write_vectors(folder, in_batches(network.answer_vectors, answers), asked)


def check_ranker(network: DualEncoder, folder: Path, run: TrainedRun) -> RankerReport:
    """Compare network, float32 and int8 graphs on held-out questions, or on training ones where none are.

    Raises:
        ExportError: float32 does not give the network's vectors.
    """
    held_out, training = run.dataset.indices("validation"), run.dataset.indices("train")
    compared = (held_out if len(held_out) else training)[:QUESTIONS_COMPARED]
    exact, small = Towers.open(folder, "float32"), Towers.open(folder, "int8")
    difference = compare_with_network(network, exact, run.exchanges, compared)
    test = RankingTest.of(run.dataset, held_out) or RankingTest.of(run.dataset, training)
    recalls = [recall_at_1(towers, run.exchanges, test) for towers in (exact, small)]
    return RankerReport(
        precision="int8" if is_good(*recalls) else "float32",
        compared_questions=len(compared),
        largest_difference=difference,
        float32_recall=recalls[0],
        int8_recall=recalls[1],
        vector_size=network.configuration.hidden_size,
        float32_ms=milliseconds_a_question(exact, run.exchanges, compared),
        int8_ms=milliseconds_a_question(small, run.exchanges, compared),
        float32_mib=size_mib(folder, "float32"),
        int8_mib=size_mib(folder, "int8"),
    )


def milliseconds_a_question(towers: Towers, exchanges: ExchangeIds, rows: Rows) -> float:
    times = []
    for row in rows:
        ids, begun = exchanges.question(row).tolist(), time.perf_counter()
        towers.vector("question", ids)
        times.append(1000 * (time.perf_counter() - begun))
    return round(statistics.median(times), 3)


def compare_with_network(network: DualEncoder, towers: Towers, exchanges: ExchangeIds, rows: Rows) -> float:
    """Return the largest difference in the vectors of the rows' questions and answers."""
    pairs = zip(network.vectors_of(exchanges, rows), exported_vectors(towers, exchanges, rows), strict=True)
    largest = max(float(np.abs(ours - theirs).max()) for ours, theirs in pairs)
    # A NaN is no difference that is small enough.
    if not largest <= LARGEST_DIFFERENCE:
        raise ExportError(
            f"The exported network must give the trained one's vectors; they differ by up to {largest:.1e}. "
            "The trained model was not made ready."
        )
    return largest


def exported_vectors(towers: Towers, exchanges: ExchangeIds, rows: Rows) -> tuple[Vectors, Vectors]:
    """Return the vectors (Q, H) of the rows' questions and of their answers."""
    questions = np.stack([towers.vector("question", exchanges.question(row).tolist()) for row in rows])
    return questions, np.stack([towers.vector("answer", exchanges.answer(row).tolist()) for row in rows])


def recall_at_1(towers: Towers, exchanges: ExchangeIds, test: RankingTest | None) -> float | None:
    if test is None:
        return None
    return round(recall_of(test, *exported_vectors(towers, exchanges, test.rows))["recall@1"], 4)


def is_good(exact: float | None, small: float | None) -> bool:
    """Whether int8 may serve: not where nothing could be measured."""
    return exact is not None and small is not None and small >= exact * (1 - INT8_TOLERANCE)
