"""How fast a run goes."""

import time

# Steps before the rest of the time can be told; the first ones compile.
WARM_STEPS = 5


class Pace:
    """Tells the seconds of a step, once a few steps of this process have passed."""

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def seconds_a_step(self, step: int) -> float | None:
        now = time.monotonic()
        if self._first is None:
            self._first = (step + WARM_STEPS, 0.0)
        first, begun = self._first
        if step <= first:
            self._first = (first, now)
            return None
        return (now - begun) / (step - first)
