"""What tests of an evaluation ask: exchanges, and small bundles that answer them."""

import json
from dataclasses import replace

import numpy as np

from answering.bundle import RETRIEVE, Bundle, Manifest, new_bundle, read_manifest, write_manifest
from answering.retrieval import Provenance, build_retriever_part
from preprocessing.conversations import Conversation, Turn
from preprocessing.progress import NullMonitor
from preprocessing.ragged import TextColumn
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import Tokeniser
from tests.answering.conftest import SETTINGS, write_toy_bundle
from tests.answering.test_ranking import write_ranker_part
from training.evaluation.cases import Cases, cases_of_conversations
from training.evaluation.evaluation import EvaluationRequest, evaluate
from training.evaluation.report import made_report
from training.evaluation.stages import Stages

# Each in a conversation of its own, with an answer of its own.
EXCHANGES = [
    ("Hello", "Hello Anna!"),
    ("How are you?", "How are you"),
    ("Hello you", "Anna!"),
    ("What is the capital of Jordan?", "Amman"),
    ("Where do you live?", "In a computer"),
    ("你好吗", "我很好"),
    ("Are you Anna?", "You are Anna, are you?"),
    ("Who are you?", "I am a bot"),
    ("Is it cold?", "Not at all"),
    ("Do you sleep?", "Never"),
    ("Do you dream?", "Of electric sheep"),
    ("Is tea nice?", "With milk"),
]


def conversation(*texts, identifier="1", source="toy"):
    return Conversation(identifier, [Turn(text) for text in texts], source)


def cases_of(exchanges=EXCHANGES, settings=None) -> Cases:
    conversations = [conversation(*exchange) for exchange in exchanges]
    return cases_of_conversations(conversations, settings or TextSettings())


def stages_in(directory, monitor=None, number=7, key="toy") -> Stages:
    directory.mkdir(parents=True, exist_ok=True)
    return Stages(directory, monitor or NullMonitor(), number, key)


def evaluated(bundle_directory, cases, directory, *, monitor=None, **asked):
    """Return the report of a whole evaluation, and what was asked and said."""
    request = EvaluationRequest(bundle=Bundle.open(bundle_directory), cases=cases, **asked)
    directory.mkdir(exist_ok=True)
    return made_report(*evaluate(request, directory, monitor or NullMonitor()), {"languages": {"en": 1.0}})


def figures_by(report, system):
    return {
        one["name"]: one["value"]
        for one in report["measures"]
        if one["system"] == system and not one["group"]
    }


def write_generator(directory):
    """A bundle that only writes."""
    write_toy_bundle(directory)
    manifest = read_manifest(directory)
    for path in (directory / "retriever").iterdir():
        path.unlink()
    (directory / "retriever").rmdir()
    write_manifest(directory, replace(manifest, parts=manifest.parts[:1]))
    return directory


def write_with_way_back(directory):
    """A bundle that writes, finds, and has a generator that leads from answers to questions."""
    write_toy_bundle(directory, exchanges=EXCHANGES)
    manifest = read_manifest(directory)
    (directory / "back").mkdir()
    for path in (directory / "generator").iterdir():
        (directory / "back" / path.name).write_bytes(path.read_bytes())
    back = replace(manifest.parts[0], role="reverse_generator", folder="back")
    write_manifest(directory, replace(manifest, parts=(*manifest.parts, back)))
    return directory


def write_dual_encoder(directory, exchanges):
    """A bundle that ranks answers by the words that they share with the question."""
    with new_bundle(directory) as partial:
        answers = [answer for _, answer in exchanges]
        ranker = write_ranker_part(partial / "ranker", answers)
        retriever = build_retriever_part(
            partial,
            questions=TextColumn.from_texts(question for question, _ in exchanges),
            answers=TextColumn.from_texts(answers),
            provenance=Provenance(
                TextColumn.from_texts(["toy"] * len(answers)),
                TextColumn.from_texts(map(str, range(len(answers)))),
                np.zeros(len(answers), np.int32),
            ),
            tokeniser=Tokeniser(SETTINGS),
        )
        manifest = Manifest(
            architecture="toy",
            default_mode=RETRIEVE,
            parts=(ranker, retriever),
            created="2026-01-01T00:00:00Z",
        )
        write_manifest(partial, manifest)
    return directory


def calibrate(directory, **calibrations):
    """Give a bundle calibrations, by way: weights, with an intercept of 0."""
    path = directory / "manifest.json"
    content = json.loads(path.read_text())
    content["calibration"] = {
        way: {"intercept": 0.0, "weights": weights, "cases": 10} for way, weights in calibrations.items()
    }
    path.write_text(json.dumps(content))
