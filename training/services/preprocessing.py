"""The work of a preprocess job: corpora become a dataset."""

import logging
from collections.abc import Mapping

from django.conf import settings

from preprocessing.errors import CorpusError, SettingsError, VocabularyError
from preprocessing.filters import FilterSettings
from preprocessing.pipeline import preprocess
from preprocessing.readers.options import ReadOptions
from preprocessing.request import CorpusPart, PreprocessRequest
from preprocessing.text_settings import TextSettings
from preprocessing.user_words import UserWord, joined_words, parse_user_words
from training.models import Corpus, Dataset, Dictionary
from training.models.paths import stored_path
from training.parameters import PreprocessParameters
from training.services.dataset_summary import summary_sentences
from training.services.job_run import JobRun

logger = logging.getLogger(__name__)
NEAR_DUPLICATES = {"held-out": None, "all": True, "none": False}
PICKLES = {"auto": None, "always": True, "never": False}


def run_preprocess(run: JobRun, parameters: PreprocessParameters) -> None:
    weighted = weighted_corpora(parameters)
    summary = preprocess(request_of(parameters, weighted), run.monitor)
    run.monitor.write_progress()
    for sentence in summary_sentences(summary.counts):
        logger.info("%s", sentence)
    with run.lease.success():
        dataset = Dataset.objects.create(
            name=parameters.name,
            job=run.job,
            directory=stored_path(summary.directory),
            max_length=parameters.max_length,
            exchanges=summary.exchanges,
            vocabulary_size=summary.vocabulary_size,
            summary=summary.as_json(),
        )
        dataset.corpora.set([corpus for corpus, _ in weighted])


def weighted_corpora(parameters: PreprocessParameters) -> list[tuple[Corpus, float]]:
    """Return the corpora with their weights; one that has been deleted meanwhile is an error."""
    if not parameters.corpora:
        corpus = Corpus.objects.filter(pk=parameters.corpus or 0).first()
        if corpus is None:
            raise CorpusError(
                f"Corpus {parameters.corpus} must exist; it has been deleted. Choose another one."
            )
        return [(corpus, 1.0)]
    return [(corpus_named(name), weight) for name, weight in parameters.corpora.items()]


def corpus_named(name: str) -> Corpus:
    corpus = Corpus.objects.filter(name=name).first()
    if corpus is None:
        known = ", ".join(Corpus.objects.values_list("name", flat=True)[:20]) or "none yet"
        raise CorpusError(f"A corpus must exist under its name. Received {name}. There are: {known}.")
    return corpus


def request_of(parameters: PreprocessParameters, weighted: list[tuple[Corpus, float]]) -> PreprocessRequest:
    is_single = len(weighted) == 1
    return PreprocessRequest(
        name=parameters.name,
        corpora=tuple(part_of(corpus, weight, parameters, is_single) for corpus, weight in weighted),
        data_directory=settings.DATA_DIR,
        text=text_settings(parameters),
        user_words=user_words(parameters.dictionaries),
        filters=filter_settings(parameters),
        vocabulary_size=parameters.vocabulary_size,
        min_count=parameters.min_count,
        pause_minutes=parameters.pause_minutes,
        limit_conversations=parameters.limit_conversations,
        processes=parameters.processes,
        pickle=PICKLES[parameters.pickle],
    )


def part_of(corpus: Corpus, weight: float, parameters: PreprocessParameters, is_single: bool) -> CorpusPart:
    """Return how a corpus is read: as its row says, unless the job has one corpus and says otherwise."""
    format = parameters.format if is_single and parameters.format != "auto" else corpus.format
    columns = parameters.columns if is_single and parameters.columns else corpus.columns
    query = parameters.query if is_single and parameters.query else corpus.query
    options = ReadOptions(columns=named_columns(columns), query=query)
    return CorpusPart(name=corpus.name, location=corpus.source, format=format, weight=weight, options=options)


def named_columns(text: str) -> Mapping[str, str]:
    """Return {"question": "Frage"} from `question=Frage,answer=Antwort`."""
    pairs = [pair.split("=", 1) for pair in text.split(",") if pair.strip()]
    if any(len(pair) != 2 or not pair[0].strip() or not pair[1].strip() for pair in pairs):
        raise SettingsError(
            "columns must name columns by their role, such as question=Frage,answer=Antwort. "
            f"Received {text!r}."
        )
    return {role.strip(): column.strip() for role, column in pairs}


def text_settings(parameters: PreprocessParameters) -> TextSettings:
    return TextSettings(
        languages=parameters.languages,
        units=parameters.units,
        # Smaller units keep their capitals: there is no word whose written form could be looked up.
        lower_case=parameters.units == "words",
        steps=parameters.steps,
        hide_private=parameters.hide_private,
        cut=parameters.cut,
        new_words=parameters.new_words,
        context_turns=parameters.context_turns,
        max_length=parameters.max_length,
        max_answer_length=parameters.max_answer_length or parameters.max_length,
    )


def filter_settings(parameters: PreprocessParameters) -> FilterSettings:
    return FilterSettings(
        duplicates=parameters.duplicates,
        near_duplicates=NEAR_DUPLICATES[parameters.near_duplicates],
        same_as_question=parameters.same_as_question,
        commands=parameters.commands,
        links_only=parameters.links_only,
        languages=parameters.languages if parameters.wrong_language else (),
        most_per_answer=parameters.most_per_answer,
        most_unknown=parameters.most_unknown,
    )


def user_words(names: tuple[str, ...]) -> tuple[UserWord, ...]:
    rows = {row.name: row for row in Dictionary.objects.filter(name__in=names)}
    missing = [name for name in names if name not in rows]
    if missing:
        known = ", ".join(Dictionary.objects.values_list("name", flat=True)[:20]) or "none yet"
        raise VocabularyError(
            f"A dictionary must exist under its name. Received {missing[0]}. There are: {known}."
        )
    return joined_words(parse_user_words(rows[name].words, name) for name in names)
