"""From a question to answers with one trained model: read, find candidates, rate them, finish."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from answering.answer_cache import AnswerCache
from answering.bundle import GENERATE, HYBRID, RETRIEVE, Bundle, Part
from answering.calibration import Calibration
from answering.candidates.candidate import Candidate
from answering.candidates.generated import Generator
from answering.candidates.retrieved import AlikeQuestions, FittingAnswers
from answering.errors import BundleError, ModeError
from answering.finishing import answers_of
from answering.question import Question, Reply
from answering.ranking import Ranker
from answering.rating import Rating, is_known, surest
from answering.reading import Reader, ReadQuestion
from answering.retrieval import Retriever
from answering.runtime import GeneratorRuntime
from preprocessing import language
from preprocessing.errors import VocabularyError
from preprocessing.realisation import SurfaceForms
from preprocessing.tokenisation import TextResources, Tokeniser
from preprocessing.vocabulary import Vocabulary


class Responder:
    """Answers from a bundle: by generating, by ranking all answers, or by finding the closest exchange."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.cache = AnswerCache()
        generator, retriever, ranker = (bundle.part(role) for role in ("generator", "retriever", "ranker"))
        self.generator = open_generator(bundle, generator) if generator else None
        self.alike = AlikeQuestions(open_retriever(bundle, retriever)) if retriever else None
        self.fitting = (
            open_ranker(bundle, ranker, self.alike.retriever) if ranker and self.alike is not None else None
        )
        # Alone it answers nothing; beside another part it says how well an answer leads back.
        reverse = bundle.part("reverse_generator")
        self.rating = Rating(
            calibrations_of(bundle), self.fitting, open_generator(bundle, reverse) if reverse else None
        )

    @classmethod
    def open(cls, bundle_directory: Path) -> "Responder":
        """Check and load a bundle.

        Raises:
            BundleError: it must not be served.
        """
        return cls(Bundle.open(bundle_directory))

    @property
    def tokenisers(self) -> list[Tokeniser]:
        """Return those of all parts that answer."""
        readers = [part.reader.tokeniser for part in (self.generator, self.fitting) if part]
        return [*readers, self.alike.retriever.tokeniser] if self.alike else readers

    def answer(self, question: Question) -> Reply:
        """Answer in the question's mode, else in the bundle's own.

        Raises:
            ModeError: the bundle has no part for that mode.
        """
        return self.known(question) or self.kept(question, self.answer_anew(question))

    def known(self, question: Question) -> Reply | None:
        """Return the reply that was found before, if any."""
        return self.cache.get(self.as_read(question))

    def kept(self, question: Question, reply: Reply) -> Reply:
        self.cache.put(self.as_read(question), reply)
        return reply

    def as_read(self, question: Question) -> Question:
        """Return a question without the turns before it where no part reads those."""
        if not question.earlier or any(each.settings.context_turns > 1 for each in self.tokenisers):
            return question
        return replace(question, earlier=())

    def answer_anew(self, question: Question) -> Reply:
        """Return what `answer` does, without looking whether it is known."""
        mode = self.mode_of(question)
        seen = self.seen(question, mode)
        return self.reply(question, seen, self.candidates(question, seen, mode))

    def stream(self, question: Question) -> Iterator[str | Reply]:
        """Yield what the answer reads like while it is written, and then the reply of `answer`.

        What is not written a token at a time is there at once.
        """
        mode = self.mode_of(question)
        seen = self.seen(question, mode)
        known = self.known(question)
        if known is not None:
            yield known
            return
        is_at_once = not self.rating.drawing(question).is_greedy
        if mode != GENERATE or self.generator is None or is_at_once or not seen.tokens:
            yield self.answer(question)
            return
        written = None
        for written in self.generator.written(seen.tokens, question):
            yield written.text
        found = [written] if written is not None and written.text else []
        yield self.kept(question, self.reply(question, seen, self.rating.rated(question, found)))

    def reply(self, question: Question, seen: ReadQuestion, candidates: Iterable[Candidate]) -> Reply:
        return Reply(
            answers=answers_of(candidates, question.answers),
            language=question.language_among(self.tokenisers[0].settings.languages),
            truncated=seen.is_truncated,
            unknown_words=seen.unknown_words,
        )

    def mode_of(self, question: Question) -> str:
        mode = question.mode or self.bundle.manifest.default_mode
        if mode not in self.bundle.modes:
            raise ModeError(
                f"mode: this trained model cannot {mode}. Leave the mode out, or train one that can."
            )
        return mode

    def seen(self, question: Question, mode: str) -> ReadQuestion:
        """Return what the part that answers first reads of the question."""
        if mode != RETRIEVE and self.generator is not None:
            return self.generator.reader.read(question)
        if self.fitting is not None:
            return self.fitting.reader.read(question)
        assert self.alike is not None
        return self.alike.read(question)

    def candidates(self, question: Question, seen: ReadQuestion, mode: str) -> Iterator[Candidate]:
        """Yield candidates of the mode, best first."""
        if not seen.tokens:
            return iter(())
        if mode == HYBRID:
            return self.both(question, seen)
        if mode == RETRIEVE:
            return self.found(question)
        assert self.generator is not None
        return self.written(question, seen.tokens)

    def written(self, question: Question, tokens: list[str]) -> Iterator[Candidate]:
        """Yield what the generator writes, the surest first."""
        assert self.generator is not None
        asked = self.rating.drawing(question)
        many = asked.answers if asked is not question else None
        return self.rating.rated(question, self.generator.candidates(tokens, asked), many)

    def found(self, question: Question) -> Iterator[Candidate]:
        """Yield answers of the corpus: to the very question, then those that fit, or those to alike ones."""
        assert self.alike is not None
        alike = self.rating.rated(question, self.alike.candidates(question))
        if self.fitting is None:
            return alike
        fitting = self.fitting.candidates(self.fitting.reader.read(question).tokens)
        mixed = self.rating.mixed(question, fitting)
        return chain(filter(is_known, alike), self.rating.rated(question, mixed))

    def both(self, question: Question, seen: ReadQuestion) -> Iterator[Candidate]:
        """Yield what is written and what is found, the surest first."""
        assert self.generator is not None
        written = self.written(question, seen.tokens)
        found = islice(self.found(question), question.answers)
        return iter(sorted([*written, *found], key=surest))

    def warm_up(self) -> None:
        """Do once what is slow the first time: dictionaries, language models, the networks' memory."""
        for tokeniser in self.tokenisers:
            language.warm_up(tokeniser.settings.languages)
        for mode, part in ((GENERATE, self.generator), (RETRIEVE, self.alike)):
            if part is not None:
                self.answer(Question(text="good to know 你好", mode=mode, answers=2))
        self.cache.forget_counts()


