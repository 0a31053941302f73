"""Word vectors that somebody trained before, as the start of a network's embeddings."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np

from preprocessing.errors import SettingsError
from preprocessing.vector_file import embedding_matrix, read_vectors
from preprocessing.vocabulary import Vocabulary
from training.run_files import EMBEDDINGS_FILE
from training.seq2seq.network import Network

logger = logging.getLogger(__name__)


def start_embeddings(
    network: Network, vocabulary: Vocabulary, vectors_path: Path, run_directory: Path
) -> None:
    """Set the rows of known words and note how many they are; the others keep their random start.

    Raises:
        SettingsError: the vectors are of another size than the embeddings.
        WordVectorsError: the file cannot be read.
    """
    rows = network.embedding.embeddings.numpy()  # (V, E)
    tokens = vocabulary.decode(range(len(vocabulary)))
    vectors = read_vectors(vectors_path, wanted={*tokens, *map(str.lower, tokens)})
    if vectors.matrix.shape[1] != rows.shape[1]:
        raise SettingsError(
            f"embedding_size must be the size of the word vectors, {vectors.matrix.shape[1]}. "
            f"Received {rows.shape[1]}."
        )
    matrix, known = embedding_matrix(vocabulary, scaled(vectors, rows), rows)
    network.embedding.embeddings.assign(matrix)
    coverage = {"file": vectors_path.name, "known_words": known, "share": round(known / len(tokens), 4)}
    (run_directory / EMBEDDINGS_FILE).write_text(json.dumps(coverage) + "\n", encoding="utf-8")
    logger.info("Word vectors start %s of %s embeddings.", f"{known:,}", f"{len(tokens):,}")


def scaled(vectors: Any, rows: "np.ndarray[Any, np.dtype[np.float32]]") -> Any:
    """Return the vectors as large as the random rows: the network's gates are set for those."""
    deviation = float(vectors.matrix.std())
    if deviation:
        vectors.matrix = vectors.matrix * np.float32(float(rows.std()) / deviation)
    return vectors


def coverage_of(run_directory: Path) -> dict[str, Any]:
    """Return what was noted at the start; empty where no vectors were given."""
    path = run_directory / EMBEDDINGS_FILE
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
