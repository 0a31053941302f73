"""In how many bits a network computes: 32, or 16 where that is faster (Micikevicius et al. 2018).

Weights, logits, softmax and loss have 32 bits in either case, so checkpoints and exports are the same.
"""

from typing import Any

import keras
import tensorflow as tf

FLOAT32, MIXED = "float32", "mixed_float16"
# Volta: the first with tensor cores.
LEAST_CAPABILITY = (7, 0)


def set_precision(wanted: str) -> str:
    """Set what the networks that are made from now on compute in; return Keras' name for it.

    Args:
        wanted: `float32`, `mixed`, or `auto`: mixed where every GPU has units for 16 bits.
    """
    is_mixed = wanted == "mixed" or (wanted == "auto" and has_fast_float16())
    policy = MIXED if is_mixed else FLOAT32
    keras.config.set_dtype_policy(policy)
    return policy


def has_fast_float16() -> bool:
    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return bool(gpus) and all(
        found.get("compute_capability", (0, 0)) >= LEAST_CAPABILITY for found in details
    )


def with_loss_scale(optimizer: keras.optimizers.Optimizer) -> Any:
    """Return an optimiser for the precision that is set.

    16 bits lose gradients below 6e-8: mixed, the loss is multiplied so that they lie above, and a step whose
    gradients overflow is left out and halves the factor.
    """
    if keras.config.dtype_policy().compute_dtype != "float16":
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer)
