"""JoeyNMT as a contestant: its models, loss, optimiser and clipping, with a step like that of its trainer.

Runs in an environment of its own (joeynmt-requirements.txt).

The recurrent one is its configs/iwslt_deen_bahdanau.yaml, the published one of just these sizes: Luong's
attention, input feeding, the decoder begun with the encoder's last state, Adam at 0.001 on batches of 64,
Xavier's weights. Embeddings begin as in its configs/iwslt_envi_xnmt.yaml, which has the same rate and batch
size: after 200 steps it was ahead of the former that way. Different from there, and as for all contestants:
one language has one embedding, dropout is on the encoder's side too, and gradients are clipped.

The transformer is normalised before each part, and its one embedding is its output layer too, as in ours.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from joeynmt.batch import Batch
from joeynmt.builders import build_gradient_clipper, build_optimizer
from joeynmt.model import build_model
from joeynmt.vocabulary import Vocabulary

from benchmarks.peers.contest import Array, Arrays, Loss, Sizes, serve, summed

LEARNING_RATE = 0.001
SPECIALS = 4
UNKNOWN, PAD, BOS, EOS = range(SPECIALS)
CPU = torch.device("cpu")


class JoeyNmt:
    def __init__(self, sizes: Sizes) -> None:
        torch.manual_seed(sizes.seed)
        vocabulary = made_up_vocabulary(sizes.vocabulary)
        self._model = build_model(configuration(sizes), vocabulary, vocabulary)
        self._model.loss_function = ("crossentropy", 0.0)
        training = {"optimizer": "adam", "learning_rate": LEARNING_RATE}
        self._optimizer = build_optimizer(training, self._model.parameters())
        self._clip = build_gradient_clipper({"clip_grad_val": None, "clip_grad_norm": sizes.clip_norm})
        self.weights = sum(parameter.numel() for parameter in self._model.parameters())

    def train(self, batches: Sequence[Arrays]) -> Loss:
        self._model.train()
        return summed(self._step(as_joeynmt(arrays)) for arrays in batches)

    def measure(self, batches: Sequence[Arrays]) -> Loss:
        self._model.eval()
        with torch.no_grad():
            return summed(Loss(self._loss(batch).item(), batch.ntokens) for batch in map(as_joeynmt, batches))

    def _step(self, batch: Any) -> Loss:
        total = self._loss(batch)
        batch.normalize(total, normalization="tokens").backward()
        self._clip(parameters=self._model.parameters())
        self._optimizer.step()
        self._model.zero_grad()
        return Loss(total.item(), batch.ntokens)

    def _loss(self, batch: Any) -> Any:
        batch.sort_by_src_length()
        return self._model(return_type="loss", **vars(batch))[0]


def made_up_vocabulary(size: int) -> Any:
    """Return a vocabulary whose tokens are numbers: only ids are trained on."""
    specials = SimpleNamespace(
        unk_token="<unk>", pad_token="<pad>", bos_token="<s>", eos_token="</s>", sep_token=None,
        unk_id=UNKNOWN, pad_id=PAD, bos_id=BOS, eos_id=EOS, sep_id=None, lang_tags=[],
    )  # fmt: skip
    return Vocabulary([str(number) for number in range(size - SPECIALS)], specials)


def configuration(sizes: Sizes) -> dict[str, Any]:
    if sizes.architecture == "transformer":
        side = transformer_side(sizes)
        return {"tied_embeddings": True, "tied_softmax": True, "encoder": side, "decoder": side}
    side = recurrent_side(sizes)
    return {
        "tied_embeddings": True,
        "embed_initializer": "normal",
        "embed_init_weight": 0.1,
        "encoder": {**side, "bidirectional": True},
        "decoder": {**side, **attention(sizes)},
    }


def recurrent_side(sizes: Sizes) -> dict[str, Any]:
    return {
        "type": "recurrent",
        "rnn_type": "lstm",
        "embeddings": {"embedding_dim": sizes.embedding, "scale": False},
        "hidden_size": sizes.hidden,
        "num_layers": sizes.layers,
        "dropout": sizes.dropout,
    }


def attention(sizes: Sizes) -> dict[str, Any]:
    return {
        "hidden_dropout": sizes.dropout,
        "input_feeding": True,
        "init_hidden": "last",
        "attention": "luong",
    }


def transformer_side(sizes: Sizes) -> dict[str, Any]:
    return {
        "type": "transformer",
        "embeddings": {"embedding_dim": sizes.embedding, "scale": True},
        "hidden_size": sizes.hidden,
        "ff_size": sizes.feed_forward,
        "num_layers": sizes.layers,
        "num_heads": sizes.heads,
        "dropout": sizes.dropout,
        "layer_norm": "pre",
    }


def as_joeynmt(arrays: Arrays) -> Any:
    """Return the same exchanges as one of its batches, which wants <s>, the answer and </s> in one row."""
    questions, inputs, targets = arrays["questions"], arrays["inputs"], arrays["targets"]
    answers = np.concatenate([inputs[:, :1], targets], axis=1)  # (B, 1 + T)
    lengths = np.count_nonzero(questions, axis=1)  # (B,)
    return Batch(
        src=as_tensor(questions),
        src_length=torch.from_numpy(lengths),
        src_prompt_mask=None,
        trg=as_tensor(answers),
        trg_prompt_mask=None,
        indices=torch.arange(len(questions)),
        device=CPU,
        pad_index=PAD,
        eos_index=EOS,
    )


def as_tensor(ids: Array) -> Any:
    """Return our ids as its own: we begin with <pad> <go> <eos> <unknown>, it does with the last one."""
    return torch.from_numpy(np.where(ids < SPECIALS, (ids + 1) % SPECIALS, ids).astype(np.int64))


if __name__ == "__main__":
    serve(JoeyNmt)
