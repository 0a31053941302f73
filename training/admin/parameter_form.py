"""Form fields from parameter dataclasses: default, bounds, choices and help are said once, there."""

import dataclasses
from typing import Any

from django import forms

from training.parameter_fields import Parameters


def form_class(
    cls: type[Parameters], defaults: dict[str, Any], *, without: tuple[str, ...]
) -> type[forms.Form]:
    """Return a form with a field for each field of `cls` that people may choose."""
    fields = {
        spec.name: form_field(spec, defaults.get(spec.name, spec.default))
        for spec in dataclasses.fields(cls)
        if spec.name not in without
    }
    return type(f"{cls.__name__}Form", (GroupedForm,), fields)


class GroupedForm(forms.Form):
    """A form whose less common fields lie in groups that a page can fold away."""

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields by group; the first one has no name."""
        grouped: dict[str, list[forms.BoundField]] = {"": []}
        for bound in self:
            grouped.setdefault(getattr(bound.field, "group", ""), []).append(bound)
        return list(grouped.items())


def form_field(spec: "dataclasses.Field[Any]", default: Any) -> forms.Field:
    made = plain_field(spec, default)
    made.group = spec.metadata.get("group", "")  # type: ignore[attr-defined]  # what a GroupedForm looks for
    return made


def plain_field(spec: "dataclasses.Field[Any]", default: Any) -> forms.Field:
    metadata = spec.metadata
    shared: dict[str, Any] = {
        "initial": None if default is dataclasses.MISSING else default,
        "help_text": metadata.get("help", ""),
        # What is left empty takes the default.
        "required": spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING,
    }
    if "several" in metadata:
        return several_field(metadata["choices"], {**shared, "required": False})
    if "text" in metadata:
        return forms.CharField(**{**shared, "required": False})
    if "choices" in metadata:
        return forms.ChoiceField(choices=[(choice, choice) for choice in metadata["choices"]], **shared)
    if "minimum" in metadata:
        return number_field(metadata["minimum"], metadata["maximum"], shared)
    if isinstance(default, bool):
        return forms.BooleanField(**shared)
    return forms.CharField(max_length=64, **shared)


def several_field(choices: tuple[str, ...], shared: dict[str, Any]) -> forms.Field:
    if choices:
        named = [(choice, choice.replace("_", " ")) for choice in choices]
        return forms.MultipleChoiceField(choices=named, widget=forms.CheckboxSelectMultiple, **shared)
    shared["initial"] = ", ".join(shared["initial"] or ())
    shared["help_text"] += " Separated by commas."
    return forms.CharField(**shared)


def number_field(minimum: float, maximum: float, shared: dict[str, Any]) -> forms.Field:
    bounds: dict[str, Any] = {"min_value": minimum, "max_value": maximum}
    shared["help_text"] += f" From {minimum} to {maximum}."
    if isinstance(minimum, int):
        return forms.IntegerField(**bounds, **shared)
    return forms.FloatField(**bounds, **shared, widget=forms.NumberInput(attrs={"step": "any"}))


def given_values(form: forms.Form) -> dict[str, Any]:
    """Return what was filled in; what was left empty takes the dataclass' default."""
    return {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
