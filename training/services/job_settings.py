"""A job's settings as people read them: what somebody chose first, what is as by default last."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.models import Corpus, Dataset, Job, TrainedModel
from training.parameter_fields import Parameters
from training.services.kinds import KINDS
from training.services.run_record import run_settings

NOTHING = "–"
ROWS: dict[str, Any] = {"dataset": Dataset, "corpus": Corpus, "trained_model": TrainedModel}


@dataclass(frozen=True)
class Setting:
    """`asked` is what was asked for, where the run was given something else; `is_default` is of the value."""

    name: str
    value: str
    help: str
    is_default: bool
    asked: str = ""


@dataclass(frozen=True)
class JobSettings:
    chosen: tuple[Setting, ...]
    others: tuple[Setting, ...]

    @property
    def some_were_changed(self) -> bool:
        return any(setting.asked for setting in self.chosen)


def job_settings(job: Job) -> JobSettings:
    """Return the settings of a job; a run knows better than its row what a preset filled in."""
    fields = fields_of(KINDS[job.kind].parameters)
    used, asked = run_settings(job.run_location)
    values = {**job.parameters, **used}
    names = [*(name for name in fields if name in values), *sorted(set(values) - set(fields))]
    settings = [setting_of(name, values[name], fields.get(name), asked) for name in names]
    return JobSettings(
        chosen=tuple(one for one in settings if not one.is_default or one.asked),
        others=tuple(one for one in settings if one.is_default and not one.asked),
    )


def fields_of(parameters: type[Parameters]) -> "dict[str, dataclasses.Field[Any]]":
    return {spec.name: spec for spec in dataclasses.fields(parameters)}


def setting_of(
    name: str, value: Any, spec: "dataclasses.Field[Any] | None", asked: Mapping[str, Any]
) -> Setting:
    is_changed = name in asked and asked[name] != value
    return Setting(
        name=name.replace("_", " "),
        value=named_row(name, value) or written(value),
        help=str(spec.metadata.get("help", "")) if spec else "",
        is_default=spec is not None and as_json(value) == as_json(default_of(spec)),
        asked=written(asked[name]) if is_changed else "",
    )


def default_of(spec: "dataclasses.Field[Any]") -> Any:
    return spec.default if spec.default_factory is dataclasses.MISSING else spec.default_factory()


def as_json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def named_row(name: str, value: Any) -> str:
    """Return how a row is called that a setting names by its number."""
    model = ROWS.get(name)
    row = model.objects.filter(pk=value).first() if model and isinstance(value, int) else None
    return str(row) if row else ""


def written(value: Any) -> str:
    """Return a value as people write it.

    >>> [written(value) for value in (True, None, ["en", "zh"], {"faq": 2.0}, 0.5, "")]
    ['yes', '–', 'en, zh', 'faq 2', '0.5', '–']
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(written, value)) or NOTHING
    if isinstance(value, dict):
        return ", ".join(f"{name} {written(one)}" for name, one in value.items()) or NOTHING
    return str(value) if value not in (None, "") else NOTHING
