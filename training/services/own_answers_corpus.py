"""A bot's own answers as a corpus, so that the next training takes them in with a weight."""

import json
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from preprocessing.durable_file import write_text_durably
from preprocessing.errors import CorpusError
from preprocessing.splits import PLACES
from training.models import Bot, Corpus, OwnAnswer
from training.models.corpus import NAME_VALIDATOR
from training.models.paths import stored_path
from training.services.corpora import corpora_directory, require_unread

PREFIX = "own-answers-"
LONGEST_BOT = 64 - len(PREFIX)
# People wrote them to be said: none is held out to be measured by.
IN_TRAINING = PLACES - 1


def own_answers_corpus(*, bot: Bot) -> tuple[Corpus, int]:
    """Write the own answers that are on as the corpus `own-answers-<bot>`, which replaces the one before.

    Returns the corpus and how many exchanges it has.

    Raises:
        CorpusError: none is on, or another corpus has that name.
        JobStateError: a job is reading the one before.
    """
    name, path = corpus_name(bot), corpus_path(bot)
    lines = [json.dumps(record, ensure_ascii=False) for record in records(bot)]
    if not lines:
        raise CorpusError(f"Bot {bot} must have own answers that are on. There is none yet; write one first.")
    before = Corpus.objects.filter(name=name).first()
    if before is not None:
        if before.path != stored_path(path):
            raise CorpusError(f"Another corpus is called {name} already. Delete it first.")
        require_unread(before)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text_durably(path, "\n".join(lines) + "\n")
    with transaction.atomic():
        corpus, _ = Corpus.objects.update_or_create(
            name=name, defaults={"path": stored_path(path), "format": "json-lines", "uploaded": True}
        )
    return corpus, len(lines)


def corpus_name(bot: Bot) -> str:
    if len(bot.name) > LONGEST_BOT:
        raise CorpusError(
            f"The bot's name must have at most {LONGEST_BOT} characters for its corpus to be named after it. "
            f"{bot.name} has {len(bot.name)}."
        )
    name = f"{PREFIX}{bot.name}"
    NAME_VALIDATOR(name)
    return name


def corpus_path(bot: Bot) -> Path:
    return corpora_directory() / f"{corpus_name(bot)}.jsonl"


def records(bot: Bot) -> Iterator[dict[str, str | int]]:
    """Yield an exchange for each way to ask."""
    for own in OwnAnswer.objects.filter(bot=bot, is_on=True).order_by("pk"):
        for wording in own.wordings:
            yield {"question": wording, "answer": own.answer, "split_place": IN_TRAINING}
