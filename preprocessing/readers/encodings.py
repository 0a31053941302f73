"""Which encoding a text has, from a sample of its bytes; None means that it is no text."""

import codecs
import re
import unicodedata

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MOST_CONTROLS, MOST_ODD_IF_MARKED = 0.02, 0.1
# Controls, surrogates, private and unassigned characters: nobody writes them, wrong decoding gives them.
UNWRITTEN = frozenset({"Cc", "Cn", "Co", "Cs"})
CHARACTERS_TO_JUDGE = 4000
LEAST_COMMON = 0.9
# First bytes of common characters. Above come rare ones, as wrong decoding gives, but for 哒 and 嗯.
COMMON = {"gb2312": {*range(0xA1, 0xD8), 0xDF, 0xE0}, "big5": {*range(0xA1, 0xC7)}}
# In UTF-16 nearly every second byte of Latin text is zero, and in UTF-32 every third at least.
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
MOST_STRAY_ZEROS, MOSTLY_ASCII = 0.25, 0.8
LONGEST_ACCENTED = 1.5
# Of a few bytes no encoding can be guessed: their lines are dropped when UTF-8 does not know them.
FEWEST_TO_JUDGE = 30
# A file may be one line, with a few broken characters among thousands.
MOST_BROKEN = 0.1
# More tells the judge of rare encodings nothing new, and takes it seconds.
SAMPLE_BYTES = 64 * 1024


def encoding_of(sample: bytes) -> str | None:
    """Return the encoding of a file from its beginning, or None where it is not text."""
    for mark, encoding in MARKS:
        if sample.startswith(mark):
            is_text = encoding == "utf-8-sig" or is_written(decoded(sample, encoding), MOST_ODD_IF_MARKED)
            return encoding if is_text else None
    if may_be_wide(sample) and (wide := wide_encoding_of(sample)):
        return wide
    if has_many_controls(sample):
        return None
    return "utf-8" if is_mostly_utf8(sample) else legacy_encoding_of(sample)


def has_many_controls(sample: bytes) -> bool:
    return len(CONTROLS.findall(sample)) > MOST_CONTROLS * len(sample)


def decoded(sample: bytes, encoding: str) -> str:
    """Return whole characters of two or four bytes: the sample may end within one."""
    return sample[: len(sample) // 4 * 4 or len(sample) // 2 * 2].decode(encoding, "replace")


def is_written(text: str, most_odd: float = MOST_CONTROLS) -> bool:
    judged = text[:CHARACTERS_TO_JUDGE]
    odd = sum(
        (unicodedata.category(character) in UNWRITTEN and not character.isspace()) or character == "\ufffd"
        for character in judged
    )
    return odd <= most_odd * len(judged)


def may_be_wide(sample: bytes) -> bool:
    """Whether zero bytes belong to letters of two or four bytes, and did not stray among single bytes."""
    bare = sample.replace(b"\0", b"")
    strays = len(sample) - len(bare)
    if not 0 < strays < MOST_STRAY_ZEROS * len(sample) or has_many_controls(bare):
        return strays > 0
    return not (is_mostly_utf8(bare) or is_mostly_ascii(bare) or chinese_encoding_of(bare))


def is_mostly_ascii(sample: bytes) -> bool:
    return len(re.findall(rb"[ -~\s]", sample)) >= MOSTLY_ASCII * len(sample)


def wide_encoding_of(sample: bytes) -> str | None:
    """Recognise UTF-16 and UTF-32 without their mark: the right one keeps a text within few pages."""
    texts = {encoding: decoded(sample, encoding) for encoding in WIDE}
    written = [encoding for encoding, text in texts.items() if is_written(text)]
    return min(written, key=lambda encoding: len({ord(c) >> 8 for c in texts[encoding]}), default=None)


def is_mostly_utf8(sample: bytes) -> bool:
    """Whether of the lines beyond ASCII at least half are UTF-8: files get mixed when they are joined."""
    lines = [line for line in sample.split(b"\n") if not line.isascii()]
    return 2 * sum(map(is_utf8, lines)) >= len(lines)


def is_utf8(line: bytes) -> bool:
    try:
        # A sample may end within a character, and a broken emoji makes no other encoding.
        codecs.getincrementaldecoder("utf-8")("surrogatepass").decode(line)
    except UnicodeDecodeError:
        beyond = [character for character in line.decode("utf-8", "replace") if not character.isascii()]
        return beyond.count("\ufffd") <= MOST_BROKEN * len(beyond)
    return True


def legacy_encoding_of(sample: bytes) -> str | None:
    """Return what spreadsheets of old save in: GB 18030 or Big5 where they give common characters."""
    if chinese := chinese_encoding_of(sample):
        return chinese
    strange = strange_lines(sample)
    accented = [len(run) for run in re.findall(rb"[\x80-\xff]+", strange)]
    # Accented letters stand alone among others; Russian, Greek and Thai words are all beyond ASCII.
    if sum(accented) < LONGEST_ACCENTED * len(accented):
        return "cp1252"
    if sum(accented) < FEWEST_TO_JUDGE:
        return "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(strange[:SAMPLE_BYTES]).best()
    return best.encoding if best else None


def chinese_encoding_of(sample: bytes) -> str | None:
    strange = strange_lines(sample)
    for encoding, charset in (("gb18030", "gb2312"), ("big5", "big5")):
        if is_common_chinese(strange.decode(encoding, "ignore"), charset):
            return encoding
    return None


def strange_lines(sample: bytes) -> bytes:
    """Return the lines that are not UTF-8, of which ASCII is a part."""
    return b"\n".join(line for line in sample.split(b"\n") if not is_utf8(line))


def is_common_chinese(text: str, charset: str) -> bool:
    """Whether what is beyond ASCII is Chinese of a charset's everyday part, in runs as it is written."""
    beyond = [character for character in text if not character.isascii()]
    common = sum("\u3000" <= character <= "\uffef" and is_common(character, charset) for character in beyond)
    paired = sum(map(len, re.findall(r"[\u3000-\uffef]{2,}", text)))
    return bool(beyond) and common >= LEAST_COMMON * len(beyond) and 2 * paired >= len(beyond)


def is_common(character: str, charset: str) -> bool:
    try:
        encoded = character.encode(charset)
    except UnicodeEncodeError:
        return False
    return encoded[0] in COMMON[charset]
