"""Candidates that a generator writes: greedy, by beams, by chance, or one a mechanism."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from answering.candidates.candidate import GENERATED, LOG_PROBABILITY, WRITTEN, Candidate
from answering.decoding.beam import decode_with_beam, decode_with_diverse_beam
from answering.decoding.greedy import decode_greedily, greedy_prefixes
from answering.decoding.hypothesis import Hypothesis, Limits
from answering.decoding.sampling import Sampling, decode_by_sampling
from answering.question import Question
from answering.reading import Reader
from answering.runtime import Encoding, GeneratorRuntime
from preprocessing.realisation import SurfaceForms, text_of
from preprocessing.vocabulary import EOS_ID, GO_ID, PAD_ID, UNKNOWN_ID

# Different ids can read alike once put together, so a search looks for more than was asked for.
SPARE_HYPOTHESES = 2
# So many tokens in a row are not said twice in an answer.
NGRAM = 3


@dataclass
class ForcedAnswer:
    """An answer that was not chosen but given: how likely its tokens were, and which were the likeliest."""

    log_probabilities: list[float] = field(default_factory=list)
    likeliest: list[bool] = field(default_factory=list)

    def add(self, log_probabilities: npt.NDArray[np.float32], token: int) -> None:
        self.log_probabilities.append(float(log_probabilities[token]))
        self.likeliest.append(int(log_probabilities.argmax()) == token)

    @property
    def mean(self) -> float:
        return sum(self.log_probabilities) / len(self.log_probabilities)


@dataclass(frozen=True)
class Generator:
    reader: Reader
    surface_forms: SurfaceForms
    runtime: GeneratorRuntime
    reverse_question: bool

    def candidates(self, tokens: list[str], question: Question) -> list[Candidate]:
        """Return what the search finds, best first, each text once."""
        different: dict[str, Candidate] = {}
        for candidate in self._found(tokens, question):
            different.setdefault(candidate.text, candidate)
        return list(different.values())

    def written(self, tokens: list[str], question: Question) -> Iterator[Candidate]:
        """Yield the greedy answer as far as it goes after each of its tokens; the last one is whole."""
        encoding = self.encode(tokens)
        step = self.runtime.step_for(encoding)
        for said in greedy_prefixes(step, encoding.states, self.limits(question)):
            yield self._candidate(said)

    def score(self, tokens: list[str], said: Sequence[int], mechanism: int | None = None) -> float:
        """Return the mean log-probability a token of exactly these ids as the answer to `tokens`."""
        [forced] = self.forced(tokens, [said], mechanism)
        return forced.mean

    def forced(
        self, tokens: list[str], answers: Sequence[Sequence[int]], mechanism: int | None = None
    ) -> list[ForcedAnswer]:
        """Return how likely each token of the given answers is, the ones before it being said.

        The answers, none empty, step together: a row depends on no other.
        """
        encoding = self.encode(tokens)
        step = self.runtime.step_for(encoding)
        begun = encoding.states if mechanism is None else encoding.states_of(mechanism)
        states = [np.repeat(state, len(answers), axis=0) for state in begun]
        forced = [ForcedAnswer() for _ in answers]
        before = np.full(len(answers), GO_ID, np.int32)
        for place in range(max(map(len, answers))):
            log_probabilities, states = step(before, states)
            for row, answer in enumerate(answers):
                if place < len(answer):
                    forced[row].add(log_probabilities[row], answer[place])
                    before[row] = answer[place]
        return forced

    def encode(self, tokens: list[str]) -> Encoding:
        ids = self.reader.encode(tokens)
        return self.runtime.encode(ids[::-1] if self.reverse_question else ids)

    def _found(self, tokens: list[str], question: Question) -> Iterator[Candidate]:
        encoding, limits = self.encode(tokens), self.limits(question)
        if question.answers > 1 and not question.temperature:
            different = set()
            for candidate in self._by_mechanism(encoding, limits, question.answers + SPARE_HYPOTHESES):
                different.add(candidate.text)
                yield candidate
                if len(different) == question.answers:
                    return
        for hypothesis in self._hypotheses(encoding, limits, question):
            candidate = self._candidate(hypothesis)
            if candidate.text:
                yield candidate

    def _hypotheses(self, encoding: Encoding, limits: Limits, question: Question) -> list[Hypothesis]:
        step, states = self.runtime.step_for(encoding), encoding.states
        wanted = question.answers + (SPARE_HYPOTHESES if question.answers > 1 else 0)
        if question.temperature:
            sampling = Sampling(question.temperature, question.top_k, question.top_p, question.seed)
            return decode_by_sampling(step, states, limits, sampling, wanted)
        if question.is_greedy:
            return [decode_greedily(step, states, limits)]
        beam_size = question.beam_size or 1
        if question.answers == 1 or beam_size > wanted:
            return decode_with_beam(step, states, limits, max(beam_size, wanted))
        diverse = decode_with_diverse_beam(step, states, limits, wanted)
        # Groups that cannot keep apart say the same; the rows of a plain beam never do.
        if len(diverse) >= question.answers:
            return diverse
        return [*diverse, *decode_with_beam(step, states, limits, wanted)]

    def _by_mechanism(self, encoding: Encoding, limits: Limits, most: int) -> Iterator[Candidate]:
        """Yield an answer by each of the likeliest mechanisms; none where there are none."""
        step = self.runtime.step_for(encoding)
        for mechanism in encoding.mechanisms[:most]:
            hypothesis = decode_greedily(step, encoding.states_of(mechanism), limits)
            candidate = self._candidate(hypothesis, mechanism)
            if candidate.text:
                yield candidate

    def _candidate(self, hypothesis: Hypothesis, mechanism: int | None = None) -> Candidate:
        return Candidate(
            self.text(hypothesis),
            GENERATED,
            WRITTEN,
            {LOG_PROBABILITY: round(hypothesis.score, 4)},
            hypothesis=hypothesis,
            mechanism=mechanism,
        )

    def text(self, hypothesis: Hypothesis) -> str:
        tokens = self.reader.vocabulary.decode(hypothesis.ids)
        return text_of(tokens, self.surface_forms, self.reader.tokeniser.settings)

    def limits(self, question: Question) -> Limits:
        longest = self.reader.tokeniser.settings.max_answer_length
        return Limits(
            go_id=GO_ID,
            eos_id=EOS_ID,
            forbidden=(PAD_ID, GO_ID, UNKNOWN_ID),
            max_tokens=min(question.max_tokens or longest, longest),
            ngram=NGRAM,
        )
