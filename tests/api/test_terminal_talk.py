"""Questions in a terminal: manage.py ask and manage.py chat."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from api import terminal_talk
from api.responders import loaded_for
from tests.answering.conftest import write_toy_bundle
from training.models import Bot, TrainedModel
from training.services.own_answers import own_answer_write

pytestmark = pytest.mark.django_db


def ask(*arguments):
    output = io.StringIO()
    call_command("ask", *arguments, stdout=output)
    return output.getvalue()


def refused(*arguments):
    with pytest.raises(CommandError) as raised:
        ask(*arguments)
    return raised.value.returncode, str(raised.value)


@pytest.fixture
def chat(monkeypatch):
    """Say lines, and return what was answered and what was complained about."""

    def talk(*lines, arguments=()):
        output, errors = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        call_command("chat", *arguments, stdout=output, stderr=errors)
        return output.getvalue().splitlines(), errors.getvalue().splitlines()

    return talk


# manage.py ask


def test_a_question_is_answered_without_a_server(active):
    assert ask("how are you") == "Hello Anna!\n"


def test_several_answers_are_numbered(active):
    assert ask("hello", "--answers", "2", "--beam-size", "4") == "1. Hello Anna!\n2. How are you\n"


def test_the_reply_can_be_had_as_json(active):
    reply = json.loads(ask("how are you", "--json", "--explain", "--temperature", "0.5", "--seed", "3"))

    assert (reply["rc"], reply["bot"], reply["model"]) == (0, "default", "toy")
    assert reply["explanation"][0]["words"] == ["how", "are", "you"]


def test_a_found_answer_says_where_it_was_found(active):
    first, *reasons = ask("Where do you live now", "--mode", "retrieve", "--explain").splitlines()

    assert first == "In a computer"
    assert reasons[0].startswith("    retrieved, similarity 0.")
    assert reasons[1] == "    in toy, where was asked: Where do you live?"


def test_a_written_answer_says_what_it_was_judged_by_and_which_words_are_unknown(active):
    assert ask("hello chromodynamics", "--explain").splitlines() == [
        "Hello Anna!",
        "    generated, log probability -2.14",
        "Unknown words: chromodynamics",
    ]


def test_a_question_that_is_cut_says_so(active):
    assert "Only the last part of the question was read" in ask("hello " * 50, "--explain")


def test_own_answers_and_the_bots_own_sentence_are_explained_too(active):
    own_answer_write(bot=active, question="Where is the office?", answer="In Berlin.", created_by_id=None)

    assert ask("Where is the office?", "--explain").splitlines()[:2] == [
        "In Berlin.",
        "    own, confidence 1.00, similarity 1.00",
    ]
    told = ask("Quantum", "--mode", "retrieve", "--explain").splitlines()
    assert told[:2] == [active.fallback, "    what the bot says where it has no answer"]


def test_words_that_an_answer_depends_on_are_told():
    answer = {"text": "Yes", "source": "generated", "confidence": 0.5}
    reason = {"scores": {}, "falls": [0.1, 2.0, -1.0], "words": ["do", "you", "love"]}

    told = list(terminal_talk.reason_lines(answer, reason, False))

    assert told == ["generated, confidence 0.50", "it depends most on: you (2.00), do (0.10)"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([""], "message: must not be blank"),
        (["a\udcff"], "message: must be whole Unicode"),
        (["hello", "--bot", "nobody"], "bot: there is none called nobody"),
        (["hello", "--model", "none"], "model: there is no trained model called none"),
        (["hello", "--answers", "11"], "answers: must be at most 10"),
        (["hello", "--temperature", "nan"], "temperature: must be a number"),
        (["hello", "--temperature", "inf"], "temperature: must be at most 2.0"),
        (["hello", "--seed", "-1"], "seed: must be at least 0"),
    ],
)
def test_a_wrong_argument_has_status_2(active, arguments, complaint):
    status, said = refused(*arguments)

    assert status == 2
    assert complaint in said


def test_where_nothing_can_answer_the_status_is_1(bot):
    status, said = refused("hello")

    assert (status, said.startswith("This bot has no trained model yet.")) == (1, True)


def test_a_runtime_that_fails_is_a_sentence_too(active, monkeypatch):
    def fail(_):
        raise RuntimeError("the network has the wrong shape")

    monkeypatch.setattr(loaded_for("default").responder, "answer", fail)

    assert refused("hello") == (1, "Something went wrong: RuntimeError: the network has the wrong shape")


def test_what_steers_a_terminal_is_left_out(active):
    own_answer_write(bot=active, question="hello", answer="a\x1b[2Jb\nc", created_by_id=None)

    assert ask("hello") == "a[2Jb\nc\n"


# manage.py chat


def test_a_conversation_goes_on_until_the_end_of_its_input(active, chat):
    assert chat("hello", "", "  how are you ") == (["Hello Anna!", "Hello Anna!"], [])


def test_what_was_said_before_goes_with_a_question_until_a_new_conversation(active, chat, monkeypatch):
    responder, asked = loaded_for("default").responder, []
    answer = responder.answer
    # What was asked before is known; here it is found each time.
    monkeypatch.setattr(responder, "known", lambda question: None)
    monkeypatch.setattr(
        responder, "answer", lambda question: asked.append(question.earlier) or answer(question)
    )

    chat("hello", "how are you", "/new", "hello", "/bot default", "hello")

    assert asked == [(), ("hello", "Hello Anna!"), (), ()]


def test_commands_change_what_is_answered(active, chat, data_directory):
    write_toy_bundle(data_directory / "save" / "other" / "bundle", mode="retrieve")
    TrainedModel.objects.create(name="other", architecture="toy", directory="save/other/bundle")

    said, wrong = chat(
        "/answers 2",
        "hello",
        "/answers 1",
        "/explain",
        "hello",
        "/explain",
        "/model other",
        "Where do you live",
        "/model",
        "Where do you live",
        "/quit",
        "hello",
    )

    assert wrong == []
    assert said == [
        "Up to 2 answers from now on.",
        "1. Hello Anna!",
        "2. How are you",
        "One answer from now on.",
        "Answers are explained from now on.",
        "Hello Anna!",
        "    generated, log probability -2.14",
        "No more explanations.",
        "Trained model other answers now.",
        "In a computer",
        "Bot default answers as it does.",
        "Hello Anna!",
    ]


def test_another_bot_can_be_asked(active, chat):
    Bot.objects.create(name="support", fallback="No idea.")

    said, wrong = chat("/bot support", "hello", arguments=["--bot", "default"])

    assert said == ["Bot support answers now, in a new conversation."]
    assert wrong[0].startswith("This bot has no trained model yet.")


def test_help_lists_every_command(active, chat):
    said, _ = chat("/help")

    assert [line.split()[0] for line in said] == list(terminal_talk.COMMANDS)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("/dance", "There is no command /dance. /help lists those there are."),
        ("/answers", "/answers must be followed by a number from 1 to 10."),
        ("/answers many", "/answers must be followed by a number from 1 to 10."),
        ("/answers 11", "/answers must be followed by a number from 1 to 10."),
        ("/model none", "model: there is no trained model called none."),
        ("/bot nobody", "/bot must be followed by the name of a bot: default."),
        ("a\0b", "message: must not hold NUL characters"),
    ],
)
def test_each_mistake_is_a_sentence_and_the_conversation_goes_on(active, chat, line, complaint):
    assert chat(line, "hello") == (["Hello Anna!"], [complaint])


@pytest.mark.parametrize("arguments", [["--bot", "nobody"], ["--model", "none"]])
def test_who_does_not_exist_cannot_be_talked_to(active, chat, arguments):
    with pytest.raises(CommandError) as raised:
        chat("hello", arguments=arguments)

    assert raised.value.returncode == 2


def test_ctrl_c_ends_a_conversation_as_ctrl_d_does(active, chat, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupt)

    assert chat() == ([""], [])
