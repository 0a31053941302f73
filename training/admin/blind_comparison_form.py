"""The form that makes a blind comparison: which two, and where the questions come from."""

from typing import Any

from django import forms

from training.models import Bot, Dataset, TrainedModel
from training.services.blind_comparisons import MOST_NAME_CHARACTERS
from training.services.blind_questions import (
    DEFAULT_QUESTIONS,
    MOST_QUESTIONS,
    questions_of_dataset,
    questions_of_log,
    questions_of_text,
)

WRITTEN, HELD_OUT, LOGGED = "questions", "dataset", "bot"
# Whoever may not read a dataset or a log shall not do so by comparing.
SOURCES = (
    (WRITTEN, "the lines written below", ""),
    (HELD_OUT, "held-out questions of a dataset", "training.view_dataset"),
    (LOGGED, "the latest questions in a bot's log", "training.view_loggedexchange"),
)


class BlindComparisonForm(forms.Form):
    name = forms.CharField(max_length=MOST_NAME_CHARACTERS, help_text="Those who choose do not see it.")
    one = forms.ModelChoiceField(TrainedModel.objects.all(), label="One trained model")
    other = forms.ModelChoiceField(TrainedModel.objects.all(), label="The other trained model")
    source = forms.ChoiceField(label="Questions come from")
    questions = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "cols": 60}),
        help_text=f"One a line, at most {MOST_QUESTIONS}.",
    )
    dataset = forms.ModelChoiceField(
        Dataset.objects.all(),
        required=False,
        help_text="Its test split is asked, else its validation split, evenly spread.",
    )
    bot = forms.ModelChoiceField(
        Bot.objects.all(),
        required=False,
        help_text="The comparison keeps its questions when the log is deleted; those who choose read them.",
    )
    number = forms.IntegerField(
        min_value=1,
        max_value=MOST_QUESTIONS,
        initial=DEFAULT_QUESTIONS,
        required=False,
        label="Number of questions",
        help_text=f"Of a dataset or a log: 1 to {MOST_QUESTIONS}.",
    )

    def __init__(self, *arguments: Any, user: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        allowed = [(name, label) for name, label, needed in SOURCES if not needed or user.has_perm(needed)]
        self.fields["source"].choices = allowed  # type: ignore[attr-defined]  # a ChoiceField has them
        for name, _, _ in SOURCES:
            if name not in dict(allowed):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        source = cleaned.get("source")
        if source and source not in self.errors and not cleaned.get(source):
            self.add_error(source, "This is where the questions shall come from: fill it in.")
        return cleaned

    def asked(self) -> list[str]:
        """Return the questions.

        Raises:
            ChatbotError: there are none, or too many.
        """
        cleaned = self.cleaned_data
        number = cleaned["number"] or DEFAULT_QUESTIONS
        if cleaned["source"] == HELD_OUT:
            return questions_of_dataset(cleaned["dataset"], number)
        if cleaned["source"] == LOGGED:
            return questions_of_log(cleaned["bot"], number)
        return questions_of_text(cleaned["questions"])
