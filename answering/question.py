"""What is asked and what is answered: the words that all stations between share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from preprocessing.language import detect_language

MAX_ANSWERS = 10


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question and how it shall be answered.

    `earlier` are the turns before it, oldest first; what was trained with context reads them. `beam_size`
    None or 1 decodes greedily where one answer is wanted. With a `temperature` answers are drawn by chance;
    the same `seed` draws the same ones. `language` is its code where it is known, else empty.
    """

    text: str
    earlier: tuple[str, ...] = ()
    mode: str | None = None
    answers: int = 1
    beam_size: int | None = None
    temperature: float | None = None
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    max_tokens: int | None = None
    language: str = ""

    @property
    def is_greedy(self) -> bool:
        """Whether one answer is wanted, the likeliest token at each step."""
        return self.answers == 1 and (self.beam_size or 1) == 1 and not self.temperature

    def language_among(self, candidates: Sequence[str] = ("en", "zh")) -> str:
        """Return the language that is known, else the likeliest candidate."""
        return self.language or detect_language(self.text, candidates)


@dataclass(frozen=True)
class Answer:
    """`score` is the mean log-probability a token, None for what was not generated.

    `row` says which exchange of the corpus an answer was given in, `scores` what it was judged by.
    """

    text: str
    score: float | None
    confidence: float | None
    source: str
    row: int | None = None
    scores: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Answers, best first; none where the trained model has nothing to say."""

    answers: list[Answer]
    language: str
    truncated: bool = False
    unknown_words: list[str]

    @property
    def fallback(self) -> bool:
        return not self.answers


class Answering(Protocol):
    """What the web needs of a trained model."""

    def answer(self, question: Question) -> Reply: ...

    def warm_up(self) -> None: ...


class EchoResponder:
    """Says what it heard: the smallest thing with a responder's interface, for tests and as a tutorial."""

    def answer(self, question: Question) -> Reply:
        text = question.text.strip()
        answers = [Answer(text, None, None, "retrieved")] if text else []
        return Reply(answers=answers, language=question.language_among(), unknown_words=[])

    def warm_up(self) -> None:
        pass
