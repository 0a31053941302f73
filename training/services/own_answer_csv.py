"""Own answers as a table for spreadsheets: columns bot, questions, answer, on."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from training.models import Bot, OwnAnswer
from training.services.csv_table import (
    Cells,
    Columns,
    Imported,
    bot_of,
    in_one_cell,
    read_table,
    switch_of,
    texts_of,
    written_table,
)
from training.services.own_answers import own_answer_check, own_answer_save

COLUMNS = Columns(("bot", "questions", "answer", "on"), frozenset({"questions", "answer"}))
# An answer, or the ways to ask for it.
Key = str | tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A line of the table that holds an own answer."""

    bot: Bot
    wordings: list[str]
    answer: str
    is_on: bool


# Out


def own_answers_csv(own_answers: Iterable[OwnAnswer]) -> str:
    """Return a table that spreadsheets open and `own_answers_import` takes."""
    return written_table(
        COLUMNS,
        (
            (own.bot.name, in_one_cell(own.wordings), own.answer, "on" if own.is_on else "off")
            for own in own_answers
        ),
    )


def own_answers_to_export(bot: Bot | None) -> Iterable[OwnAnswer]:
    rows = OwnAnswer.objects.select_related("bot").order_by("bot__name", "pk")
    return rows.filter(bot=bot) if bot else rows


# In


@transaction.atomic
def own_answers_import(
    *, content: bytes, bot: Bot | None = None, created_by_id: int | None = None
) -> Imported:
    """Take a table in, all of it or nothing.

    A line with the answer or the questions of an own answer that is there changes that one.

    Args:
        bot: whose own answers they are where the table has no column for it.

    Raises:
        SettingsError: the bad lines, each with its number.
    """
    known = KnownAnswers()
    counts = {"made": 0, "changed": 0, "same": 0}
    for row in read_rows(content, bot):
        own = known.take(row) or OwnAnswer(bot=row.bot, created_by_id=created_by_id)
        before = (own.wordings, own.answer, own.is_on)
        if own.pk and before == (row.wordings, row.answer, row.is_on):
            counts["same"] += 1
            continue
        counts["changed" if own.pk else "made"] += 1
        own.questions, own.answer, own.is_on = "\n".join(row.wordings), row.answer, row.is_on
        own_answer_save(own_answer=own)
    return Imported(**counts)


class KnownAnswers:
    """The bots' own answers before the import; each is taken by one line at most."""

    def __init__(self) -> None:
        self._of_bot: dict[int, dict[Key, list[OwnAnswer]]] = {}
        self._taken: set[int] = set()

    def take(self, row: Row) -> OwnAnswer | None:
        """Return the first one that is left with the answer, else with the questions, of a line."""
        if row.bot.pk not in self._of_bot:
            self._of_bot[row.bot.pk] = by_texts(OwnAnswer.objects.filter(bot=row.bot).order_by("pk"))
        for key in (row.answer, tuple(row.wordings)):
            for own in self._of_bot[row.bot.pk].get(key, ()):
                if own.pk not in self._taken:
                    self._taken.add(own.pk)
                    return own
        return None


def by_texts(own_answers: Iterable[OwnAnswer]) -> dict[Key, list[OwnAnswer]]:
    """Return own answers by their answers and by their questions."""
    found: dict[Key, list[OwnAnswer]] = {}
    for own in own_answers:
        found.setdefault(own.answer, []).append(own)
        found.setdefault(tuple(own.wordings), []).append(own)
    return found


def read_rows(content: bytes, bot: Bot | None = None) -> list[Row]:
    """Return a table's own answers.

    Raises:
        SettingsError: the bad lines, each with its number.
    """
    bots = {found.name: found for found in Bot.objects.all()}
    return read_table(content, COLUMNS, lambda cells: row_of(cells, bots, bot))


def row_of(cells: Cells, bots: dict[str, Bot], only: Bot | None) -> Row:
    row = Row(
        bot=bot_of(cells, bots, only),
        wordings=texts_of(cells["questions"]),
        answer=cells["answer"].strip(),
        is_on=switch_of(cells),
    )
    own_answer_check(OwnAnswer(bot=row.bot, questions="\n".join(row.wordings), answer=row.answer))
    return row
