"""Datasets in memory: a conversation and an answer a row."""

from pathlib import Path

import numpy as np
import pytest

from preprocessing.dataset import Dataset, Exchanges
from preprocessing.ragged import IdColumn, TextColumn
from preprocessing.text_settings import TextSettings


def dataset_of(exchanges, *, questions=None, splits=None, turns=None) -> Dataset:
    """Return a dataset of (conversation, answer) pairs; by default all train on one question."""
    conversations, answers = zip(*exchanges, strict=True)
    number = len(exchanges)
    ids = IdColumn.from_rows([np.array([4], np.int32)] * number)
    dataset = Dataset(Path(), {"name": "toy", "text_settings": TextSettings(lower_case=False).as_json()})
    dataset.exchanges = Exchanges(
        questions=ids,
        answers=ids,
        question_texts=TextColumn.from_texts(questions or ["why?"] * number),
        answer_texts=TextColumn.from_texts(answers),
        splits=np.array(splits or [0] * number, np.int8),
        sources=TextColumn.from_texts([""] * number),
        conversations=TextColumn.from_texts(conversations),
        speakers=TextColumn.from_texts([""] * number),
        turns=np.array(turns or [0] * number, np.int32),
        times=np.full(number, np.nan),
        weights=np.ones(number, np.float32),
    )
    return dataset


@pytest.fixture(scope="session")
def make_dataset():
    return dataset_of
