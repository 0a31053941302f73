"""What a quality run trains and measures, corpus by corpus, and what was wished for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality.workshop import Workshop
from benchmarks.report import Figure

OWN = "trained model"
# As many turns as mattered on held-out questions, whole; rare words too.
WHOLE = ("--max-answer-length", "60", "--vocabulary-size", "16000")
DIALOGUE = ("--context-turns", "10", "--max-length", "240", *WHOLE)
SCENE = ("--context-turns", "5", "--max-length", "120", *WHOLE)
POSTS = ("--context-turns", "4", "--units", "characters", "--max-length", "180", "--max-answer-length", "90")
ONE_TURN = ("--max-length", "60", *WHOLE)
RANKER = ("--architecture", "dual_encoder", "--preset", "auto")
Report = dict[str, Any]
Figures = Iterator[Figure]


@dataclass(frozen=True)
class Goal:
    """What a figure shall reach; `sign` -1 where less is better."""

    value: float
    sign: int = 1

    def told(self) -> str:
        return f"{'at least' if self.sign > 0 else 'below'} {self.value:g}"

    def holds(self, value: float) -> bool:
        return self.sign * value >= self.sign * self.value


def measured(told: str, report: Report, name: str, goal: Goal | None = None, system: str = OWN) -> Figures:
    """Yield a figure of a report with its interval; nothing where it was not measured."""
    for one in report["measures"]:
        if (one["name"], one["system"], one["group"]) != (name, system, ""):
            continue
        unit = f"({one['low']:.3g} to {one['high']:.3g})" if one["low"] is not None else ""
        holds = goal.holds(one["value"]) if goal else None
        yield Figure(f"{told}: {name}", one["value"], unit, goal.told() if goal else "", holds)


def best_lexical(report: Report, name: str) -> Report:
    """Return the measure of the best baseline by words or characters."""
    lexical = [
        one
        for one in report["measures"]
        if one["name"] == name and one["system"].startswith(("TF-IDF", "BM25")) and not one["group"]
    ]
    best: Report = max(lexical, key=lambda one: float(one["value"]))
    return best


def ranking(told: str, report: Report, goals: dict[str, Goal]) -> Figures:
    """Yield recall among others, and what lexical baselines reach on the same questions."""
    for name in (
        "recall@1 of 10",
        "recall@2 of 10",
        "recall@5 of 10",
        "recall@1 of 100",
        "recall@1 of 10, hard",
    ):
        yield from measured(told, report, name, goals.get(name))
    for name in ("recall@1 of 10", "recall@1 of 100"):
        best = best_lexical(report, name)
        unit = f"({best['low']:.3g} to {best['high']:.3g})"
        yield Figure(f"{told}: {name}, {best['system']}", best["value"], unit)


def minutes(shop: Workshop) -> Figure:
    total = sum(value for name, value in shop.steps.items() if name.endswith(": minutes"))
    return Figure("all of it", total, "min", "at most 45", total <= 45)


def dailydialog(shop: Workshop, data: Path) -> Figures:
    """A ranker that reads the dialogue so far, and one that reads the last turn alone."""
    goals = {"recall@1 of 10": Goal(0.72), "recall@1 of 100": Goal(0.48)}
    dialogue = shop.dataset("dailydialog", data / "dailydialog", *DIALOGUE)
    ranker = shop.trained("dialogue", dialogue, *RANKER, "--max-minutes", "24")
    yield from ranking("with the dialogue so far", shop.evaluated("dialogue", ranker), goals)
    one_turn = shop.dataset("one-turn", data / "dailydialog", *ONE_TURN)
    alone = shop.trained("one turn", one_turn, *RANKER, "--max-minutes", "10")
    yield from ranking("one turn", shop.evaluated("one turn", alone), {})


def cornell(shop: Workshop, data: Path) -> Figures:
    goals = {"recall@1 of 10": Goal(0.33)}
    dataset = shop.dataset("cornell", data / "cornell", *SCENE)
    ranker = shop.trained("ranker", dataset, *RANKER, "--max-minutes", "30")
    yield from ranking("Cornell (rebuilt)", shop.evaluated("ranker", ranker), goals)


def lccc(shop: Workshop, data: Path) -> Figures:
    goals = {"recall@1 of 10": Goal(0.5)}
    dataset = shop.dataset("lccc", data / "lccc", *POSTS)
    ranker = shop.trained("ranker", dataset, *RANKER, "--max-minutes", "12")
    report = shop.evaluated("ranker", ranker)
    yield from ranking("LCCC", report, goals)
    name = "recall@1 of 10"
    [own] = [one for one in report["measures"] if (one["name"], one["system"]) == (name, OWN)]
    above = own["value"] - best_lexical(report, name)["value"]
    yield Figure("LCCC: above the best lexical baseline", above, "", "at least 0.05", above >= 0.05)


def generator(shop: Workshop, data: Path) -> Figures:
    """A generator whose answers a dual encoder chooses from, beside greedy `rnn`; both together and alone."""
    dataset = shop.dataset("dailydialog", data / "dailydialog")
    plain = shop.trained("rnn", dataset, "--architecture", "rnn", "--preset", "small", "--max-minutes", "8")
    better = shop.trained(
        "rnn2", dataset, "--architecture", "rnn2", "--preset", "small", "--max-minutes", "18"
    )
    ranker = shop.trained("ranker", dataset, *RANKER, "--max-minutes", "8")
    both = shop.composed("chosen", better, ranker)
    greedy, alone, chosen = (
        shop.evaluated(name, number, "--questions", "300")
        for name, number in (("rnn", plain), ("rnn2", better), ("chosen", both))
    )
    share = "share of the 20 most frequent answers"
    of_greedy = next(measured("", greedy, share, system=written_by(greedy))).value
    yield from measured("rnn2", alone, "perplexity", Goal(75, -1))
    yield from measured("greedy rnn", greedy, share, system=written_by(greedy))
    yield from measured("drawn and chosen", chosen, share, Goal(of_greedy / 2, -1), system=written_by(chosen))
    for told, report in (("greedy rnn", greedy), ("drawn and chosen", chosen)):
        system = written_by(report)
        for name in ("distinct-2", "chrf", "bleu"):
            yield from measured(told, report, name, system=system)
    recall = next(measured("", greedy, "recall@1 of 10", system="generator")).value
    yield from measured("drawn and chosen", chosen, "recall@1 of 10", Goal(recall))
    yield Figure("greedy rnn: recall@1 of 10", recall, "")
    yield from together(chosen)


def written_by(report: Report) -> str:
    """Return the system whose answers were generated: the trained model itself, or one of its modes."""
    return OWN if report["about"]["default_mode"] == "generate" else "mode generate"


def together(report: Report) -> Figures:
    """Yield what all parts reach together, beside each of them."""
    ranked = [one for one in report["measures"] if one["name"] == "recall@1 of 10" and not one["group"]]
    for system in (one["system"] for one in ranked if not one["is_baseline"]):
        yield from measured(f"together: {system}", report, "recall@1 of 10", system=system)
    own = report["about"]["default_mode"]
    for mode in ("generate", "retrieve", "hybrid"):
        for name in ("bleu", "chrf", "rouge-l"):
            yield from measured(mode, report, name, system=OWN if mode == own else f"mode {mode}")


RECIPES: dict[str, Callable[[Workshop, Path], Figures]] = {
    "dailydialog": dailydialog,
    "cornell": cornell,
    "lccc": lccc,
    "generator": generator,
}
