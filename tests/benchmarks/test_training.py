import math
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.peer_environments import PeerError
from benchmarks.peers.contest import Sizes, read_batches, taken, write_batches
from benchmarks.training import contest_figures
from benchmarks.training_contestants import Entry, Result, start_all, started
from benchmarks.training_race import race, race_figures

SIZES = Sizes(architecture="counting", vocabulary=7, layers=1)
OURS = Entry("ours", "tests.benchmarks.counting_contestant", SIZES)
THEIRS = replace(OURS, name="JoeyNMT", peer="JoeyNMT")
BATCHES = [
    {"questions": np.full((2, length), 5, np.int32), "targets": np.full((2, length + 1), 6, np.int32)}
    for length in (1, 3, 2)
]


@pytest.fixture
def files(tmp_path):
    """The arguments of `started`: batches, those held out, a folder."""
    write_batches(tmp_path / "batches.npz", BATCHES)
    return tmp_path / "batches.npz", tmp_path / "batches.npz", tmp_path


def answered(entry, speeds, *, mib=100.0, others=0.0):
    memory = {"peak_mib": mib, "own_peak_mib": mib / 2}
    answers = [{"tokens_a_second": speed, **memory, "others": others} for speed in speeds]
    return Result(entry, answers=answers)


def by_name(figures):
    return {figure.name: figure for figure in figures}


# Batches


def test_batches_of_different_shapes_come_back_as_they_were(files):
    read = read_batches(files[0])

    assert len(read) == len(BATCHES)
    for batch, expected in zip(read, BATCHES, strict=True):
        for name, array in expected.items():
            np.testing.assert_array_equal(batch[name], array)
            assert batch[name].dtype == array.dtype


def test_behind_the_last_batch_comes_the_first():
    assert [id(batch) for batch in taken(BATCHES, 2, 3)] == [id(BATCHES[place]) for place in (2, 0, 1)]


# Processes


def test_a_contestant_counts_no_warming_up(files):
    with started(OURS, *files) as process:
        answer = process.ask(do="steps", first=0, warm_up=1, number=2)

    assert process.weights == 7
    assert answer["tokens"] == 8 + 6
    assert answer["loss"] == 2.0
    assert answer["peak_mib"] > answer.get("own_peak_mib", 1) >= 1
    assert answer["others"] >= 0


def test_a_contestant_that_cannot_start_says_why_and_is_left_out(files):
    results = [Result(replace(OURS, sizes=replace(SIZES, architecture="missing"))), Result(THEIRS)]
    with ExitStack() as stack:
        running = start_all(results, *files, stack)

    assert [result for result, _ in running] == [results[1]]
    assert results[0].failure == "ValueError: there is no such architecture"


def test_a_peer_that_cannot_be_installed_is_left_out(files):
    def python():
        raise PeerError("no such package")

    result = Result(replace(THEIRS, python=python))
    with ExitStack() as stack:
        assert start_all([result], *files, stack) == []
    assert result.failure == "no such package"


# Rows


def test_the_faster_is_called_so_where_all_rounds_agree():
    figures = by_name(contest_figures("k", [answered(OURS, [30, 31]), answered(THEIRS, [10, 11])], 1.5))

    assert figures["k: ours to JoeyNMT, speed"].value == pytest.approx(30.5 / 10.5, rel=0.01)
    assert figures["k: ours to JoeyNMT, speed"].holds is True
    assert figures["k: ours to JoeyNMT, peak memory"].holds is True


@pytest.mark.parametrize(("speeds", "others"), [([30, 12], 0.0), ([30, 31], 0.2)])
def test_nothing_is_said_where_rounds_disagree_or_others_use_the_machine(speeds, others):
    results = [answered(OURS, speeds, others=others), answered(THEIRS, [10, 11])]

    assert by_name(contest_figures("k", results, 1.5))["k: ours to JoeyNMT, speed"].holds is None


def test_a_peer_that_was_not_measured_has_a_row_and_no_ratio():
    theirs = Result(THEIRS, failure="no such package")
    figures = by_name(contest_figures("k", [answered(OURS, [30, 31]), theirs], 1.5))

    assert figures["k: JoeyNMT, could not be measured"].holds is None
    assert "k: ours, speed" in figures
    assert "k: ours to JoeyNMT, speed" not in figures


# The race


def test_a_race_goes_on_where_it_stood(files):
    results = race([OURS, THEIRS], *files, minutes=0.02)

    for result in results:
        halfway, end = result.answers
        assert 3 < halfway["steps"] < end["steps"]
        # This contestant's loss tells how many steps it took.
        assert math.log(end["perplexity"]) * 1e6 == pytest.approx(end["steps"], abs=0.5)
        assert end["seconds"] >= 1.2


@pytest.mark.parametrize(
    ("mine", "others", "holds"),
    [(90.0, 0.0, True), (110.0, 0.0, False), (99.5, 0.0, None), (90.0, 0.2, None)],
)
def test_a_race_is_decided_where_it_is_clear(mine, others, holds):
    results = [
        Result(entry, answers=[{"steps": 9, "perplexity": value, "others": others}] * 2)
        for entry, value in ((OURS, mine), (THEIRS, 100.0))
    ]
    figures = by_name(race_figures("k", results, 11))

    assert figures["k: ours, 5.5 minutes, held-out perplexity"].holds is holds
    assert figures["k: JoeyNMT, 11 minutes, held-out perplexity"].value == 100.0


def test_a_race_without_the_peer_has_our_rows():
    ours = Result(OURS, answers=[{"steps": 9, "perplexity": 90.0, "others": 0.0}] * 2)
    figures = by_name(race_figures("k", [ours, Result(THEIRS, failure="no such package")], 11))

    assert figures["k: ours, 11 minutes, held-out perplexity"].holds is None
    assert "k: JoeyNMT, 11 minutes, could not be measured" in figures
