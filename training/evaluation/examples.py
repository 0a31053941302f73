"""Which answers a report shows: twenty at random, none of them chosen, and the best and the worst ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

RANDOM, EXTREME = 20, 10
SEED = 0
# By what the best and the worst are told apart: how much an answer shares with what was really said.
JUDGED_BY = "chrf"


def examples_of(cases: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the cases (as they are told in cases.jsonl) to show, by kind."""
    answered = [case for case in cases if "said" in case]
    drawn = np.random.default_rng(SEED).permutation(len(answered))[:RANDOM]
    judged = sorted(
        (case for case in answered if JUDGED_BY in case["values"]), key=lambda case: case["values"][JUDGED_BY]
    )
    return {
        "random": [answered[place] for place in drawn.tolist()],
        "best": judged[::-1][:EXTREME],
        "worst": judged[:EXTREME],
    }
