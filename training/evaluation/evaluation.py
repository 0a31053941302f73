"""How good a trained model is: everything that is found out about it, stage by stage."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from answering.bundle import Bundle
from preprocessing.progress import Monitor
from training.evaluation.answered import answers_in_mode, several_answers
from training.evaluation.baselines import Baselines, baselines_of
from training.evaluation.cases import Cases
from training.evaluation.held_out import HeldOutResponder
from training.evaluation.likelihood import likelihoods_of
from training.evaluation.ranked import Contests, Ranking, hard_contests, random_contests, rankings_of
from training.evaluation.rewording import answers_to_paraphrases
from training.evaluation.scorers import Scorer, scorers_of
from training.evaluation.stages import Stages
from training.evaluation.training_texts import TrainingTexts

# A generator reads all answers with each question, so it ranks fewer; answering and rewording cost as much.
RANKED_SLOWLY, ANSWERED, SEVERAL, REWORDED = 300, 300, 100, 60


@dataclass(frozen=True, kw_only=True)
class EvaluationRequest:
    """`questions` are asked at most; `training` is None where what was trained on is not here any more."""

    bundle: Bundle
    cases: Cases
    training: TrainingTexts | None = None
    questions: int = 1000


@dataclass(frozen=True)
class Evaluation:
    request: EvaluationRequest
    stages: Stages

    @cached_property
    def responder(self) -> HeldOutResponder:
        return HeldOutResponder(self.request.bundle, self.request.cases.exchanges)

    @cached_property
    def training(self) -> TrainingTexts:
        return self.request.training or TrainingTexts.of_index(self.responder, self.request.cases.exchanges)

    @cached_property
    def baselines(self) -> Baselines:
        return Baselines(self.training, self.responder.tokenisers[-1])

    @cached_property
    def scorers(self) -> list[Scorer]:
        own = scorers_of(self.responder, self.request.cases.exchanges)
        return [*own, *baselines_of(self.training, self.responder.tokenisers[-1])]

    def ranked(self, contests: Contests) -> list[dict[str, Any]]:
        few = min(self.request.questions, RANKED_SLOWLY)
        found: list[Ranking] = []
        for scorer in self.scorers:
            found += rankings_of(scorer, self.request.cases, contests, few, self.stages)
        return [vars(ranking) for ranking in found]

    def against_random(self) -> list[dict[str, Any]]:
        return self.ranked(random_contests(self.request.cases, self.request.questions))

    def against_hard(self) -> list[dict[str, Any]]:
        few = min(self.request.questions, RANKED_SLOWLY)
        return self.ranked(hard_contests(self.request.cases, few, self.responder.tokenisers[-1]))

    def likelihoods(self) -> list[dict[str, Any]]:
        generator = self.responder.generator
        if generator is None:
            return []
        return likelihoods_of(generator, self.request.cases, self.request.questions, self.stages)

    def answers(self) -> dict[str, Any]:
        """Return what is said in the bundle's own mode first, then in its others."""
        cases = self.request.cases
        places = cases.sample(min(self.request.questions, ANSWERED))
        bundle = self.request.bundle
        modes = dict.fromkeys((bundle.manifest.default_mode, *bundle.modes))
        return {mode: answers_in_mode(self.responder, cases, places, mode, self.stages) for mode in modes}

    def several(self) -> dict[str, Any]:
        """Return five answers to each question, as served and by a plain beam."""
        if self.responder.generator is None:
            return {}
        places = self.request.cases.sample(min(self.request.questions, SEVERAL))
        return several_answers(self.responder, self.request.cases, places, self.stages)

    def reworded(self) -> list[dict[str, Any]]:
        places = self.request.cases.sample(min(self.request.questions, REWORDED))
        return answers_to_paraphrases(self.responder, self.request.cases, places, self.stages)


STAGES: dict[str, Callable[[Evaluation], Any]] = {
    "random": Evaluation.against_random,
    "hard": Evaluation.against_hard,
    "likelihood": Evaluation.likelihoods,
    "answers": Evaluation.answers,
    "several": Evaluation.several,
    "reworded": Evaluation.reworded,
}


def evaluate(
    request: EvaluationRequest, directory: Path, monitor: Monitor
) -> tuple[Evaluation, dict[str, Any]]:
    """Return the evaluation and what each stage found; what an earlier attempt kept is not done again.

    Raises:
        StoppedError: the monitor asked to stop; finished stages are kept in the folder.
    """
    stages = Stages(directory, monitor, len(STAGES) + 1, key_of(request))
    evaluation = Evaluation(request, stages)
    found = {name: stages.keep(name, partial(stage, evaluation)) for name, stage in STAGES.items()}
    stages.tell("report")
    return evaluation, found


def key_of(request: EvaluationRequest) -> str:
    """Return what changes with the bundle and with what is asked: files may have changed since a stop."""
    key = hashlib.sha256(json.dumps(asdict(request.bundle.manifest), sort_keys=True).encode())
    key.update(str(request.questions).encode())
    for case in request.cases:
        said = (case.number, case.conversation, case.earlier, case.question, case.answer)
        key.update(repr(said).encode())
    return key.hexdigest()
