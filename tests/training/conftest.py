"""Jobs whose work is a plain function, so that states can be tested without a corpus."""

import pytest

from training.models import Job
from training.parameters import PreprocessParameters
from training.services import kinds


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
