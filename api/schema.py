"""What the OpenAPI schema does not find out by itself: ways to say who asks, and what makes a field right."""

from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema

# Python counts more as white space than JavaScript, whose patterns a schema holds.
NOT_BLANK = r"[^\s\x1c-\x1f\x85]"


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its base has no types
    target_class = "api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key."}


class BasicScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # as above
    target_class = "api.authentication.RememberedBasicAuthentication"
    name = "basic"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "basic"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # as above
    target_class = "api.authentication.JsonSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class OperationSchema(AutoSchema):
    """Says of every body that it must be there, also where none of its fields must."""

    def _get_request_body(self, direction: Any = "request") -> dict[str, Any] | None:
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]  # as above
        return {**body, "required": True} if body else None


class StrictTextSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # as above
    """Says of texts that white space alone is none."""

    target_class = "api.serializers.StrictCharField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        has_pattern = any(isinstance(each, RegexValidator) for each in self.target.validators)
        return schema if has_pattern else {**schema, "pattern": NOT_BLANK}


class EitherFieldSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # as above
    """Says that one of some fields must be there, where each alone need not."""

    needed: tuple[str, ...] = ()

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "anyOf": [{"required": [name]} for name in self.needed]}


class QuestionSchema(EitherFieldSchema):  # type: ignore[no-untyped-call]  # as above
    target_class = "api.serializers.QuestionSerializer"
    needed = ("message", "question")


class FeedbackSchema(EitherFieldSchema):  # type: ignore[no-untyped-call]  # as above
    target_class = "api.serializers.FeedbackSerializer"
    needed = ("rating", "better")
