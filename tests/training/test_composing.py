import json

import pytest
from django.core.management import CommandError, call_command

from answering.bundle import Bundle, read_manifest
from answering.question import Question
from answering.responder import Responder
from tests.answering.conftest import write_toy_bundle
from training.models import TrainedModel
from training.services.bundles import bundle_import, bundle_pack
from training.services.composing import trained_model_compose

pytestmark = pytest.mark.django_db


@pytest.fixture
def toy(data_directory):
    """Return a function that makes a trained model of the toy bundle."""

    def make(name, change=None, **options):
        directory = data_directory / "save" / name / "bundle"
        write_toy_bundle(directory, **options)
        if change is not None:
            change(directory)
        return TrainedModel.objects.create(
            name=name,
            architecture=read_manifest(directory).architecture,
            directory=f"save/{name}/bundle",
        )

    return make


def as_reverse(directory):
    """Let the toy's generator be one that asks."""
    content = json.loads((directory / "manifest.json").read_text())
    content["parts"][0]["role"] = "reverse_generator"
    content["default_mode"] = "retrieve"
    (directory / "manifest.json").write_text(json.dumps(content))


def test_a_generator_and_one_that_asks_become_one_trained_model(toy):
    made = trained_model_compose(trained_models=[toy("a"), toy("b", as_reverse)], name="both")

    bundle = Bundle.open(made.location)
    assert {part.role for part in bundle.manifest.parts} == {"generator", "retriever", "reverse_generator"}
    assert bundle.modes == ["generate", "retrieve", "hybrid"]
    assert made.metrics["composed_of"] == {"generator": "toy", "retriever": "toy", "reverse_generator": "toy"}
    assert Responder(bundle).answer(Question(text="hello", answers=2)).answers


def of_another_architecture(directory):
    content = json.loads((directory / "manifest.json").read_text())
    (directory / "manifest.json").write_text(json.dumps({**content, "architecture": "other"}))


@pytest.mark.usefixtures("quick_trial")
def test_what_was_composed_of_two_architectures_goes_to_another_machine(toy, tmp_path):
    def change(directory):
        as_reverse(directory)
        of_another_architecture(directory)

    made = trained_model_compose(trained_models=[toy("a"), toy("b", change)], name="both")
    bundle_pack(trained_model=made, path=tmp_path / "both.zip")

    taken = bundle_import(path=tmp_path / "both.zip", name="taken")

    assert (made.architecture, taken.architecture) == ("toy+other", "toy+other")


def test_what_has_nothing_to_give_is_refused_and_leaves_nothing_behind(toy, data_directory):
    rows = [toy("a"), toy("b")]

    with pytest.raises(CommandError, match="something to give each other"):
        call_command("compose", "a", "b", name="both")

    assert TrainedModel.objects.count() == len(rows)
    assert not (data_directory / "save" / "both").exists()


def test_the_command_says_what_it_made(toy, capsys):
    toy("a")
    toy("b", as_reverse)

    call_command("compose", "a", "b", name="both")

    assert (
        "both with generator, retriever, reverse_generator; it answers by generate" in capsys.readouterr().out
    )
