"""Placeholders for what would tell who somebody is, so that no model learns to say it to somebody else."""

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

PLACEHOLDERS = ("<email>", "<phone>", "<card>", "<identity>", "<address>", "<name>")
# What stood beside a find can be one itself once that is gone: "13812345678@bob".
MOST_PASSES = 4
# Without one of these there is nothing to find; 7 digits are the shortest number.
SIGN = re.compile(r"[@＠./\d]")
WIDE_SIGN = re.compile("[０-９＠]")
AS_ASCII = str.maketrans("０１２３４５６７８９＠＋Ｘ", "0123456789@+X")
SCHEME_SIGN, AT_SIGN = re.compile("://"), re.compile("@")
DOT_SIGN = re.compile(r"\.(?:[A-Za-z]|\d+\.\d+\.\d+[:/])")
DIGITS_SIGN = re.compile(r"\d(?:[^\dA-Za-z@]{0,3}\d){6}", re.ASCII)

LATIN = "A-Za-z0-9À-ÖØ-öø-ɏ"
EMAIL = re.compile(
    rf"[{LATIN}_][{LATIN}._%+'-]{{0,63}}@(?:[{LATIN}][{LATIN}-]{{0,62}}\.){{1,8}}[A-Za-z]{{2,24}}(?![A-Za-z])"
)

# Neither brackets of a tag nor quotes nor anything Chinese belongs to an address.
IN_ADDRESS = r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%|-]"
AFTER_HOST = rf"(?::\d{{1,5}}(?!\d))?(?:(?:/|[?#]\w){IN_ADDRESS}*)?"
ENDINGS = (
    "com|net|org|edu|gov|cn|io|ai|app|dev|tv|info|biz|xyz|vip|icu|mobi|asia|cloud|email"
    "|uk|de|fr|jp|kr|hk|tw|mo|sg|ru|eu|ca|au|nz|ch|nl|se|pl|cz|br"
)
# Words, names of files: with one of these it is an address only where a path follows.
DOUBTFUL_ENDINGS = (
    "me|us|co|to|in|it|is|at|be|es|la|ly|gl|gg|im|fm|sh|so|st|cc|ws|pro|top|shop|club|site|live|link|fun"
    "|online|store|space|tech|work|world|page|wiki|blog|news|red|group|ltd|name|wang"
)
LINK = re.compile(rf"(?:https?|s?ftps?)://[A-Za-z0-9]{IN_ADDRESS}*", re.ASCII | re.IGNORECASE)
ADDRESS = re.compile(
    rf"(?<![A-Za-z0-9_@])(?<![A-Za-z0-9]\.)(?:www\.[A-Za-z0-9]{IN_ADDRESS}*"
    # .NET is a product, and java.io and java.net are parts of another.
    r"|(?!(?:asp|vb|ado|java)\.(?:net|io)\b)(?:[A-Za-z0-9_][A-Za-z0-9_-]{0,62}\.){1,8}"
    rf"(?:(?:{ENDINGS})(?![A-Za-z0-9_]|[.-][A-Za-z0-9])|(?:{DOUBTFUL_ENDINGS})(?=/[\w@~-])){AFTER_HOST}"
    rf"|(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?=:\d|/[A-Za-z]){AFTER_HOST})",
    re.ASCII | re.IGNORECASE,
)

# WeChat ends a name, blanks and all, with U+2005. A time or a price is no name.
NAME = re.compile(
    r"@(?:[^@<>\s][^@<>\n\u2005]{0,38}(?=\u2005)"
    r"|(?!\d+(?:[.:]\d+)*(?:[元块点]|(?:am|pm|[kKwW])?(?!\w)))\w{1,30}(?:(?:\.(?=[a-z0-9_])|[·-])\w{1,30}){0,2})"
)
# What is left of an e-mail within one machine, "root@localhost", is none either.
WITHIN_A_WORD = re.compile("(?<=[A-Za-z0-9_])@(?![㐀-鿿])")

