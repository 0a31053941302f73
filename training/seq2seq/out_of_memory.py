"""Whether an error says that memory ran out, whatever it is called."""

import tensorflow as tf

# What cuDNN, cuBLAS and XLA say in an error of any kind.
SIGNS = ("alloc failed", "failed to allocate", "out of memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether a smaller batch may help."""
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        return True
    text = str(error).lower().replace("_", " ")
    return isinstance(error, tf.errors.InternalError) and any(sign in text for sign in SIGNS)
