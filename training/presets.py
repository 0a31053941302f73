"""Settings for people who don't tune: how large a network is, and how long it is trained at most."""

from dataclasses import fields, replace
from typing import Any

from training.parameters import NO_PRESET, Hyperparameters

# Above so many training exchanges an hour's training pays on a CPU.
MEDIUM_FROM = 100_000
SIZES: dict[str, dict[str, Any]] = {
    "small": {"hidden_size": 256, "embedding_size": 256, "layers": 1, "max_minutes": 10.0},
    "medium": {"hidden_size": 384, "embedding_size": 384, "layers": 2, "max_minutes": 60.0},
    "large": {"hidden_size": 512, "embedding_size": 512, "layers": 4, "batch_size": 256, "epochs": 100},
}
# What an architecture wants otherwise, on top of its size.
ARCHITECTURE_SETTINGS: dict[str, dict[str, Any]] = {
    "transformer": {
        "schedule": "inverse-root",
        "warmup_steps": 1000,
        "learning_rate": 0.001,
        "label_smoothing": 0.1,
    },
    # Sums and large batches: XLA would have to hold what the training's own sums never make.
    "dual_encoder": {
        "batch_size": 512,
        "embedding_size": 512,
        "hidden_size": 512,
        "layers": 2,
        "dropout": 0.35,
        "warmup_steps": 50,
        "average_decay": 0.997,
        "metric": "recall@1",
        "max_minutes": 40.0,
        "epochs": 60,
        "patience": 5,
        "xla": "off",
    },
}
LAYERS: dict[tuple[str, str], int] = {("transformer", "small"): 3, ("transformer", "medium"): 4}


def with_preset(hyperparameters: Hyperparameters, *, exchanges: int, has_gpu: bool) -> Hyperparameters:
    """Return the settings of the preset, but for those that somebody has set to something else, or `kept`.

    "auto" takes what suits the number of training exchanges and the device; the result names what it took.
    """
    name = hyperparameters.preset
    if name == NO_PRESET:
        return hyperparameters
    if name == "auto":
        name = chosen_preset(exchanges, has_gpu=has_gpu)
    values = preset_values(name, hyperparameters.architecture)
    if hyperparameters.softmax_samples:
        values.pop("label_smoothing", None)
    untouched = {
        spec.name: values[spec.name]
        for spec in fields(hyperparameters)
        if spec.name in values
        and spec.name not in hyperparameters.kept
        and getattr(hyperparameters, spec.name) == spec.default
    }
    return replace(hyperparameters, preset=name, **untouched)


def chosen_preset(exchanges: int, *, has_gpu: bool) -> str:
    if has_gpu:
        return "large"
    return "medium" if exchanges >= MEDIUM_FROM else "small"


def preset_values(name: str, architecture: str) -> dict[str, Any]:
    values = {**SIZES[name], **ARCHITECTURE_SETTINGS.get(architecture, {})}
    if (architecture, name) in LAYERS:
        values["layers"] = LAYERS[architecture, name]
    return values


def preset_notes(exchanges: int) -> list[str]:
    """Return for people what `auto` would take, and what each preset is."""
    on_cpu, on_gpu = (chosen_preset(exchanges, has_gpu=has_gpu) for has_gpu in (False, True))
    chosen = f"Preset auto takes {on_cpu} for {exchanges:,} training exchanges on a CPU, {on_gpu} on a GPU."
    return [chosen, *(f"{name}: {described(values)}." for name, values in SIZES.items())]


def described(values: dict[str, Any]) -> str:
    """Return settings as people read them.

    >>> described({"hidden_size": 256, "max_minutes": 10.0})
    'hidden size 256, max minutes 10'
    """
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in values.items())
