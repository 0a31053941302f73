"""Candidates from the corpus: answers to alike questions, or those that a dual encoder finds fitting."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from answering.candidates.candidate import ALIKE, COSINE, FITTING, RETRIEVED, SIMILARITY, Candidate
from answering.overlap import Overlap
from answering.question import Question
from answering.ranking import Ranker
from answering.reading import Reader, ReadQuestion, unique
from answering.retrieval import Retriever


@dataclass(frozen=True)
class AlikeQuestions:
    """The answers to the most similar questions; none where all are far."""

    retriever: Retriever

    def read(self, question: Question) -> ReadQuestion:
        tokeniser = self.retriever.tokeniser
        written = tokeniser.tokenise_written(question.text)
        unknown = unique(self.retriever.unknown_words(written))
        return ReadQuestion(list(map(tokeniser.fold, written)), written, False, unknown)

    def candidates(self, question: Question) -> list[Candidate]:
        hits = self.retriever.search(question.text, question.answers)
        return [
            Candidate(hit.answer_text, RETRIEVED, ALIKE, {SIMILARITY: round(hit.similarity, 4)}, hit.index)
            for hit in hits
        ]


@dataclass(frozen=True)
class FittingAnswers:
    """All answers by how well they follow the question, whatever they were said to."""

    reader: Reader
    ranker: Ranker
    retriever: Retriever

    @cached_property
    def overlap(self) -> Overlap:
        """Return what sees as much of the talk so far as the network does."""
        return Overlap(self.retriever, self.reader.tokeniser.settings.context_turns - 1)

    def cosine(self, question: Question, answer: str) -> float:
        """Return how well any answer follows the question; 0 where there is nothing to read."""
        asked, said = (self.reader.read(read).tokens for read in (question, Question(text=answer)))
        if not asked or not said:
            return 0.0
        ids = self.reader.encode(asked), self.reader.encode(said)
        return round(float(self.ranker.score(ids[0], [ids[1]])[0]), 4)

    def candidates(self, tokens: list[str]) -> Iterator[Candidate]:
        for ranked in self.ranker.best_first(self.reader.encode(tokens)):
            text = self.retriever.answer_texts[ranked.row]
            if text.strip():
                yield Candidate(text, RETRIEVED, FITTING, {COSINE: round(ranked.score, 4)}, ranked.row)
