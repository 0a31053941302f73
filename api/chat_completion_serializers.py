"""OpenAI's contract of chat completions, as far as a bot can keep it."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from answering.question import MAX_ANSWERS
from api.serializers import (
    MAX_TEMPERATURE,
    StrictBooleanField,
    StrictCharField,
    StrictFloatField,
    StrictIntegerField,
)

ROLES = ("system", "developer", "user", "assistant")
MOST_MESSAGES = 2000
# Fields that ask for what no bot can do, and which of their values ask for nothing.
REFUSED: dict[str, tuple[Any, ...]] = {
    "tools": ([],),
    "functions": ([],),
    "tool_choice": ("none", "auto"),
    "function_call": ("none", "auto"),
    "response_format": ({"type": "text"},),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "audio": (),
    "modalities": (["text"],),
    "web_search_options": (),
}


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string"},
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "type": {"type": "string", "enum": ["text"]},
                        "text": {"type": "string"},
                    },
                    "required": ["type", "text"],
                },
            },
        ]
    }
)
class ContentField(StrictCharField):
    """A text, whole or in parts; pictures, sound and files are none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=True, allow_null=True, default="", **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> str:
        """Join the parts first: the field's own checks are for texts."""
        joined = "\n".join(map(text_of_part, data)) if isinstance(data, list) else data
        return str(super().run_validation(joined) or "")


def text_of_part(part: Any) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind != "text":
        raise serializers.ValidationError(
            f"must be a text or a list of parts of the type text; a bot cannot read {kind or 'other things'}"
        )
    if not isinstance(part.get("text"), str):
        raise serializers.ValidationError("must have a text in each part")
    return str(part["text"])


class ChatMessageSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(
        choices=ROLES,
        help_text="What system and developer say is left aside: a bot says what it learnt.",
        error_messages={"invalid_choice": f"must be one of {', '.join(ROLES)}"},
    )
    content = ContentField(help_text="A text, or a list of text parts.")


class StreamOptionsSerializer(serializers.Serializer[Any]):
    include_usage = StrictBooleanField(
        required=False, allow_null=True, help_text="End the stream with a chunk that counts tokens."
    )


class ChatCompletionSerializer(serializers.Serializer[Any]):
    model = StrictCharField(max_length=200, help_text="The name of a bot.")
    messages = serializers.ListField(
        child=ChatMessageSerializer(),
        min_length=1,
        max_length=MOST_MESSAGES,
        help_text="The last user message is asked; user and assistant messages before it are earlier turns.",
        error_messages={
            "not_a_list": "must be a list",
            "min_length": "must hold at least {min_length} message",
            "max_length": "must hold at most {max_length} messages",
        },
    )
    n = StrictIntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_ANSWERS,
        help_text="How many different answers, at most.",
    )
    temperature = StrictFloatField(
        required=False,
        allow_null=True,
        min_value=0.0,
        max_value=MAX_TEMPERATURE,
        help_text="Draw answers by chance; left out, or 0, takes the likeliest words.",
    )
    top_p = StrictFloatField(
        required=False,
        allow_null=True,
        min_value=0.0,
        max_value=1.0,
        help_text="Draw from the words that make this share; under 1 it draws, without a temperature too.",
    )
    seed = StrictIntegerField(
        required=False, allow_null=True, help_text="The same seed draws the same answers."
    )
    max_tokens = StrictIntegerField(
        required=False, allow_null=True, min_value=1, help_text="The longest answer that is written."
    )
    max_completion_tokens = StrictIntegerField(
        required=False, allow_null=True, min_value=1, help_text="The newer name of `max_tokens`."
    )
    stream = StrictBooleanField(
        required=False, allow_null=True, help_text="Server-Sent Events, a chunk each, ended by `[DONE]`."
    )
    stream_options = StreamOptionsSerializer(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_what_cannot_be_done(self.initial_data)
        asked = [message["content"] for message in attrs["messages"] if message["role"] == "user"]
        wrong = what_is_wrong_with(asked[-1] if asked else None)
        if wrong:
            raise serializers.ValidationError({"messages": wrong})
        return attrs


def what_is_wrong_with(question: str | None) -> str | None:
    if question is None:
        return "must hold a message of the role user"
    if not question:
        return "must ask something; the last message of the role user is blank"
    if len(question) > settings.MAX_MESSAGE_CHARACTERS:
        return f"must ask in at most {settings.MAX_MESSAGE_CHARACTERS} characters, in the user's last message"
    return None


def refuse_what_cannot_be_done(given: Any) -> None:
    for name, harmless in REFUSED.items():
        value = given.get(name)
        if value is not None and value not in harmless:
            raise serializers.ValidationError({name: "asks for what a bot cannot do. Leave it out"})


class ChatAnswerSerializer(serializers.Serializer[Any]):
    role = serializers.CharField(help_text="assistant.")
    content = serializers.CharField()
    refusal = serializers.CharField(allow_null=True, help_text="null.")


class ChatChoiceSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    message = ChatAnswerSerializer()
    logprobs = serializers.DictField(allow_null=True, help_text="null.")
    finish_reason = serializers.ChoiceField(
        choices=("stop", "length"), help_text="length: the limit of words ended a written answer."
    )


class ChatUsageSerializer(serializers.Serializer[Any]):
    prompt_tokens = serializers.IntegerField(
        help_text="Those of the question and of the earlier turns that the bot was handed."
    )
    completion_tokens = serializers.IntegerField(help_text="Those of all answers.")
    total_tokens = serializers.IntegerField()


class ChatCompletionReplySerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Feedback takes what follows `chatcmpl-`.")
    object = serializers.CharField(help_text="chat.completion.")
    created = serializers.IntegerField(help_text="Seconds since 1970.")
    model = serializers.CharField(help_text="The bot.")
    system_fingerprint = serializers.CharField(help_text="The trained model that answered.")
    choices = ChatChoiceSerializer(many=True)
    usage = ChatUsageSerializer()


class BotAsModelSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The bot's name.")
    object = serializers.CharField(help_text="model.")
    created = serializers.IntegerField(help_text="When its trained model was chosen, in seconds since 1970.")
    owned_by = serializers.CharField(help_text="deepqa3.")
    language = serializers.CharField(
        allow_null=True, help_text="Of all questions to the bot; null: found out for each."
    )


class BotsAsModelsSerializer(serializers.Serializer[Any]):
    object = serializers.CharField(help_text="list.")
    data = BotAsModelSerializer(many=True)  # type: ignore[assignment]  # Serializer has an attribute so called


class OpenAIErrorDetailSerializer(serializers.Serializer[Any]):
    message = serializers.CharField(help_text="What is wrong and what to do.")
    type = serializers.CharField(help_text="invalid_request_error, permission_error, requests, server_error.")
    param = serializers.CharField(allow_null=True, help_text="The field that it is about.")
    code = serializers.CharField(allow_null=True, help_text="The same for programs.")


class OpenAIErrorSerializer(serializers.Serializer[Any]):
    error = OpenAIErrorDetailSerializer()
