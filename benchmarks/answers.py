"""What models say to twenty questions, by each way to answer: `make answers BUNDLES="demo=save/.../bundle"`.

All of it is written down, the bad answers too.
"""

import json
import sys
from pathlib import Path
from typing import Any

from answering.bundle import MODES, Manifest
from answering.question import Question
from answering.responder import Responder
from benchmarks import tables
from benchmarks.questions import QUESTIONS
from benchmarks.report import commit

USAGE = f'BUNDLES must name folders, as in BUNDLES="demo=save/.../bundle". Names are {", ".join(QUESTIONS)}.'


def main(bundles: list[str]) -> None:
    for name, directory in map(named, bundles):
        write_answers(name, Responder.open(directory))
    tables.main()


def named(bundle: str) -> tuple[str, Path]:
    name, _, directory = bundle.partition("=")
    if name not in QUESTIONS or not directory:
        raise SystemExit(f"{USAGE} Received {bundle!r}.")
    return name, Path(directory)


def write_answers(name: str, responder: Responder) -> None:
    made = {"model": described(responder.bundle.manifest), "commit": commit()}
    rows = [{"question": text, **said(responder, text), **made} for text in QUESTIONS[name]]
    path = tables.RESULTS / f"answers-{name}.json"
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def said(responder: Responder, text: str) -> dict[str, Any]:
    """Return the best answer of each mode; None where there is none, or no such mode."""
    return {mode: best(responder, text, mode) if mode in responder.bundle.modes else None for mode in MODES}


def best(responder: Responder, text: str, mode: str) -> dict[str, Any] | None:
    answers = responder.answer(Question(text=text, mode=mode)).answers
    return {"text": answers[0].text, "confidence": answers[0].confidence} if answers else None


def described(manifest: Manifest) -> str:
    """Return what kind of model answers, how far it was trained, and how it answers where it is not told."""
    metrics, told = manifest.metrics, [manifest.architecture]
    if "training_exchanges" in metrics:
        told.append(f"trained on {metrics['training_exchanges']:,} exchanges")
    if "perplexity" in metrics:
        told.append(f"validation perplexity {metrics['perplexity']:.1f}")
    return f"{', '.join(told)}; its default mode is {manifest.default_mode}"


if __name__ == "__main__":
    main(sys.argv[1:] or [""])
