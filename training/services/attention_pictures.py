"""What a generator looked at while it answered: pictures in the folder of an evaluation."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from answering.errors import ExplanationError
from answering.explanation import explain
from answering.question import Question
from answering.responder import Responder
from preprocessing.durable_file import write_text_durably
from preprocessing.progress import Monitor, stop_if_requested
from training.services.explanation_report import attention_svg, title_of
from training.services.report_parts import Picture

MOST_PICTURES = 3


def write_attention_pictures(
    directory: Path, responder: Responder, cases: Sequence[dict[str, Any]], monitor: Monitor
) -> list[dict[str, str]]:
    """Write a picture for each of the first cases that give one; return what is drawn there.

    Raises:
        StoppedError: the monitor asked to stop.
    """
    drawn: list[dict[str, str]] = []
    for case in cases if responder.generator is not None else ():
        if len(drawn) == MOST_PICTURES:
            break
        stop_if_requested(monitor)
        found = drawn_attention(responder, Question(text=case["question"], earlier=tuple(case["earlier"])))
        if found is not None:
            answer, words, svg = found
            write_text_durably(directory / picture_name(len(drawn)), svg)
            drawn.append({"question": case["question"], "answer": answer, "words": words})
    return drawn


def drawn_attention(responder: Responder, question: Question) -> tuple[str, str, str] | None:
    """Return the answer, what the picture shows and the picture; None where the networks do not tell."""
    try:
        explanation = explain(responder, question)
    except ExplanationError:
        return None
    svg = attention_svg(explanation)
    return (explanation.text, title_of(explanation), svg) if svg else None


def picture_name(number: int) -> str:
    return f"attention-{number + 1}.svg"


def attention_pictures(directory: Path, drawn: Sequence[dict[str, str]]) -> Iterator[Picture]:
    """Yield the pictures of an evaluation's folder; what is gone is left out."""
    for number, one in enumerate(drawn[:MOST_PICTURES]):
        try:
            svg = (directory / picture_name(number)).read_text(encoding="utf-8")
        except (OSError, UnicodeError):
            continue
        yield Picture(f"“{one['question']}”, answered by “{one['answer']}”", one["words"], svg)
