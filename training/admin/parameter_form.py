"""Form fields from parameter dataclasses: default, bounds, choices and help are said once, there."""

import dataclasses
from typing import Any

from django import forms

from training.parameters import Parameters


def form_class(
    cls: type[Parameters], defaults: dict[str, Any], *, without: tuple[str, ...]
) -> type[forms.Form]:
    """Return a form with a field for each field of `cls` that people may choose."""
    fields = {
        spec.name: form_field(spec, defaults.get(spec.name, spec.default))
        for spec in dataclasses.fields(cls)
        if spec.name not in without
    }
    return type(f"{cls.__name__}Form", (forms.Form,), fields)


def form_field(spec: "dataclasses.Field[Any]", default: Any) -> forms.Field:
    metadata = spec.metadata
    shared: dict[str, Any] = {
        "initial": None if default is dataclasses.MISSING else default,
        "help_text": metadata.get("help", ""),
        "required": spec.default is not None and not isinstance(default, bool),
    }
    if "choices" in metadata:
        return forms.ChoiceField(choices=[(choice, choice) for choice in metadata["choices"]], **shared)
    if "minimum" in metadata:
        return number_field(metadata["minimum"], metadata["maximum"], shared)
    if isinstance(default, bool):
        return forms.BooleanField(**shared)
    return forms.CharField(max_length=64, **shared)


def number_field(minimum: float, maximum: float, shared: dict[str, Any]) -> forms.Field:
    bounds: dict[str, Any] = {"min_value": minimum, "max_value": maximum}
    shared["help_text"] += f" From {minimum} to {maximum}."
    if isinstance(minimum, int):
        return forms.IntegerField(**bounds, **shared)
    return forms.FloatField(**bounds, **shared, widget=forms.NumberInput(attrs={"step": "any"}))


def given_values(form: forms.Form) -> dict[str, Any]:
    """Return what was filled in; what was left empty takes the dataclass' default."""
    return {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
