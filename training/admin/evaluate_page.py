"""The page that starts an evaluation of a trained model."""

from typing import Any

from django import forms

from training.admin.parameter_form import GroupedForm, form_class
from training.evaluate_parameters import EvaluateParameters
from training.models import Corpus, Dataset, TrainedModel

CHOSEN_HERE = ("trained_model", "dataset", "corpus")
NOTES = (
    "An evaluation takes some minutes and ends with a report: how often the true answer is found among "
    "others, how close answers are to what was said, how varied, how steady and how sure they are.",
    "To evaluate on a file of questions of your own, upload it as a corpus first; a table with a column of "
    "questions and one of answers will do.",
)


class RowField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for type checkers only
    """A row, of which a job's parameters take the id."""

    def clean(self, value: Any) -> Any:
        row = super().clean(value)
        return row.pk if row is not None else None


class AskedForm(GroupedForm):
    """Either a dataset or a corpus is asked."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if bool(cleaned.get("dataset")) == bool(cleaned.get("corpus")):
            raise forms.ValidationError("Choose a dataset or a corpus, one of the two.")
        return cleaned


def evaluate_form(trained_model: TrainedModel) -> type[forms.Form]:
    parameters = form_class(EvaluateParameters, {}, without=CHOSEN_HERE)
    fields = {
        "dataset": RowField(
            Dataset.objects.all(),
            required=False,
            initial=trained_model.dataset_id,
            help_text="What is held out of it is asked.",
        ),
        "corpus": RowField(
            Corpus.objects.all(),
            required=False,
            help_text="Every exchange may be asked; no file of it may have been trained on.",
        ),
        **parameters.base_fields,
    }
    return type("EvaluateForm", (AskedForm,), {**fields, "field_order": [*fields]})
