"""How fast and lean corpora become datasets, beside the plain way: `make bench-preprocessing DATA=folder`.

DATA holds `cornell`, `lccc` and `dailydialog`; what is absent is left out of the table.
"""

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from benchmarks.corpora import measured_apart
from benchmarks.report import Figure, publish
from preprocessing.conversations import Counts
from preprocessing.language import detect_language
from preprocessing.progress import NullMonitor
from preprocessing.ragged import TextColumn
from preprocessing.readers.registry import read_conversations
from preprocessing.script import HAN_CHARACTER
from preprocessing.text_settings import SEGMENTERS, TextSettings
from preprocessing.tokenisation import Tokeniser
from preprocessing.turn_tokens import tokenise_turns

ROUNDS = 5
TIMES_LARGER = 20
SIZES = (10_000, 100_000, 1_000_000)
# A question of twenty words, in both languages.
QUESTIONS = (
    "could you please tell me how I can change the password of my account which I forgot this morning ?",
    "请问我今天早上忘记了账号的密码应该怎么样才能够修改它呢谢谢你们大家的帮助啊",
)


def turns_of(corpus: Path) -> Iterator[str]:
    for conversation in read_conversations(corpus, counts=Counts()):
        for turn in conversation.turns:
            yield turn.text


def interleaved(ours: Callable[[], object], peer: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Return the seconds of five rounds each, in turn, so that both see the same machine."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for place, work in enumerate((ours, peer)):
            started = time.perf_counter()
            work()
            times[place].append(time.perf_counter() - started)
    return times


def compared(name: str, goal: float, times: tuple[list[float], list[float]], peer: str) -> Figure:
    """Return how many times faster the median is; where rounds disagree on the goal, nothing is decided."""
    ratios = [theirs / ours for ours, theirs in zip(*times, strict=True)]
    ratio = statistics.median(times[1]) / statistics.median(times[0])
    is_clear = min(ratios) >= goal or max(ratios) < goal
    return Figure(name, ratio, "times", f"at least {goal:g}", (ratio >= goal) if is_clear else None, peer)


def dataset_figures(name: str, corpus: Path, most_seconds: float, most_mib: float) -> list[Figure]:
    told = measured_apart(corpus)
    mib = told["bytes"] / 2**20
    return [
        Figure(f"{name}: exchanges", told["exchanges"], "exchanges"),
        Figure(
            f"{name}: time",
            told["seconds"],
            "s",
            f"at most {most_seconds:g}",
            told["seconds"] <= most_seconds,
        ),
        Figure(f"{name}: peak memory", mib, "MiB", f"at most {most_mib:g}", mib <= most_mib),
    ]


def english_figures(data: Path) -> list[Figure]:
    from nltk.tokenize import word_tokenize

    lines = list(islice(turns_of(data / "dailydialog"), 20_000))
    tokeniser = Tokeniser(TextSettings())

    def ours() -> int:
        return sum(len(tokeniser.tokenise_written(line)) for line in lines)

    def theirs() -> int:
        # Without its sentence splitter, whose model is a download: that makes the peer faster.
        return sum(len(word_tokenize(line, preserve_line=True)) for line in lines)

    tokens = ours(), theirs()
    times = interleaved(ours, theirs)
    # Tokens a second, since both find a different number of them.
    per_token = tuple(
        [second / number for second in seconds] for seconds, number in zip(times, tokens, strict=True)
    )
    return [
        Figure("English: ours", tokens[0] / statistics.median(times[0]), "tokens/s"),
        Figure(
            "English: peer", tokens[1] / statistics.median(times[1]), "tokens/s", peer="nltk.word_tokenize"
        ),
        compared("English: ratio, one process", 8, (per_token[0], per_token[1]), "nltk.word_tokenize"),
    ]


def chinese_figures(data: Path) -> list[Figure]:
    import jieba

    jieba.setLogLevel(60)
    jieba.initialize()
    lines = list(turns_of(data / "lccc"))
    # Two processes take a second to start, which only larger corpora pay back.
    many = lines * TIMES_LARGER
    column = TextColumn.from_texts(many)
    fast, slow = (
        Tokeniser(TextSettings(segmenter=name, segmenter_version=SEGMENTERS[name])) for name in SEGMENTERS
    )
    fast.warm_up()
    slow.warm_up()

    def one_process() -> int:
        return sum(len(fast.tokenise_written(line)) for line in lines)

    def peer() -> int:
        return sum(len(jieba.lcut(line)) for line in lines)

    def two_processes(tokeniser: Tokeniser) -> Callable[[], object]:
        return lambda: tokenise_turns(column, tokeniser, NullMonitor(), processes=2)

    def larger_peer() -> int:
        return sum(len(jieba.lcut(line)) for line in many)

    def ratio(name: str, turns: list[str], goal: float, times: tuple[list[float], list[float]]) -> Figure:
        return compared(
            f"Chinese: ratio, {name}, {len(turns):,} turns", goal, times, "jieba.lcut, one process"
        )

    differing = sum(fast.tokenise_written(line) != slow.tokenise_written(line) for line in lines)
    return [
        ratio("rjieba, one process", lines, 10, interleaved(one_process, peer)),
        ratio("rjieba, two processes", many, 10, interleaved(two_processes(fast), larger_peer)),
        ratio("jieba, two processes", many, 1.7, interleaved(two_processes(slow), larger_peer)),
        Figure(
            "Chinese: turns cut differently by rjieba",
            differing,
            f"of {len(lines):,} turns",
            "at most 0",
            differing == 0,
        ),
    ]


def language_figures(data: Path) -> list[Figure]:
    marked = [(text, "en") for text in turns_of(data / "dailydialog")]
    marked += [(text, "zh") for text in turns_of(data / "lccc")]
    right = sum(detect_language(text) == language for text, language in marked)
    share = 100 * right / len(marked)
    without_han = sum(language == "zh" and not HAN_CHARACTER.search(text) for text, language in marked)
    return [
        Figure("Language: mixed turns", len(marked), "turns"),
        Figure("Language: Chinese turns without a Chinese character", without_han, "turns"),
        Figure("Language: right", share, "%", "at least 99", share >= 99),
    ]


def question_figures() -> list[Figure]:
    tokeniser = Tokeniser(TextSettings())
    tokeniser.warm_up()
    figures = []
    for language, question in zip(("English", "Chinese"), QUESTIONS, strict=True):
        times = []
        for _ in range(2000):
            started = time.perf_counter()
            tokeniser.tokenise(question)
            times.append((time.perf_counter() - started) * 1000)
        middle = statistics.median(times)
        tokens = len(tokeniser.tokenise(question))
        name = f"Question, {language}, {tokens} tokens"
        figures.append(Figure(name, middle, "ms", "at most 0.2", middle <= 0.2))
    return figures


def write_synthetic(path: Path, corpora: list[Path], number: int) -> None:
    """Write exchanges whose sides are turns of the corpora, drawn by chance: real text, any number of it."""
    turns = [text for corpus in corpora for text in turns_of(corpus) if text.strip()]
    draw = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(number):
            exchange = {"question": draw.choice(turns), "answer": draw.choice(turns)}
            file.write(json.dumps(exchange, ensure_ascii=False) + "\n")


def synthetic_figures(data: Path) -> list[Figure]:
    corpora = [data / name for name in ("cornell", "lccc") if (data / name).exists()]
    figures: list[Figure] = []
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        for size in SIZES:
            path = Path(directory) / f"synthetic-{size}.jsonl"
            write_synthetic(path, corpora, size)
            told = measured_apart(path)
            path.unlink()
            mib = told["bytes"] / 2**20
            seconds.append(told["seconds"])
            bound = ("at most 2048", mib <= 2048) if size == SIZES[-1] else ("", None)
            figures += [
                Figure(f"Synthetic {size:,}: time", told["seconds"], "s"),
                Figure(f"Synthetic {size:,}: peak memory", mib, "MiB", *bound),
            ]
    growth = seconds[-1] / seconds[-2] / (SIZES[-1] / SIZES[-2])
    name = f"Synthetic: time an exchange, {SIZES[-1]:,} to {SIZES[-2]:,}"
    return [*figures, Figure(name, growth, "times", "at most 1.2", growth <= 1.2)]


def main(data: Path) -> None:
    figures: list[Figure] = []
    if (data / "cornell").exists():
        figures += dataset_figures("Cornell (rebuilt)", data / "cornell", 15, 600)
    if (data / "dailydialog").exists():
        figures += english_figures(data)
    if (data / "lccc").exists():
        figures += chinese_figures(data)
    if (data / "lccc").exists() and (data / "dailydialog").exists():
        figures += language_figures(data)
    figures += question_figures()
    if (data / "cornell").exists():
        figures += synthetic_figures(data)
    publish("preprocessing", figures)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
