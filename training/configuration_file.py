"""config.ini as DeepQA2 had it, with `CHATBOT_*` variables that win over it. Knows no Django."""

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from preprocessing.errors import SettingsError
from training.parameter_fields import checked_value
from training.parameters import Hyperparameters, PreprocessParameters

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# DeepQA2's key -> the field that holds its default, bounds and help.
HYPERPARAMETER_KEYS = {
    "train_learning_rate": "learning_rate",
    "train_num_epoch": "epochs",
    "train_num_layers": "layers",
    "train_hidden_size": "hidden_size",
    "train_num_embedding": "embedding_size",
    "train_softmax_samples": "softmax_samples",
    "train_num_batch_size": "batch_size",
    "train_save_every": "save_every",
}
SECTIONS = {
    "log": ("log_level",),
    "corpus": ("corpus_name", "corpus_max_length"),
    "hyparams": tuple(HYPERPARAMETER_KEYS),
    "serve": ("hostname", "secret_key"),
}


@dataclass(frozen=True)
class Configuration:
    """What config.ini and the environment say; None and {} where they are silent."""

    log_level: str = "INFO"
    corpus_name: str | None = None
    corpus_max_length: int | None = None
    hostname: str | None = None
    secret_key: str | None = None
    hyperparameters: Mapping[str, Any] | None = None

    def default_hyperparameters(self) -> Hyperparameters:
        return Hyperparameters(**(self.hyperparameters or {}))


def read_configuration(path: Path, environment: Mapping[str, str]) -> Configuration:
    """Read `path` where it exists; `CHATBOT_<KEY>` in `environment` wins.

    Raises:
        SettingsError: naming key, value and what is legal.
    """
    values = {**read_ini(path), **read_environment(environment)}
    hyperparameters = {
        field_name: checked_hyperparameter(key, field_name, values[key])
        for key, field_name in HYPERPARAMETER_KEYS.items()
        if key in values
    }
    return Configuration(
        log_level=checked_log_level(values.get("log_level", "INFO")),
        corpus_name=values.get("corpus_name"),
        corpus_max_length=checked_max_length(values.get("corpus_max_length")),
        hostname=values.get("hostname"),
        secret_key=values.get("secret_key"),
        hyperparameters=hyperparameters,
    )


def read_ini(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), source=path.name)
    except (configparser.Error, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path.name} must be an INI file in UTF-8. {reason}") from None
    return {
        key: value
        for section in parser.sections()
        for key, value in checked_section(path, section, dict(parser[section])).items()
        if value.strip()
    }


def checked_section(path: Path, section: str, values: dict[str, str]) -> dict[str, str]:
    if section not in SECTIONS:
        legal = ", ".join(f"[{name}]" for name in SECTIONS)
        raise SettingsError(f"{path.name}: sections must be among {legal}. Received [{section}].")
    for key, value in values.items():
        if key not in SECTIONS[section]:
            legal = ", ".join(SECTIONS[section])
            raise SettingsError(
                f"{path.name}: keys of [{section}] must be among {legal}. Received {key} = {value}."
            )
    return values


def read_environment(environment: Mapping[str, str]) -> dict[str, str]:
    keys = [key for section in SECTIONS.values() for key in section]
    named = {key: environment.get(f"CHATBOT_{key.upper()}", "") for key in keys}
    return {key: value for key, value in named.items() if value}


def checked_hyperparameter(key: str, field_name: str, value: str) -> Any:
    spec = next(spec for spec in fields(Hyperparameters) if spec.name == field_name)
    return renamed(key, spec.name, lambda: checked_value(spec, value))


def checked_max_length(value: str | None) -> int | None:
    if value is None:
        return None
    spec = next(spec for spec in fields(PreprocessParameters) if spec.name == "max_length")
    return int(renamed("corpus_max_length", spec.name, lambda: checked_value(spec, value)))


def checked_log_level(value: str) -> str:
    if value.upper() not in LOG_LEVELS:
        raise SettingsError(f"log_level must be one of {', '.join(LOG_LEVELS)}. Received {value!r}.")
    return value.upper()


def renamed(key: str, field_name: str, check: Any) -> Any:
    """Run a check of a field, but let its message name the key that the person wrote."""
    try:
        return check()
    except SettingsError as error:
        raise SettingsError(str(error).replace(field_name, key, 1)) from None
