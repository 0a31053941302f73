"""On which devices a training runs: one, several of this machine, or several machines (workers).

The strategies of TensorFlow keep a copy of all weights on each device (replica); what they exchange in a step
are gradients. Every worker goes through the same batches in the same order, since (seed, epoch) decide it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from preprocessing.errors import SettingsError
from training.errors import TrainingError
from training.workers import own_index, read_workers, wait_for_all

logger = logging.getLogger(__name__)
GONE = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError)
# tf.distribute.Strategy
Strategy: TypeAlias = Any
Array = npt.NDArray[Any]


def never() -> bool:
    return False


def make_strategy(
    workers: str = "", worker_index: int | None = None, stop_requested: Callable[[], bool] = never
) -> Strategy:
    """Return a strategy; network and training step must be made in its `scope()`.

    To be called before TensorFlow has computed anything in this process. With workers it returns when all of
    them are there.

    Args:
        workers: `host1:port,host2:port`, the same on every worker, the first is the chief; empty for this
            machine alone.
        worker_index: which of them this one is, from 0; None finds it by the addresses of this machine.
        stop_requested: asked again and again while workers are waited for.

    Raises:
        SettingsError: the workers make no sense.
        StoppedError: it was asked to stop while it waited.
        TrainingError: some worker did not come.
    """
    take_memory_as_needed()
    if workers.strip():
        return join_workers(read_workers(workers), worker_index, stop_requested)
    devices = local_devices()
    return tf.distribute.MirroredStrategy(devices) if len(devices) > 1 else tf.distribute.get_strategy()


def take_memory_as_needed() -> None:
    """Keep TensorFlow from taking the whole memory of each GPU at once: a bot may answer beside it."""
    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except (RuntimeError, ValueError) as error:
            logger.info("%s takes all of its memory at once: %s", gpu.name, error)


def local_devices() -> list[str]:
    """Return the GPUs of this machine; without any its CPU, or the logical CPUs it was split into."""
    for kind in ("GPU", "CPU"):
        physical = tf.config.list_physical_devices(kind)
        split = [tf.config.get_logical_device_configuration(device) or [None] for device in physical]
        if physical:
            return [f"{kind}:{number}" for number in range(sum(map(len, split)))]
    return []


def device_report() -> str:
    """Return the names of this machine's devices for people, such as `2 x NVIDIA A10`."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return f"{len(local_devices())} logical CPUs" if len(local_devices()) > 1 else "CPU"
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    names = [str(found.get("device_name", gpu.name)) for gpu, found in zip(gpus, details, strict=True)]
    counts = {name: names.count(name) for name in names}
    return ", ".join(f"{count} x {name}" if count > 1 else name for name, count in counts.items())


# Several workers


def join_workers(
    workers: list[str], worker_index: int | None, stop_requested: Callable[[], bool] = never
) -> Strategy:
    index = own_index(workers) if worker_index is None else worker_index
    if not 0 <= index < len(workers):
        raise SettingsError(
            f"worker_index must be 0 to {len(workers) - 1}, one of the {len(workers)} workers. "
            f"Received {index}. Count from 0 in the list of workers."
        )
    logger.info("This is worker %s of %s (%s); waiting for the others.", index, len(workers), workers[index])
    wait_for_all(workers, index, stop_requested)
    # It would write a line for each exchange that it prepares.
    tf.get_logger().setLevel(logging.WARNING)
    cluster = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": workers}), task_type="worker", task_id=index, rpc_layer="grpc"
    )
    try:
        return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=cluster)
    except RuntimeError as error:
        raise SettingsError(
            "Workers must be joined before TensorFlow computes anything in a process. "
            f"Received: {error}. Start the training in a process of its own."
        ) from error


def has_workers(strategy: Strategy) -> bool:
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def is_chief(strategy: Strategy) -> bool:
    """Whether this process writes checkpoints, records and the bundle: the first worker, or the only one."""
    return not has_workers(strategy) or strategy.cluster_resolver.task_id == 0


@contextmanager
def noticing_who_left(strategy: Strategy) -> Iterator[None]:
    """Say in a sentence that another worker is gone, where TensorFlow says so in pages.

    Raises:
        TrainingError: the exchange broke off; in this process there cannot be another one.
    """
    try:
        yield
    except GONE as error:
        if not has_workers(strategy):
            raise
        raise TrainingError(
            "All workers must be there to the end of a training; one is gone. Start it again on all of them: "
            "it goes on from the chief's last checkpoint."
        ) from error


def broadcast_from_chief(strategy: Strategy, arrays: Sequence[Array]) -> list[Array]:
    """Return the chief's arrays on every worker; the others give some of the same shapes and types."""
    if not has_workers(strategy):
        return list(arrays)

    @tf.function
    def of_chief(values: list[Any]) -> list[Any]:
        return [summed(strategy, value, chief_alone=True) for value in values]

    with noticing_who_left(strategy):
        found = of_chief([tf.constant(as_summable(array)) for array in arrays])
        return [value.numpy().astype(array.dtype) for value, array in zip(found, arrays, strict=True)]


def text_from_chief(strategy: Strategy, text: str) -> str:
    """Return the chief's text on every worker, such as the state of the run it restored as JSON."""
    if not has_workers(strategy):
        return text
    content = np.frombuffer(text.encode(), np.uint8)
    (length,) = broadcast_from_chief(strategy, [np.array(len(content))])
    own = content if is_chief(strategy) else np.zeros(int(length), np.uint8)
    (received,) = broadcast_from_chief(strategy, [own])
    return received.tobytes().decode()


def share_variables(strategy: Strategy, groups: Sequence[tuple[str, Sequence[Any]]]) -> None:
    """Give every worker the chief's values of `TrainingStep.variables()`."""
    variables = [variable for _, group in groups for variable in group]
    arrays = broadcast_from_chief(strategy, [np.asarray(variable) for variable in variables])
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def summed(strategy: Strategy, value: Any, *, chief_alone: bool = False) -> Any:
    """Return the sum over all replicas, or only what the chief's first one has."""

    def own(given: Any) -> Any:
        number = tf.distribute.get_replica_context().replica_id_in_sync_group
        return tf.where(tf.equal(number, 0), given, tf.zeros_like(given)) if chief_alone else given

    return strategy.reduce("SUM", strategy.run(own, args=(value,)), axis=None)


def as_summable(array: Array) -> Array:
    """Return an array in a type that devices can add up among each other."""
    return array if array.dtype in (np.float32, np.float64, np.int64) else array.astype(np.int64)
