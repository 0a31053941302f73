"""A dataset's exchanges as a network sees them: maybe from answer to question, maybe with other ids."""

from typing import Any

import numpy as np
import numpy.typing as npt

from preprocessing.dataset import Dataset

Ids = npt.NDArray[np.int32]


class ExchangeIds:
    """The ids of question and answer by row.

    `reverse` asks with the answer and answers with the question, for a model that says how well an answer
    leads back (Li et al. 2016, section 4). `renumbering` (V,) gives each of the dataset's ids the network's,
    where they differ.
    """

    def __init__(
        self, dataset: Dataset, *, reverse: bool = False, renumbering: npt.NDArray[np.int32] | None = None
    ) -> None:
        columns = (dataset.exchanges.questions, dataset.exchanges.answers)
        self._questions, self._answers = reversed(columns) if reverse else columns
        self._renumbering = renumbering
        self.weights: npt.NDArray[np.float32] = dataset.exchanges.weights
        settings = dataset.text_settings
        lengths = (settings.max_length, settings.max_answer_length)
        self.max_question_length, self.max_answer_length = reversed(lengths) if reverse else lengths

    def question(self, row: Any) -> Ids:
        return self._as_network_ids(self._questions[row])

    def answer(self, row: Any) -> Ids:
        return self._as_network_ids(self._answers[row])

    def question_lengths(self) -> npt.NDArray[np.int64]:
        return self._questions.lengths()

    def answer_lengths(self) -> npt.NDArray[np.int64]:
        return self._answers.lengths()

    def _as_network_ids(self, ids: Ids) -> Ids:
        return ids if self._renumbering is None else self._renumbering[ids]
