"""The project itself, so that its commands are found."""

from django.apps import AppConfig


class ChatbotConfig(AppConfig):
    name = "chatbot"
