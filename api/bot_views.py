"""Bots over HTTP, for administrators: which trained model answers."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.asker import Asker
from api.bot_switching import bot_activate_by_name, bot_roll_back_by_name
from api.serializers import StrictCharField
from api.views import ERRORS, validated
from training.services.gate import LONGEST_NOTE

WHO = """\
For members of the staff with the permission to change bots; a key of theirs needs the scope `manage`.

The trained model is opened and asked in a process of its own first, which takes a second or more; where it
does not answer, the bot goes on as before and the error is 409. Requests on their way end with the trained
model that they began with. Within 2 seconds every process answers from the new one.
"""
GATE = """\
It must pass the bot's gate as well: no golden question may be lost and recall@1 not fall, as the bot's
rules say. Where it does not pass, the error is 409 with the reason; `override` says why it shall answer all
the same, and is kept in the gate trial.
"""


class MayChangeBots(BasePermission):
    message = "Only members of the staff who may change bots may do that."

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if user is None or not user.is_authenticated:
            return False
        if not (user.is_staff and user.has_perm("training.change_bot")):
            return False
        Asker.of(request).require("manage")
        return True


class ActivationSerializer(serializers.Serializer[Any]):
    model = StrictCharField(max_length=200, help_text="The trained model's name.")
    override = StrictCharField(
        max_length=LONGEST_NOTE,
        required=False,
        help_text="Why it shall answer also where it does not pass the bot's gate; kept with who said so.",
    )


class BotPointersSerializer(serializers.Serializer[Any]):
    rc = serializers.IntegerField(help_text="0.")
    bot = serializers.CharField()
    model = serializers.CharField(help_text="The trained model that answers now.")
    previous = serializers.CharField(allow_null=True, help_text="The one before, to roll back to.")


class ActivateBotView(APIView):
    permission_classes = [MayChangeBots]

    @extend_schema(
        operation_id="activate",
        summary="Let a bot answer from another trained model",
        description=f"{WHO}\n{GATE}",
        request=ActivationSerializer,
        responses={200: BotPointersSerializer, **ERRORS},
    )
    def post(self, request: Request, name: str) -> Response:
        wanted = {"override": "", **validated(ActivationSerializer, request)}
        return Response(bot_activate_by_name(name=name, asker=Asker.of(request), **wanted))


class RollBackBotView(APIView):
    permission_classes = [MayChangeBots]

    @extend_schema(
        operation_id="roll_back",
        summary="Let a bot answer from its trained model before this one",
        description=WHO,
        request=None,
        responses={200: BotPointersSerializer, **ERRORS},
    )
    def post(self, request: Request, name: str) -> Response:
        return Response(bot_roll_back_by_name(name=name, asker=Asker.of(request)))
