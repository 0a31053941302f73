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
    return EvaluatedSet(
        cases=cases_of_dataset(files, parameters.split),
        source=f"{parameters.split} split of {dataset.name} #{dataset.pk}",
        dataset=dataset,
        training=training_texts(trained_model),
        languages=training_languages(trained_model),
    )


def set_of_corpus(corpus: Corpus, trained_model: TrainedModel, bundle: Bundle) -> EvaluatedSet:
    """Return every exchange of a corpus, read with the trained model's own settings.

    Raises:
        LeakageError: one of its files was trained on.
        CorpusError: it cannot be read.
    """
    require_unseen(corpus, bundle)
    part = part_of(corpus, 1.0, PreprocessParameters(corpus=corpus.pk, name=corpus.name), True)
    conversations = read_conversations(
        part.location, format=part.format, counts=Counts(), options=part.options
    )
    return EvaluatedSet(
        cases=cases_of_conversations(conversations, text_settings(bundle)),
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


def training_texts(trained_model: TrainedModel) -> TrainingTexts | None:
    dataset = trained_model.dataset
    if dataset is None or not dataset.location.is_dir():
        return None
    return TrainingTexts.of_dataset(DatasetFiles.open(dataset.location))


def training_languages(trained_model: TrainedModel) -> dict[str, float]:
    return dict(trained_model.dataset.summary.get("languages", {})) if trained_model.dataset else {}


def text_settings(bundle: Bundle) -> TextSettings:
    """Return how the part that answers reads texts."""
    return bundle.manifest.parts[0].tokeniser_settings()


def context_turns(bundle: Bundle) -> int:
    """Return how many turns the parts of a bundle read at most."""
    return max(part.tokeniser_settings().context_turns for part in bundle.manifest.parts)
