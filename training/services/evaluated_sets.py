"""What an evaluation asks: a split of a dataset, or a corpus that the trained model never saw."""

from dataclasses import dataclass

from answering.bundle import Bundle
from preprocessing.conversations import Counts
from preprocessing.dataset import Dataset as DatasetFiles
from preprocessing.readers.registry import read_conversations
from preprocessing.source_files import file_hashes
from preprocessing.text_settings import TextSettings
from training.errors import LeakageError
from training.evaluate_parameters import EvaluateParameters
from training.evaluation.cases import Cases, cases_of_conversations, cases_of_dataset
from training.evaluation.leakage import require_no_leakage
from training.evaluation.training_texts import TrainingTexts
from training.models import Corpus, Dataset, TrainedModel
from training.parameters import PreprocessParameters
from training.services.preprocessing import part_of

# "Hi." "Hi." and the like stand in any two corpora.
MOST_SEEN = 0.05


@dataclass(frozen=True)
class EvaluatedSet:
    """`source` says for people what is asked; `training` is None where that is not here any more.

    `languages` are the shares of languages in what was trained on.
    """

    cases: Cases
    source: str
    dataset: Dataset | None
    training: TrainingTexts | None
    languages: dict[str, float]


def set_of_dataset(
    dataset: Dataset, trained_model: TrainedModel, parameters: EvaluateParameters
) -> EvaluatedSet:
    """Return a held-out split, after a look at whether it is held out indeed.

    Raises:
        LeakageError: exchanges of the split stand in what was trained on.
    """
    files = DatasetFiles.open(dataset.location)
    require_no_leakage(files, parameters.split)
    cases = cases_of_dataset(files, parameters.split)
    if dataset.pk != trained_model.dataset_id:
        require_mostly_unseen(cases, trained_model)
    return EvaluatedSet(
        cases=cases,
        source=f"{parameters.split} split of {dataset.name} #{dataset.pk}",
        dataset=dataset,
        training=training_texts(trained_model),
        languages=training_languages(trained_model),
    )


def set_of_corpus(corpus: Corpus, trained_model: TrainedModel, bundle: Bundle) -> EvaluatedSet:
    """Return every exchange of a corpus, read with the trained model's own settings.

    Raises:
        LeakageError: one of its files was trained on, or much of what stands in them.
        CorpusError: it cannot be read.
    """
    require_unseen(corpus, bundle)
    part = part_of(corpus, 1.0, PreprocessParameters(corpus=corpus.pk, name=corpus.name), True)
    conversations = read_conversations(
        part.location, format=part.format, counts=Counts(), options=part.options
    )
    cases = cases_of_conversations(conversations, text_settings(bundle))
    require_mostly_unseen(cases, trained_model)
    return EvaluatedSet(
        cases=cases,
        source=f"corpus {corpus.name}",
        dataset=None,
        training=training_texts(trained_model),
        languages=training_languages(trained_model),
    )


def require_unseen(corpus: Corpus, bundle: Bundle) -> None:
    trained_on = set(bundle.manifest.source_hashes.values())
    seen = [name for name, known in file_hashes(corpus.source).items() if known in trained_on]
    if seen:
        raise LeakageError(
            f"A corpus to evaluate on must be unseen; {corpus.name} holds {seen[0]}, which was trained on. "
            "Evaluate on the test split of the dataset, or on other files."
        )


def require_mostly_unseen(cases: Cases, trained_model: TrainedModel) -> None:
    """Refuse what was trained on in another dataset or file; short exchanges stand in many corpora.

    Raises:
        LeakageError: more of it was trained on than chance explains.
    """
    seen = seen_exchanges(cases, training_files(trained_model))
    share = sum(folded_exchange(case.question, case.answer) in seen for case in cases) / len(cases)
    if share > MOST_SEEN:
        raise LeakageError(
            f"What is evaluated on must not have been trained on. {share:.0%} of the exchanges stand in "
            f"{trained_model.dataset}, from which {trained_model} learned; at most {MOST_SEEN:.0%} may. "
            "Evaluate on the test split of that dataset, or on another corpus."
        )


def seen_exchanges(cases: Cases, files: DatasetFiles | None) -> set[tuple[str, str]]:
    """Return which exchanges of cases were trained on, whatever their case."""
    asked = {folded_exchange(case.question, case.answer) for case in cases}
    if files is None:
        return set()
    rows = files.indices("train").tolist()
    trained = (folded_exchange(files.question_text(row), files.answer_text(row)) for row in rows)
    return {exchange for exchange in trained if exchange in asked}


def folded_exchange(question: str, answer: str) -> tuple[str, str]:
    return question.strip().casefold(), answer.strip().casefold()


def training_files(trained_model: TrainedModel) -> DatasetFiles | None:
    """Return the dataset that was trained on, as far as it is still here."""
    dataset = trained_model.dataset
    return DatasetFiles.open(dataset.location) if dataset and dataset.location.is_dir() else None


def training_texts(trained_model: TrainedModel) -> TrainingTexts | None:
    files = training_files(trained_model)
    return TrainingTexts.of_dataset(files) if files else None


def training_languages(trained_model: TrainedModel) -> dict[str, float]:
    return dict(trained_model.dataset.summary.get("languages", {})) if trained_model.dataset else {}


def text_settings(bundle: Bundle) -> TextSettings:
    """Return how the part that answers reads texts."""
    return bundle.manifest.parts[0].tokeniser_settings()


def context_turns(bundle: Bundle) -> int:
    """Return how many turns the parts of a bundle read at most."""
    return max(part.tokeniser_settings().context_turns for part in bundle.manifest.parts)
