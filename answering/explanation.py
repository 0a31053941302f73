"""Why this answer: what each of its tokens looked at, and which words of the question it depends on.

S words of a question, T tokens of an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from answering.candidates.candidate import Candidate
from answering.candidates.generated import Generator
from answering.decoding.hypothesis import Floats, Hypothesis, States
from answering.errors import ExplanationError
from answering.question import Question
from answering.responder import Responder
from answering.runtime import Encoding
from preprocessing.subwords import SPACE
from preprocessing.vocabulary import EOS_ID, GO_ID, SEPARATOR

# Leaving out each word takes S * T steps: whoever looks at them shall not wait for seconds.
MOST_STEPS = 600


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """An answer and where it comes from; what could not be found out is None, and a reason says why.

    `attention` (T, S) is the share of a token's attention that each word gets. `falls` says how much the
    answer's score, its mean log-probability a token, falls when a word is left out; below 0 it rises.
    """

    words: tuple[str, ...]
    tokens: tuple[str, ...]
    text: str
    score: float
    attention: Floats | None
    no_attention: str = ""
    falls: tuple[float, ...] | None
    no_falls: str = ""


def explain(responder: Responder, question: Question, answer: str | None = None) -> Explanation:
    """Explain the best generated answer to `question`, or the one that reads like `answer`.

    Raises:
        ExplanationError: there is no such answer, with the reason.
    """
    generator = responder.generator
    if generator is None:
        raise ExplanationError(
            "Only a generated answer can be explained, and this trained model has no generator: "
            "it looks answers up. Train one with an architecture that generates."
        )
    seen = generator.reader.read(question)
    if not seen.tokens:
        raise ExplanationError("The question must have something to read; it has none. Ask another one.")
    candidate = chosen(list(responder.written(question, seen.tokens)), answer)
    return Finding(generator, tuple(seen.tokens), candidate).explanation(seen.written)


def chosen(candidates: Sequence[Candidate], answer: str | None) -> Candidate:
    """Return the first candidate, or the one that reads like `answer`."""
    for candidate in candidates:
        if answer in (None, candidate.text):
            return candidate
    raise ExplanationError(
        "Only an answer that the generator gives to this question can be explained. "
        "This one was found, or written by a person."
    )


@dataclass(frozen=True)
class Finding:
    """A generator, the tokens of the question that it sees, and what it wrote."""

    generator: Generator
    tokens: tuple[str, ...]
    candidate: Candidate

    @property
    def hypothesis(self) -> Hypothesis:
        assert self.candidate.hypothesis is not None
        return self.candidate.hypothesis

    def explanation(self, written: Sequence[str]) -> Explanation:
        attention, no_attention = self.attention(self.hypothesis.ids)
        falls, no_falls = self.falls(said_by(self.hypothesis))
        forms = self.generator.surface_forms
        tokens = self.generator.reader.vocabulary.decode(self.hypothesis.ids)
        return Explanation(
            words=tuple(map(shown, written)),
            tokens=tuple(shown(forms.written(token)) for token in tokens),
            text=self.candidate.text,
            score=self.hypothesis.score,
            attention=attention,
            no_attention=no_attention,
            falls=falls,
            no_falls=no_falls,
        )

    def attention(self, ids: Sequence[int]) -> tuple[Floats | None, str]:
        """Return what was looked at while each of `ids` was said, (T, S)."""
        if not self.generator.runtime.has_attention:
            return None, "The networks of this bundle do not tell what they look at. Export the run again."
        try:
            attention = self.attended(ids)  # (T, S)
        except Exception:  # networks of other programs: ONNX Runtime raises many kinds of its own
            attention = np.empty((0, 0), np.float32)
        if attention.shape != (len(ids), len(self.tokens)) or not np.isfinite(attention).all():
            return None, "The networks of this bundle tell what they look at in a way that is not understood."
        return attention[:, ::-1] if self.generator.reverse_question else attention, ""

    def attended(self, ids: Sequence[int]) -> Floats:
        encoding = self.generator.encode(list(self.tokens))
        rows, states = [], self.states_of(encoding)
        for before in (GO_ID, *ids[:-1]):
            row, states = self.generator.runtime.attend(encoding, before, states)
            rows.append(row)
        return np.array(rows, np.float32)

    def falls(self, said: Sequence[int]) -> tuple[tuple[float, ...] | None, str]:
        """Return for each word how much the score of what was said falls without it."""
        count = len(self.tokens)
        if count == 1:
            return None, "Of a question of one word nothing is left to compare with."
        if count * len(said) > MOST_STEPS:
            return None, f"Question and answer are too long: {count} words, {len(said)} tokens said."
        whole = self.score(self.tokens, said)
        without = [(*self.tokens[:place], *self.tokens[place + 1 :]) for place in range(count)]
        return tuple(whole - self.score(tokens, said) for tokens in without), ""

    def score(self, tokens: Sequence[str], said: Sequence[int]) -> float:
        return self.generator.score(list(tokens), said, self.candidate.mechanism)

    def states_of(self, encoding: Encoding) -> States:
        """Return the states with which the answer was written: by its mechanism, where there are such."""
        mechanism = self.candidate.mechanism
        return encoding.states if mechanism is None else encoding.states_of(mechanism)


def said_by(hypothesis: Hypothesis) -> tuple[int, ...]:
    """Return all ids that were scored: with <eos>, unless the answer was cut."""
    return (*hypothesis.ids, EOS_ID)[: hypothesis.length]


def shown(token: str) -> str:
    """Return a word, a character or a piece of a word as people can read it; where a turn ends, a bar."""
    return "|" if token == SEPARATOR else token.replace(SPACE, " ").strip() or "␣"
