"""Several bots on one installation: each with its own model, sentence, threshold, answers, language."""

import json

import pytest
from rest_framework.test import APIClient

from api.conversation_log import conversation_log
from tests.answering.conftest import write_toy_bundle
from training.models import Bot, OwnAnswer, TrainedModel, UnansweredQuestion
from training.services.bots import bot_activate

pytestmark = pytest.mark.django_db
QUESTION = "Where do you live?"


@pytest.fixture
def support(active, data_directory):
    """A second bot, beside the default one, which finds answers instead of writing them."""
    write_toy_bundle(data_directory / "save" / "found" / "bundle", mode="retrieve")
    found = TrainedModel.objects.create(name="found", architecture="toy", directory="save/found/bundle")
    made = Bot.objects.create(name="support", fallback="Ask my colleagues.", threshold=0.9)
    bot_activate(bot=made, trained_model=found)
    return made


def test_each_answers_from_its_own_trained_model_with_its_own_sentence(support, ask):
    assert ask({"message": "hello"}).json()["model"] == "toy"
    assert ask({"message": "hello", "bot": "support"}).json()["model"] == "found"

    unknown = {"message": "xyzzy plugh", "mode": "retrieve"}
    assert ask(unknown).json()["msg"] == "I do not know what to say to that."
    assert ask({**unknown, "bot": "support"}).json()["msg"] == "Ask my colleagues."


def test_what_one_learns_the_other_does_not_know(support, ask, post):
    asked = ask({"message": QUESTION}).json()
    better = {"id": asked["id"], "question": QUESTION, "better": "In Berlin."}

    assert post("feedback", {**better, "bot": "support"}).status_code == 400
    assert post("feedback", better).status_code == 200

    assert ask({"message": QUESTION}).json()["msg"] == "In Berlin."
    others = ask({"message": QUESTION, "bot": "support", "answers": 10}).json()
    assert "In Berlin." not in [answer["text"] for answer in others["answers"]]
    assert "own" not in [answer["source"] for answer in others["answers"] if not others["fallback"]]


def test_both_may_answer_the_same_question_in_their_own_way(support, active, ask):
    for bot, answer in ((active, "In Berlin."), (support, "Bridge Street 5.")):
        OwnAnswer.objects.create(bot=bot, questions=QUESTION, answer=answer)
    Bot.objects.update(own_answers_version=1)

    assert ask({"message": QUESTION}).json()["msg"] == "In Berlin."
    assert ask({"message": QUESTION, "bot": "support"}).json()["msg"] == "Bridge Street 5."


def test_what_one_could_not_answer_is_not_on_the_others_list(support, ask):
    ask({"message": "xyzzy plugh", "bot": "support"})
    conversation_log.write_waiting()

    assert [row.bot.name for row in UnansweredQuestion.objects.all()] == ["support"]


# Language


@pytest.mark.parametrize(("text", "found"), [("hello", "en"), ("你好", "zh"), ("???", "en")])
def test_the_language_is_the_bots_where_it_has_one_else_the_questions(active, ask, text, found):
    assert ask({"message": text}).json()["language"] == found

    Bot.objects.update(language="de")

    assert ask({"message": text}).json()["language"] == "de"


def test_own_answers_streams_and_fallbacks_have_it_too(active, ask):
    Bot.objects.update(language="de", own_answers_version=1)
    OwnAnswer.objects.create(bot=active, questions="Hallo", answer="Moin!")

    assert ask({"message": "Hallo"}).json()["language"] == "de"
    assert ask({"message": "xyzzy plugh", "mode": "retrieve"}).json()["language"] == "de"
    for text in ("Hallo", "Wie geht es dir?"):
        streamed = b"".join(ask({"message": text, "stream": True}).streaming_content).decode()
        assert json.loads(streamed.rpartition("event: answer\ndata: ")[2])["language"] == "de"


def test_nothing_is_found_out_where_it_is_known(active, ask, monkeypatch):
    ask({"message": "hello"})
    Bot.objects.update(language="zh")
    monkeypatch.setattr("answering.question.detect_language", lambda *_: 1 / 0)

    assert ask({"message": "???"}).json()["language"] == "zh"


def test_what_is_asked_is_cut_alike_whatever_the_language(active, ask):
    """Scripts decide how text is cut (docs/decisions/0003): a bot's language cuts nothing otherwise."""
    asked = {"message": "hello 我用 Python 写代码 anna"}
    before = ask(asked).json()
    Bot.objects.update(language="zh")
    after = ask(asked).json()

    assert before["unknown_words"] == after["unknown_words"]
    assert "代码" in before["unknown_words"]


def test_the_list_of_bots_tells_their_languages(support, client):
    Bot.objects.filter(name="support").update(language="zh")

    listed = client.get("/v1/models").json()["data"]

    assert {bot["id"]: bot["language"] for bot in listed} == {"default": None, "support": "zh"}
    assert client.get("/v1/models/support").json()["language"] == "zh"


def test_an_operator_chooses_the_language_of_a_bot(active, django_user_model):
    operator = APIClient()
    operator.force_login(django_user_model.objects.create_superuser("root", password="x"))
    page = f"/admin/training/bot/{active.pk}/change/"
    filled = {"fallback": "Pardon?", "threshold": "0", "log_days": "7"}
    assert "Language of all questions to this bot" in operator.get(page).content.decode()

    refused = operator.post(page, {**filled, "language": "german"})
    assert "must be a known code of ISO 639-1" in refused.content.decode()

    for language in ("de", ""):
        assert operator.post(page, {**filled, "language": language}).status_code == 302
        active.refresh_from_db()
        assert active.language == language
