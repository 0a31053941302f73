"""Opens a bundle and asks it, in a process of its own: `python -m answering.trial FOLDER`.

A network from elsewhere may crash, fill the memory or never end: this process may die of it, no other one.
"""

import contextlib
import json
import logging
import sys
from pathlib import Path

from answering.errors import BundleError
from answering.question import Question
from answering.responder import Responder
from preprocessing.errors import ChatbotError

QUESTIONS = ("good to know", "How are you today?", "你好吗")
FREE_BYTES, TIMES_ITS_SIZE = 8_000_000_000, 4


def try_bundle(directory: Path) -> None:
    """Open every part, and ask those that answer.

    Raises:
        ChatbotError: the bundle must not be served.
    """
    responder = Responder.open(directory)
    for mode in responder.bundle.modes:
        for text in QUESTIONS:
            try:
                responder.answer(Question(text=text, mode=mode, answers=2))
            except ChatbotError:
                raise
            except Exception as error:  # ONNX Runtime raises many kinds of its own
                reason = " ".join(str(error).split())[:300]
                raise BundleError(f"A bundle must answer; asked to {mode} it does not: {reason}") from None


def limit_memory(directory: Path) -> None:
    """Let this process have what a bundle of this size needs and much more, but not all that there is."""
    import resource

    size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    most = FREE_BYTES + TIMES_ITS_SIZE * size
    # Not every system keeps such a limit.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main(arguments: list[str]) -> int:
    logging.disable(logging.INFO)
    directory = Path(arguments[0])
    limit_memory(directory)
    try:
        try_bundle(directory)
    except ChatbotError as error:
        sys.stdout.write(json.dumps({"code": error.code, "text": str(error)}) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
