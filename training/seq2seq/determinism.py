"""Whether a step that is taken again gives the same bits."""

import tensorflow as tf


def compute_alike() -> None:
    """Let TensorFlow take the same way each time, on a CPU, where that costs nothing.

    On a GPU it costs speed, and some operations know no such way.
    """
    if not tf.config.list_physical_devices("GPU"):
        tf.config.experimental.enable_op_determinism()
