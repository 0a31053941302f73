"""The likeliest token at each step."""

from collections.abc import Iterator

import numpy as np

from answering.decoding.hypothesis import NOTHING_SAID, Hypothesis, Limits, States, Step, allowed_scores


def decode_greedily(step: Step, states: States, limits: Limits) -> Hypothesis:
    """Take the likeliest token at each step; of equally likely ones the one with the smallest id."""
    found = NOTHING_SAID
    for following in greedy_prefixes(step, states, limits):
        found = following
    return found


def greedy_prefixes(step: Step, states: States, limits: Limits) -> Iterator[Hypothesis]:
    """Yield what was said so far after each token; the last one is the answer, with or without <eos>."""
    said, token = NOTHING_SAID, limits.go_id
    while len(said.ids) < limits.max_tokens:
        log_probabilities, states = step(np.array([token], np.int32), states)
        allowed = allowed_scores(log_probabilities, [said.ids], limits)[0]
        token = int(allowed.argmax())
        if not np.isfinite(allowed[token]):
            return
        total = said.log_probability + float(allowed[token])
        if token == limits.eos_id:
            yield said.ended(total)
            return
        said = said.with_token(token, total)
        yield said
