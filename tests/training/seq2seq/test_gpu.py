"""What only a GPU can show: make test-gpu."""

import json
import logging
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from answering.question import Question
from answering.responder import Responder
from preprocessing.progress import NullMonitor
from tests.conftest import ROOT
from tests.training.seq2seq.test_training_step import make_batch, make_step
from training.seq2seq.precision import set_precision
from training.seq2seq.strategy import device_report
from training.seq2seq.train import train_run
from training.seq2seq.training_step import BATCH, SEED, WISHES, as_tensors
from training.seq2seq.xla import Outlook, settle_compilation

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not tf.config.list_physical_devices("GPU"), reason="this machine has no GPU"),
]

# Prints what the strategy has done to the GPUs before TensorFlow starts, and what a small tensor takes.
MEMORY = """
import json
import tensorflow as tf
from training.seq2seq.strategy import make_strategy
make_strategy()
tf.ones((256, 256))
gpus = tf.config.list_physical_devices("GPU")
print(json.dumps({
    "grows": [tf.config.experimental.get_memory_growth(gpu) for gpu in gpus],
    "peak": tf.config.experimental.get_memory_info("GPU:0")["peak"],
}))
"""

# argv: the precision. Prints the milliseconds of a step of two layers with 512 units.
STEP_TIME = """
import statistics, sys, time
import numpy as np
from training.parameters import Hyperparameters
from training.seq2seq.architectures import make_network
from training.seq2seq.batches import Batch
from training.seq2seq.precision import set_precision
from training.seq2seq.training_step import TrainingStep
set_precision(sys.argv[1])
hyperparameters = Hyperparameters(hidden_size=512, embedding_size=512)
step = TrainingStep(make_network(hyperparameters, 20_000), hyperparameters)
ids = np.random.default_rng(0).integers(4, 20_000, (64, 12)).astype(np.int32)
batch = Batch(ids, ids, ids, np.ones(64, np.float32), np.zeros((0, 1), np.int32))
seconds = []
for number in range(12):
    begun = time.perf_counter()
    step(batch, number)
    seconds.append(time.perf_counter() - begun)
print(1000 * statistics.median(seconds[2:]))
"""


def last_line(script, *arguments, **environment):
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture
def precision():
    """Return what sets the precision; what was set before is set again."""
    before = keras.config.dtype_policy()
    yield set_precision
    keras.config.set_dtype_policy(before)


def operations_of(step):
    """Return the names of all operations of a step, those of the functions that it calls too."""
    graph = step._step.get_concrete_function(BATCH, SEED, WISHES).graph.as_graph_def()
    functions = [node.op for function in graph.library.function for node in function.node_def]
    return {node.op for node in graph.node} | set(functions)


def test_the_log_names_the_device(train, precision, caplog):
    caplog.set_level(logging.INFO)
    _, trainer = train(epochs=1, precision="float32")
    trainer.train()

    assert device_report() not in ("", "CPU")
    assert f"Training on {device_report()}:" in caplog.text


@pytest.mark.parametrize("wanted", ["float32", "mixed"])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("architecture", ["rnn", "rnn2", "mechanism"])
@pytest.mark.parametrize("parts", [1, 2])
def test_recurrent_layers_run_on_cudnns_kernel(precision, architecture, cell, wanted, parts):
    precision(wanted)
    step = make_step(architecture=architecture, cell=cell, accumulation=parts)

    assert np.isfinite(step(make_batch(), 0)[0])
    assert {"CudnnRNNV3", "CudnnRNNBackpropV3"} <= operations_of(step)


def test_the_kernel_of_cudnn_gives_what_the_plain_one_gives(precision):
    precision("float32")
    step = make_step()
    found = step(make_batch(), 0)
    with tf.device("CPU:0"):
        plain = make_step()
        for layer in (*plain.network.encoder_layers, *plain.network.decoder_layers):
            layer.use_cudnn = False
        expected = plain.network.batch_loss(as_tensors(make_batch()))

    assert found[0] == pytest.approx(float(expected.total), rel=1e-3)
    assert found[1] == pytest.approx(float(expected.count), rel=1e-5)


def test_memory_is_taken_as_needed():
    found = last_line(MEMORY)

    assert all(found["grows"])
    assert found["peak"] < 2**28


def test_auto_is_mixed_and_lowers_the_loss(precision):
    assert precision("auto") == "mixed_float16"
    step = make_step(clip_norm=5.0, hidden_size=64, embedding_size=64)
    first = step(make_batch(), 0)[0]
    for number in range(1, 30):
        last = step(make_batch(), number)[0]

    assert last < 0.5 * first


def test_what_a_gpu_has_trained_answers_without_one(make_dataset, tiny, tmp_path, precision):
    dataset = make_dataset(24)

    result = train_run(dataset.directory, tmp_path / "run", tiny(), NullMonitor())

    assert Responder.open(result.bundle_directory).answer(Question(text="say red number 0")).answers


@pytest.mark.parametrize("architecture", ["rnn", "transformer"])
def test_xla_is_taken_where_it_can_be(precision, architecture):
    precision("float32")
    step = make_step(architecture=architecture, heads=2)
    is_compiled = settle_compilation(step, "on", [make_batch()], Outlook(steps_left=1, shapes=1))

    # cuDNN's kernel is nothing that XLA compiles.
    assert is_compiled == (architecture == "transformer")
    assert np.isfinite(step(make_batch(), 0)[0])


def test_a_gpu_is_faster_than_the_cpu(capsys):
    gpu = {wanted: last_line(STEP_TIME, wanted) for wanted in ("float32", "mixed")}
    cpu = last_line(STEP_TIME, "float32", CUDA_VISIBLE_DEVICES="")

    with capsys.disabled():
        sys.stdout.write(
            f"\n{device_report()}: {gpu['mixed']:.1f} ms a step in mixed precision, "
            f"{gpu['float32']:.1f} ms in float32; the CPU takes {cpu:.1f} ms.\n"
        )
    assert min(gpu.values()) < cpu
