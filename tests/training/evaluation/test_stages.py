import json

import pytest

from preprocessing.progress import NullMonitor, StoppedError
from tests.training.evaluation.toys import stages_in


class StopAfter(NullMonitor):
    """Asks to stop after so many reports."""

    def __init__(self, number):
        self.number, self.seen = number, []

    def report(self, progress):
        self.seen.append(progress)

    def stop_requested(self):
        return len(self.seen) > self.number


def never():
    raise AssertionError("this was found before")


def test_what_a_stage_found_is_kept_and_not_sought_again(tmp_path):
    assert stages_in(tmp_path).keep("first", lambda: [1.5, "\ud800", None]) == [1.5, "\ud800", None]

    again = stages_in(tmp_path)

    assert again.keep("first", never) == [1.5, "\ud800", None]
    assert again.done == 1


def test_what_was_found_about_something_else_is_sought_again(tmp_path):
    stages_in(tmp_path, key="old").keep("first", lambda: "old")

    assert stages_in(tmp_path, key="new").keep("first", lambda: "new") == "new"


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "null", '{"found": 1}', '{"key": "other"}'])
def test_a_broken_file_is_written_anew(tmp_path, content):
    (tmp_path / "stage-first.json").write_text(content)

    assert stages_in(tmp_path).keep("first", lambda: "found") == "found"
    assert json.loads((tmp_path / "stage-first.json").read_text())["found"] == "found"


def test_a_stage_stops_between_two_items_and_leaves_nothing(tmp_path):
    monitor = StopAfter(3)
    stages = stages_in(tmp_path, monitor)
    done = []

    with pytest.raises(StoppedError):
        stages.keep("first", lambda: [done.append(item) for item in stages.watched(range(9), "asking")])

    assert done == [0, 1]
    assert not list(tmp_path.glob("stage-*"))
    assert monitor.seen[-1].message == "asking: 2 of 9"
    assert (monitor.seen[-1].done, monitor.seen[-1].total, monitor.seen[-1].unit) == (0, 7, "stages")
