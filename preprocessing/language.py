"""Which language a text is in: by script where that decides, else by langid limited to the candidates."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from preprocessing.errors import SettingsError
from preprocessing.script import HAN

HAN_CHARACTERS = re.compile(f"[{HAN}]")
LATIN_WORDS = re.compile(r"[A-Za-z\u00c0-\u024f]+")
OTHER_LETTERS = re.compile(rf"[^\W\d_A-Za-z\u00c0-\u024f{HAN}]")
# What is looked for beside the languages that are asked for.
COMMON = ("en", "zh", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "uk", "ja", "ko", "ar", "tr", "vi")
FEWEST_WORDS_TO_TELL, SURE = 8, 0.99
# Letters of other scripts are no proof against a language that is not among these.
LATIN_OR_CHINESE = frozenset(
    {"en", "zh", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "vi", "sv", "da", "no", "nb", "nn"}
    | {"fi", "cs", "sk", "sl", "hr", "hu", "ro", "id", "ms", "et", "lv", "lt", "ca", "eu", "gl"}
)
# Punctuation as wide as a Chinese character, which nobody types in Latin text.
WIDE_PUNCTUATION = re.compile(r"[\u3001-\u301f\uff01-\uff5e]|……")


def detect_language(text: str, candidates: Sequence[str] = ("en", "zh")) -> str:
    """Return the candidate that `text` is most likely in.

    A Chinese character weighs as much as a Latin word: both stand for about one thing said. Text without
    letters is Chinese where its punctuation is, else of the first candidate.

    >>> [detect_language(text) for text in ("我有一个 iPad", "What does 你好 mean to you", "！！")]
    ['zh', 'en', 'zh']
    """
    han, latin = len(HAN_CHARACTERS.findall(text)), len(LATIN_WORDS.findall(text))
    if "zh" in candidates and han and han >= latin:
        return "zh"
    latin_candidates = [candidate for candidate in candidates if candidate != "zh"]
    if latin and len(latin_candidates) == 1:
        return latin_candidates[0]
    if not latin and not han and not OTHER_LETTERS.search(text):
        return "zh" if "zh" in candidates and WIDE_PUNCTUATION.search(text) else candidates[0]
    return identify(text, tuple(candidates))


def is_foreign(text: str, languages: Sequence[str]) -> bool:
    """Return whether a text is surely in none of the languages: a short one in their script never is.

    >>> [is_foreign(text, ("en", "zh")) for text in ("ok, salut", "Привет", "你好")]
    [False, True, False]
    """
    han, latin = len(HAN_CHARACTERS.findall(text)), len(LATIN_WORDS.findall(text))
    others = len(OTHER_LETTERS.findall(text))
    if others > han + latin and LATIN_OR_CHINESE.issuperset(languages):
        return True
    if han and han >= latin:
        return not {"zh", "ja"} & set(languages)
    if not others and latin < FEWEST_WORDS_TO_TELL:
        return False
    candidates = tuple(dict.fromkeys((*languages, *COMMON)))
    found, certainty = identifier(candidates).classify(text)
    return found not in languages and certainty >= SURE


def require_languages(languages: Sequence[str]) -> None:
    """Refuse codes that langid does not know.

    Raises:
        SettingsError: one of them, or that there is none.
    """
    if not languages:
        raise SettingsError("languages must name at least one, such as en. Received none.")
    for language in languages:
        if language not in ("en", "zh") and language not in known_languages():
            raise SettingsError(
                "language must be a known code of ISO 639-1, such as en, zh or de. "
                f"Received {str(language)[:20]!r}."
            )


@lru_cache(maxsize=1)
def known_languages() -> frozenset[str]:
    from langid.langid import LanguageIdentifier, model

    return frozenset(LanguageIdentifier.from_modelstring(model).nb_classes)


def identify(text: str, candidates: tuple[str, ...]) -> str:
    if len(candidates) == 1:
        return candidates[0]
    language, _ = identifier(candidates).classify(text)
    return str(language)


@lru_cache(maxsize=8)
def identifier(candidates: tuple[str, ...]) -> Any:
    """Return a langid model of our own, since limiting the shared one would limit everybody's."""
    from langid.langid import LanguageIdentifier, model

    made = LanguageIdentifier.from_modelstring(model, norm_probs=True)
    made.set_languages(list(candidates))
    return made


def language_shares(texts: Iterable[str], candidates: Sequence[str] = ("en", "zh")) -> dict[str, float]:
    """Return how large a share of `texts` is in which language, largest first."""
    counts: dict[str, int] = {}
    for text in texts:
        language = detect_language(text, candidates)
        counts[language] = counts.get(language, 0) + 1
    total = sum(counts.values())
    return {name: round(counts[name] / total, 4) for name in sorted(counts, key=lambda n: (-counts[n], n))}


def warm_up(candidates: Sequence[str] = ("en", "zh")) -> None:
    identify("warm", tuple(candidates))
