import pytest

from answering.bundle import Bundle
from answering.question import Question
from answering.responder import Responder
from answering.retrieval_bundle import build_retrieval_bundle
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor, StoppedError
from preprocessing.request import PreprocessRequest


class Listener(NullMonitor):
    def __init__(self, *, patience=1000):
        self.heard = []
        self.patience = patience

    def report(self, progress):
        self.heard.append((progress.done, progress.total))

    def stop_requested(self):
        return len(self.heard) > self.patience


@pytest.fixture
def dataset_directory(tmp_path):
    source = tmp_path / "greetings.yml"
    source.write_text(
        "categories: [greetings]\nconversations:\n- [Hello, Hi]\n- [Who is Anna?, My friend.]\n"
    )
    request = PreprocessRequest.of_corpus("toy", source, tmp_path / "data")
    return preprocess(request, NullMonitor()).directory


def test_a_dataset_becomes_a_bundle_that_answers(dataset_directory, tmp_path):
    listener = Listener()

    bundle = build_retrieval_bundle(dataset_directory, tmp_path / "bundle", listener)

    assert [part.role for part in bundle.manifest.parts] == ["retriever"]
    assert bundle.manifest.default_mode == "retrieve"
    assert listener.heard == [(0, 2), (2, 2)]
    reply = Responder.open(tmp_path / "bundle").answer(Question(text="who is anna"))
    assert [answer.text for answer in reply.answers] == ["My friend."]


def test_a_bundle_that_was_stopped_is_not_there(dataset_directory, tmp_path):
    with pytest.raises(StoppedError):
        build_retrieval_bundle(dataset_directory, tmp_path / "home" / "bundle", Listener(patience=0))

    assert list((tmp_path / "home").iterdir()) == []


def test_the_same_dataset_gives_the_same_parts(dataset_directory, tmp_path):
    first, second = (
        build_retrieval_bundle(dataset_directory, tmp_path / name, NullMonitor()) for name in "ab"
    )

    assert first.manifest.parts == second.manifest.parts
    assert Bundle.open(tmp_path / "a").manifest == first.manifest
