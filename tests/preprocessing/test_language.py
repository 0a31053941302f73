import pytest

from preprocessing.errors import SettingsError
from preprocessing.language import detect_language, is_foreign, language_shares, require_languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hello", "en"),
        ("ok", "en"),
        ("你好", "zh"),
        ("我买了一台新的 iPad", "zh"),
        ("What does 你好 mean when you say it", "en"),
    ],
)
def test_the_script_decides(text, language):
    assert detect_language(text) == language


def test_without_letters_something_is_said_all_the_same():
    assert detect_language("!!! 123") in ("en", "zh")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Bonjour, comment allez-vous aujourd'hui ? Très bien, merci beaucoup.", True),
        ("Wo ist denn hier bitte der Bahnhof? Gleich um die Ecke.", True),
        ("Привет", True),
        ("こんにちは、元気ですか", True),
        ("안녕하세요", True),
        ("Where is the station please? Just around the corner over there.", False),
        ("ok, salut", False),
        ("我买了一台新的 iPad", False),
        ("!!! 123", False),
    ],
)
def test_a_foreign_text_is_told_where_that_is_sure(text, is_one):
    assert is_foreign(text, ("en", "zh")) is is_one


def test_the_languages_that_are_wanted_are_not_foreign():
    assert not is_foreign("Wo ist denn hier bitte der Bahnhof? Gleich um die Ecke.", ("de",))
    assert not is_foreign("Я не знаю, где находится вокзал", ("ru",))
    assert is_foreign("你好吗？我很好。", ("en",))


@pytest.mark.parametrize("codes", [(), ("xx",), ("english",), ("EN",), ("",)])
def test_codes_that_are_none_are_refused(codes):
    with pytest.raises(SettingsError, match=r"Received"):
        require_languages(codes)


def test_shares_add_up_largest_first():
    assert language_shares(["a", "b", "好"]) == {"en": 0.6667, "zh": 0.3333}


@pytest.mark.slow
def test_turns_of_real_conversations_are_told_apart(research_data):
    import json

    english = (research_data / "dailydialog" / "dialogues_validation.txt").read_text(encoding="utf-8")
    turns = [(turn, "en") for turn in english.split("__eou__") if turn.strip()][:5000]
    dialogues = json.loads((research_data / "lccc" / "LCCC-base_valid.json").read_text(encoding="utf-8"))
    turns += [(turn.replace(" ", ""), "zh") for dialogue in dialogues for turn in dialogue][:5000]

    right = sum(detect_language(text) == language for text, language in turns)

    assert right / len(turns) >= 0.99
