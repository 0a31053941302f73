"""What becomes of questions while a trained model fails: its runtime raises, its bundle disappears."""

import json
import shutil

import pytest

from api import responders
from api.admission import AT_ONCE
from api.responders import loaded_for
from tests.api.conftest import URL
from training.models import Bot, TrainedModel
from training.services.own_answers import own_answer_write

pytestmark = pytest.mark.django_db
COMPLETIONS = "/v1/chat/completions"
HELLO = {"model": "default", "messages": [{"role": "user", "content": "hello"}]}
EVERY_WAY = pytest.mark.parametrize(
    ("address", "content"),
    [
        (URL, {"message": "hello"}),
        (URL, {"message": "hello", "stream": True}),
        (URL, {"message": "hello", "answers": 3, "temperature": 1.0}),
        (COMPLETIONS, HELLO),
        (COMPLETIONS, {**HELLO, "stream": True}),
    ],
)


class FailingSession:
    """An ONNX session that works so many times and then raises."""

    def __init__(self, session, times):
        self.session, self.times = session, times

    def run(self, *arguments):
        if self.times == 0:
            raise RuntimeError("secret: /srv/models has a broken node")
        self.times -= 1
        return self.session.run(*arguments)

    def __getattr__(self, name):
        return getattr(self.session, name)


@pytest.fixture
def failing(active):
    """Return two functions: the first lets the network fail after so many steps, the second mends it."""
    runtime = loaded_for("default").responder.generator.runtime
    whole = runtime.decoder

    def fail(times=0):
        runtime.decoder = FailingSession(whole, times)

    def mend():
        runtime.decoder = whole

    return fail, mend


@pytest.fixture
def bundle(active, trained_model):
    return trained_model.location


# The runtime raises


@EVERY_WAY
def test_a_runtime_that_raises_is_an_error_without_its_secrets_and_what_comes_next_is_answered(
    failing, client, address, content
):
    fail, mend = failing
    fail()

    response = client.post(address, content, format="json", headers={"X-Request-ID": "r-1"})

    assert response.status_code == 500
    said = response.json()
    sentence = "Something went wrong; request r-1."
    if address == URL:
        assert said == {"rc": 1, "errmsg": sentence, "code": "error"}
    else:
        error = {"message": sentence, "type": "server_error", "param": None, "code": None}
        assert said == {"error": error}

    mend()
    assert client.post(address, content, format="json").status_code == 200


def test_one_that_raises_in_the_middle_ends_the_stream_with_an_error(failing, ask):
    fail, _ = failing
    fail(times=1)

    response, blocks = ask({"message": "hello", "stream": True}), []
    # Raised on, for the server's log.
    with pytest.raises(RuntimeError, match="secret"):
        blocks.extend(block.decode() for block in response.streaming_content)

    assert blocks[:-1] == ['event: token\ndata: {"text": "Hello"}\n\n']
    assert blocks[-1].startswith('event: error\ndata: {"rc": 1, "errmsg": "Something went wrong')
    assert "secret" not in blocks[-1]


def test_of_many_questions_only_those_that_the_runtime_raises_at_have_an_error(failing, post, caplog):
    fail, _ = failing
    fail()
    questions = [{"message": "hello"}, {"message": "Where do you live", "mode": "retrieve"}, {"message": ""}]

    response = post("questions", {"questions": questions}, **{"X-Request-ID": "r-2"})

    assert response.status_code == 200
    raised, found, blank = response.json()["results"]
    assert raised == {"rc": 1, "errmsg": "Something went wrong; request r-2.", "code": "error"}
    assert (found["msg"], blank["code"]) == ("In a computer", "invalid")
    assert "Request r-2 failed" in caplog.text


def test_what_raises_keeps_nobody_elses_turn(failing, ask):
    fail, mend = failing
    fail()
    for _ in range(2 * AT_ONCE + 1):
        for stream in (False, True):
            assert ask({"message": "hello", "stream": stream}).status_code == 500
    mend()

    assert ask({"message": "hello"}).json()["msg"] == "Hello Anna!"


def test_what_needs_no_network_is_answered_while_it_raises(failing, active, ask):
    fail, _ = failing
    fail()
    own_answer_write(bot=active, question="Who are you?", answer="I am Anna.")

    assert ask({"message": "who are you"}).json()["msg"] == "I am Anna."
    assert ask({"message": "Where do you live", "mode": "retrieve"}).json()["msg"] == "In a computer"


# The bundle disappears from disk


def test_what_is_loaded_answers_in_every_mode_after_its_bundle_disappeared(bundle, ask):
    assert ask({"message": "hello"}).status_code == 200
    shutil.rmtree(bundle)

    for mode in ("generate", "retrieve", "hybrid"):
        content = ask({"message": "Where do you live?", "mode": mode, "answers": 2, "explain": True}).json()
        assert (content["rc"], content["model"]) == (0, "toy")
        assert content["explanation"][0].keys() & {"exchange", "falls"}
    responders._keepers["default"].look()
    assert ask({"message": "How are you?"}).json()["msg"] == "Hello Anna!"


@pytest.mark.parametrize("missing", ["", "manifest.json", "generator/decoder.onnx", "retriever/turn.npy"])
def test_a_process_that_starts_without_it_says_so_until_it_is_back(bundle, ask, client, tmp_path, missing):
    (bundle / missing).rename(tmp_path / "kept")

    response = ask({"message": "hello"})
    ready = client.get("/readyz")

    assert (response.status_code, response.json()["code"]) == (503, "no_model")
    assert response.json()["errmsg"].startswith("The trained model toy cannot be loaded")
    assert int(response.headers["Retry-After"]) > 0
    assert ready.status_code == 503
    assert ready.json()["checks"]["model"] == "the active trained model cannot be loaded"
    (tmp_path / "kept").rename(bundle / missing)
    responders.forget_all()
    assert ask({"message": "hello"}).json()["msg"] == "Hello Anna!"


def test_one_that_is_gone_cannot_be_asked_by_name_and_the_bot_goes_on(active, ask):
    TrainedModel.objects.create(name="gone", architecture="toy", directory="save/gone/bundle")

    response = ask({"message": "hello", "model": "gone"})

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert response.json()["errmsg"].startswith("model: gone cannot answer. ")
    assert ask({"message": "hello"}).json()["model"] == "toy"


def test_a_bot_whose_bundle_is_gone_leaves_the_others_alone(active, ask):
    gone = TrainedModel.objects.create(name="gone", architecture="toy", directory="save/gone/bundle")
    Bot.objects.create(name="support", active=gone)

    asked = [json.dumps({"message": "hello", "bot": name}) for name in ("support", "default")]

    assert [ask(content).status_code for content in asked] == [503, 200]
