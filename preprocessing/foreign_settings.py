"""The text settings of a pickle from elsewhere: its own where it is one of ours, else what its words tell."""

from typing import Any

from preprocessing.errors import DatasetError, SettingsError
from preprocessing.text_settings import TextSettings
from preprocessing.unpickler import described, readable, refuse
from preprocessing.vocabulary import Vocabulary

MOST_TOKENS = 400  # of a question or an answer


def checked_settings(content: dict[str, Any], vocabulary: Vocabulary) -> TextSettings:
    """Return the pickle's own settings where it is one of ours, else what its words let one conclude."""
    longest = content["maxLength"]
    if type(longest) is not int or not 1 <= longest <= MOST_TOKENS:
        refuse("maxLength", f"must be a whole number from 1 to {MOST_TOKENS}", longest)
    if "textSettings" in content:
        return given_settings(content["textSettings"], longest)
    is_lower = all(token == token.lower() for token in vocabulary.word2id())
    return TextSettings(lower_case=is_lower, max_length=longest, max_answer_length=longest)


def given_settings(values: Any, longest: int) -> TextSettings:
    known = TextSettings().as_json()
    if type(values) is not dict:
        refuse("textSettings", "must be a dict", values)
    for key, value in values.items():
        if key in known and not is_like(value, known[key]):
            refuse(f"textSettings, {key}", f"must be like {known[key]!r}", value)
    try:
        settings = TextSettings.from_json({str(key): value for key, value in values.items()})
    except SettingsError as error:
        raise DatasetError(f"textSettings: {readable(str(error))}") from None
    require_usable(settings, longest)
    return settings


def is_like(value: Any, example: Any) -> bool:
    is_same = type(value) is type(example)
    return is_same and (type(value) is not list or all(type(part) is str for part in value))


def require_usable(settings: TextSettings, longest: int) -> None:
    if settings.units == "subwords":
        raise DatasetError(
            "textSettings, units: must be words or characters, since a pickle holds no model of subwords. "
            "Import the corpus itself and preprocess it."
        )
    lengths = settings.max_length, settings.max_answer_length
    if min(lengths) < 1 or max(lengths) != longest:
        raise DatasetError(
            f"textSettings: the larger of max_length and max_answer_length must be maxLength, {longest}, "
            f"and both at least 1. Received {described(lengths[0])} and {described(lengths[1])}."
        )
