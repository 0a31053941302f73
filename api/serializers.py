"""The contract of a question and its answer."""

import re
from typing import Any

from django.conf import settings
from rest_framework import serializers

from answering.bundle import MODES
from answering.question import MAX_ANSWERS
from training.models.bot import DEFAULT_BOT

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
MAX_BEAM_SIZE = 20


class StrictCharField(serializers.CharField):
    """A text; a number is not silently made into one."""

    default_error_messages = {
        "invalid": "must be a text",
        "blank": "must not be blank",
        "null": "must be a text, not null",
        "max_length": "must have at most {max_length} characters",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if "\0" in data:
            raise serializers.ValidationError("must not hold NUL characters")
        if LONE_SURROGATE.search(data):
            raise serializers.ValidationError("must be whole Unicode; it holds half a surrogate pair")
        return super().to_internal_value(data)


class StrictIntegerField(serializers.IntegerField):
    default_error_messages = {
        "invalid": "must be a whole number",
        "null": "must be a whole number, not null",
        "max_value": "must be at most {max_value}",
        "min_value": "must be at least {min_value}",
    }

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(data)


class QuestionSerializer(serializers.Serializer[Any]):
    message = StrictCharField(
        required=False, max_length=settings.MAX_MESSAGE_CHARACTERS, help_text="What is asked."
    )
    question = StrictCharField(
        required=False, max_length=settings.MAX_MESSAGE_CHARACTERS, help_text="Another name for `message`."
    )
    bot = StrictCharField(default=DEFAULT_BOT, max_length=64, help_text="Which bot is asked.")
    mode = serializers.ChoiceField(
        choices=MODES,
        required=False,
        help_text="How to answer; left out, as the trained model does by default.",
        error_messages={"invalid_choice": f"must be one of {', '.join(MODES)}"},
    )
    beam_size = StrictIntegerField(
        required=False, min_value=1, max_value=MAX_BEAM_SIZE, help_text="Width of the search; 1 is greedy."
    )
    answers = StrictIntegerField(
        default=1, min_value=1, max_value=MAX_ANSWERS, help_text="How many different answers, at most."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        text = attrs.get("message", attrs.pop("question", None))
        if text is None:
            raise serializers.ValidationError({"message": "is required"})
        attrs.pop("question", None)
        return {**attrs, "message": text}


class AnswerSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    score = serializers.FloatField(
        allow_null=True, help_text="Mean log-probability a token; null for what was not generated."
    )
    confidence = serializers.FloatField(allow_null=True, help_text="0 to 1; null until calibrated.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # Field has an attribute of this name
        choices=("generated", "retrieved", "own")
    )


class ReplySerializer(serializers.Serializer[Any]):
    rc = serializers.IntegerField(help_text="0.")
    msg = serializers.CharField(help_text="The best answer.")
    answers = AnswerSerializer(many=True)
    id = serializers.CharField()
    bot = serializers.CharField()
    model = serializers.CharField(help_text="The trained model that answered.")
    language = serializers.CharField(help_text="The question's language.")
    fallback = serializers.BooleanField(help_text="Whether the bot had no answer and said so.")
    truncated = serializers.BooleanField(help_text="Whether only the question's last part was read.")
    unknown_words = serializers.ListField(child=serializers.CharField())
    elapsed_ms = serializers.IntegerField()


class ErrorSerializer(serializers.Serializer[Any]):
    rc = serializers.IntegerField(help_text="1.")
    errmsg = serializers.CharField(help_text="What is wrong and what to do.")
    code = serializers.CharField(help_text="The same for programs.")
