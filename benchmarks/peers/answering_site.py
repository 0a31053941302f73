"""A Django site with one endpoint, which answers in the way that the environment variable PEER names.

`constant` says the same whatever is asked: what Django REST framework and the web server take by themselves.
`eager` and `tf_function` decode greedily with TensorFlow in the view, DeepQA2's way: step by step, or as one
graph. `chatterbot` asks a ChatterBot that learned the statements of a file. Served by gunicorn with the
settings of ours but one: TensorFlow and spaCy gain nothing from forty threads, so there are sixteen.
"""

import os
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

PEER = os.environ["PEER"]
FOLDER = Path(os.environ["PEER_FOLDER"])

settings.configure(
    SECRET_KEY="of no account: this site keeps nothing",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework"],
    # It says how long a body is, so that the connection can be kept.
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
        "UNAUTHENTICATED_USER": None,
    },
    LOGGING_CONFIG=None,
)
django.setup()


def make_answering() -> Any:
    """Return the function from a question's text to its answer."""
    if PEER == "constant":
        return lambda text: "hello"
    if PEER == "chatterbot":
        from benchmarks.peers.chatterbot_answers import open_chatterbot

        return open_chatterbot(FOLDER)
    from benchmarks.peers.tensorflow_answers import open_network

    return open_network(FOLDER, eagerly=PEER == "eager")


answer = make_answering()
answer("What do you do in your free time?")


def make_view() -> Any:
    from rest_framework.request import Request
    from rest_framework.response import Response
    from rest_framework.views import APIView

    class QuestionView(APIView):
        def post(self, request: Request) -> Response:
            content: Any = request.data
            return Response({"rc": 0, "msg": answer(content["message"])})

    return QuestionView


urlpatterns = [path("api/v1/question", make_view().as_view())]
application = get_wsgi_application()
