import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers, none, text

from answering.bundle import checksum
from answering.errors import BundleError, ModeError
from answering.question import EchoResponder, Question
from answering.reading import number_seen
from answering.responder import Responder
from tests.answering.conftest import EXCHANGES, write_toy_bundle


@pytest.fixture
def responder(bundle_directory):
    return Responder.open(bundle_directory)


TEXTS = ("hello", "How are you?", "who is Zanzibar", "你好吗", "x" * 300)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """One responder for many examples."""
    return Responder.open(write_toy_bundle(tmp_path_factory.mktemp("opened") / "bundle"))


def texts(reply):
    return [answer.text for answer in reply.answers]


def test_a_generated_answer_reads_as_people_write_it(responder):
    reply = responder.answer(Question(text="how are you"))

    assert texts(reply) == ["Hello Anna!"]
    assert reply.answers[0].source == "generated"
    assert -5 < reply.answers[0].score < 0
    assert (reply.language, reply.fallback, reply.truncated, reply.unknown_words) == ("en", False, False, [])


def test_several_answers_differ(responder):
    assert texts(responder.answer(Question(text="hello", answers=2))) == ["Hello Anna!", "How are you"]
    assert texts(responder.answer(Question(text="hello", beam_size=5))) == ["Hello Anna!"]


def test_words_that_the_vocabulary_lacks_are_reported_as_written(responder):
    reply = responder.answer(Question(text="Hello Zanzibar, Zanzibar! 42"))

    assert reply.unknown_words == ["Zanzibar", "42"]
    assert "<unknown>" not in texts(reply)[0]


def test_a_long_question_is_answered_from_its_last_part(responder):
    assert responder.answer(Question(text="hello " * 7)).truncated
    assert not responder.answer(Question(text="hello " * 6)).truncated


@pytest.mark.parametrize("text", ["\u200b", "\u202e", "<u></u>"])
def test_a_question_with_nothing_to_read_has_no_answer(responder, text):
    reply = responder.answer(Question(text=text))

    assert (reply.answers, reply.fallback) == ([], True)


@pytest.mark.parametrize("text", ["?!", "😀", "שלום", "x" * 5000, "a " * 10_000, "你好" * 500])
def test_any_text_gets_an_answer(responder, text):
    assert texts(responder.answer(Question(text=text)))[0]


def test_the_precision_in_the_manifest_is_the_one_that_serves(tmp_path):
    directory = write_toy_bundle(tmp_path / "int8", precision="int8")

    reply = Responder.open(directory).answer(Question(text="hello", answers=2))

    assert texts(reply) == ["Hello Anna!", "How are you"]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Hello", "Hi there"),
        ("hello!!", "Hi there"),
        ("how are yuo", "Fine,\nthank you."),
        ("WHAT IS THE CAPITAL OF JORDAN", "Amman"),
        ("what is the captal of jordan?", "Amman"),
        ("你好吗？", "我很好"),
    ],
)
def test_the_closest_question_is_found_also_when_typed_carelessly(responder, asked, answer):
    reply = responder.answer(Question(text=asked, mode="retrieve"))

    assert texts(reply) == [answer]
    assert (reply.answers[0].source, reply.answers[0].score) == ("retrieved", None)


def test_several_retrieved_answers_differ(responder):
    assert texts(responder.answer(Question(text="Hello", mode="retrieve", answers=3))) == [
        "Hi there",
        "Good day",
    ]


@pytest.mark.parametrize("asked", ["Quantum chromodynamics explained", "zzz", "?", "\u200b"])
def test_far_from_everything_there_is_no_answer(responder, asked):
    assert responder.answer(Question(text=asked, mode="retrieve")).fallback


def test_the_bundles_own_mode_is_the_default(tmp_path):
    directory = write_toy_bundle(tmp_path / "b", mode="retrieve")

    assert texts(Responder.open(directory).answer(Question(text="Where do you live"))) == ["In a computer"]


@pytest.mark.parametrize("mode", ["generate", "hybrid"])
def test_a_mode_without_its_part_is_refused(bundle_directory, mode):
    responder = Responder.open(bundle_directory)
    manifest = responder.bundle.manifest
    responder.bundle.manifest = replace(manifest, parts=manifest.parts[1:])

    with pytest.raises(ModeError, match=f"cannot {mode}"):
        responder.answer(Question(text="hello", mode=mode))


def test_the_same_question_gets_the_same_answer(responder):
    replies = [responder.answer(Question(text="hello there", answers=3)) for _ in range(3)]

    assert replies[0] == replies[1] == replies[2]


