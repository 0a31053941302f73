import asyncio
import json
import threading

import pytest

from benchmarks.answering_served import Contestant, spread_figures
from benchmarks.load import Address, Load, put_load

ANSWERS = {
    "fine": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "busy": b"HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nContent-Length: 2\r\n\r\nno",
    "rude": b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno",
    "broken": b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
    "gone": b"",
}


async def answer(reader, writer):
    """Answer as the message wishes, over one connection until the client goes."""
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            break
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        said = ANSWERS[json.loads(await reader.readexactly(length))["message"]]
        writer.write(said)
        if not said or b"close" in said:
            break
    writer.close()


@pytest.fixture
def port():
    """A server in a thread of its own."""
    started, told = threading.Event(), {}

    async def serve():
        told["loop"], told["end"] = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        told["port"] = server.sockets[0].getsockname()[1]
        started.set()
        await told["end"].wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert started.wait(5)
    yield told["port"]
    told["loop"].call_soon_threadsafe(told["end"].set)
    thread.join(5)


def asked(port, message, clients=2, requests=6):
    questions = iter([{"message": message}] * 100)
    return put_load(Address(port), questions, clients, 20, requests=requests)


def test_each_answer_counts_with_its_time(port):
    load = asked(port, "fine")

    assert (len(load.milliseconds), load.statuses, load.failures) == (6, {200: 6}, 0)
    assert load.answers_a_second > 0
    assert load.percentile(50) <= load.percentile(99)


@pytest.mark.parametrize(
    ("message", "refused", "failures"), [("busy", 2, 0), ("rude", 2, 2), ("broken", 0, 2), ("gone", 0, 2)]
)
def test_what_is_no_answer_is_told_apart_from_being_told_to_come_back(port, message, refused, failures):
    load = asked(port, message, clients=1, requests=2)

    assert (load.milliseconds, load.refused, load.failures) == ([], refused, failures)


def test_a_time_ends_a_load_too(port):
    assert 0 < put_load(Address(port), iter(lambda: {"message": "fine"}, None), 2, 0.2).seconds < 5


def test_goals_are_called_by_what_clients_saw():
    def load(slowest, refused=0, failures=0):
        found = Load([1.0] * 98 + [slowest] * 2, failures=failures, seconds=1.0)
        found.statuses[503] = refused
        return found

    calm = Contestant(
        "ours", Address(1), {1: [load(2)], 8: [load(2)], 32: [load(2)], 128: [load(50, refused=9)]}
    )
    assert [figure.holds for figure in spread_figures(calm)] == [True, True, True]

    rough = Contestant(
        "ours",
        Address(1),
        {1: [load(2)], 8: [load(20)], 32: [load(2, refused=1)], 128: [load(2, failures=1)]},
    )
    assert [figure.holds for figure in spread_figures(rough)] == [False, False, False]
