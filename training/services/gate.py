"""The gate of a bot: what a trained model must show before the bot answers from it.

Asking takes seconds and happens outside of any transaction; what was found names the trained model that it
was compared with, so that nothing is activated where another one answers by then.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from preprocessing.errors import ChatbotError, SettingsError
from training.errors import ActivationError, NoActiveModelError
from training.models import Bot, GateTrial, GoldenQuestion, TrainedModel
from training.services.gate_recall import recall_rule
from training.services.gate_rule import Rule
from training.services.golden_questions import (
    UNWRITABLE,
    GoldenAnswer,
    golden_answers,
    golden_questions_of,
    objection,
)

PASSED, FAILED, LOST = "passed", "failed", "lost"
LONGEST_NOTE = 500
LONGEST_ANSWER = 2000
MOST_NAMED = 5
Json = dict[str, Any]


@dataclass(frozen=True)
class Findings:
    """What a trial found. `compared_with` is the id of the trained model that answered for the bot then."""

    compared_with: int | None
    passed: bool
    content: Json


def gate_trial_create(*, bot: Bot, trained_model: TrainedModel) -> GateTrial:
    """Try a trained model on a bot's golden questions and rules, and keep what was found.

    Raises:
        ChatbotError: it does not answer, or one of the two was deleted meanwhile.
    """
    findings = gate_findings(bot=bot, directory=trained_model.location, trained_model=trained_model)
    return gate_trial_record(bot=bot, trained_model=trained_model, findings=findings)


def gate_findings(*, bot: Bot, directory: Path, trained_model: TrainedModel | None = None) -> Findings:
    """Ask a bundle and what answers now, and compare them by the bot's rules.

    Args:
        trained_model: that of the bundle; None where it has no row yet, and so no evaluation.

    Raises:
        ChatbotError: the bundle does not answer.
    """
    bot = bot_as_it_is(bot)
    questions = golden_questions_of(bot)
    new = golden_answers(bot=bot, directory=directory, questions=questions)
    now, trouble = answers_now(bot, questions, trained_model)
    rows = [golden_row(each, now.get(each.golden.pk)) for each in new]
    rules = [golden_rule(bot, rows), recall_rule(bot, trained_model)]
    return Findings(
        compared_with=bot.active_id,
        passed=all(rule.held is not False for rule in rules),
        content={
            "compared_with": bot.active.name if bot.active else None,
            "trouble": trouble,
            "golden": rows,
            "rules": [rule.as_json() for rule in rules],
        },
    )


def golden_questions_try(*, bot: Bot) -> GateTrial:
    """Ask what answers for a bot now its golden questions, and keep what was found.

    Raises:
        NoActiveModelError: nothing answers for it.
        SettingsError: it has no golden questions.
        ChatbotError: what answers now does not answer.
    """
    active = active_of(bot)
    if not golden_questions_of(bot):
        raise SettingsError(f"Bot {bot} must have golden questions that are on. Write some first.")
    return gate_trial_create(bot=bot, trained_model=active)


def active_of(bot: Bot) -> TrainedModel:
    """Return what answers for a bot now, whatever the row in hand says.

    Raises:
        NoActiveModelError: nothing does.
    """
    active = bot_as_it_is(bot).active
    if active is None:
        raise NoActiveModelError(f"Bot {bot} must have a trained model that answers; activate one first.")
    return active


def bot_as_it_is(bot: Bot) -> Bot:
    found = Bot.objects.select_related("active").filter(pk=bot.pk).first()
    if found is None:
        raise ActivationError(f"Bot {bot} was deleted meanwhile.")
    return found


def answers_now(
    bot: Bot, questions: list[GoldenQuestion], trained_model: TrainedModel | None
) -> tuple[dict[int, str], str]:
    """Return what is answered now to each golden question, by its id, and why nothing is known of it."""
    if bot.active is None:
        return {}, "Nothing answers for the bot yet, so nothing can be lost."
    if bot.active == trained_model:
        return answers_before(bot, trained_model), ""
    try:
        now = golden_answers(bot=bot, directory=bot.active.location, questions=questions)
    except ChatbotError as error:
        # A bot whose trained model is broken must get away from it.
        return {}, f"{bot.active} does not answer, so nothing can be lost. {error}"
    return {each.golden.pk: each.answer for each in now}, ""


def answers_before(bot: Bot, trained_model: TrainedModel) -> dict[int, str]:
    """Return what the active trained model said at its last trial: a setting may have changed since."""
    last = GateTrial.objects.filter(bot=bot, trained_model=trained_model).first()
    return {row["id"]: row["new"] for row in last.findings.get("golden", ())} if last else {}


def golden_row(new: GoldenAnswer, now: str | None) -> Json:
    """Return how a golden question went; lost is what was answered well and no longer is."""
    was_good = now is not None and not objection(new.golden, now)
    return {
        "id": new.golden.pk,
        "question": new.golden.question,
        "now": now[:LONGEST_ANSWER] if now is not None else None,
        "new": new.answer[:LONGEST_ANSWER],
        "outcome": PASSED if new.passed else LOST if was_good else FAILED,
        "objection": new.objection,
    }


def golden_rule(bot: Bot, rows: list[Json]) -> Rule:
    lost = [row["question"] for row in rows if row["outcome"] == LOST]
    if not rows:
        return Rule("golden", None, "The bot has no golden questions.")
    if not lost:
        return Rule("golden", True, "No golden question is lost.")
    said = f"{len(lost)} of {len(rows)} golden questions would be lost: {named(lost)}."
    if not bot.keeps_golden:
        return Rule("golden", None, f"{said} The bot's rule against that is off.")
    return Rule("golden", False, said)


def gate_trial_record(
    *,
    bot: Bot,
    trained_model: TrainedModel,
    findings: Findings,
    note: str = "",
    overridden_by_id: int | None = None,
) -> GateTrial:
    """Keep what a trial found, with the reason of whoever activates all the same.

    Raises:
        ActivationError: bot or trained model was deleted meanwhile.
    """
    with transaction.atomic():
        for row in (trained_model, bot):
            if not type(row).objects.select_for_update().filter(pk=row.pk).exists():
                raise ActivationError(f"Bot {bot} goes on as before; {row} was deleted meanwhile.")
        return GateTrial.objects.create(
            bot=bot,
            trained_model=trained_model,
            passed=findings.passed,
            findings=findings.content,
            note=note,
            overridden_by_id=overridden_by_id,
        )


def checked_note(note: str) -> str:
    """Return the reason why a trained model shall answer although its gate failed.

    Raises:
        SettingsError: it cannot be kept.
    """
    note = note.strip()
    if len(note) > LONGEST_NOTE or UNWRITABLE.search(note):
        raise SettingsError(
            f"The reason must have at most {LONGEST_NOTE} characters, whole Unicode without NUL. "
            f"Received {len(note):,}.",
            setting="override",
        )
    return note


# In words


def broken_rules(content: Json) -> str:
    return " ".join(rule["text"] for rule in content["rules"] if rule["held"] is False)


def outcome(trial: GateTrial) -> str:
    """Return how the golden questions went, in a line: "18 of 20 passed; lost: ...; failed: ..."."""
    rows = trial.findings.get("golden", [])
    if not rows:
        return "There are no golden questions."
    asked = {kind: [row["question"] for row in rows if row["outcome"] == kind] for kind in (LOST, FAILED)}
    passed = len(rows) - sum(map(len, asked.values()))
    told = [f"{kind}: {named(questions)}" for kind, questions in asked.items() if questions]
    return "; ".join([f"{passed} of {len(rows)} passed", *told])


def named(questions: list[str]) -> str:
    more = len(questions) - MOST_NAMED
    shown = [question if len(question) <= 60 else f"{question[:60]}…" for question in questions[:MOST_NAMED]]
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")
