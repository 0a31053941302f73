"""Asks a bundle several questions in a process of its own: `python -m answering.asking FOLDER`.

The questions come on standard input and the first answers leave on standard output, both as JSON. Whoever
wants to know keeps neither the network in memory nor waits for what never ends.
"""

import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from answering.errors import BundleError
from answering.question import Question
from answering.responder import Responder
from answering.trial import limit_memory
from preprocessing.errors import ChatbotError


@dataclass(frozen=True)
class FirstAnswer:
    """What is said first; `text` is None where there is nothing to say."""

    text: str | None = None
    confidence: float | None = None


def first_answers(directory: Path, questions: Sequence[str], language: str = "") -> list[FirstAnswer]:
    """Return a bundle's answer to each question, in its default mode.

    Raises:
        ChatbotError: it cannot be opened, or fails to answer one of them.
    """
    responder = Responder.open(directory)
    return [first_answer(responder, Question(text=text, language=language)) for text in questions]


def first_answer(responder: Responder, question: Question) -> FirstAnswer:
    try:
        answers = responder.answer(question).answers
    except ChatbotError:
        raise
    except Exception as error:  # ONNX Runtime raises many kinds of its own
        reason = " ".join(str(error).split())[:300]
        raise BundleError(
            f"A bundle must answer; asked {question.text[:80]!r} it does not: {reason}"
        ) from None
    return FirstAnswer(answers[0].text, answers[0].confidence) if answers else FirstAnswer()


def main(arguments: list[str]) -> int:
    logging.disable(logging.INFO)
    directory = Path(arguments[0])
    limit_memory(directory)
    asked = json.load(sys.stdin)
    try:
        answers = first_answers(directory, asked["questions"], asked["language"])
    except ChatbotError as error:
        sys.stdout.write(json.dumps({"code": error.code, "text": str(error)}) + "\n")
        return 1
    sys.stdout.write(json.dumps({"answers": [asdict(answer) for answer in answers]}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
