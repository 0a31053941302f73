"""What a run does beside its steps: one concern a callback, called in their order."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.seq2seq.trainer import Trainer


class Callback:
    """Does nothing; a concern overrides the moments it cares about.

    What must survive a stop belongs into `run.state`, which every checkpoint holds.
    """

    def at_start(self, run: "Trainer") -> None:
        """Before the first step of this process; `run.state` is restored by now."""

    def before_step(self, run: "Trainer") -> None: ...

    def after_step(self, run: "Trainer", loss: float) -> None:
        """`loss` is the step's mean; `run.state` counts the step as done."""

    def while_measuring(self, run: "Trainer") -> None:
        """Between two things that are measured, many times a second; the weights may be averages."""

    def after_epoch(self, run: "Trainer") -> None:
        """`run.state.metrics` holds what the epoch measured."""

    def after_return(self, run: "Trainer") -> None:
        """A step went wrong and the run is at an earlier checkpoint again, which `run.state` tells."""

    def at_stop(self, run: "Trainer") -> None:
        """The run was asked to stop in the middle, and will be resumed or not."""

    def at_end(self, run: "Trainer") -> None:
        """However the process ends its work on the run."""
