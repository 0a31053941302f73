"""One written form for what people type in many: the first step of corpus and question alike."""

import html
import re
import unicodedata

import regex
from ftfy import fix_encoding
from ftfy.badness import is_bad

from preprocessing.privacy import replace_private
from preprocessing.script import HAN, contains_han
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
ALL_QUOTES = APOSTROPHES | LATIN_QUOTES
# Looking whether there is anything to do costs a twentieth of doing it.
FULL_WIDTH_SIGN, QUOTE_SIGN = (
    re.compile(f"[{''.join(map(chr, codes))}]") for codes in (FULL_WIDTH, ALL_QUOTES)
)
# Of UTF-8 decoded by the wrong table, one character at least is neither Chinese nor typographic.
MOJIBAKE_SIGN = re.compile(f"[^\x00-\x7f‘’“”…–—{HAN}\u3000-\u303f\uff00-\uffef]")
# Most lines of most corpora: nothing in them that a step but the last could change.
PLAIN = re.compile("[ -%'-;=?-_a-~\u3400-\u4dbf\u4e00-\u9fff，。！？、；：（）《》…]*")
AMPERSANDS = re.compile(r"&(?:amp;)+", re.IGNORECASE)
# What is unpacked may hold something packed, such as &lt;b&gt;; nobody means it deeper than this.
MOST_ROUNDS = 10
# Not digits, since 10000 is no 1000. Whether there is anything to replace is seen four times as fast.
FOUR_ALIKE, REPEATED = re.compile(r"(.)\1\1\1"), re.compile(r"(\D)\1{3,}")
MAX_COMBINING = re.compile(r"([\u0300-\u036f]{3})[\u0300-\u036f]+")
# Composing sorts a run of marks, which takes the square of its length; no script writes so many.
ENDLESS_MARKS = regex.compile(r"(\p{M}{30})\p{M}+")


def normalise(text: str, settings: TextSettings) -> str:
    """Return `text` with entities, mojibake, markup, invisible characters and white space set right.

    >>> normalise("<u>Don’t</u>  go!!!!!!!", TextSettings())
    "Don't go!!!"
    """
    if PLAIN.fullmatch(text) and not settings.hide_private:
        return with_single_blanks(text, settings.steps)
    for _ in range(MOST_ROUNDS):
        before, text = text, normalised_once(text, settings)
        if text == before:
            break
    return text


def normalised_once(text: str, settings: TextSettings) -> str:
    steps = settings.steps
    if settings.hide_private:
        text, _ = replace_private(text)
    if "&" in text and "entities" in steps:
        text = html.unescape(AMPERSANDS.sub("&", text))
    if "<" in text and "markup" in steps:
        text = MARKUP.sub("", text)
    if not text.isascii():
        text = normalise_wide(text, steps)
    elif "`" in text and "quotes" in steps:
        text = text.replace("`", "'")
    # What can be printed has no control and no white space but blanks.
    if not text.isprintable():
        text = WHITE_SPACE.sub(" ", INVISIBLE.sub("", text) if "invisible" in steps else text)
    return with_single_blanks(text, steps)


def with_single_blanks(text: str, steps: tuple[str, ...]) -> str:
    if FOUR_ALIKE.search(text) and "repeats" in steps:
        text = REPEATED.sub(r"\1\1\1", text)
    return " ".join(text.split())


def normalise_wide(text: str, steps: tuple[str, ...]) -> str:
    """The steps that plain ASCII never needs."""
    if MOJIBAKE_SIGN.search(text) and "mojibake" in steps:
        text = repair(text)
    if "unicode" in steps:
        text = MAX_COMBINING.sub(r"\1", unicodedata.normalize("NFC", ENDLESS_MARKS.sub(r"\1", text)))
    if FULL_WIDTH_SIGN.search(text) and "full_width" in steps:
        text = text.translate(FULL_WIDTH)
    if QUOTE_SIGN.search(text) and "quotes" in steps:
        text = text.translate(APOSTROPHES if contains_han(text) else ALL_QUOTES)
    return text


def repair(text: str) -> str:
    """Undo mojibake, such as `â€™` for an apostrophe."""
    return fix_encoding(text) if is_bad(text) else text
