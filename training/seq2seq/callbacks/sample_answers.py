"""Answers a few held-out questions after each epoch, for people: log, TensorBoard, a file."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from preprocessing.realisation import text_of
from training.run_files import EVENTS, SAMPLES_FILE
from training.seq2seq.batches import Rows
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.callbacks.recording import forget_after, left_out_where_the_disk_is_full
from training.seq2seq.generator import Generator
from training.seq2seq.greedy import GreedyAnswer, GreedyAnswers
from training.seq2seq.trainer import Trainer
from training.seq2seq.validation import sample

logger = logging.getLogger(__name__)
# Pixels of a cell in the picture of an attention.
CELL = 24


class SampleAnswers(Callback):
    def __init__(self, run_directory: Path, number: int) -> None:
        self._path = run_directory / SAMPLES_FILE
        self._number = number
        self._events = tf.summary.create_file_writer(str(run_directory / EVENTS))
        self._answers: GreedyAnswers | None = None

    def at_start(self, run: Trainer) -> None:
        forget_after(self._path, run.state.step)
        if isinstance(run.network, Generator):
            self._answers = GreedyAnswers(run.network, run.exchanges.max_answer_length)

    def after_return(self, run: Trainer) -> None:
        forget_after(self._path, run.state.step)

    def after_epoch(self, run: Trainer) -> None:
        if self._answers is None:
            return
        held_out = run.dataset.indices("validation")
        rows = sample(held_out if len(held_out) else run.dataset.indices("train"), self._number)
        with run.step.average.in_place():
            answers = [self._answers.answer(run.exchanges.question(row)) for row in until_stopped(run, rows)]
        texts = [self._texts(run, row, answer) for row, answer in zip(rows, answers, strict=False)]
        self._write(run.state.step, texts, answers)

    def at_end(self, run: Trainer) -> None:
        with left_out_where_the_disk_is_full():
            self._events.close()

    def _texts(self, run: Trainer, row: int, answer: GreedyAnswer) -> dict[str, str]:
        tokens = run.vocabulary.decode(answer.ids)
        sides = (run.dataset.question_text(row), run.dataset.answer_text(row))
        question, expected = reversed(sides) if run.hyperparameters.reverse else sides
        text = text_of(tokens, run.surface_forms, run.dataset.text_settings)
        return {"question": question, "answer": text, "expected": expected}

    def _write(self, step: int, texts: list[dict[str, str]], answers: list[GreedyAnswer]) -> None:
        for found in texts:
            logger.info("%s -> %s", found["question"], found["answer"])
        with (
            left_out_where_the_disk_is_full(),
            self._path.open("a", encoding="utf-8", errors="replace") as file,
        ):
            file.write(json.dumps({"step": step, "samples": texts}, ensure_ascii=False) + "\n")
        with left_out_where_the_disk_is_full(), self._events.as_default():
            for number, (found, answer) in enumerate(zip(texts, answers, strict=True)):
                tf.summary.text(f"answer_{number}", table_of(found), step=step)
                if len(answer.attention):
                    tf.summary.image(f"attention_{number}", picture(answer.attention), step=step)


def until_stopped(run: Trainer, rows: Rows) -> Iterator[Any]:
    """Yield rows as long as nobody asks to stop: the checkpoint of the epoch is still to be saved."""
    for row in rows:
        run.tell_measuring()
        if run.monitor.stop_requested():
            return
        yield row


def table_of(found: dict[str, str]) -> str:
    return f"| question | answer |\n| --- | --- |\n| {cell(found['question'])} | {cell(found['answer'])} |"


def cell(text: str) -> str:
    """Return a text as a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def picture(attention: np.ndarray) -> np.ndarray:
    """Return weights (T, S) as pixels (1, height, width, 1): question across, answer down, much is dark."""
    cells = 1.0 - attention / max(float(attention.max()), 1e-9)  # (T, S)
    large = np.kron(cells, np.ones((CELL, CELL)))  # (T * CELL, S * CELL)
    return (large[np.newaxis, :, :, np.newaxis] * 255).astype(np.uint8)
