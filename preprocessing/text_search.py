"""Whether a text holds one of some keywords or regular expressions, in a time that no pattern can stretch."""

import re
from collections.abc import Iterable, Sequence

import regex

from preprocessing.errors import SettingsError

SEARCH_SECONDS = 0.1
MOST_PATTERNS = 1000
LONGEST_PATTERN = 1000
# Compiling writes `a{500}` out, and three of them within each other take all memory; nothing can stop it.
MOST_WRITTEN_OUT = 500_000
COUNT = re.compile(r"\{(\d+)")
# White space and remarks within a count would hide it.
VERBOSE = re.compile(r"\(\?[A-Za-z01-]*x")
# These scripts put nothing between words.
UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
WORD = rf"[\w--{UNSPACED}]"
APOSTROPHE = "['\u2019]"


class TextSearch:
    """Looks for any of several keywords or regular expressions; false where there are none.

    A keyword is a whole word or several; in scripts that put no spaces between words, such as Chinese,
    it is found anywhere.

    >>> search = TextSearch(["love", "爱"])
    >>> [search.finds(text) for text in ("I LOVE you", "a glove", "我爱你")]
    [True, False, True]
    """

    def __init__(
        self, wanted: Sequence[str], *, is_regular_expression: bool = False, ignore_case: bool = True
    ) -> None:
        if len(wanted) > MOST_PATTERNS:
            raise SettingsError(
                f"There may be {MOST_PATTERNS:,} things to look for. Received {len(wanted):,}."
            )
        flags = regex.IGNORECASE if ignore_case else 0
        self._seconds = SEARCH_SECONDS if is_regular_expression else None
        if is_regular_expression:
            self._patterns = [compiled(pattern, flags) for pattern in wanted]
        else:
            self._patterns = [keyword_pattern(wanted, flags)] if wanted else []

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def finds(self, text: str) -> bool:
        """Whether one of them is in `text`.

        Raises:
            SettingsError: a regular expression takes too long.
        """
        return any(is_found(pattern, text, self._seconds) for pattern in self._patterns)


def is_found(pattern: "regex.Pattern[str]", text: str, seconds: float | None) -> bool:
    try:
        return pattern.search(text, timeout=seconds) is not None
    except (TimeoutError, MemoryError, RecursionError, regex.error):
        raise SettingsError(
            f"A regular expression must search any text within {SEARCH_SECONDS:g} s. {pattern.pattern} took "
            f"longer for one of {len(text):,} characters. Take out repeats within repeats, such as (a+)+."
        ) from None


def compiled(pattern: str, flags: int) -> "regex.Pattern[str]":
    require_bounded(pattern)
    try:
        return regex.compile(pattern, flags)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        reason = error if isinstance(error, regex.error) else "it is nested too deeply or contradicts itself"
        raise SettingsError(
            f"A regular expression must be valid. Received {pattern[:100]}: {reason}. "
            "Correct it, or look for keywords instead."
        ) from None


def require_bounded(pattern: str) -> None:
    """Refuse what would fill the memory while it is compiled."""
    if len(pattern) > LONGEST_PATTERN:
        raise SettingsError(
            f"A regular expression may have {LONGEST_PATTERN:,} characters. Received {len(pattern):,}."
        )
    if VERBOSE.search(pattern):
        raise SettingsError(
            f"A regular expression must not use the flag x. Received {pattern}. Write it without spaces."
        )
    written_out = len(pattern)
    for count in COUNT.findall(pattern):
        written_out *= max(1, int(count))
    if written_out > MOST_WRITTEN_OUT:
        raise SettingsError(
            f"The counts of a regular expression must be smaller. Received {pattern}. "
            "Take a smaller {number}, or * and +."
        )


def keyword_pattern(keywords: Iterable[str], flags: int) -> "regex.Pattern[str]":
    found = "|".join(map(keyword_expression, sorted(set(keywords), key=len, reverse=True)))
    return regex.compile(f"(?:{found})", flags | regex.V1)


def keyword_expression(keyword: str) -> str:
    """Return the expression for one keyword: nothing that makes the word longer may stand beside it."""
    text = r"\s+".join(map(regex.escape, keyword.split()))
    text = re.sub(APOSTROPHE, APOSTROPHE, text)
    begins, ends = (regex.match(WORD, edge, regex.V1) for edge in (keyword.strip()[:1], keyword.strip()[-1:]))
    return f"{f'(?<!{WORD})' if begins else ''}{text}{f'(?!{WORD})' if ends else ''}"
