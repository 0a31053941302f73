"""What all contestants of `benchmarks.training` share: their sizes, their batches, and how they are asked.

NumPy only: this runs in the environments of the peers too. A contestant gets commands on its standard input,
one JSON object a line, and answers each with another one; between commands it sleeps.
"""

import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
# Named as in our trainer, padded with 0: questions (B, S); inputs and targets (B, T), <go> to <eos>.
Arrays = Mapping[str, Array]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What every contestant builds its network from."""

    architecture: str
    vocabulary: int
    layers: int
    embedding: int = 256
    hidden: int = 256
    heads: int = 4
    feed_forward: int = 1024
    dropout: float = 0.2
    clip_norm: float = 5.0
    # For schedules of the learning rate.
    steps_an_epoch: int = 1
    seed: int = 0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))


class Loss(NamedTuple):
    """Cross entropy summed over that many real tokens, <eos> among them."""

    total: float
    tokens: float


class Contestant(Protocol):
    """What is measured."""

    # How many numbers its network has learned.
    weights: int

    def train(self, batches: Sequence[Arrays]) -> Loss:
        """Take a step with each of the batches."""

    def measure(self, batches: Sequence[Arrays]) -> Loss:
        """Return the loss without dropout, over the whole vocabulary, and learn nothing."""


def summed(losses: Iterable[Loss]) -> Loss:
    total, tokens = map(sum, zip(*losses, strict=True))
    return Loss(total, tokens)


# Batches in a file


def write_batches(path: Path, batches: Sequence[Arrays]) -> None:
    """Write arrays of different shapes: the values of all, and the shape of each."""
    columns: dict[str, Array] = {}
    for name in batches[0]:
        arrays = [batch[name] for batch in batches]
        columns[f"{name}.values"] = np.concatenate([array.ravel() for array in arrays])
        columns[f"{name}.shapes"] = np.array([array.shape for array in arrays])
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **columns)


def read_batches(path: Path) -> list[dict[str, Array]]:
    with np.load(path) as file:
        columns = {name: arrays_of(file, name) for name in sorted({key.split(".")[0] for key in file})}
    return [dict(zip(columns, arrays, strict=True)) for arrays in zip(*columns.values(), strict=True)]


def arrays_of(file: Mapping[str, Array], name: str) -> list[Array]:
    values, shapes = file[f"{name}.values"], file[f"{name}.shapes"]
    ends = np.cumsum(np.prod(shapes, axis=1))
    return [part.reshape(shape) for part, shape in zip(np.split(values, ends[:-1]), shapes, strict=True)]


# Answering commands


def steps(contestant: Contestant, batches: Sequence[Arrays], first: int, warm_up: int, number: int) -> Any:
    """Take `warm_up` steps that do not count, then `number` steps that do, from batch `first` on."""
    contestant.train(taken(batches, first, warm_up))
    counted = taken(batches, first + warm_up, number)
    started = time.perf_counter()
    loss = contestant.train(counted)
    seconds = time.perf_counter() - started
    return {
        "tokens": loss.tokens,
        "tokens_a_second": loss.tokens / seconds,
        "step_seconds": seconds / number,
        "loss": loss.total / loss.tokens,
        **peaks_mib(),
    }


def train(contestant: Contestant, batches: Sequence[Arrays], first: int, seconds: float) -> Any:
    """Train for so long, from batch `first` on."""
    started = time.perf_counter()
    number, passed = 0, 0.0
    while passed < seconds:
        contestant.train(taken(batches, first + number, 1))
        number, passed = number + 1, time.perf_counter() - started
    return {"steps": number, "seconds": passed}


def measure(contestant: Contestant, held_out: Sequence[Arrays]) -> Any:
    loss = contestant.measure(held_out)
    return {"tokens": loss.tokens, "loss": loss.total / loss.tokens}


def taken(batches: Sequence[Arrays], first: int, number: int) -> list[Arrays]:
    """Return so many batches; behind the last one comes the first again."""
    return [batches[place % len(batches)] for place in range(first, first + number)]


def serve(make: Callable[[Sizes], Contestant]) -> None:
    """Be a contestant: `make(sizes)` builds it. Arguments: the sizes, the batches, those held out."""
    answers = own_output()
    sizes = Sizes.from_json(sys.argv[1])
    batches, held_out = (read_batches(Path(path)) for path in sys.argv[2:4])
    contestant = make(sizes)
    say(answers, {"weights": contestant.weights})
    for line in sys.stdin:
        command = json.loads(line)
        kind = command.pop("do")
        if kind == "steps":
            say(answers, steps(contestant, batches, **command))
        elif kind == "train":
            say(answers, train(contestant, batches, **command))
        else:
            say(answers, measure(contestant, held_out))


def own_output() -> IO[str]:
    """Return what was the standard output; what libraries print there becomes an error message."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def say(answers: IO[str], answer: Any) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def peaks_mib() -> dict[str, float]:
    """Return the largest resident size of this process so far, and that without files mapped into it.

    Those are its libraries mostly: shared with other processes, and dropped where memory is short.
    """
    status = Path("/proc/self/status")
    # Linux' own count of a process begins at its start; the other one takes over its parent's.
    if status.exists():
        found = dict(re.findall(r"^(VmHWM|RssFile):\s+(\d+) kB$", status.read_text(), re.MULTILINE))
        if len(found) == 2:
            peak, files = int(found["VmHWM"]) / 1024, int(found["RssFile"]) / 1024
            return {"peak_mib": peak, "own_peak_mib": peak - files}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"peak_mib": peak / 2**20 if sys.platform == "darwin" else peak / 1024}
