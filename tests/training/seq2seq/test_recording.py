import errno
import json

import pytest

from preprocessing.progress import StoppedError
from tests.training.seq2seq.conftest import StopAt
from training.seq2seq.callbacks import recording
from training.seq2seq.callbacks.recording import forget_after


def line(step, text=""):
    return json.dumps({"step": step, "text": text}, ensure_ascii=False)


@pytest.mark.parametrize("text", ["a\u2028b", "a\u2029b", "a\u0085b"])
def test_whatever_a_text_holds_its_line_is_kept(tmp_path, text):
    path = tmp_path / "samples.jsonl"
    path.write_text(f"{line(1, text)}\n{line(2)}\n", encoding="utf-8")

    forget_after(path, 1)

    assert path.read_text(encoding="utf-8") == f"{line(1, text)}\n"


def test_lines_of_later_steps_and_broken_ones_are_forgotten(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(f'{line(1)}\n{{"step": 2, "te{line(2)}\n{line(3)}\n{line(9)}\n{{"st', encoding="utf-8")

    forget_after(path, 3)

    assert path.read_text(encoding="utf-8") == f"{line(1)}\n{line(3)}\n"


def test_a_disk_that_is_full_at_the_end_hides_no_request_to_stop(train, monkeypatch):
    class Full:
        def write(self, text): ...

        def flush(self): ...

        def close(self):
            raise OSError(errno.ENOSPC, "No space left on device")

    _, trainer = train(monitor=StopAt(3))
    [recorder] = [found for found in trainer._callbacks if isinstance(found, recording.Recording)]
    monkeypatch.setattr(recorder, "_open_at", lambda step: setattr(recorder, "_file", Full()))

    with pytest.raises(StoppedError):
        trainer.train()
