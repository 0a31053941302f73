import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from training.models import Bot, GateTrial
from training.services.bots import bot_activate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked_here")]


@pytest.fixture
def speakers(bot, make_speaker):
    """The default bot answers from `one`; `two` is another trained model."""
    one, two = make_speaker("one", Hello="Hi there"), make_speaker("two", Hello="Go away")
    bot_activate(bot=bot, trained_model=one)
    return one, two


def golden(*arguments):
    """Return the exit status and what was printed."""
    output = StringIO()
    try:
        call_command("golden", *arguments, stdout=output)
    except CommandError as error:
        return error.returncode, output.getvalue() or str(error)
    return 0, output.getvalue()


def test_each_golden_question_is_printed_with_its_outcome(speakers, make_golden):
    make_golden("Hello", "Hi there")
    make_golden("Hello!", must_occur="there", is_on=False)

    assert golden("default") == (0, "passed: Hello -> Hi there\none: 1 of 1 passed.\n")


def test_one_that_fails_makes_the_exit_status_1(speakers, make_golden):
    make_golden("Hello", "Hi there")

    status, said = golden("default", "--model", "two", "--json")

    assert status == 1
    assert json.loads(said) == {
        "bot": "default",
        "model": "two",
        "golden": [
            {
                "question": "Hello",
                "answer": "Go away",
                "passed": False,
                "objection": "is no acceptable answer",
            }
        ],
    }
    assert golden("default", "--model", "two")[1].startswith(
        "failed (is no acceptable answer): Hello -> Go away\n"
    )
    assert not GateTrial.objects.exists()


def test_without_golden_questions_nothing_fails(speakers):
    assert golden("default") == (0, "There are no golden questions.\n")


def test_who_does_not_exist_or_answer_is_a_wrong_argument(speakers, make_golden):
    Bot.objects.create(name="mute")
    statuses = [golden(*given)[0] for given in (["nobody"], ["default", "--model", "none"], ["mute"])]

    assert statuses == [2, 2, 2]


def test_a_trained_model_that_does_not_answer_says_so(speakers, make_golden):
    make_golden("Hello", "Hi there")
    (speakers[0].location / "manifest.json").write_text("{")

    status, said = golden("default")

    assert (status, said.startswith("one does not answer. ")) == (1, True)
