"""English contractions and what they stand for, so that a question can be worded the other way."""

import re
from functools import partial

# "'d" and "'s" stand for several things; only where one of them is usual are they here.
PAIRS = {
    "i'm": "i am",
    "i've": "i have",
    "i'll": "i will",
    "you're": "you are",
    "you've": "you have",
    "you'll": "you will",
    "he'll": "he will",
    "she'll": "she will",
    "it's": "it is",
    "it'll": "it will",
    "we're": "we are",
    "we've": "we have",
    "we'll": "we will",
    "they're": "they are",
    "they've": "they have",
    "they'll": "they will",
    "that's": "that is",
    "there's": "there is",
    "what's": "what is",
    "where's": "where is",
    "who's": "who is",
    "how's": "how is",
    "isn't": "is not",
    "aren't": "are not",
    "wasn't": "was not",
    "weren't": "were not",
    "don't": "do not",
    "doesn't": "does not",
    "didn't": "did not",
    "haven't": "have not",
    "hasn't": "has not",
    "hadn't": "had not",
    "can't": "cannot",
    "couldn't": "could not",
    "won't": "will not",
    "wouldn't": "would not",
    "shouldn't": "should not",
    "mustn't": "must not",
    "let's": "let us",
}
FULL = {full: contraction for contraction, full in PAIRS.items()}
NOT_IN_A_WORD = r"(?<![\w'’]){}(?![\w'’])"
CONTRACTION = re.compile(
    NOT_IN_A_WORD.format(f"(?:{'|'.join(PAIRS).replace(chr(39), '[' + chr(39) + '’]')})"), re.IGNORECASE
)
FULL_FORM = re.compile(NOT_IN_A_WORD.format(f"(?:{'|'.join(FULL)})"), re.IGNORECASE)


def opened(text: str) -> str:
    """Return the text without contractions.

    >>> opened("I don't know, it's late.")
    'I do not know, it is late.'
    """
    return CONTRACTION.sub(partial(replacement, PAIRS), text)


def closed(text: str) -> str:
    """Return the text with contractions wherever they are usual.

    >>> closed("You are late, are you not?")
    "You're late, are you not?"
    """
    return FULL_FORM.sub(partial(replacement, FULL), text)


def replacement(forms: dict[str, str], found: re.Match[str]) -> str:
    """Return the other form, with the capitals of the one that was found."""
    written = found[0]
    other = forms[written.lower().replace("’", "'")]
    if written.isupper() and len(written) > len("I'm"):
        return other.upper()
    return other[0].upper() + other[1:] if written[0].isupper() else other
