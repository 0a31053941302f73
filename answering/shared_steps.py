"""Questions that are answered at the same time take their decoder steps together.

The time of a step is the time to read the weights: two rows take little more than one. Who comes while a step
is under way joins the next one. Used only where a row gives the same, bit for bit, whatever stands beside it:
`rows_are_apart` finds that out. docs/decisions/0007 says what it gives.

S tokens of a question, R rows of one question, B rows of all of them.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from answering.decoding.hypothesis import Floats, States, Tokens

# More rows cost as much a row, and each question waits for all of them.
MOST_ROWS = 16
# Those who took the last step together come back within so long, but for those whose answer has ended.
MEETING_SECONDS = 0.0007
# Tokens of a question, rounded up.
GRAIN = 8


@dataclass
class Wanted:
    """A step that a question wants to take: R rows that look at its encoding."""

    question: Tokens  # (1, S), filled up
    outputs: Floats  # (1, S, U), filled up
    tokens: Tokens  # (R,)
    states: States  # each (R, ...)
    logits: Floats | None = None  # (R, V)
    following: States = field(default_factory=list)
    error: Exception | None = None
    # Set where the step was taken, or where this one's thread shall take the next.
    called: threading.Event = field(default_factory=threading.Event)

    @property
    def is_taken(self) -> bool:
        return self.logits is not None or self.error is not None

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """What rows that are put together have in common."""
        return (self.question.shape[1:], *(state.shape[1:] for state in self.states))


Run = Callable[[Tokens, Floats, Tokens, States], tuple[Floats, States]]


class SharedSteps:
    """One thread takes the step for all that wait, and hands that over to one of those who came meanwhile."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: list[Wanted] = []
        self._is_under_way = False
        # How many are likely to come: as many as took the last step.
        self._expected = 1
        self._lock = threading.Condition()

    def take(self, wanted: Wanted) -> tuple[Floats, States]:
        with self._lock:
            self._waiting.append(wanted)
            if len(self._waiting) >= self._expected:
                self._lock.notify()
            is_next = not self._is_under_way
            self._is_under_way = True
        if not is_next:
            wanted.called.wait()
        if not wanted.is_taken:
            self._take_for_all()
        if wanted.error is not None:
            raise wanted.error
        assert wanted.logits is not None
        return wanted.logits, wanted.following

    def _take_for_all(self) -> None:
        with self._lock:
            self._lock.wait_for(lambda: len(self._waiting) >= self._expected, MEETING_SECONDS)
            together, self._waiting = self._waiting, []
            self._expected = len(together)
        try:
            for group in groups_of(together):
                self._take_group(group)
        except Exception as error:  # ONNX Runtime raises many kinds of its own
            for wanted in together:
                wanted.error = None if wanted.is_taken else error
        finally:
            with self._lock:
                self._is_under_way = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].called.set()
            for wanted in together:
                wanted.called.set()

    def _take_group(self, group: Sequence[Wanted]) -> None:
        only = group[0]
        if len(group) == 1 and len(only.tokens) == 1:
            only.logits, only.following = self._run(only.question, only.outputs, only.tokens, only.states)
            return
        logits, following = self._run(*joined(group))
        first = 0
        for wanted in group:
            rows = slice(first, first + len(wanted.tokens))
            wanted.following = [state[rows] for state in following]
            wanted.logits = logits[rows]
            first = rows.stop


def groups_of(together: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    """Yield those whose rows can be put together, as many as go at once."""
    group: list[Wanted] = []
    for wanted in sorted(together, key=lambda one: one.shapes):
        rows = sum(len(one.tokens) for one in group)
        if group and (group[0].shapes != wanted.shapes or rows + len(wanted.tokens) > MOST_ROWS):
            yield group
            group = []
        group.append(wanted)
    yield group


def joined(group: Sequence[Wanted]) -> tuple[Tokens, Floats, Tokens, States]:
    """Return questions (B, S), outputs (B, S, U), tokens (B,) and states (B, ...) of steps of one length."""
    questions = np.concatenate([np.repeat(one.question, len(one.tokens), axis=0) for one in group])
    outputs = np.concatenate([np.repeat(one.outputs, len(one.tokens), axis=0) for one in group])
    tokens = np.concatenate([one.tokens for one in group])
    states = [np.concatenate(states) for states in zip(*(one.states for one in group), strict=True)]
    return questions, outputs, tokens, states


def filled_up(array: np.ndarray, value: int) -> np.ndarray:
    """Return an array (1, S, ...) with S a multiple of `GRAIN`, so that questions of many lengths meet.

    A question is filled up alone, too: what attention sums over fewer places is rounded otherwise.
    """
    missing = -array.shape[1] % GRAIN
    widths = [(0, 0), (0, missing), *[(0, 0)] * (array.ndim - 2)]
    return np.pad(array, widths, constant_values=value) if missing else array


def rows_are_apart(run: Run, steps: Sequence[Wanted]) -> bool:
    """Whether two steps in a row give the same for all together as for each row alone, bit for bit."""
    for _ in range(2):
        logits, following = run(*joined(steps))
        place = 0
        for one in steps:
            first = place
            for row in range(len(one.tokens)):
                states = [state[row : row + 1] for state in one.states]
                alone, alone_following = run(one.question, one.outputs, one.tokens[row : row + 1], states)
                together = [logits[place], *(state[place] for state in following)]
                if not all(
                    map(np.array_equal, together, [alone[0], *(state[0] for state in alone_following)])
                ):
                    return False
                place += 1
            one.states = [state[first:place] for state in following]
    return True
