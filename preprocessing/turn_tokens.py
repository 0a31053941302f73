"""The tokens of all turns as numbers, cut by one process or by several: the result is the same."""

import gc
import hashlib
import multiprocessing
import os
from array import array
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from preprocessing.progress import Monitor, Progress, stop_if_requested
from preprocessing.ragged import TextColumn
from preprocessing.realisation import SENTENCE_END
from preprocessing.text_settings import TextSettings
from preprocessing.tokenisation import TextResources, Tokeniser

TURNS_A_CHUNK = 8192
# Below this the start of further processes (0.5 s each) takes longer than they save.
FEWEST_BYTES_TO_SHARE = 20_000_000
# An odd number for each position: what is the same in another order must differ.
POSITION_FACTOR = np.uint64(0x9E3779B97F4A7C15)
# Tokens of a chunk as numbers into its own list of written forms, and how many each turn has.
Chunk = tuple[list[str], bytes, bytes]
Chunks = Generator[Chunk, None, None]


@dataclass(frozen=True)
class TurnTokens:
    """`tokens` are numbers into `written`; those of turn i lie at offsets[i] to offsets[i + 1]."""

    written: list[str]
    folded: list[str]
    tokens: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    are_words: bool = True

    @cached_property
    def lengths(self) -> npt.NDArray[np.int64]:
        return np.diff(self.offsets)

    @cached_property
    def word_hashes(self) -> npt.NDArray[np.uint64]:
        """Return a number for each written form; forms that differ in case alone have the same."""
        return np.fromiter((hash_of(token.lower()) for token in self.folded), np.uint64, len(self.folded))

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """Return a number a turn; equal ones have equal tokens, whatever their case."""
        turns = len(self.lengths)
        starts = range(0, turns, TURNS_A_CHUNK)
        parts = [self.hashes_of(start, min(start + TURNS_A_CHUNK, turns)) for start in starts]
        return np.concatenate([np.zeros(0, np.uint64), *parts])

    def hashes_of(self, start: int, stop: int) -> npt.NDArray[np.uint64]:
        """Return the numbers of some turns: those of all at once would take five times the memory."""
        offsets = self.offsets[start : stop + 1]
        tokens, lengths = self.tokens[offsets[0] : offsets[-1]], self.lengths[start:stop]
        offsets = offsets - offsets[0]
        if not self.are_words:
            # Pieces are cut at other places where a capital stands, so the text decides.
            names = self.written
            texts = ("".join(names[t] for t in tokens[a:b].tolist()) for a, b in pairwise(offsets.tolist()))
            return np.fromiter((hash_of(text.lower()) for text in texts), np.uint64, stop - start)
        places = np.arange(len(tokens), dtype=np.int64) - np.repeat(offsets[:-1], lengths)
        powers = np.cumprod(np.full(int(lengths.max(initial=0)) + 1, POSITION_FACTOR), dtype=np.uint64)
        return sum_by_turn(self.word_hashes[tokens] * powers[places], offsets)

    @cached_property
    def sentence_starts(self) -> npt.NDArray[np.bool_]:
        """Return which tokens begin a sentence: their capital says nothing."""
        starts = np.zeros(len(self.tokens) + 1, bool)
        starts[1:] = self.ends_sentence[self.tokens]
        starts[self.offsets] = True
        return starts[:-1]

    @cached_property
    def ends_sentence(self) -> npt.NDArray[np.bool_]:
        """Return which written forms end a sentence."""
        return np.fromiter(
            (bool(SENTENCE_END.search(token)) for token in self.written), bool, len(self.written)
        )


