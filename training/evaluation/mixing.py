"""How much each part of a bundle counts where all of them judge an answer: found on held-out questions.

The true answers and as many wrong ones are told apart by a logistic regression over the parts' scores.
"""

from typing import Any

import numpy as np

from answering.calibration import MIXED, fitted
from answering.responder import Responder
from preprocessing.dataset import Dataset
from preprocessing.errors import DatasetError
from training.evaluation.cases import Cases, cases_of_dataset
from training.evaluation.ranked import random_contests
from training.evaluation.scorers import Scorer, parts_of

QUESTIONS = 200
# Wrong answers to a question: more of them say little more.
WRONG = 4


def mixture(responder: Responder, dataset: Dataset, split: str = "validation") -> dict[str, Any]:
    """Return the calibration by which parts are mixed, by its name; nothing where there is nothing to mix."""
    try:
        cases = cases_of_dataset(dataset, split)
    except DatasetError:
        return {}
    parts = parts_of(responder, cases.exchanges)
    if len(parts) < 2:
        return {}
    found = fitted(labelled(parts, cases))
    return {MIXED: found.as_json()} if found and len(found.weights) > 1 else {}


def labelled(parts: dict[str, Scorer], cases: Cases) -> list[tuple[dict[str, float], bool]]:
    """Return the scores of answers, and whether each is the true one; what a part cannot read is left out."""
    found = []
    for contest in random_contests(cases, QUESTIONS).some(QUESTIONS, 1 + WRONG).contests:
        case = cases[contest.place]
        answers = [cases[place].answer for place in contest.answers]
        scores = {name: scorer.scores(case, answers) for name, scorer in parts.items()}
        for number in range(len(answers)):
            of_answer = {name: float(values[number]) for name, values in scores.items()}
            if np.isfinite(list(of_answer.values())).all():
                found.append((of_answer, number == 0))
    return found
