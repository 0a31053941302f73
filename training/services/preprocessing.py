"""The work of a preprocess job: a corpus becomes a dataset."""

from django.conf import settings

from preprocessing.errors import CorpusError
from preprocessing.pipeline import PreprocessRequest, preprocess
from training.models import Corpus, Dataset
from training.models.paths import stored_path
from training.parameters import PreprocessParameters
from training.services.job_run import JobRun


def run_preprocess(run: JobRun, parameters: PreprocessParameters) -> None:
    corpus = Corpus.objects.filter(pk=parameters.corpus).first()
    if corpus is None:
        raise CorpusError(f"Corpus {parameters.corpus} must exist; it has been deleted. Choose another one.")
    summary = preprocess(
        PreprocessRequest(
            name=parameters.name,
            path=corpus.location,
            data_directory=settings.DATA_DIR,
            format=parameters.format,
            max_length=parameters.max_length,
            max_answer_length=parameters.max_answer_length,
            vocabulary_size=parameters.vocabulary_size,
            limit_conversations=parameters.limit_conversations,
        ),
        run.monitor,
    )
    run.monitor.write_progress()
    with run.lease.success():
        Dataset.objects.create(
            name=parameters.name,
            corpus=corpus,
            job=run.job,
            directory=stored_path(summary.directory),
            max_length=parameters.max_length,
            exchanges=summary.exchanges,
            vocabulary_size=summary.vocabulary_size,
            summary=summary.as_json(),
        )
