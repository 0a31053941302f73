"""Makes the demonstration's bot in a data directory as `make run` does, asks it, prints what came out."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

KNOWN = 200


def main(directory: Path) -> None:
    os.environ.update(CHATBOT_DATA_DIR=str(directory.resolve()), DJANGO_SETTINGS_MODULE="chatbot.settings")
    import django

    django.setup()
    from benchmarks.quality.small_recipes import foreign_questions
    from chatbot.launch.demonstration import answer_at_once, training_job
    from training.models import Bot
    from training.services.runner import run_job

    answer_at_once()
    job = training_job()
    if job is not None:
        run_job(job.pk)
    print(json.dumps(asked(Bot.objects.get(), list(foreign_questions()))))


def asked(bot: Any, foreign: list[str]) -> dict[str, float]:
    """Ask as the API does; what people wrote themselves there is nothing of."""
    from answering.finishing import letters_of
    from api.answering import question_answer
    from training.services.trying import TriedBundle, open_responder

    alike = open_responder(TriedBundle.of(bot.active)).alike
    assert alike is not None
    retriever = alike.retriever
    answers: dict[str, set[str]] = {}
    for row in range(len(retriever)):
        key = letters_of(retriever.question_texts[row])
        answers.setdefault(key, set()).add(letters_of(retriever.answer_texts[row]))
    random = np.random.default_rng(1)
    rows = [row for row in random.permutation(len(retriever)).tolist() if retriever.answer_texts[row].strip()]
    right = []
    for row in rows[:KNOWN]:
        text = retriever.question_texts[row]
        reply = question_answer(question={"bot": bot.name, "message": careless(text)})
        right.append(letters_of(reply["msg"]) in answers[letters_of(text)])
    unknown = [question_answer(question={"bot": bot.name, "message": text})["fallback"] for text in foreign]
    return {
        "right": float(np.mean(right)),
        "unknown": float(np.mean(unknown)),
        "careless": len(right),
        "foreign": len(unknown),
    }


def careless(text: str) -> str:
    """Return a question as typed in a hurry: all in small letters, without signs, one letter missing."""
    from training.evaluation.paraphrases import RULES

    for name in ("punctuation removed", "letter missing"):
        text = RULES[name](text, np.random.default_rng(len(text))) or text
    return text.lower()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
