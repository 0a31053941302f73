"""Where an answer came from, for whoever asks why."""

from dataclasses import asdict
from typing import Any

from answering.errors import ExplanationError
from answering.explanation import explain
from answering.question import Answer, Question
from answering.responder import Responder


def origin_of(responder: Responder, question: Question, answer: Answer) -> dict[str, Any]:
    """Return what an answer was judged by and, of a found one, which exchange it was said in.

    Of a written one: what each of its tokens looked at (T, S), and how much its score falls without each
    word of the question.
    """
    told: dict[str, Any] = {"text": answer.text, "source": answer.source, "scores": answer.scores}
    if answer.row is not None and responder.alike is not None:
        return {**told, "exchange": exchange_of(responder, answer.row)}
    return {**told, **attention_of(responder, question, answer)}


def exchange_of(responder: Responder, row: int) -> dict[str, Any]:
    assert responder.alike is not None
    retriever = responder.alike.retriever
    return {
        "corpus": retriever.provenance.sources[row],
        "conversation": retriever.provenance.conversations[row],
        "turn": int(retriever.provenance.turns[row]),
        "question": retriever.question_texts[row],
    }


def attention_of(responder: Responder, question: Question, answer: Answer) -> dict[str, Any]:
    try:
        found = explain(responder, question, answer.text)
    except ExplanationError:
        return {}
    told = asdict(found)
    weights = None if found.attention is None else found.attention.round(4).tolist()
    falls = None if found.falls is None else [round(fall, 4) for fall in found.falls]
    return {"words": told["words"], "tokens": told["tokens"], "attention": weights, "falls": falls}
