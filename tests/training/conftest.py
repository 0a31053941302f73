"""Jobs whose work is a plain function, so that states can be tested without a corpus, and small bundles."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from answering import trial
from answering.asking import first_answers
from answering.retrieval_bundle import build_retrieval_bundle
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest
from tests.answering.conftest import write_toy_bundle
from tests.training import evaluated
from training.models import Bot, Dataset, GoldenQuestion, Job, LoggedExchange, TrainedModel
from training.parameters import PreprocessParameters
from training.services import bundles, jobs, kinds, monitor


@pytest.fixture
def do_work(monkeypatch):
    """Return a function that lets preprocess jobs do the given work instead."""

    def use(work):
        monkeypatch.setattr(kinds.Kind, "load_work", lambda kind: work)

    return use


@pytest.fixture
def make_job(db):
    def make(**fields) -> Job:
        parameters = PreprocessParameters(corpus=1, name="toy").as_json()
        return Job.objects.create(**{"kind": Job.Kind.PREPROCESS, "parameters": parameters, **fields})

    return make


@pytest.fixture
def make_greeting(tmp_path):
    """Return a function that makes a dataset of one exchange, and says where it lies."""

    def make(name="greetings", answer="Hi there"):
        source = tmp_path / f"{name}.yml"
        source.write_text(f"categories: [greetings]\nconversations:\n- [Hello, {json.dumps(answer)}]\n")
        target = tmp_path / "datasets" / name
        return preprocess(PreprocessRequest.of_corpus(name, source, target), NullMonitor()).directory

    return make


@pytest.fixture
def make_bundle(make_greeting, tmp_path):
    """Return a function that makes a bundle that says one thing, whatever it is greeted with."""

    def make(name="greetings", answer="Hi there"):
        dataset_directory = make_greeting(name, answer)
        return build_retrieval_bundle(dataset_directory, tmp_path / name, NullMonitor()).directory

    return make


@pytest.fixture
def bot(db):
    """The default one, which tests of several processes take from the database."""
    return Bot.objects.get_or_create(name="default")[0]


@pytest.fixture
def nothing_sent(monkeypatch):
    monkeypatch.setattr(jobs, "send_job", lambda job: True)


@pytest.fixture
def greeting_dataset(db, make_greeting):
    """The row of a dataset of one exchange."""
    return Dataset.objects.create(
        name="toy", directory=str(make_greeting()), max_length=20, exchanges=1, vocabulary_size=9
    )


@pytest.fixture
def quick_trial(monkeypatch):
    """Let an import ask the bundle in the tests' own process, which takes no half second to start."""
    monkeypatch.setattr(bundles, "try_bundle", trial.try_bundle)


@pytest.fixture
def make_speaker(db, data_directory):
    """Return a function that makes a trained model that gives these answers to these questions."""

    def make(name, **answers) -> TrainedModel:
        exchanges = [(question, answer) for question, answer in answers.items()]
        write_toy_bundle(data_directory / "save" / name / "bundle", exchanges=exchanges, mode="retrieve")
        return TrainedModel.objects.create(name=name, architecture="toy", directory=f"save/{name}/bundle")

    return make


@pytest.fixture
def make_golden(bot):
    """Return a function that writes a golden question of the default bot."""

    def make(question, acceptable="", **fields) -> GoldenQuestion:
        return GoldenQuestion.objects.create(
            **{"bot": bot, "question": question, "acceptable": acceptable, **fields}
        )

    return make


@pytest.fixture
def asked_here(monkeypatch):
    """Let bundles be tried and asked in the tests' own process, which takes no half second to start."""
    monkeypatch.setattr("training.services.switching.try_bundle", trial.try_bundle)
    monkeypatch.setattr("training.services.golden_questions.ask_bundle", first_answers)


@pytest.fixture(scope="session")
def held_out_directory(tmp_path_factory):
    """A dataset with held-out exchanges, which nothing changes."""
    return evaluated.write_dataset(tmp_path_factory.mktemp("held-out"))


@pytest.fixture
def held_out(db, held_out_directory):
    return evaluated.make_dataset(held_out_directory)


@pytest.fixture
def unwatched(monkeypatch):
    """Let no thread watch jobs: it would wait for the test's transaction, and the test for it."""
    monkeypatch.setattr(monitor, "TICK_SECONDS", 600.0)


@pytest.fixture(scope="session")
def kept_reports(tmp_path_factory):
    return tmp_path_factory.mktemp("reports")


@pytest.fixture
def make_evaluated(data_directory, held_out, unwatched, kept_reports):
    """Return a function that makes a trained model that was evaluated on held-out exchanges."""

    def make(name="toy", **options):
        trained_model = evaluated.make_trained_model(data_directory, name, held_out, **options)
        return evaluated.evaluated_once(trained_model, kept_reports / name)

    return make


@pytest.fixture
def log(bot):
    """Return a function that logs a fallback, or else what is said, each a minute before the one before."""

    def make(question="When do you open?", **fields):
        number = LoggedExchange.objects.count()
        given = {
            "id": f"x{number}",
            "bot": bot,
            "model_name": "toy",
            "question": question,
            "answer": "No idea.",
            "source": "own",
            "fallback": "confidence" not in fields and "rating" not in fields,
            "milliseconds": 1,
            "at": timezone.now() - timedelta(minutes=number + 1),
            **fields,
        }
        return LoggedExchange.objects.create(**given)

    return make
