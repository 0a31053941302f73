"""Addresses of the API and the chat page."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from api.bot_views import ActivateBotView, RollBackBotView
from api.chat_completion_views import BotAsModelView, BotsAsModelsView, ChatCompletionsView
from api.chat_page import chat
from api.views import FeedbackView, ModelsView, QuestionsView, QuestionView, healthz, readyz

urlpatterns = [
    path("", chat, name="chat"),
    path("login/", LoginView.as_view(template_name="api/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("api/v1/question", QuestionView.as_view(), name="question"),
    path("api/v1/questions", QuestionsView.as_view(), name="questions"),
    path("api/v1/feedback", FeedbackView.as_view(), name="feedback"),
    path("api/v1/models", ModelsView.as_view(), name="models"),
    path("api/v1/bots/<str:name>/activate", ActivateBotView.as_view(), name="activate_bot"),
    path("api/v1/bots/<str:name>/roll_back", RollBackBotView.as_view(), name="roll_back_bot"),
    path("v1/chat/completions", ChatCompletionsView.as_view(), name="chat_completions"),
    path("v1/models", BotsAsModelsView.as_view(), name="bots_as_models"),
    path("v1/models/<str:name>", BotAsModelView.as_view(), name="bot_as_model"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
]
