"""What a quality run does with small corpora: a fusion with a large one, five answers, the demonstration."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.quality.recipes import RANKER, Figures, Goal, Report, measured
from benchmarks.quality.workshop import Workshop
from benchmarks.report import Figure

CATEGORY, HELD_OUT = "tech_support", 0.2
# How often training sees an exchange of the small corpus an epoch.
SMALL_WEIGHT = 8.0
RECALL = "recall@1 of 10"
MINUTES = ("--max-minutes", "8")
FOREIGN = Path(__file__).with_name("foreign_questions.txt")


def fusion(shop: Workshop, data: Path) -> Figures:
    """A large and a small corpus together, beside each alone, on held-out questions of both."""
    training, test = small_files(shop.directory)
    large = shop.dataset("large", data / "dailydialog")
    small = shop.dataset("small", training)
    both = shop.mixed_dataset("both", {"large": 1.0, "small": SMALL_WEIGHT})
    ranker = (*RANKER, *MINUTES)
    trained = {
        name: shop.trained(name, number, *ranker)
        for name, number in (("large", large), ("small", small), ("both", both))
    }
    on_small = {
        name: shop.evaluated(f"{name} on small", trained[name], "--corpus", str(test))
        for name in ("small", "both", "large")
    }
    on_large = {
        name: shop.evaluated(f"{name} on large", trained[name], "--dataset", str(large))
        for name in ("large", "both")
    }
    yield from beside("the small corpus", on_small, "small", 1.0)
    yield from beside("the large corpus", on_large, "large", 0.98)
    yield from measured("on the small corpus, the large one alone", on_small["large"], RECALL)


def beside(told: str, reports: dict[str, Report], alone: str, share: float) -> Figures:
    """Yield recall of the trained model of one corpus, and of both, which shall reach a share of it."""
    [of_one] = measured(f"on {told}, it alone", reports[alone], RECALL)
    yield of_one
    yield from measured(f"on {told}, both", reports["both"], RECALL, Goal(round(share * of_one.value, 4)))


def small_files(directory: Path) -> tuple[Path, Path]:
    """Write a category of the demonstration's corpus as two tables, the second one to be held out."""
    source = Path(str(files("chatterbot_corpus"))) / "data" / "english" / f"{CATEGORY}.yml"
    conversations = yaml.safe_load(source.read_text(encoding="utf-8"))["conversations"]
    pairs = list(dict.fromkeys((str(turns[0]), str(turns[1])) for turns in conversations if len(turns) > 1))
    order = np.random.default_rng(0).permutation(len(pairs)).tolist()
    number = round(len(pairs) * HELD_OUT)
    paths = directory / "small.csv", directory / "small-held-out.csv"
    for path, rows in zip(paths, (order[number:], order[:number]), strict=True):
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("question", "answer"), *(pairs[row] for row in rows)])
    return paths


def several(shop: Workshop, data: Path) -> Figures:
    """How different five answers are: of `mechanism`, and of diverse beams, beside those of a plain beam."""
    dataset = shop.dataset("dailydialog", data / "dailydialog")
    for architecture in ("mechanism", "rnn"):
        number = shop.trained(architecture, dataset, "--architecture", architecture, "--max-minutes", "14")
        report = shop.evaluated(architecture, number, "--questions", "300")
        different, best = "different among five: distinct-2", "best of five: bleu"
        plain = {name: next(measured("", report, name, system="plain beam")) for name in (different, best)}
        for name, figure in plain.items():
            yield Figure(f"{architecture}, plain beam: {name}", figure.value, figure.unit)
        goal = Goal(round(2 * plain[different].value, 4))
        yield from measured(f"{architecture}, as served", report, different, goal)
        yield from measured(f"{architecture}, as served", report, best, Goal(plain[best].value))


def demonstration(shop: Workshop, data: Path) -> Figures:
    """The bot that `make run` brings, asked its own questions carelessly, and about something else."""

    def asked() -> dict[str, Any]:
        command = [sys.executable, "-m", "benchmarks.quality.demonstration_bot", str(shop.directory)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return dict(json.loads(done.stdout.splitlines()[-1]))

    found = shop.step("asked", asked)
    yield Figure(
        "its own questions, typed carelessly, answered right",
        found["right"],
        "",
        "at least 0.95",
        found["right"] >= 0.95,
    )
    yield Figure(
        "questions about something else: says that it does not know",
        found["unknown"],
        "",
        "at least 0.9",
        found["unknown"] >= 0.9,
    )
    yield Figure("asked carelessly", found["careless"], "questions")
    yield Figure("asked about something else", found["foreign"], "questions")


def foreign_questions() -> Iterator[str]:
    yield from filter(None, FOREIGN.read_text(encoding="utf-8").splitlines())


SMALL_RECIPES = {"fusion": fusion, "several": several, "demonstration": demonstration}
