"""From a question to answers, with one trained model."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from answering.bundle import Bundle, Part
from answering.decoding.beam import decode_with_beam
from answering.decoding.greedy import decode_greedily
from answering.decoding.hypothesis import Hypothesis, Limits
from answering.errors import BundleError, ModeError
from answering.ranking import Ranker
from answering.retrieval import Retriever, is_word
from answering.runtime import Encoding, GeneratorRuntime
from preprocessing import language
from preprocessing.errors import VocabularyError
from preprocessing.realisation import SENTENCE_END, SurfaceForms, text_of
from preprocessing.tokenisation import TextResources, Tokeniser
from preprocessing.vocabulary import EOS_ID, GO_ID, PAD_ID, UNKNOWN_ID, Vocabulary
from preprocessing.words import question_start

MAX_ANSWERS = 10
# Different ids can read alike once put together, so a beam looks for more than were asked for.
SPARE_HYPOTHESES = 2


@dataclass(frozen=True, kw_only=True)
class Question:
    """`beam_size` None or 1 decodes greedily where one answer is wanted.

    For n `answers` the beam is at least n + 2 wide, since some read alike once they are put together.
    """

    text: str
    mode: str | None = None
    beam_size: int | None = None
    answers: int = 1


@dataclass(frozen=True)
class Answer:
    """`score` is the mean log-probability a token, None for what was not generated."""

    text: str
    score: float | None
    confidence: float | None
    source: str


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
        return Reply(answers=answers, language=language.detect_language(text), unknown_words=[])

    def warm_up(self) -> None:
        pass


class Responder:
    """Answers from a bundle: by generating, by ranking all answers, or by finding the closest exchange."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        generator, retriever = bundle.part("generator"), bundle.part("retriever")
        self._generator = open_generator(bundle, generator) if generator else None
        self._retriever = open_retriever(bundle, retriever) if retriever else None
        ranker = bundle.part("ranker")
        self._ranker = (
            open_ranker(bundle, ranker, self._retriever.retriever) if ranker and self._retriever else None
        )

    @classmethod
    def open(cls, bundle_directory: Path) -> "Responder":
        """Check and load a bundle.

        Raises:
            BundleError: it must not be served.
        """
        return cls(Bundle.open(bundle_directory))

    @property
    def generator(self) -> "GenerationAnswerer | None":
        return self._generator

    def answer(self, question: Question) -> Reply:
        """Answer in the question's mode, else in the bundle's own.

        Raises:
            ModeError: the bundle has no part for that mode.
        """
        mode = question.mode or self.bundle.manifest.default_mode
        if mode == "generate" and self._generator:
            return self._generator.answer(question)
        if mode == "retrieve" and self._retriever:
            return (self._ranker or self._retriever).answer(question)
        raise ModeError(f"mode: this trained model cannot {mode}. Leave the mode out, or train one that can.")

    def warm_up(self) -> None:
        """Do once what is slow the first time: dictionaries, language models, the networks' memory."""
        for part in (self._generator, self._ranker, self._retriever):
            if part:
                language.warm_up(part.tokeniser.settings.languages)
                part.answer(Question(text="good to know 你好", answers=2))


@dataclass(frozen=True)
class RetrievalAnswerer:
    tokeniser: Tokeniser
    retriever: Retriever

    def answer(self, question: Question) -> Reply:
        hits = self.retriever.search(question.text, question.answers)
        return Reply(
            answers=[Answer(hit.answer_text, None, None, "retrieved") for hit in hits],
            language=language.detect_language(question.text, self.tokeniser.settings.languages),
            unknown_words=unique(
                self.retriever.unknown_words(self.tokeniser.tokenise_written(question.text))
            ),
        )


@dataclass(frozen=True)
class RankingAnswerer:
    """Takes those of the retriever's answers that follow the question best, whatever they were said to."""

    tokeniser: Tokeniser
    vocabulary: Vocabulary
    ranker: Ranker
    retriever: Retriever

    def answer(self, question: Question) -> Reply:
        read = read_question(question.text, self.tokeniser, self.vocabulary)
        return Reply(
            answers=self.best(read.tokens, question.answers) if read.tokens else [],
            language=language.detect_language(question.text, self.tokeniser.settings.languages),
            truncated=read.is_truncated,
            unknown_words=read.unknown_words,
        )

    def best(self, tokens: list[str], number: int) -> list[Answer]:
        """Return the best `number` answers that differ in more than case and punctuation."""
        different: dict[str, Answer] = {}
        for ranked in self.ranker.best_first(self.vocabulary.encode(tokens)):
            text = self.retriever.answer_texts[ranked.row]
            if text.strip():
                different.setdefault(letters_of(text), Answer(text, None, None, "retrieved"))
            if len(different) == number:
                break
        return list(different.values())


