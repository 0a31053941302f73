"""Answers by chance: each token is drawn from what the network finds likely.

A temperature below 1 sharpens the chances. Of them the `top_k` largest (Fan et al. 2018, section 3) and of
these the fewest whose sum reaches `top_p` (nucleus sampling, Holtzman et al. 2020, section 3.1) are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from answering.decoding.hypothesis import (
    NOTHING_SAID,
    Floats,
    Hypothesis,
    Limits,
    States,
    Step,
    allowed_scores,
    ranked,
)


@dataclass(frozen=True)
class Sampling:
    """`top_k` 0 and `top_p` 1 keep all tokens. The same seed draws the same answers."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0


def decode_by_sampling(
    step: Step, states: States, limits: Limits, sampling: Sampling, number: int
) -> list[Hypothesis]:
    """Draw `number` answers, best mean log-probability first; equal ones may be among them.

    Each has a source of chance of its own, so that it does not depend on how many are drawn.
    """
    chance = [np.random.default_rng([sampling.seed, row]) for row in range(number)]
    alive = {row: NOTHING_SAID for row in range(number)}
    done: list[Hypothesis] = []
    tokens = np.full(number, limits.go_id, np.int32)
    states = [np.repeat(state, number, axis=0) for state in states]
    while alive:
        log_probabilities, states = step(tokens, states)
        scores = allowed_scores(log_probabilities, [found.ids for found in alive.values()], limits)  # (B, V)
        places, going = [], {}
        for place, (row, said) in enumerate(alive.items()):
            token = drawn(scores[place], sampling, chance[row].random())
            following = with_drawn(said, token, scores[place], limits)
            if token in (None, limits.eos_id) or len(following.ids) == limits.max_tokens:
                done.append(following)
            else:
                places.append(place)
                going[row] = following
        alive = going
        tokens = np.array([said.ids[-1] for said in alive.values()], np.int32)
        states = [state[places] for state in states]
    return ranked([found for found in done if found.ids])


def with_drawn(said: Hypothesis, token: int | None, scores: Floats, limits: Limits) -> Hypothesis:
    if token is None:
        return said
    total = said.log_probability + float(scores[token])
    return said.ended(total) if token == limits.eos_id else said.with_token(token, total)


def drawn(scores: Floats, sampling: Sampling, chance: float) -> int | None:
    """Return the token that falls to a number from 0 to 1; None where none is possible."""
    possible = np.flatnonzero(np.isfinite(scores))
    if not len(possible):
        return None
    order = likeliest_first(scores, possible, sampling)
    behind = (scores[order] - scores[order].max()).astype(np.float64)
    # Next to no temperature divides into -inf, which is right: no chance for all but the likeliest.
    with np.errstate(over="ignore"):
        weights = np.exp(behind / sampling.temperature)
    sums = np.cumsum(weights)
    kept = number_kept(sums, sampling.top_p)
    place = int(np.searchsorted(sums[:kept], chance * sums[kept - 1], side="right"))
    return int(order[min(place, kept - 1)])


def likeliest_first(
    scores: Floats, possible: npt.NDArray[np.int64], sampling: Sampling
) -> npt.NDArray[np.int64]:
    """Return the tokens to draw from; where all of them are kept, in their order: sorting takes longest."""
    if not sampling.top_k and sampling.top_p >= 1:
        return possible
    order = possible[np.argsort(-scores[possible], kind="stable")]
    return order[: sampling.top_k or None]


def number_kept(sums: Sequence[float] | np.ndarray, top_p: float) -> int:
    """Return how many of the largest chances are needed to reach that share of all.

    >>> number_kept(np.array([0.5, 0.8, 1.0]), 0.75)
    2
    """
    return int(np.searchsorted(sums, top_p * sums[-1], side="left")) + 1 if top_p < 1 else len(sums)
