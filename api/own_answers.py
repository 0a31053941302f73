"""A bot's own answers in this process: loaded anew in the moment in which one of them has changed."""

import threading

from answering.own_answers import OwnAnswers, Wording
from answering.question import Answer, Question
from training.models import Bot, OwnAnswer

_loaded: dict[int, tuple[int, OwnAnswers]] = {}
_loading = threading.Lock()


def own_answers_to(bot: Bot, question: Question) -> list[Answer]:
    """Return what people wrote for this question or one like it; the bot's row tells of each change."""
    if not bot.own_answers_version:
        return []
    return own_answers_of(bot).search(question.text, question.answers)


def own_answers_of(bot: Bot) -> OwnAnswers:
    if (known := known_of(bot)) is not None:
        return known
    with _loading:
        # Of several that found them changed only the first loads them.
        if (known := known_of(bot)) is not None:
            return known
        rows = OwnAnswer.objects.filter(bot=bot, is_on=True).order_by("-changed_at", "-pk")
        found = OwnAnswers([Wording(text, row.answer) for row in rows for text in row.wordings])
        _loaded[bot.pk] = (bot.own_answers_version, found)
        return found


def known_of(bot: Bot) -> OwnAnswers | None:
    """Return what is loaded, as long as nothing has changed."""
    version, found = _loaded.get(bot.pk, (0, None))
    return found if version >= bot.own_answers_version else None


def forget_all() -> None:
    """For tests, whose rows go away."""
    _loaded.clear()
