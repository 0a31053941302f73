import pytest

from preprocessing.language import detect_language, language_shares


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
