"""What might be answered, before it is rated and chosen from."""

from dataclasses import dataclass, field

from answering.decoding.hypothesis import Hypothesis

GENERATED, RETRIEVED = "generated", "retrieved"
# Ways to find one: written by a generator, the answer to an alike question, an answer that fits.
WRITTEN, ALIKE, FITTING = "written", "alike", "fitting"
# What a candidate can be judged by: the mean log-probability a token, how alike its question is to the one
# that was asked (0 to 1), the cosine that a dual encoder gives it, how much of the talk so far comes back in
# it (0 to 1), how well it leads back to the question.
LOG_PROBABILITY, SIMILARITY, COSINE = "log_probability", "similarity", "cosine"
LEXICAL, REVERSE = "lexical", "reverse"


@dataclass(frozen=True)
class Candidate:
    """`row` is an exchange of the corpus, `hypothesis` and `mechanism` are how it was generated.

    `way` names what found it: its scores are those of that way, and so is the calibration.
    """

    text: str
    source: str
    way: str
    scores: dict[str, float] = field(default_factory=dict)
    row: int | None = None
    hypothesis: Hypothesis | None = None
    mechanism: int | None = None
    confidence: float | None = None
