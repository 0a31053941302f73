"""Notices that processes of a run die without a word at the same step: most likely for memory."""

import json
import os
from pathlib import Path

from preprocessing.durable_file import write_text_durably
from training.run_files import ALIVE_FILE
from training.seq2seq.callbacks.callback import Callback
from training.seq2seq.trainer import Trainer

DEATHS_UNTIL_SMALLER = 2


class DeathWatch(Callback):
    """A file that stands while a process works on the run; who finds one knows that its writer was killed.

    A killed process (exit status 137) cannot say why. One death may be anything; the second one from the same
    checkpoint on is taken for want of memory, and each batch is worked through in two parts.
    """

    def __init__(self, run_directory: Path) -> None:
        self._path = run_directory / ALIVE_FILE

    def at_start(self, run: Trainer) -> None:
        deaths = self._deaths_at(run.state.step)
        content = {"pid": os.getpid(), "step": run.state.step, "deaths": deaths}
        write_text_durably(self._path, json.dumps(content) + "\n")
        if deaths >= DEATHS_UNTIL_SMALLER and run.state.more_parts == 1:
            run.halve_batch(f"{deaths} processes were killed in a row, maybe for memory")

    def at_end(self, run: Trainer) -> None:
        self._path.unlink(missing_ok=True)

    def _deaths_at(self, step: int) -> int:
        """Return how many processes in a row were killed after they had begun at this step."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return int(found["deaths"]) + 1 if found["step"] == step else 1
        except FileNotFoundError:
            return 0
        except (OSError, ValueError, KeyError, TypeError):
            # Cut short by the death itself.
            return 1
