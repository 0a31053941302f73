"""Golden questions as a table for spreadsheets: a line each; lists are lines within a cell."""

from collections.abc import Iterable

from django.db import transaction

from answering.finishing import letters_of
from training.models import Bot, GoldenQuestion
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
from training.services.golden_questions import golden_question_check, golden_question_save

LISTS = ("acceptable", "must_occur", "must_not_occur")
COLUMNS = Columns(("bot", "question", *LISTS, "on"), frozenset({"question"}))


def golden_questions_csv(questions: Iterable[GoldenQuestion]) -> str:
    """Return a table that spreadsheets open and `golden_questions_import` takes."""
    return written_table(COLUMNS, map(cells_of, questions))


def cells_of(golden: GoldenQuestion) -> tuple[str, ...]:
    lists = (golden.acceptable_answers, golden.wanted_words, golden.unwanted_words)
    return (golden.bot.name, golden.question, *map(in_one_cell, lists), "on" if golden.is_on else "off")


def golden_questions_to_export(bot: Bot | None) -> Iterable[GoldenQuestion]:
    rows = GoldenQuestion.objects.select_related("bot").order_by("bot__name", "pk")
    return rows.filter(bot=bot) if bot else rows


@transaction.atomic
def golden_questions_import(
    *, content: bytes, bot: Bot | None = None, created_by_id: int | None = None
) -> Imported:
    """Take a table in, all of it or nothing; a line with a question that is there changes that one.

    Args:
        bot: whose golden questions they are where the table has no column for it.

    Raises:
        SettingsError: the bad lines, each with its number.
    """
    bots = {found.name: found for found in Bot.objects.all()}
    rows = read_table(content, COLUMNS, lambda cells: golden_of(cells, bots, bot))
    known = {key_of(golden): golden for golden in GoldenQuestion.objects.order_by("-pk")}
    counts = {"made": 0, "changed": 0, "same": 0}
    for row in rows:
        golden = known.setdefault(key_of(row), row)
        if golden is row:
            row.created_by_id = created_by_id
            counts["made"] += 1
        elif cells_of(golden) == cells_of(row):
            counts["same"] += 1
            continue
        else:
            counts["changed"] += 1
            for name in ("question", *LISTS, "is_on"):
                setattr(golden, name, getattr(row, name))
        golden_question_save(golden=golden)
    return Imported(**counts)


def key_of(golden: GoldenQuestion) -> tuple[int, str]:
    """Return what tells golden questions apart: whose they are, and the question's letters."""
    return golden.bot_id, letters_of(golden.question)


def golden_of(cells: Cells, bots: dict[str, Bot], only: Bot | None) -> GoldenQuestion:
    lists = {name: "\n".join(texts_of(cells.get(name, ""))) for name in LISTS}
    golden = GoldenQuestion(
        bot=bot_of(cells, bots, only), question=cells["question"].strip(), is_on=switch_of(cells), **lists
    )
    golden_question_check(golden)
    return golden