DASH = r"[-‐-―−－]"
BETWEEN = rf"(?:\ ?{DASH}\ ?|[\ .\u00a0])"
FILLING = r"(?:[\ :：#.,，=是为号码的-]|number|no|is|was|at|on|me|us|him|her){0,10}"
IDENTITY = re.compile(
    r"(?<!\d)[1-9]\d{5}(?P<gap>[ -]?)(?:19|20)\d{6}(?P=gap)\d{3}(?:\d(?!\d)|[Xx])",
    re.ASCII,
)
DOCUMENT = re.compile(
    rf"""(?:passport|护照){FILLING}([A-Z]{{0,3}}\d{{7,9}}[A-Z]?)(?!\d)
    |(?:\bssn|social\ security){FILLING}(\d{{3}}[\ -]?\d{{2}}[\ -]?\d{{4}})(?!\d)
    |身份证{FILLING}(\d{{17}}[\dX]|\d{{15}})(?!\d)
    |(?<!\d)((?!000|666|9)\d{{3}}{DASH}(?!00)\d{{2}}{DASH}(?!0000)\d{{4}})(?!\d)""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
# First digits of the card networks: neither a year nor a time in milliseconds nor a book begins so.
# 2333333333 is laughter.
# Only the first run of digits is used up, since a card may begin at the next.
CARD = re.compile(
    r"""(?<![\d+])(?<!(?<!\d)0\.)(?=2[2-7]|[3456]|9[0-6])(?!23{9})(?=(?P<card>
    \d{13,19}(?:[ -]\d{3,4})?
    |\d{4}(?:[ -]\d{4}){2}[ -]\d{2,4}(?:[ -]\d{1,4})?
    |\d{4}[ -]\d{6}[ -]\d{4,5}(?:[ -]\d{3,4})?
    |\d{6}[ -]\d{7,13}(?:[ -]\d{3})?
    )(?!\d))\d+""".replace("[ -]", rf"(?:\ |{DASH})"),
    re.ASCII | re.VERBOSE,
)
EXTENSION = r"(?:(?:-|\ ?(?:转|ext\.?|x|\#)\ ?)\d{1,6}(?!\d))?"
# A local number is written like a range of prices or years, which ends in 0 or begins with 1 or 20.
LOCAL = r"(?:555-\d{4}|[2-9]\d\d-(?!1|20|\d\d[05]0)\d{4}(?![㐀-鿿]))"
PHONE = re.compile(
    rf"""(?:(?:[(（]\+86[)）]|\+86){BETWEEN}?
        |(?:(?<![A-Za-z0-9])|(?<=tel)|(?<=phone)|(?<=mobile)|(?<=[wv]x))(?<!(?<!\d)0\.)
         (?:(?:00)?86{BETWEEN}?)?)
        1[3-9](?:\d{BETWEEN}?\d{{4}}{BETWEEN}?\d{{4}}|\d\d{BETWEEN}\d{{3}}{BETWEEN}\d{{4}}
            |\d{BETWEEN}\d{{3}}{BETWEEN}\d{{5}}|\d{{3}}{BETWEEN}\d{{6}})(?!\d)
    |(?:\+1{BETWEEN}?|(?<![A-Za-z0-9])(?:1{BETWEEN})?|(?<=tel)|(?<=phone))
        (?:\(\d{{3}}\)\ ?\d{{3}}{BETWEEN}|[1-9]\d\d\ ?{DASH}\ ?\d{{3}}\ ?{DASH}\ ?
            |[2-9]\d\d(?:\ \d{{3}}\ |\.\d{{3}}\.))\d{{4}}(?!\d){EXTENSION}
    |(?P<abroad>(?:[(（]\+\d{{1,3}}[)）]|\+\ ?[1-9]\d*|(?<![A-Za-z0-9.])00[1-9]\d{{0,2}}(?=[\ -]))
        (?:\ ?\(0\)\ ?\d{{2,}}|[\ .-]\d(?=[\ .-]\d\d))?(?:[\ ().\u00a0‐-―−-]{{1,3}}\d{{2,}})*)
    |(?:[(（]0\d{{2,3}}[)）]{BETWEEN}?[1-9]
        |(?:(?<![A-Za-z0-9])|(?<=tel))(?:86-|0)(?:10|2\d|[3-9]\d\d)(?:{BETWEEN}[1-9]|[2-8]))
        \d{{2,3}}{BETWEEN}?\d{{4}}(?!\d){EXTENSION}
    |(?<![A-Za-z0-9])(?:0[1-9]\d{{3}}\ \d{{3}}\ ?\d{{3}}(?!\d)|{LOCAL}(?!\d)
        |(?![48]0{{9}})[48]00{BETWEEN}?(?:\d{{3}}{BETWEEN}?\d{{4}}|\d{{4}}{BETWEEN}\d{{3}})(?!\d){EXTENSION})""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
# A short number is one only where a word says so.
NAMED_PHONE = re.compile(
    rf"""(?:\b(?:tel|telephone|(?:cell)?phone|mobile|cell|fax|call|dial|reach){FILLING}
        (\d{{3}}[- .]?\d{{4}}|(?!20)[2-9]\d{{3}}[- ]\d{{4}}|\d{{8}}|\d{{10}})
    |(?:电话|手机|座机|固话|传真|热线|致电|拨打|联系方式){FILLING}(\d{{7,8}}))
    (?!\d|[.,]\d|\ ?(?:[元块万]|yuan|dollar))""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)

Span = tuple[int, int]


def replace_private(text: str) -> tuple[str, dict[str, int]]:
    """Return `text` with placeholders, and how many of each kind there were.

    >>> replace_private("Mail anna@example.com or call 555-010-1234")
    ('Mail <email> or call <phone>', {'email': 1, 'phone': 1})
    """
    counts: dict[str, int] = {}
    if SIGN.search(text) is None:
        return text, counts
    for _ in range(MOST_PASSES):
        found = sum(counts.values())
        text = replace_once(text, counts)
        if sum(counts.values()) == found:
            break
    return text, counts


def replace_once(text: str, counts: dict[str, int]) -> str:
    """Look in a copy where wide digits are narrow, of the same length, and replace in both."""
    shown = text if text.isascii() or not WIDE_SIGN.search(text) else text.translate(AS_ASCII)
    for sign, rules in STEPS:
        if sign.search(shown) is None:
            continue
        for rule in rules:
            spans = rule.spans(shown)
            if spans:
                counts[rule.kind] = counts.get(rule.kind, 0) + len(spans)
                text, shown = (splice(each, spans, f"<{rule.kind}>") for each in (text, shown))
    return text


def splice(text: str, spans: list[Span], placeholder: str) -> str:
    pieces, end = [], 0
    for first, last in spans:
        pieces += [text[end:first], placeholder]
        end = last
    return "".join([*pieces, text[end:]])


def whole(match: re.Match[str]) -> Span | None:
    return match.span()


def after_the_word(match: re.Match[str]) -> Span | None:
    return match.span(match.lastindex or 0)


def without_closing(match: re.Match[str]) -> Span | None:
    """Leave the sentence its punctuation, and a bracket that was opened before the address."""
    found, (first, last) = match[0], match.span()
    unopened = found.count(")") - found.count("(")
    for sign in reversed(found):
        if sign == ")" and unopened > 0:
            unopened -= 1
        elif sign not in ".,;:!?']*|":
            break
        last -= 1
    return first, last


def identity(match: re.Match[str]) -> Span | None:
    """Take a Chinese identity number: a day within, and the last sign that the others give."""
    found = match[0].replace(" ", "").replace("-", "")
    try:
        date(int(found[6:10]), int(found[10:12]), int(found[12:14]))
    except ValueError:
        return None
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(found, weights, strict=False))
    return match.span() if "10X98765432"[total % 11] == found[-1].upper() else None


def card(match: re.Match[str]) -> Span | None:
    """Take the card, also before its security code; groups that all end in 0 are prices."""
    found, first = match["card"], match.start("card")
    groups = list(re.finditer(r"\d+", found))
    for number in (len(groups), len(groups) - 1):
        parts = [group[0] for group in groups[:number]]
        digits = "".join(parts)
        prices = number > 1 and all(part.endswith("0") for part in parts)
        if 13 <= len(digits) <= 19 and not prices and passes_luhn(digits):
            return first, first + groups[number - 1].end()
    return None


def passes_luhn(digits: str) -> bool:
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return len(set(digits)) > 1 and (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def phone(match: re.Match[str]) -> Span | None:
    """Take a number; of one with a country's code as many groups as make at most 15 digits."""
    if match["abroad"] is None:
        return match.span()
    total, last = 0, 0
    for group in re.finditer(r"\d+", match[0]):
        if total + len(group[0].lstrip("0")) > 15:
            break
        total, last = total + len(group[0]), group.end()
    solid = match[0][1:last].isdigit()
    return (match.start(), match.start() + last) if total >= (9 if solid else 8) else None


class Rule(NamedTuple):
    """A kind, how it is written, which part of a match it is, and what must not stand where it begins.

    What begins at the end of another is found in any case: in "@anna@bob" there are two names.
    """

    kind: str
    pattern: re.Pattern[str]
    part: Callable[[re.Match[str]], Span | None] = whole
    unless: re.Pattern[str] | None = None

    def spans(self, text: str) -> list[Span]:
        found: list[Span] = []
        end = -1
        for match in self.pattern.finditer(text):
            span = self.part(match)
            if span is None or span[0] < end:
                continue
            if self.unless is None or span[0] == end or not self.unless.match(text, span[0]):
                found.append(span)
                end = span[1]
        return found


NUMBER_RULES = (
    Rule("identity", IDENTITY, identity),
    Rule("identity", DOCUMENT, after_the_word),
    Rule("card", CARD, card),
    Rule("phone", PHONE, phone),
    Rule("phone", NAMED_PHONE, after_the_word),
)
# Each sign is searched first, since nearly all lines have none. A link may hold "@", and so does an e-mail.
STEPS: tuple[tuple[re.Pattern[str], tuple[Rule, ...]], ...] = (
    (SCHEME_SIGN, (Rule("address", LINK, without_closing),)),
    (AT_SIGN, (Rule("email", EMAIL),)),
    (DOT_SIGN, (Rule("address", ADDRESS, without_closing),)),
    (DIGITS_SIGN, NUMBER_RULES),
    (AT_SIGN, (Rule("name", NAME, unless=WITHIN_A_WORD),)),
)
