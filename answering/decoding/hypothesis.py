"""What all ways of decoding share: a step function, what no answer may hold, an answer in ids.

B rows are decoded together, V tokens can come next. A step function takes the last tokens (B,) and the
states, a list of arrays whose first axis is B, and returns log-probabilities (B, V) and the next states.
Nothing here knows of networks.
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

    def with_token(self, token: int, total: float) -> "Hypothesis":
        return Hypothesis((*self.ids, token), total, self.length + 1)

    def ended(self, total: float) -> "Hypothesis":
        return Hypothesis(self.ids, total, self.length + 1)


NOTHING_SAID = Hypothesis((), 0.0, 0)


@dataclass(frozen=True)
class Limits:
    """What no answer may hold, and how short and long it may be in tokens without <eos>.

    `ngram` tokens in a row stand in an answer once at most; 0 lets it repeat itself.
    """

    go_id: int
    eos_id: int
    forbidden: Sequence[int]
    max_tokens: int
    min_tokens: int = 1
    ngram: int = 0


def allowed_scores(log_probabilities: Floats, said: Sequence[Sequence[int]], limits: Limits) -> Floats:
    """Return log-probabilities (B, V) in which what must not follow the ids `said` in each row is -inf."""
    scores = log_probabilities.copy()
    scores[:, list(limits.forbidden)] = NEVER
    for row, ids in enumerate(said):
        if len(ids) < limits.min_tokens:
            scores[row, limits.eos_id] = NEVER
        scores[row, repeating(ids, limits.ngram)] = NEVER
    return scores


def repeating(ids: Sequence[int], ngram: int) -> list[int]:
    """Return the tokens with which `ids` would end in an n-gram that they hold already.

    >>> repeating([5, 6, 7, 5, 6], 3)
    [7]
    """
    if ngram < 1 or len(ids) < ngram:
        return []
    last = tuple(ids[len(ids) - ngram + 1 :])
    starts = range(len(ids) - ngram + 1)
    return [ids[start + ngram - 1] for start in starts if tuple(ids[start : start + ngram - 1]) == last]


def ranked(hypotheses: Sequence[Hypothesis], exponent: float = 1.0) -> list[Hypothesis]:
    """Return them best first, by log-probability over length to the power of `exponent`.

    1 is the mean a token; 0 prefers what is short.
    """
    return sorted(
        hypotheses,
        key=lambda found: (-found.log_probability / max(found.length, 1) ** exponent, found.ids),
    )


def log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result
