"""Answers by chance: each token is drawn from what the network finds likely.

A temperature below 1 sharpens the chances. Of them the `top_k` largest (Fan et al. 2018, section 3) and of
these the fewest whose sum reaches `top_p` (nucleus sampling, Holtzman et al. 2020, section 3.1) are kept.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from answering.decoding.hypothesis import (
    NEVER,
    NOTHING_SAID,
    Floats,
    Hypothesis,
    Limits,
    States,
    Step,
    allowed_scores,
    ranked,
)
from answering.highest import highest

NEARLY_ALWAYS_ENOUGH = 512


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
    most = scores.max(initial=NEVER)
    if not np.isfinite(most):
        return None
    # Next to no temperature divides into -inf, which is right: no chance for all but the likeliest.
    with np.errstate(over="ignore"):
        weights = np.exp((scores - most).astype(np.float64) / sampling.temperature)  # (V,)
    order = drawn_from(scores, weights, sampling)
    sums = np.cumsum(weights if order is None else weights[order])
    total = weights.sum() if order is None or not sampling.top_k else sums[-1]
    kept = number_kept(sums, sampling.top_p, total)
    place = int(np.searchsorted(sums[:kept], chance * sums[kept - 1], side="right"))
    # Rounding may lead behind the last one that has a chance at all.
    place = min(place, int(np.searchsorted(sums[:kept], sums[kept - 1])))
    return place if order is None else int(order[place])


def drawn_from(
    scores: Floats, weights: npt.NDArray[np.float64], sampling: Sampling
) -> npt.NDArray[np.int64] | None:
    """Return the tokens to draw from, the likeliest first; None for all of them, in any order."""
    if sampling.top_k:
        return highest(scores, sampling.top_k)
    if sampling.top_p >= 1:
        return None
    # To sort a whole vocabulary takes longer than the network does.
    order = highest(scores, NEARLY_ALWAYS_ENOUGH)
    if weights[order].sum() >= sampling.top_p * weights.sum():
        return order
    return highest(scores, len(scores))


def number_kept(sums: npt.NDArray[np.float64], top_p: float, total: float) -> int:
    """Return how many of the largest chances are needed to reach that share of all of them together.

    >>> number_kept(np.array([0.5, 0.8, 1.0]), 0.75, 1.0)
    2
    """
    if top_p >= 1:
        return len(sums)
    return min(int(np.searchsorted(sums, top_p * total, side="left")) + 1, len(sums))
