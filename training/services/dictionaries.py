"""Dictionaries of added Chinese words: from files, checked before they are kept."""

from pathlib import Path

from preprocessing.errors import VocabularyError
from preprocessing.user_words import parse_user_words
from training.models import Dictionary
from training.models.corpus import NAME_VALIDATOR

MAX_FILE_BYTES = 20_000_000


def dictionary_keep(*, name: str, words: str) -> tuple[Dictionary, bool]:
    """Make or replace the dictionary `name`, and say whether it had other words.

    Raises:
        VocabularyError: a line is not `word freq pos`; it is named.
        ValidationError: the name cannot be one.
    """
    NAME_VALIDATOR(name)
    parse_user_words(words, name)
    had_others = Dictionary.objects.filter(name=name).exclude(words=words).exists()
    dictionary, _ = Dictionary.objects.update_or_create(name=name, defaults={"words": words})
    return dictionary, had_others


def dictionary_from_file(*, path: Path) -> tuple[Dictionary, bool]:
    """Keep a file's words under the file's name without its ending, and say whether that had others."""
    if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
        raise VocabularyError(
            f"A dictionary must be a file of at most {MAX_FILE_BYTES:,} bytes. Received {path}."
        )
    try:
        words = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise VocabularyError(f"{path.name}, line {line}: a dictionary must be UTF-8. Save it so.") from None
    parse_user_words(words, path.name)
    return dictionary_keep(name=path.stem, words=words)
