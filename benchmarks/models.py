"""What each architecture becomes on DailyDialog: `make bench-models DATA=folder ARCHITECTURES="rnn rnn2"`.

Every one is trained by its small preset, the way that somebody who does not tune would do it. An architecture
takes some ten minutes; those that are not named keep the figures that they have. With KEEP=folder the bundles
are copied there.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from answering.bundle import Bundle
from answering.question import Question
from answering.responder import Responder
from answering.retrieval_bundle import build_retrieval_bundle
from benchmarks import tables
from benchmarks.report import Figure, publish
from preprocessing.dataset import Dataset
from preprocessing.pipeline import preprocess
from preprocessing.progress import NullMonitor
from preprocessing.request import PreprocessRequest
from training.architectures import ARCHITECTURES
from training.parameters import Hyperparameters
from training.seq2seq.train import train_run

PRESET = "small"
QUESTIONS = ("What do you do in your free time?", "Can I help you?", "I am so tired today.")
QUESTIONS_TIMED = 200
ANSWERS_FILE = "model-answers"
MIB = 2**20


def main(data: Path, architectures: list[str], keep: Path | None) -> None:
    with tempfile.TemporaryDirectory() as directory:
        request = PreprocessRequest.of_corpus("dailydialog", data / "dailydialog", Path(directory))
        dataset = Dataset.open(preprocess(request, NullMonitor()).directory)
        for architecture in architectures:
            run = Path(directory) / architecture
            figures = measured(architecture, dataset, run)
            publish("models", figures, replacing=f"{architecture}: ")
            write_answers(architecture, Responder.open(run / "bundle"))
            if keep:
                shutil.copytree(run / "bundle", keep / architecture)
    tables.main()


def measured(architecture: str, dataset: Dataset, run: Path) -> list[Figure]:
    started = time.perf_counter()
    if ARCHITECTURES[architecture].network:
        asked = Hyperparameters(architecture=architecture, preset=PRESET)
        train_run(dataset.directory, run, asked, NullMonitor())
    else:
        build_retrieval_bundle(dataset.directory, run / "bundle", NullMonitor())
    minutes = (time.perf_counter() - started) / 60
    bundle = Bundle.open(run / "bundle")
    size = sum(path.stat().st_size for path in bundle.directory.rglob("*") if path.is_file())
    rows = {
        **trained_figures(bundle, dataset),
        "minutes, export included": (minutes, ""),
        "bundle": (size / MIB, "MiB"),
        "an answer, p50, ms": (milliseconds_an_answer(bundle, dataset), ""),
    }
    return [Figure(f"{architecture}: {name}", value, unit) for name, (value, unit) in rows.items()]


def trained_figures(bundle: Bundle, dataset: Dataset) -> dict[str, tuple[float, str]]:
    """Return what a network's manifest says of its training; nothing for one without a network."""
    metrics = bundle.manifest.metrics
    if "steps" not in metrics:
        return {}
    train = dataset.indices("train")
    tokens = float((dataset.exchanges.answers.lengths()[train] + 1).sum())
    steps_an_epoch = -(-len(train) // int(bundle.manifest.configuration["batch_size"]))
    seen = tokens * metrics["steps"] / steps_an_epoch
    figures = {
        "parameters": (metrics["parameters"], ""),
        "epochs": (metrics["steps"] / steps_an_epoch, ""),
        "target tokens a second, validation included": (seen / metrics["training_seconds"], ""),
    }
    names = {"perplexity": "validation perplexity", "recall@1": "recall@1 of 10"}
    return figures | {names[name]: (metrics[name], "") for name in names if name in metrics}


def milliseconds_an_answer(bundle: Bundle, dataset: Dataset) -> float:
    responder = Responder(bundle)
    responder.warm_up()
    rows = dataset.indices("validation")
    times = []
    for row in rows[np.linspace(0, len(rows) - 1, QUESTIONS_TIMED).astype(int)]:
        started = time.perf_counter()
        responder.answer_anew(Question(text=dataset.question_text(row)))
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def write_answers(architecture: str, responder: Responder) -> None:
    """Keep what a model says to the three questions beside what the others say."""
    path = tables.RESULTS / f"{ANSWERS_FILE}.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    said = {text: responder.answer(Question(text=text)).answers for text in QUESTIONS}
    kept[architecture] = [f"{text} **{found[0].text if found else '-'}**" for text, found in said.items()]
    ordered = {name: kept[name] for name in ARCHITECTURES if name in kept}
    path.write_text(json.dumps(ordered, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder that holds dailydialog")
    parser.add_argument("architectures", nargs="*", help=f"of {', '.join(ARCHITECTURES)}; default: all")
    parser.add_argument("--keep", type=Path, help="the folder below which bundles are kept")
    arguments = parser.parse_args()
    if unknown := set(arguments.architectures) - set(ARCHITECTURES):
        parser.error(f"there is no architecture {', '.join(sorted(unknown))}")
    main(arguments.data, arguments.architectures or list(ARCHITECTURES), arguments.keep)
