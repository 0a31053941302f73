"""The contract of a question and its answer."""

import math
import re
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from answering.bundle import MODES
from answering.question import MAX_ANSWERS
from api.errors import STATUS_OF_CODE
from training.models.bot import DEFAULT_BOT

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
MAX_BEAM_SIZE = 20
MAX_TEMPERATURE = 2.0
MAX_SEED = 2**63 - 1
MAX_QUESTIONS = 256
SESSION_ID = RegexValidator(
    r"\A[A-Za-z0-9_.-]{1,64}\Z", "must be letters, digits, dots, dashes or underscores"
)


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


class StrictFloatField(serializers.FloatField):
    default_error_messages = {
        "invalid": "must be a number",
        "null": "must be a number, not null",
        "max_value": "must be at most {max_value}",
        "min_value": "must be at least {min_value}",
    }

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        try:
            number = float(data)
        except OverflowError:
            self.fail("invalid")
        # No limit keeps out what is no number.
        if math.isnan(number):
            self.fail("invalid")
        return number


class StrictBooleanField(serializers.BooleanField):
    default_error_messages = {"invalid": "must be true or false", "null": "must be true or false, not null"}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


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
    temperature = StrictFloatField(
        required=False,
        min_value=0.0,
        max_value=MAX_TEMPERATURE,
        help_text="Draw answers by chance: above 1 bolder, below 1 tamer; 0 takes the likeliest words.",
    )
    top_k = StrictIntegerField(
        required=False, min_value=0, max_value=1_000_000, help_text="Draw from so many words; 0 from all."
    )
    top_p = StrictFloatField(
        required=False, min_value=0.01, max_value=1.0, help_text="Draw from the words that make this share."
    )
    seed = StrictIntegerField(
        required=False, min_value=0, max_value=MAX_SEED, help_text="The same seed draws the same answers."
    )
    max_tokens = StrictIntegerField(
        required=False, min_value=1, max_value=10_000, help_text="The longest answer that is written."
    )
    model = StrictCharField(
        required=False, max_length=200, help_text="Ask this trained model instead of the bot's active one."
    )
    session = StrictCharField(
        required=False,
        max_length=64,
        validators=[SESSION_ID],
        help_text="A conversation of yours, by a name that you choose: what was said before is read too.",
    )
    stream = StrictBooleanField(
        default=False, help_text="Send the answer as Server-Sent Events while it is written."
    )
    explain = StrictBooleanField(default=False, help_text="Tell where each answer comes from.")

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
    language = serializers.CharField(help_text="The bot's language, else the question's.")
    fallback = serializers.BooleanField(help_text="Whether the bot had no answer and said so.")
    truncated = serializers.BooleanField(help_text="Whether only the question's last part was read.")
    unknown_words = serializers.ListField(child=serializers.CharField())
    session = serializers.CharField(required=False, help_text="As it was asked for.")
    session_degraded = serializers.BooleanField(
        required=False, help_text="Whether what was said before could not be read or kept."
    )
    explanation = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="Where each answer comes from: scores, the exchange, attention.",
    )
    elapsed_ms = serializers.IntegerField()


class QuestionsSerializer(serializers.Serializer[Any]):
    questions = serializers.ListField(
        child=serializers.DictField(),
        min_length=1,
        max_length=MAX_QUESTIONS,
        help_text="Questions as `POST /api/v1/question` takes them, stream left aside.",
        error_messages={
            "not_a_list": "must be a list",
            "min_length": "must have at least {min_length} question",
            "max_length": "must have at most {max_length} questions",
        },
    )


@extend_schema_field(
    {
        "type": "array",
        "items": {"oneOf": [{"$ref": "#/components/schemas/Reply"}, {"$ref": "#/components/schemas/Error"}]},
    }
)
class ResultsField(serializers.ListField):
    pass


class RepliesSerializer(serializers.Serializer[Any]):
    rc = serializers.IntegerField(help_text="0, also where single questions went wrong.")
    results = ResultsField(help_text="For each question its reply, or its own error.")


class FeedbackSerializer(serializers.Serializer[Any]):
    id = StrictCharField(max_length=64, help_text="That of the answer.")
    question = StrictCharField(max_length=settings.MAX_MESSAGE_CHARACTERS, help_text="What was asked.")
    bot = StrictCharField(default=DEFAULT_BOT, max_length=64, help_text="Which bot answered.")
    rating = serializers.ChoiceField(
        choices=("good", "bad"), required=False, error_messages={"invalid_choice": "must be good or bad"}
    )
    better = StrictCharField(
        required=False,
        max_length=settings.MAX_MESSAGE_CHARACTERS,
        help_text="What the bot shall say to this question from now on.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("rating") and not attrs.get("better"):
            raise serializers.ValidationError({"rating": "is required where there is no better answer"})
        return attrs


class FeedbackReplySerializer(serializers.Serializer[Any]):
    rc = serializers.IntegerField(help_text="0.")
    rating = serializers.CharField(allow_null=True)
    own_answer = serializers.IntegerField(allow_null=True, help_text="The own answer that came of it.")


class ModelSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    architecture = serializers.CharField()
    created_at = serializers.DateTimeField()
    active_for = serializers.ListField(child=serializers.CharField(), help_text="Bots that answer from it.")


class ModelsSerializer(serializers.Serializer[Any]):
    rc = serializers.IntegerField(help_text="0.")
    models = ModelSerializer(many=True)


class ErrorSerializer(serializers.Serializer[Any]):
    rc = serializers.IntegerField(help_text="1.")
    errmsg = serializers.CharField(help_text="What is wrong and what to do.")
    code = serializers.ChoiceField(choices=tuple(STATUS_OF_CODE), help_text="The same for programs.")