@dataclass(frozen=True)
class GenerationAnswerer:
    tokeniser: Tokeniser
    vocabulary: Vocabulary
    surface_forms: SurfaceForms
    runtime: GeneratorRuntime
    reverse_question: bool

    def answer(self, question: Question) -> Reply:
        read = read_question(question.text, self.tokeniser, self.vocabulary)
        return Reply(
            answers=self.generate(read.tokens, question) if read.tokens else [],
            language=language.detect_language(question.text, self.tokeniser.settings.languages),
            truncated=read.is_truncated,
            unknown_words=read.unknown_words,
        )

    def generate(self, tokens: list[str], question: Question) -> list[Answer]:
        return self.readable(self.hypotheses(tokens, question), question.answers)

    def hypotheses(self, tokens: list[str], question: Question) -> list[Hypothesis]:
        """Return what the search finds, best first; some of it may read alike.

        Several answers are given by one mechanism each, as far as there are such.
        """
        encoding = self.encode(tokens)
        step = self.runtime.step_for(encoding)
        limits = Limits(
            go_id=GO_ID,
            eos_id=EOS_ID,
            forbidden=(PAD_ID, GO_ID, UNKNOWN_ID),
            max_tokens=self.tokeniser.settings.max_answer_length,
        )
        if question.answers == 1 and (question.beam_size or 1) == 1:
            return [decode_greedily(step, encoding.states, limits)]
        found = self.by_mechanism(encoding, limits, question.answers) if question.answers > 1 else []
        if len(self.readable(found, question.answers)) == question.answers:
            return found
        beam_size = max(question.beam_size or 1, question.answers + SPARE_HYPOTHESES)
        return [*found, *decode_with_beam(step, encoding.states, limits, beam_size)]

    def by_mechanism(self, encoding: Encoding, limits: Limits, number: int) -> list[Hypothesis]:
        """Return an answer by each of the likeliest mechanisms, until `number` of them differ."""
        step = self.runtime.step_for(encoding)
        found: list[Hypothesis] = []
        for mechanism in encoding.mechanisms[: number + SPARE_HYPOTHESES]:
            found.append(decode_greedily(step, encoding.states_of(mechanism), limits))
            if len(self.readable(found, number)) == number:
                break
        return found

    def encode(self, tokens: list[str]) -> Encoding:
        ids = self.vocabulary.encode(tokens)
        return self.runtime.encode(ids[::-1] if self.reverse_question else ids)

    def readable(self, hypotheses: list[Hypothesis], number: int) -> list[Answer]:
        """Return the first `number` answers that differ as text."""
        answers: dict[str, Answer] = {}
        for hypothesis in hypotheses:
            tokens = self.vocabulary.decode(hypothesis.ids)
            text = text_of(tokens, self.surface_forms, self.tokeniser.settings)
            if text:
                answers.setdefault(text, Answer(text, round(hypothesis.score, 4), None, "generated"))
        return list(answers.values())[:number]


@dataclass(frozen=True)
class ReadQuestion:
    """The tokens that a network sees of a question, and the words, as written, that it does not know."""

    tokens: list[str]
    is_truncated: bool
    unknown_words: list[str]


def read_question(text: str, tokeniser: Tokeniser, vocabulary: Vocabulary) -> ReadQuestion:
    written = tokeniser.tokenise_written(text)
    seen = last_part(written, tokeniser.settings.max_length)
    tokens = [tokeniser.fold(token) for token in written]
    unknown = [w for w, t in zip(written, tokens, strict=True) if is_word(w) and t not in vocabulary]
    return ReadQuestion(tokens[len(tokens) - seen :], seen < len(tokens), unique(unknown))


def letters_of(text: str) -> str:
    """Return what tells answers apart: letters and digits whatever their case, or marks where there are none.

    >>> letters_of("Yes, I do!") == letters_of("yes I do.")
    True
    """
    return "".join(filter(str.isalnum, text.casefold())) or text.strip()


def last_part(written: list[str], max_length: int) -> int:
    """Return how many of the last tokens a generator sees: whole sentences where some fit."""
    if len(written) <= max_length:
        return len(written)
    ends = np.array([bool(SENTENCE_END.search(token)) for token in written])
    return len(written) - question_start(ends, max_length)


def open_generator(bundle: Bundle, part: Part) -> GenerationAnswerer:
    directory = bundle.part_directory(part)
    try:
        tokeniser = Tokeniser(part.tokeniser_settings(), TextResources.open(directory))
        vocabulary = Vocabulary.from_file(directory / "vocabulary.txt")
        surface_forms = SurfaceForms.from_file(directory / "surface_forms.json")
    except VocabularyError as error:
        raise BundleError(f"The generator part must be whole: {error}") from None
    runtime = GeneratorRuntime(directory, str(part.settings.get("precision", "float32")))
    runtime.check(len(vocabulary))
    is_reversed = part.settings.get("reverse_question", False) is True
    return GenerationAnswerer(tokeniser, vocabulary, surface_forms, runtime, is_reversed)


def open_retriever(bundle: Bundle, part: Part) -> RetrievalAnswerer:
    settings = part.tokeniser_settings()
    least = part.settings.get("least_similarity", 0)
    if not isinstance(least, int | float) or not 0 <= least <= 1:
        raise BundleError(f"The least similarity must be a number from 0 to 1. Received {least!r}.")
    directory = bundle.part_directory(part)
    try:
        tokeniser = Tokeniser(settings, TextResources.open(directory))
    except VocabularyError as error:
        raise BundleError(f"The retriever part must be whole: {error}") from None
    return RetrievalAnswerer(tokeniser, Retriever(directory, tokeniser, least_similarity=least))


def open_ranker(bundle: Bundle, part: Part, retriever: Retriever) -> RankingAnswerer:
    directory = bundle.part_directory(part)
    try:
        tokeniser = Tokeniser(part.tokeniser_settings(), TextResources.open(directory))
        vocabulary = Vocabulary.from_file(directory / "vocabulary.txt")
    except VocabularyError as error:
        raise BundleError(f"The ranker part must be whole: {error}") from None
    ranker = Ranker(directory, part.settings)
    ranker.check(len(vocabulary), len(retriever))
    return RankingAnswerer(tokeniser, vocabulary, ranker, retriever)


def unique(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))
