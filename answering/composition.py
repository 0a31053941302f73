"""Parts of several bundles become one: a generator from here, a ranker from there."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from answering.bundle import GENERATE, RETRIEVE, Bundle, Manifest, Part
from answering.errors import BundleError

# These belong together: a ranker has a vector for each of its retriever's exchanges.
PAIR = ("ranker", "retriever")
LONGEST_ARCHITECTURE = 32
Chosen = dict[str, tuple[Bundle, Part]]


def compose(bundles: Sequence[Bundle], directory: Path) -> Manifest:
    """Copy the parts of bundles into a folder and return its manifest, which is not written.

    Each role is filled by the first bundle that has it; a ranker brings its own retriever along.

    Raises:
        BundleError: nothing in it would answer, or it would be no other than the first one.
    """
    chosen = chosen_parts(bundles)
    if len({id(bundle) for bundle, _ in chosen.values()}) < 2:
        raise BundleError(
            "Bundles that are joined must have something to give each other; all parts would be the first "
            f"one's ({', '.join(chosen)}). Name them in another order, or others."
        )
    for role, (bundle, part) in chosen.items():
        shutil.copytree(bundle.part_directory(part), directory / role)
    names = dict.fromkeys(bundle.manifest.architecture for bundle, _ in chosen.values())
    return Manifest(
        architecture="+".join(names)[:LONGEST_ARCHITECTURE].rstrip("+"),
        default_mode=GENERATE if "generator" in chosen else RETRIEVE,
        parts=tuple(replace(part, folder=role) for role, (_, part) in chosen.items()),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        configuration={},
        metrics={"composed_of": composed_of(chosen)},
        source_hashes=dict(hash_ for bundle in bundles for hash_ in bundle.manifest.source_hashes.items()),
    )


def chosen_parts(bundles: Sequence[Bundle]) -> Chosen:
    chosen: Chosen = {}
    for bundle in bundles:
        parts = {part.role: part for part in bundle.manifest.parts}
        has_ranker = "ranker" in parts and "ranker" not in chosen
        for role, part in parts.items():
            if role not in chosen or (has_ranker and role in PAIR):
                chosen[role] = (bundle, part)
    if not {"generator", "retriever"} & set(chosen):
        raise BundleError("Bundles that are joined must have a generator or a retriever; these have neither.")
    return chosen


def composed_of(chosen: Chosen) -> dict[str, Any]:
    return {role: bundle.manifest.architecture for role, (bundle, _) in chosen.items()}
