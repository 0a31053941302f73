"""Beam search, plain and in groups that keep apart from each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
from answering.highest import highest

# Of 0.5, 1 and 2 the one from which on five answers differ nearly as much as they can (make bench-several).
DIVERSITY = 1.0
Places = npt.NDArray[np.int64]


def decode_with_beam(
    step: Step, states: States, limits: Limits, beam_size: int, *, exponent: float = 1.0
) -> list[Hypothesis]:
    """Return up to `beam_size` different answers, best first by `ranked`.

    An answer ends where <eos> is among the `beam_size` likeliest ways to go on, and the search when as many
    answers ended: a beam of one is greedy decoding.
    """
    [found] = decode_in_groups(step, states, limits, beam_size, 1, exponent=exponent)
    return found


def decode_with_diverse_beam(
    step: Step, states: States, limits: Limits, groups: int, *, width: int = 1, diversity: float = DIVERSITY
) -> list[Hypothesis]:
    """Return the answers of `groups` beams of that width each, best first, equal ones once.

    A group's way to go on costs `diversity` for each time that groups before it took the same token at the
    same place (Vijayakumar et al. 2016, Hamming diversity). The first is a plain beam.
    """
    found = decode_in_groups(step, states, limits, width, groups, diversity=diversity)
    different = {hypothesis.ids: hypothesis for group in reversed(found) for hypothesis in reversed(group)}
    return ranked(list(different.values()))


def decode_in_groups(
    step: Step,
    states: States,
    limits: Limits,
    width: int,
    number: int,
    *,
    diversity: float = 0.0,
    exponent: float = 1.0,
) -> list[list[Hypothesis]]:
    """Return what each group finds; the rows of all of them take their steps together."""
    groups = [Group(width) for _ in range(number)]
    tokens = np.full(number, limits.go_id, np.int32)
    states = [np.repeat(state, number, axis=0) for state in states]
    for _ in range(limits.max_tokens):
        log_probabilities, states = step(tokens, states)
        said = [hypothesis.ids for group in groups for hypothesis in group.alive]
        scores = allowed_scores(log_probabilities, said, limits)  # (B, V)
        rows = extend_all(groups, scores, limits.eos_id, diversity)
        if not len(rows):
            break
        tokens = np.array([found.ids[-1] for group in groups for found in group.alive], np.int32)
        states = [state[rows] for state in states]
    return [group.best_first(exponent) for group in groups]


@dataclass
class Group:
    """A beam of its own: what goes on, and what ended. Nothing goes on where as many ended as it is wide."""

    width: int
    alive: list[Hypothesis] = field(default_factory=lambda: [NOTHING_SAID])
    ended: list[Hypothesis] = field(default_factory=list)

    def extend(self, scores: Floats, eos_id: int, penalties: Floats) -> list[int]:
        """Take the likeliest ways to go on; return the rows of `scores` (B, V) that they come from."""
        totals = scores + np.array([[found.log_probability] for found in self.alive], np.float32)  # (B, V)
        rows: list[int] = []
        extended: list[Hypothesis] = []
        for rank, place in enumerate(best_places(totals - penalties, 2 * self.width)):
            row, token = divmod(int(place), totals.shape[1])
            before, total = self.alive[row], float(totals.flat[place])
            if token == eos_id:
                # Behind the beam, <eos> is no more than what was left over: it must not end the search.
                if rank < self.width:
                    self.ended.append(before.ended(total))
            elif len(extended) < self.width:
                rows.append(row)
                extended.append(before.with_token(token, total))
        is_done = len(self.ended) >= self.width
        self.alive = [] if is_done else extended
        return [] if is_done else rows

    def best_first(self, exponent: float) -> list[Hypothesis]:
        """Return what was found; what was cut at the longest length stands behind what ended."""
        cut = [hypothesis for hypothesis in self.alive if hypothesis.ids]
        return [*ranked(self.ended, exponent), *ranked(cut, exponent)][: self.width]


def extend_all(groups: Sequence[Group], scores: Floats, eos_id: int, diversity: float) -> Places:
    """Extend each group by its rows of `scores` (B, V); return the rows that all of them go on from."""
    penalties = np.zeros(scores.shape[1], np.float32)  # (V,)
    first, rows = 0, []
    for group in groups:
        if not group.alive:
            continue
        own = slice(first, first + len(group.alive))
        found = group.extend(scores[own], eos_id, penalties)
        rows += [own.start + row for row in found]
        first = own.stop
        for hypothesis in group.alive:
            penalties[hypothesis.ids[-1]] += diversity
    return np.array(rows, np.int64)


def best_places(totals: Floats, number: int) -> Places:
    """Return the flat places of the largest finite values, largest first, equal ones in their order."""
    return highest(totals.ravel(), number)
