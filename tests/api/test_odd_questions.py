"""Questions that nobody trained for: very long ones, other languages and scripts, emoji, only marks."""

import json

import pytest

from tests.answering.conftest import EXCHANGES, write_toy_bundle
from training.models import TrainedModel
from training.services.bots import bot_activate
from training.services.own_answers import own_answer_write

pytestmark = pytest.mark.django_db
ARABIC = ("متى تفتحون؟", "من التاسعة صباحًا حتى الخامسة.")
HEBREW = ("מתי אתם פותחים?", "בתשע, מיום ראשון עד חמישי.")
# Right-to-left text that was set by marks, with digits and Latin within.
MIXED = ("ما هو Wi-Fi؟", "\u202bالشبكة: guest-42\u202c")
MODES = ("generate", "retrieve", "hybrid")
ODD = {
    "Amharic": "ሰላም ፣ እንዴት ነህ?",
    "Arabic": "كيف حالك اليوم؟",
    "Hebrew between marks": "\u202eשלום עולם\u202c",
    "Thai": "คุณสบายดีไหม",
    "Hindi": "आप कैसे हैं?",
    "Klingon's own letters": "\uf8e4\uf8d7\uf8dc",
    "emoji": "😀👍🏽👩‍👩‍👧‍👦🇨🇭",
    "marks": "?!... --- ;;; \u00bf\u00a1 「」，。",
    "combining marks": "e\u0301" + "\u0301" * 200,
    "nothing to see": "\u200b\u200d\ufeff",
    "control characters": "\x01\x1b[31m\x7f\x85",
    "mathematics": "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋",
    "one long word": "a" * 10_000,
    "unassigned": "\u0378\U000e01ef\U0010ffff",
    "a line a word": "hello\nanna\r\n\u2028you",
}


def asked_every_way(client, text, **fields):
    """Return the texts of the answers, by the address and the form in which they were asked for."""
    question = {"message": text, **fields}
    completion = {"model": "default", "messages": [{"role": "user", "content": text}]}
    single = client.post("/api/v1/question", question, format="json")
    several = client.post("/api/v1/questions", {"questions": [question]}, format="json")
    stream = client.post("/api/v1/question", {**question, "stream": True}, format="json")
    complete = client.post("/v1/chat/completions", completion, format="json")
    assert [r.status_code for r in (single, several, stream, complete)] == [200] * 4, single.content
    events = b"".join(stream.streaming_content).decode().strip().split("\n\n")
    *told, whole = [json.loads(event.partition("data: ")[2]) for event in events]
    return {
        "alone": single.json()["msg"],
        "among others": several.json()["results"][0]["msg"],
        "in pieces": "".join(piece["text"] for piece in told),
        "streamed": whole["msg"],
        "completed": complete.json()["choices"][0]["message"]["content"],
    }


@pytest.fixture
def multilingual(bot, data_directory):
    exchanges = [*EXCHANGES, ARABIC, HEBREW, MIXED]
    write_toy_bundle(data_directory / "save" / "many" / "bundle", exchanges=exchanges, mode="retrieve")
    many = TrainedModel.objects.create(name="many", architecture="toy", directory="save/many/bundle")
    bot_activate(bot=bot, trained_model=many)
    return bot


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_whatever_is_asked_has_an_answer_or_the_bots_own_sentence(active, client, text, mode):
    said = asked_every_way(client, text, mode=mode)

    # The network's answer, the only one that is found to any of them, and the bot's own sentence.
    assert set(said.values()) <= {"Hello Anna!", "Hi there", active.fallback}
    # It takes no mode.
    del said["completed"]
    assert len(set(said.values())) == 1, said


@pytest.mark.parametrize("text", [ODD["emoji"], ODD["nothing to see"], ODD["marks"]], ids=["😀", "", "?!"])
def test_what_holds_no_word_names_none_as_unknown(active, ask, text):
    content = ask({"message": text, "mode": "retrieve"}).json()

    assert (content["msg"], content["fallback"]) == (active.fallback, True)
    assert content["unknown_words"] == []


@pytest.mark.parametrize(("question", "answer"), [ARABIC, HEBREW, MIXED], ids=["Arabic", "Hebrew", "mixed"])
def test_right_to_left_text_comes_back_letter_by_letter(multilingual, client, question, answer):
    said = asked_every_way(client, question)

    assert set(said.values()) == {answer}


def test_so_does_an_own_answer_and_the_reason_of_a_found_one(multilingual, client, ask):
    own_answer_write(bot=multilingual, question=HEBREW[0], answer=ARABIC[1])
    multilingual.refresh_from_db()

    assert set(asked_every_way(client, HEBREW[0]).values()) == {ARABIC[1]}
    [reason] = ask({"message": ARABIC[0], "explain": True}).json()["explanation"]
    assert reason["exchange"]["question"] == ARABIC[0]


@pytest.mark.parametrize("word", ["a ", "你们几点开门", "ab😀", "? "])
def test_of_ten_thousand_letters_the_last_part_is_read(active, client, ask, word):
    text = word * (10_000 // len(word))

    assert set(asked_every_way(client, text).values()) <= {"Hello Anna!", active.fallback}
    content = ask(json.dumps({"message": text}, ensure_ascii=False).encode()).json()
    assert (content["rc"], content["truncated"]) == (0, True)


@pytest.mark.parametrize(("word", "status"), [("a ", 400), ("hello ", 400), ("你好吗 ", 413)])
def test_ten_thousand_words_are_too_many_and_the_answer_says_how_many_are_not(active, ask, word, status):
    response = ask(json.dumps({"message": word * 10_000}, ensure_ascii=False).encode())

    said = {400: "message: must have at most 10000 characters", 413: "body: must have at most 65,536 bytes"}
    assert (response.status_code, response.json()["errmsg"][: len(said[status])]) == (status, said[status])
