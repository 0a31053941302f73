"""From a step function to answers: greedy and beam search. Knows nothing of networks.

B rows are decoded together, V tokens can come next. A step function takes the last tokens (B,) and the
states, a list of arrays whose first axis is B, and returns log-probabilities (B, V) and the next states.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.int32]
States = list[Floats]
Step = Callable[[Tokens, States], tuple[Floats, States]]

NEVER = np.float32(-np.inf)


@dataclass(frozen=True)
class Hypothesis:
    """An answer's ids without <eos>, and the log-probability of its `length` tokens, <eos> included."""

    ids: tuple[int, ...]
    log_probability: float
    length: int

    @property
    def score(self) -> float:
        """The mean log-probability a token."""
        return self.log_probability / max(self.length, 1)


@dataclass(frozen=True)
class Limits:
    """What no answer may hold, and how long it may become in tokens without <eos>."""

    go_id: int
    eos_id: int
    forbidden: Sequence[int]
    max_tokens: int


def decode_greedily(step: Step, states: States, limits: Limits) -> Hypothesis:
    """Take the likeliest token at each step; of equally likely ones the one with the smallest id."""
    ids: list[int] = []
    total, token = 0.0, limits.go_id
    while len(ids) < limits.max_tokens:
        log_probabilities, states = step(np.array([token], np.int32), states)
        allowed = allowed_scores(log_probabilities, limits, is_first=not ids)[0]
        token = int(allowed.argmax())
        if not np.isfinite(allowed[token]):
            break
        total += float(allowed[token])
        if token == limits.eos_id:
            return Hypothesis(tuple(ids), total, len(ids) + 1)
        ids.append(token)
    return Hypothesis(tuple(ids), total, len(ids))


def decode_with_beam(step: Step, states: States, limits: Limits, beam_size: int) -> list[Hypothesis]:
    """Return up to `beam_size` different answers, best mean log-probability first.

    An answer ends where <eos> is among the `beam_size` likeliest ways to go on, and the search when as many
    answers ended: a beam of one is greedy decoding.
    """
    alive = [Hypothesis((), 0.0, 0)]
    tokens = np.array([limits.go_id], np.int32)
    ended: list[Hypothesis] = []
    for position in range(limits.max_tokens):
        log_probabilities, states = step(tokens, states)
        scores = allowed_scores(log_probabilities, limits, is_first=position == 0)  # (B, V)
        rows, alive, finished = extend(alive, scores, limits.eos_id, beam_size)
        ended += finished
        if not alive or len(ended) >= beam_size:
            break
        tokens = np.array([hypothesis.ids[-1] for hypothesis in alive], np.int32)
        states = [state[rows] for state in states]
    # What is still alive was cut at the longest length: an answer all the same, but behind those that ended.
    cut = [hypothesis for hypothesis in alive if hypothesis.ids]
    return [*ranked(ended), *ranked(cut)][:beam_size]


def extend(
    alive: list[Hypothesis], scores: Floats, eos_id: int, beam_size: int
) -> tuple[npt.NDArray[np.int64], list[Hypothesis], list[Hypothesis]]:
    """Return the rows that the next hypotheses come from, those that go on, and those that ended."""
    totals = scores + np.array([[hypothesis.log_probability] for hypothesis in alive], np.float32)  # (B, V)
    rows: list[int] = []
    extended: list[Hypothesis] = []
    finished: list[Hypothesis] = []
    for rank, place in enumerate(best_places(totals, 2 * beam_size)):
        row, token = divmod(int(place), totals.shape[1])
        before, total = alive[row], float(totals.flat[place])
        if token == eos_id:
            # Behind the beam, <eos> is no more than what was left over: it must not end the search.
            if rank < beam_size:
                finished.append(Hypothesis(before.ids, total, before.length + 1))
        elif len(extended) < beam_size:
            rows.append(row)
            extended.append(Hypothesis((*before.ids, token), total, before.length + 1))
    return np.array(rows, np.int64), extended, finished


def best_places(totals: Floats, number: int) -> npt.NDArray[np.int64]:
    """Return the flat places of the largest finite values, largest first, equal ones in their order."""
    flat = totals.ravel()
    number = min(number, flat.size)
    places = np.argpartition(-flat, number - 1)[:number]
    # argpartition keeps an arbitrary one of equal values at its edge: take all of them, then sort.
    places = np.flatnonzero(flat >= np.min(flat[places])) if np.isfinite(flat[places]).all() else places
    places = places[np.lexsort((places, -flat[places]))][:number]
    return places[np.isfinite(flat[places])]


def allowed_scores(log_probabilities: Floats, limits: Limits, *, is_first: bool) -> Floats:
    scores = log_probabilities.copy()
    scores[:, list(limits.forbidden)] = NEVER
    if is_first:
        scores[:, limits.eos_id] = NEVER
    return scores


def ranked(hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    return sorted(hypotheses, key=lambda hypothesis: (-hypothesis.score, hypothesis.ids))


def log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result
