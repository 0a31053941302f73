"""Bundles of networks that learned nothing: as fast as trained ones of their size, and made in seconds.

`python -m benchmarks.untrained_bundles FOLDER WORDS` makes one of each of `SIZES` below FOLDER, from a file
with a word a line; beside it lie its weights, for those who answer from the same network in another way.
"""

import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from answering.bundle import Manifest, Part, new_bundle, write_manifest
from preprocessing.realisation import SurfaceForms
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import TextResources
from preprocessing.vocabulary import SPECIAL_TOKENS, Vocabulary
from training.parameters import Hyperparameters

RECURRENT, TRANSFORMER = "rnn", "transformer"
SIZES = {
    RECURRENT: Hyperparameters(
        architecture=RECURRENT, layers=2, hidden_size=512, embedding_size=512, preset="none"
    ),
    TRANSFORMER: Hyperparameters(
        architecture=TRANSFORMER, layers=2, hidden_size=512, embedding_size=512, heads=8, preset="none"
    ),
}
VOCABULARY_SIZE, MOST_TOKENS = 20_000, 20
# Of a question and of an answer.
QUESTION_WORDS, ANSWER_TOKENS = 10, 12
WORD = re.compile(r"[a-z]+")


def questions_of(words: Sequence[str]) -> Iterator[str]:
    """Yield one question after the other, each of other words than the ones before it."""
    first = 0
    while True:
        yield " ".join(words[(first + place) % len(words)] for place in range(QUESTION_WORDS))
        # No divisor of the number of words, so that it takes long until one comes again.
        first += QUESTION_WORDS + 1


def write_untrained(folder: Path, words: list[str]) -> None:
    import keras

    keras.utils.set_random_seed(0)
    vocabulary = Vocabulary([*SPECIAL_TOKENS, *words])
    for name, hyperparameters in SIZES.items():
        network = network_of(hyperparameters, len(vocabulary))
        network.save_weights(folder / f"{name}.weights.h5")
        write_bundle(network, vocabulary, folder / name)


def network_of(hyperparameters: Hyperparameters, vocabulary_size: int) -> Any:
    from training.seq2seq.architectures import make_network

    return make_network(hyperparameters, vocabulary_size, for_export=True)


def write_bundle(network: Any, vocabulary: Vocabulary, directory: Path) -> None:
    from training.seq2seq.graphs import write_graphs

    with new_bundle(directory) as partial:
        part_folder = partial / "generator"
        part_folder.mkdir()
        write_graphs(network, part_folder)
        vocabulary.to_file(part_folder / "vocabulary.txt")
        SurfaceForms({}).to_file(part_folder / "surface_forms.json")
        TextResources().save(part_folder)
        settings = {"precision": "int8", "reverse_question": False, **network.part_settings()}
        text_settings = TextSettings(max_length=MOST_TOKENS, max_answer_length=MOST_TOKENS).as_json()
        part = Part("generator", "generator", text_settings, settings)
        write_manifest(partial, manifest_of(directory.name, part))


def manifest_of(architecture: str, part: Part) -> Manifest:
    return Manifest(
        architecture=architecture,
        default_mode="generate",
        parts=(part,),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        configuration=SIZES[architecture].as_json(),
        metrics={},
        versions={},
    )


if __name__ == "__main__":
    write_untrained(Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8").splitlines())