def hash_of(token: str) -> int:
    digest = hashlib.blake2b(token.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def sum_by_turn(values: npt.NDArray[np.uint64], offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    totals = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values, out=totals[1:])
    sums: npt.NDArray[np.uint64] = totals[offsets[1:]] - totals[offsets[:-1]]
    return sums


def tokenise_turns(
    texts: TextColumn, tokeniser: Tokeniser, monitor: Monitor, processes: int | None = None
) -> TurnTokens:
    """Cut every turn; `processes` None takes as many as pay.

    Raises:
        StoppedError: the monitor asked to stop.
    """
    numbers = TokenNumbers()
    tokens, offsets = array("i"), array("q", [0])
    with closing(chunks_of(texts, tokeniser, processes)) as chunks:
        for done, (written, chunk_tokens, lengths) in enumerate(chunks):
            report_turns(monitor, done * TURNS_A_CHUNK, len(texts))
            own = np.fromiter(map(numbers.__getitem__, written), np.int32, len(written))
            tokens.frombytes(own[np.frombuffer(chunk_tokens, np.int32)].tobytes())
            ends = np.cumsum(np.frombuffer(lengths, np.int32), dtype=np.int64) + offsets[-1]
            offsets.frombytes(ends.tobytes())
    names = list(numbers)
    return TurnTokens(
        names,
        [tokeniser.fold(token) for token in names],
        np.frombuffer(tokens, np.int32),
        np.frombuffer(offsets, np.int64),
        are_words=tokeniser.settings.units == "words",
    )


def report_turns(monitor: Monitor, done: int, total: int) -> None:
    monitor.report(Progress(done, total, "turns", "cutting into tokens"))
    stop_if_requested(monitor)


def chunks_of(texts: TextColumn, tokeniser: Tokeniser, processes: int | None) -> Chunks:
    parts = (
        texts.part(start, min(start + TURNS_A_CHUNK, len(texts)))
        for start in range(0, len(texts), TURNS_A_CHUNK)
    )
    # A daemon, as a worker's child is one, may have no children.
    is_alone = multiprocessing.current_process().daemon
    wanted = 1 if is_alone else processes or processes_that_pay(len(texts.blob))
    if wanted == 1:
        return (cut_chunk(part, tokeniser) for part in parts)
    return shared_chunks(parts, tokeniser, wanted)


def processes_that_pay(size_bytes: int) -> int:
    if size_bytes < FEWEST_BYTES_TO_SHARE:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class TokenNumbers(dict[str, int]):
    """Gives a token that it does not know the next number."""

    def __missing__(self, token: str) -> int:
        self[token] = number = len(self)
        return number


def cut_chunk(part: TextColumn, tokeniser: Tokeniser) -> Chunk:
    numbers = TokenNumbers()
    tokens, lengths = array("i"), array("i")
    for text in part.texts():
        found = tokeniser.tokenise_written(text)
        tokens.extend(map(numbers.__getitem__, found))
        lengths.append(len(found))
    return list(numbers), tokens.tobytes(), lengths.tobytes()


def shared_chunks(parts: Iterable[TextColumn], tokeniser: Tokeniser, processes: int) -> Chunks:
    """Yield the chunks in their order, never with more under way than the processes need."""
    waiting: deque[Future[Chunk]] = deque()
    with ProcessPoolExecutor(
        processes,
        # A fork would take the threads and locks of the parent along.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=begin_process,
        initargs=(tokeniser.settings, tokeniser.resources),
    ) as pool:
        try:
            for part in parts:
                waiting.append(pool.submit(cut_chunk_here, part))
                if len(waiting) > 2 * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


_tokeniser: Tokeniser


def begin_process(settings: TextSettings, resources: TextResources) -> None:
    # A process of the pool is given its tokeniser once, not with every chunk.
    global _tokeniser
    _tokeniser = Tokeniser(settings, resources)
    _tokeniser.warm_up()
    # Cutting leaves nothing in circles; looking for them in a dictionary of half a million words takes a
    # tenth of the time.
    gc.freeze()
    gc.disable()


def cut_chunk_here(part: TextColumn) -> Chunk:
    return cut_chunk(part, _tokeniser)