def test_original_answers_come_back_byte_for_byte(tmp_path):
    original = "  tabs\tand \r\n breaks, “quotes” & <tags>  "
    directory = write_toy_bundle(tmp_path / "b", exchanges=[*EXCHANGES, ("say it as it is", original)])

    assert texts(Responder.open(directory).answer(Question(text="say it as it is", mode="retrieve"))) == [
        original
    ]


def rewrite(directory, name, alter):
    """Change a file of the generator and state its new checksum, as a damaged export would."""
    path = directory / "generator" / name
    alter(path)
    manifest = json.loads((directory / "manifest.json").read_text())
    record = {"sha256": checksum(path), "bytes": path.stat().st_size}
    manifest["parts"][0]["files"][name] = record
    (directory / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("name", "alter", "complaint"),
    [
        (
            "vocabulary.txt",
            lambda path: path.write_text("<pad>\n<go>\n<eos>\n<unknown>\nhi\n"),
            "must score 5 tokens",
        ),
        ("vocabulary.txt", lambda path: path.write_text("hello\n"), "generator part must be whole"),
        ("surface_forms.json", lambda path: path.write_text("[1]"), "generator part must be whole"),
        ("surface_forms.json", lambda path: path.write_text("{"), "generator part must be whole"),
        (
            "encoder.onnx",
            lambda path: path.write_bytes((path.parent / "decoder.onnx").read_bytes()),
            "networks must answer a question",
        ),
    ],
)
def test_a_generator_whose_files_do_not_fit_is_refused_before_it_answers(
    bundle_directory, name, alter, complaint
):
    rewrite(bundle_directory, name, alter)

    with pytest.raises(BundleError, match=complaint):
        Responder.open(bundle_directory)


@pytest.mark.parametrize(
    ("part", "odd", "complaint"),
    [
        (0, {"precision": "int4"}, "precision must be one of float32, int8. Received int4"),
        (1, {"least_similarity": "near"}, "least similarity must be a number from 0 to 1. Received 'near'"),
        (1, {"least_similarity": float("nan")}, "least similarity must be a number"),
    ],
)
def test_settings_that_make_no_sense_are_refused(bundle_directory, part, odd, complaint):
    path = bundle_directory / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["parts"][part]["settings"].update(odd)
    path.write_text(json.dumps(manifest))

    with pytest.raises(BundleError, match=complaint):
        Responder.open(bundle_directory)


@pytest.mark.parametrize(
    ("sentences", "max_length", "kept"),
    [
        ("a b . c d . e f .", 9, 9),
        ("a b . c d . e f .", 6, 6),
        ("a b . c d . e f .", 5, 3),
        ("a b c d e f", 4, 4),
    ],
)
def test_of_a_long_question_the_last_sentences_that_fit_are_kept(sentences, max_length, kept):
    ends = [token == "." for token in sentences.split()]

    assert number_seen(ends, max_length) == kept


@given(text=text(max_size=200), answers=integers(1, 4), beam_size=none() | integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_whatever_is_asked_the_answers_can_be_read_and_differ(opened, text, answers, beam_size):
    reply = opened.answer(Question(text=text, mode="generate", answers=answers, beam_size=beam_size))

    found = texts(reply)
    assert len(set(found)) == len(found) <= answers
    assert all(answer.strip() and "<" not in answer for answer in found)
    assert all(answer.score <= 0 for answer in reply.answers)


def test_answers_do_not_depend_on_who_else_asks(opened):
    questions = [
        Question(text=text, mode=mode, answers=2) for text in TEXTS for mode in ("generate", "retrieve")
    ]
    alone = [opened.answer(question) for question in questions]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(opened.answer, questions * 5))

    assert together == alone * 5


def test_warming_up_asks_every_part(responder, monkeypatch):
    asked = []
    monkeypatch.setattr(responder, "answer", lambda question: asked.append(question.mode))

    responder.warm_up()

    assert asked == ["generate", "retrieve"]


def test_nothing_in_a_bundle_is_a_pickle(bundle_directory):
    for path in bundle_directory.rglob("*"):
        if path.is_file():
            assert not path.read_bytes().startswith(b"\x80"), path
    json.loads((bundle_directory / "manifest.json").read_text())


def test_the_echo_responder_has_the_real_interface():
    assert texts(EchoResponder().answer(Question(text=" hi "))) == ["hi"]
    assert EchoResponder().answer(Question(text=" ")).fallback


def test_a_question_asked_again_is_answered_from_the_cache_of_that_model(responder):
    first = responder.answer(Question(text="hello"))

    assert responder.answer(Question(text="hello")) is first
    assert responder.answer(Question(text="hello", beam_size=3)) is not first
