"""Questions from many clients at once over kept connections: how long answers took, what came instead."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Who is told to come back does so after a moment: asking again at once would be a client gone wild.
PAUSE_SECONDS = 0.1
LONGEST_ANSWER_SECONDS = 30.0


@dataclass
class Load:
    """What the clients saw."""

    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    # 503 without Retry-After, other statuses, answers that never came.
    failures: int = 0
    seconds: float = 0.0

    @property
    def answers_a_second(self) -> float:
        return len(self.milliseconds) / self.seconds

    @property
    def refused(self) -> int:
        return self.statuses[503]

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.milliseconds, share)) if self.milliseconds else float("nan")

    def joined_with(self, other: "Load") -> "Load":
        return Load(
            self.milliseconds + other.milliseconds,
            self.statuses + other.statuses,
            self.failures + other.failures,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True)
class Address:
    """Where questions go, and who asks."""

    port: int
    path: str = "/api/v1/question"
    authorization: str = ""

    def request(self, content: dict[str, Any]) -> bytes:
        body = json.dumps(content).encode()
        head = [
            f"POST {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *([f"Authorization: {self.authorization}"] if self.authorization else []),
        ]
        return "\r\n".join([*head, "", ""]).encode() + body


def put_load(
    address: Address,
    questions: Iterator[dict[str, Any]],
    clients: int,
    seconds: float,
    requests: int | None = None,
) -> Load:
    """Let so many clients ask one question after the other, for a time or until so many were asked."""
    return asyncio.run(all_clients(address, questions, clients, seconds, requests))


async def all_clients(
    address: Address,
    questions: Iterator[dict[str, Any]],
    clients: int,
    seconds: float,
    requests: int | None,
) -> Load:
    load, started = Load(), time.perf_counter()
    left = iter(range(requests)) if requests is not None else None

    def following() -> dict[str, Any] | None:
        if time.perf_counter() - started > seconds or (left is not None and next(left, None) is None):
            return None
        return next(questions)

    await asyncio.gather(*(one_client(address, following, load) for _ in range(clients)))
    load.seconds = time.perf_counter() - started
    return load


async def one_client(address: Address, following: Any, load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
    while (content := following()) is not None:
        begun = time.perf_counter()
        try:
            writer.write(address.request(content))
            status, head = await asyncio.wait_for(read_answer(reader), LONGEST_ANSWER_SECONDS)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            load.failures += 1
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
            continue
        load.statuses[status] += 1
        if status == 200:
            load.milliseconds.append(1000 * (time.perf_counter() - begun))
        elif status == 503 and b"retry-after:" in head.lower():
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            load.failures += 1
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
    writer.close()


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            await reader.readexactly(int(value))
    return int(head.split(b" ", 2)[1]), head
