"""The learning rate of each step, from what a checkpoint holds: a resumed run has the same."""

import math

from training.parameters import Hyperparameters


def learning_rate_at(
    step: int, hyperparameters: Hyperparameters, *, steps_in_all: int, reductions: int
) -> float:
    """Return the rate of the step with that number, counted from 0.

    Args:
        steps_in_all: how many steps all epochs have; where the cosine ends.
        reductions: how often validation stood still so far; what the plateau schedule counts.
    """
    warming = min(1.0, (step + 1) / (hyperparameters.warmup_steps or 1))
    return (
        hyperparameters.learning_rate * warming * factor_at(step, hyperparameters, steps_in_all, reductions)
    )


def factor_at(step: int, hyperparameters: Hyperparameters, steps_in_all: int, reductions: int) -> float:
    warmup = hyperparameters.warmup_steps
    if hyperparameters.schedule == "inverse-root":
        # Vaswani et al. 2017, section 5.3, with its peak at the given rate.
        return math.sqrt(max(warmup, 1) / max(step + 1, warmup, 1))
    if hyperparameters.schedule == "cosine":
        # Loshchilov & Hutter 2017, equation 5, without restarts.
        done = max(step - warmup, 0) / max(steps_in_all - warmup, 1)
        return 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
    if hyperparameters.schedule == "step-decay":
        return hyperparameters.decay_rate ** (step // hyperparameters.decay_steps)
    if hyperparameters.schedule == "plateau":
        return hyperparameters.decay_rate**reductions
    return 1.0
