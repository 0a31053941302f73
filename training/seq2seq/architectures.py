"""From an architecture's name to its network."""

from importlib import import_module

from training.architectures import ARCHITECTURES
from training.parameters import Hyperparameters
from training.seq2seq.network import Network, NetworkConfiguration


def make_network(
    hyperparameters: Hyperparameters, vocabulary_size: int, *, for_export: bool = False
) -> Network:
    """Return a new network with all its weights."""
    module, _, name = ARCHITECTURES[hyperparameters.architecture].network.partition(":")
    network: Network = getattr(import_module(module), name)(
        NetworkConfiguration.of(hyperparameters, vocabulary_size, for_export=for_export)
    )
    return network
