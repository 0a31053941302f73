"""Answers over HTTP: what clients see of our site and of the peers', who all answer from the same network."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import reduce
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.answering_sites import OurSite, our_site, peer_site
from benchmarks.load import Address, Load, put_load
from benchmarks.peer_environments import PeerError
from benchmarks.report import Figure
from benchmarks.untrained_bundles import ANSWER_TOKENS, RECURRENT, questions_of

CLIENTS = (1, 8, 32, 128)
COMPARED_AT = 8
ROUNDS = 3
OURS, PASSWORD, CONSTANT = "ours", "ours, Basic", "constant"
TF_FUNCTION, EAGER = "tf.function", "eager TensorFlow"
PEERS = {CONSTANT: "constant", TF_FUNCTION: "tf_function", EAGER: "eager"}
GOALS = {TF_FUNCTION: 4.0, EAGER: 20.0}
MOST_HTTP_MS, MOST_SPREAD, MOST_CLIENTS_SERVED = 3.0, 10.0, 32
MOST_START_SECONDS, MOST_PRIVATE_MIB = 3.0, 400.0


@dataclass
class Contestant:
    """Who answers, and what clients saw of it: by their number, a load a round."""

    name: str
    address: Address
    loads: dict[int, list[Load]] = field(default_factory=dict)

    def load(self, clients: int) -> Load:
        return reduce(Load.joined_with, self.loads[clients])

    def speeds(self, clients: int) -> list[float]:
        return [load.answers_a_second for load in self.loads[clients]]


def served_figures(
    folder: Path, words: list[str], work_ms: float, seconds: float
) -> tuple[list[Figure], list[Figure]]:
    """Return what clients saw of each contestant, and what that says of the goals."""
    site_folder = folder / "site"
    site_folder.mkdir()
    with ExitStack() as stack:
        ours = stack.enter_context(our_site(site_folder))
        ours.serve(folder / RECURRENT)
        contestants = [Contestant(OURS, ours.site.address), Contestant(PASSWORD, ours.with_password)]
        missing = []
        for name, peer in PEERS.items():
            try:
                contestants.append(Contestant(name, stack.enter_context(peer_site(peer, folder)).address))
            except PeerError as error:
                missing.append(Figure(f"{name}, could not be measured", 0, "answers/s", peer=name))
                print(f"{name} could not be measured: {error}", file=sys.stderr)
        take_rounds(contestants, bodies(words), seconds)
        state = state_figures(ours)
    found = {contestant.name: contestant for contestant in contestants}
    seen = [figure for contestant in contestants for figure in seen_figures(contestant)]
    return seen, [
        *http_figures(found, work_ms),
        *(ratio_figure(found, name, goal) for name, goal in GOALS.items() if name in found),
        *missing,
        *spread_figures(found[OURS]),
        *state,
    ]


def bodies(words: list[str]) -> Iterator[dict[str, Any]]:
    """Yield questions, each with another seed: none of them is asked twice."""
    seeds = count()
    for text in questions_of(words):
        yield {"message": text, "seed": next(seeds), "max_tokens": ANSWER_TOKENS}


def take_rounds(contestants: list[Contestant], questions: Iterator[dict[str, Any]], seconds: float) -> None:
    for contestant in contestants:
        put_load(contestant.address, questions, COMPARED_AT, seconds)  # warming up
    for _ in range(ROUNDS):
        for clients in CLIENTS:
            for contestant in contestants:
                load = put_load(contestant.address, questions, clients, seconds)
                contestant.loads.setdefault(clients, []).append(load)


def seen_figures(contestant: Contestant) -> list[Figure]:
    """Return a column of the table: what its clients saw."""
    figures = []
    for clients in CLIENTS:
        load = contestant.load(clients)
        name = f"{contestant.name}: {clients} client{'s' * (clients > 1)}"
        figures += [
            Figure(f"{name}, answers/s", load.answers_a_second, ""),
            *(Figure(f"{name}, p{share}, ms", load.percentile(share), "") for share in (50, 95, 99)),
            Figure(f"{name}, told to come back", load.refused, ""),
            Figure(f"{name}, failed", load.failures, ""),
        ]
    return figures


def http_figures(found: dict[str, Contestant], work_ms: float) -> list[Figure]:
    """Return what a request takes beside the work, with a key and with a password."""
    beside = [found[who].load(1).percentile(50) - work_ms for who in (OURS, PASSWORD)]
    goal = f"under {MOST_HTTP_MS:g}"
    return [
        Figure("HTTP and Django with an API key, p50", beside[0], "ms", goal, beside[0] < MOST_HTTP_MS),
        Figure("HTTP and Django with Basic, p50", beside[1], "ms"),
    ]


def ratio_figure(found: dict[str, Contestant], name: str, goal: float) -> Figure:
    ours, theirs = (found[which].speeds(COMPARED_AT) for which in (OURS, name))
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    ratio = found[OURS].load(COMPARED_AT).answers_a_second / found[name].load(COMPARED_AT).answers_a_second
    is_clear = min(ratios) >= goal or max(ratios) < goal
    holds = ratio >= goal if is_clear else None
    return Figure(
        f"ours to {name} at {COMPARED_AT} clients", ratio, "times", f"at least {goal:g}", holds, name
    )


def spread_figures(ours: Contestant) -> list[Figure]:
    served = [clients for clients in CLIENTS if clients <= MOST_CLIENTS_SERVED]
    refused = sum(ours.load(clients).refused for clients in served)
    failed = sum(ours.load(clients).failures for clients in CLIENTS)
    spread = max(ours.load(clients).percentile(99) / ours.load(clients).percentile(50) for clients in served)
    return [
        Figure(
            f"up to {MOST_CLIENTS_SERVED} clients: told to come back", refused, "questions", "0", not refused
        ),
        Figure(
            f"up to {MOST_CLIENTS_SERVED} clients: p99 to p50",
            spread,
            "times",
            f"under {MOST_SPREAD:g}",
            spread < MOST_SPREAD,
        ),
        Figure("failed but for a clean 503", failed, "questions", "0", not failed),
    ]


def state_figures(ours: OurSite) -> list[Figure]:
    """Return what a web process takes: its memory after the load, and how soon another one is ready."""
    private = ours.site.private_mib()[0]
    ours.live.stop_server()
    started = time.perf_counter()
    ours.live.start_server()
    seconds = time.perf_counter() - started
    return [
        Figure(
            "web server ready with the model loaded", seconds, "s", f"under {MOST_START_SECONDS:g}",
            seconds < MOST_START_SECONDS,
        ),
        Figure(
            "a web process's private memory", private, "MiB", f"under {MOST_PRIVATE_MIB:g}",
            private < MOST_PRIVATE_MIB,
        ),
    ]  # fmt: skip