def calibrations_of(bundle: Bundle) -> dict[str, Calibration]:
    calibration = bundle.manifest.calibration or {}
    return {way: Calibration.from_json(found) for way, found in calibration.items()}


def open_generator(bundle: Bundle, part: Part) -> Generator:
    directory = bundle.part_directory(part)
    reader = open_reader(bundle, part)
    try:
        surface_forms = SurfaceForms.from_file(directory / "surface_forms.json")
    except VocabularyError as error:
        raise BundleError(f"The {part.role} part must be whole: {error}") from None
    runtime = GeneratorRuntime(directory, str(part.settings.get("precision", "float32")))
    runtime.check(len(reader.vocabulary))
    is_reversed = part.settings.get("reverse_question", False) is True
    return Generator(reader, surface_forms, runtime, is_reversed)


def open_retriever(bundle: Bundle, part: Part) -> Retriever:
    least = part.settings.get("least_similarity", 0)
    if not isinstance(least, int | float) or not 0 <= least <= 1:
        raise BundleError(f"The least similarity must be a number from 0 to 1. Received {least!r}.")
    tokeniser = open_tokeniser(bundle, part)
    return Retriever(bundle.part_directory(part), tokeniser, least_similarity=least)


def open_ranker(bundle: Bundle, part: Part, retriever: Retriever) -> FittingAnswers:
    reader = open_reader(bundle, part)
    ranker = Ranker(bundle.part_directory(part), part.settings)
    ranker.check(len(reader.vocabulary), len(retriever))
    return FittingAnswers(reader, ranker, retriever)


def open_reader(bundle: Bundle, part: Part) -> Reader:
    tokeniser = open_tokeniser(bundle, part)
    try:
        vocabulary = Vocabulary.from_file(bundle.part_directory(part) / "vocabulary.txt")
    except VocabularyError as error:
        raise BundleError(f"The {part.role} part must be whole: {error}") from None
    return Reader(tokeniser, vocabulary)


def open_tokeniser(bundle: Bundle, part: Part) -> Tokeniser:
    settings = part.tokeniser_settings()
    try:
        return Tokeniser(settings, TextResources.open(bundle.part_directory(part)))
    except VocabularyError as error:
        raise BundleError(f"The {part.role} part must be whole: {error}") from None
