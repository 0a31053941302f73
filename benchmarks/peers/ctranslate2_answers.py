"""CTranslate2 with a transformer of our benchmark's sizes and weights by chance, on one thread.

`python -m benchmarks.peers.ctranslate2_answers FOLDER SIZES`: SIZES is a JSON object. Then it answers
commands, one a line: the ids of questions become the milliseconds that each greedy answer took.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from ctranslate2.specs import common_spec, transformer_spec


def write_model(folder: Path, sizes: dict[str, int]) -> None:
    spec = transformer_spec.TransformerSpec.from_config(
        sizes["layers"], sizes["heads"], pre_norm=True, activation=common_spec.Activation.RELU
    )
    fill(spec, sizes)
    tokens = [str(number) for number in range(sizes["vocabulary"])]
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = "1", "2", "3"
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir(exist_ok=True)
    spec.save(str(folder))


def fill(spec: Any, sizes: dict[str, int]) -> None:
    """Give every layer weights by chance, of its shape."""
    rng = np.random.default_rng(0)
    units, inner, vocabulary = sizes["hidden"], sizes["feed_forward"], sizes["vocabulary"]

    def linear(layer: Any, outputs: int, inputs: int) -> None:
        layer.weight = rng.normal(0, inputs**-0.5, (outputs, inputs)).astype(np.float32)
        layer.bias = np.zeros(outputs, np.float32)

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(units, np.float32), np.zeros(units, np.float32)

    def attention(layer: Any, *, on_itself: bool) -> None:
        norm(layer.layer_norm)
        widths = (3 * units, units) if on_itself else (units, 2 * units, units)
        for part, width in zip(layer.linear, widths, strict=True):
            linear(part, width, units)

    embeddings = rng.normal(0, 1, (vocabulary, units)).astype(np.float32)
    for side in (spec.encoder, spec.decoder):
        table = side.embeddings[0] if isinstance(side.embeddings, list) else side.embeddings
        table.weight = embeddings
        side.scale_embeddings = True
        norm(side.layer_norm)
        for layer in side.layer:
            attention(layer.self_attention, on_itself=True)
            if hasattr(layer, "attention"):
                attention(layer.attention, on_itself=False)
            norm(layer.ffn.layer_norm)
            linear(layer.ffn.linear_0, inner, units)
            linear(layer.ffn.linear_1, units, inner)
    linear(spec.decoder.projection, vocabulary, units)


def answer(translator: Any, ids: list[int], length: int) -> float:
    started = time.perf_counter()
    translator.translate_batch(
        [[str(number) for number in ids]],
        beam_size=1,
        max_decoding_length=length,
        min_decoding_length=length,
    )
    return 1000 * (time.perf_counter() - started)


def main(folder: Path, sizes: dict[str, int]) -> None:
    write_model(folder, sizes)
    translator = ctranslate2.Translator(
        str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
    )
    print(json.dumps({"version": ctranslate2.__version__}), flush=True)
    for line in sys.stdin:
        questions = json.loads(line)
        took = [answer(translator, ids, sizes["answer"]) for ids in questions]
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
