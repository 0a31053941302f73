"""Blind comparisons for tests: rows without bundles, and bundles that answer several questions."""

import json

from django.contrib.auth import get_user_model

from answering.retrieval_bundle import build_retrieval_bundle
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest
from training.models import BlindComparison, TrainedModel
from training.services.blind_choosing import LEFT, RIGHT, Sitting, blind_choose
from training.services.blind_comparisons import comparison_write
from training.services.bundles import bundle_import

# Names that stand nowhere else on a page.
ONE, OTHER = "Zebulon-17", "Ottilie-23"
DIFFERENT = [(f"Question {n}?", f"First to {n}", f"Second to {n}") for n in range(1, 5)]
EQUAL = ("Same?", "Both so", "Both  so")


def write_comparison(pairs, name="first try"):
    """Return a comparison of (question, answer of one, answer of the other), without asking anybody."""
    one, other = (
        TrainedModel.objects.get_or_create(
            name=each, defaults={"architecture": "rnn", "directory": f"save/{each}/bundle"}
        )[0]
        for each in (ONE, OTHER)
    )
    comparison = BlindComparison(name=name, one=one, other=other)
    return comparison_write(comparison, *map(list, zip(*pairs, strict=True)))


def person(name):
    return get_user_model().objects.get_or_create(username=name)[0]


def choose(comparison, somebody, wanted):
    """Let somebody choose `one`, `other`, `neither` or `both_bad` by question, in the person's order."""
    for at in range(1, len(Sitting(comparison, somebody)) + 1):
        turn = Sitting(comparison, somebody).turn(at)
        choice = wanted.get(turn.question)
        if choice is None:
            # Places behind a pair without a choice cannot be reached.
            return
        side = {"one": side_of(turn, "First"), "other": side_of(turn, "Second")}.get(choice, choice)
        blind_choose(comparison=comparison, person=somebody, at=at, side=side)


def side_of(turn, beginning):
    return LEFT if turn.left.startswith(beginning) else RIGHT


def import_faq(tmp_path, name, exchanges):
    """Return a trained model that looks answers up."""
    source = tmp_path / f"{name}.yml"
    conversations = "".join(f"- {json.dumps(list(exchange))}\n" for exchange in exchanges)
    source.write_text(f"categories: [faq]\nconversations:\n{conversations}", encoding="utf-8")
    request = PreprocessRequest.of_corpus(name, source, tmp_path / "datasets" / name)
    dataset = preprocess(request, NullMonitor()).directory
    return bundle_import(path=build_retrieval_bundle(dataset, tmp_path / name, NullMonitor()).directory)
