"""The registry of architectures: a new one is a file in training/seq2seq/ and a line here.

Names and roles only: forms and commands read them without a neural framework.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Architecture:
    """What is trained, if anything, and which part of a bundle it becomes."""

    summary: str
    # "module:class", imported by the process that trains and by no other; empty where nothing is trained.
    network: str
    role: str
    # A corpus' weight is a factor of the loss; else it says how often an epoch takes an exchange.
    weighs_loss: bool = False
    # Batches are of all lengths: what tells answers apart may be how long they are.
    mixes_lengths: bool = False


ARCHITECTURES: dict[str, Architecture] = {
    "rnn": Architecture(
        "recurrent encoder and decoder with attention", "training.seq2seq.rnn:RecurrentNetwork", "generator"
    ),
    "rnn2": Architecture(
        "bidirectional, attention fed back, one shared embedding",
        "training.seq2seq.rnn2:DeepRecurrentNetwork",
        "generator",
    ),
    "mechanism": Architecture(
        "recurrent, learns several ways to answer one question",
        "training.seq2seq.mechanism:MechanismNetwork",
        "generator",
        weighs_loss=True,
    ),
    "transformer": Architecture(
        "encoder and decoder of attention alone", "training.seq2seq.transformer:Transformer", "generator"
    ),
    "dual_encoder": Architecture(
        "ranks answers by what follows what",
        "training.seq2seq.dual_encoder:DualEncoder",
        "ranker",
        mixes_lengths=True,
    ),
    "retrieval": Architecture("looks up the closest question, no network", "", "retriever"),
}
