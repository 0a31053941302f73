"""One written form for what people type in many: the first step of corpus and question alike."""

import html
import re
import unicodedata

from preprocessing.script import contains_han
from preprocessing.text_settings import TextSettings

MARKUP = re.compile(r"</?(?:u|b|i|em|strong|br|p|font)(?:\s[^<>]{0,100})?/?>", re.IGNORECASE)
WHITE_SPACE = re.compile(r"\s+")
# Controls, zero-width marks, direction marks, soft hyphen, surrogates; emoji need U+200D and U+FE0F.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffc\ud800-\udfff]"
)
# Full-width digits and letters; full-width punctuation is how Chinese is written, so it stays.
FULL_WIDTH = {
    code: code - 0xFEE0
    for span in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for code in range(span[0], span[1] + 1)
} | {0x3000: 0x20}
APOSTROPHES = {0x2018: "'", 0x2019: "'", 0x201B: "'", 0x00B4: "'", 0x0060: "'"}
LATIN_QUOTES = {0x201C: '"', 0x201D: '"', 0x201E: '"', 0x00AB: '"', 0x00BB: '"'}
REPEATED = re.compile(r"(\W)\1{3,}")
MAX_COMBINING = re.compile(r"([\u0300-\u036f]{3})[\u0300-\u036f]+")


def normalise(text: str, settings: TextSettings) -> str:
    """Return `text` with entities, mojibake, markup, invisible characters and white space set right.

    >>> normalise("<u>Don’t</u>  go!!!!!!!", TextSettings())
    "Don't go!!!"
    """
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = MARKUP.sub("", text)
    if not text.isascii():
        text = normalise_wide(text, settings)
    elif "`" in text:
        text = text.replace("`", "'")
    text = WHITE_SPACE.sub(" ", INVISIBLE.sub("", text)).strip()
    return REPEATED.sub(r"\1\1\1", text)


def normalise_wide(text: str, settings: TextSettings) -> str:
    """The steps that plain ASCII never needs."""
    if settings.repair:
        text = repair(text)
    text = unicodedata.normalize("NFC", text).translate(FULL_WIDTH).translate(APOSTROPHES)
    if not contains_han(text):
        text = text.translate(LATIN_QUOTES)
    return MAX_COMBINING.sub(r"\1", text)


def repair(text: str) -> str:
    """Undo mojibake, such as `â€™` for an apostrophe."""
    from ftfy import fix_encoding
    from ftfy.badness import is_bad

    return fix_encoding(text) if is_bad(text) else text
