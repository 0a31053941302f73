"""A bundle that is asked about exchanges which its own index holds: those are not found."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from answering.bundle import Bundle
from answering.candidates.candidate import Candidate
from answering.question import MAX_ANSWERS, Question
from answering.responder import Responder
from training.evaluation.cases import Exchange


class HeldOutResponder(Responder):
    """Answers as if the exchanges that are held out had never been indexed: the index takes every one."""

    def __init__(self, bundle: Bundle, held_out: Collection[Exchange]) -> None:
        super().__init__(bundle)
        self._held_out = held_out

    def found(self, question: Question) -> Iterator[Candidate]:
        # What is left out must not cost places: an alike question has few exchanges of its own.
        many = replace(question, answers=question.answers + MAX_ANSWERS)
        return (found for found in super().found(many) if not self._is_held_out(found))

    def _is_held_out(self, candidate: Candidate) -> bool:
        if candidate.row is None or self.alike is None:
            return False
        retriever = self.alike.retriever
        exchange = (retriever.question_texts[candidate.row], retriever.answer_texts[candidate.row])
        return exchange in self._held_out
