"""Whether memory stays flat over 100,000 questions: `make bench-soak`. It takes some minutes.

A FAQ answers, so that as many questions as possible go the whole way: sessions, the log, several answers,
explanations and long questions among them. Memory is what each web process shares with nobody, a tenth of the
way from its start and at the end.
"""

import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.answering_sites import our_site
from benchmarks.load import put_load
from benchmarks.report import Figure, publish

REQUESTS, WARM_SHARE, CLIENTS = 100_000, 0.1, 8
MOST_SECONDS = 2_000.0
# Dictionaries fill up, threads get their pools: what is less than this is no leak a question.
MOST_GROWTH_MIB = 10.0
WORDS = ("when", "do", "you", "open", "close", "where", "are", "delivery", "card", "parcel", "几点", "开门")


def questions() -> Iterator[dict[str, Any]]:
    """Yield questions of every kind, each another one."""
    for number in count():
        text = (
            " ".join(WORDS[(number + place * number // 7) % len(WORDS)] for place in range(5)) + f" {number}"
        )
        content: dict[str, Any] = {"message": text}
        if number % 5 == 0:
            content["session"] = f"soak-{number % 500}"
        if number % 7 == 0:
            content["answers"] = 3
        if number % 11 == 0:
            content["explain"] = True
        if number % 101 == 0:
            content["message"] = text * 100
        yield content


def main(requests: int) -> None:
    asked = questions()
    with tempfile.TemporaryDirectory() as name, our_site(Path(name)) as ours:
        warm = put_load(ours.site.address, asked, CLIENTS, MOST_SECONDS, requests=int(requests * WARM_SHARE))
        before = ours.site.private_mib()
        load = put_load(
            ours.site.address, asked, CLIENTS, MOST_SECONDS, requests=requests - sum(warm.statuses.values())
        )
        after = ours.site.private_mib()
    growth = max(late - early for early, late in zip(before, after, strict=True))
    answered = len(warm.milliseconds) + len(load.milliseconds)
    failed = warm.failures + load.failures + warm.refused + load.refused
    publish(
        "soak",
        [
            Figure("questions answered", answered, ""),
            Figure("not answered", failed, "", "0", not failed),
            Figure("answers a second", load.answers_a_second, ""),
            Figure("p50", load.percentile(50), "ms"),
            Figure("p99", load.percentile(99), "ms"),
            Figure("private memory of the larger process after a tenth", before[0], "MiB"),
            Figure("at the end", after[0], "MiB"),
            Figure("growth", growth, "MiB", f"at most {MOST_GROWTH_MIB:g}", growth <= MOST_GROWTH_MIB),
        ],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS)
