"""Text into tokens: words with their contractions, numbers, punctuation; Chinese by jieba."""

import re
from functools import lru_cache
from typing import Any

from preprocessing.normalisation import normalise
from preprocessing.script import HAN, contains_han
from preprocessing.text_settings import TextSettings

LETTER = rf"[^\W\d_{HAN}]"
TOKEN = re.compile(
    "|".join(
        [
            rf"(?P<han>[{HAN}]+)",
            r"https?://[^\s<>]+|www\.[^\s<>]+",
            r"[\w.+-]+@[\w-]+\.[\w.-]*\w",
            rf"{LETTER}+(?:['-]{LETTER}+)*(?:in'(?!\w))?",
            r"\d+(?:[.,:]\d+)*(?:st|nd|rd|th|%)?(?![^\W\d_])|\d+(?:[.,:]\d+)*",
            r"\.{2,}|…+|-{2,}|[!?]+",
            "[\U0001f000-\U0001faff\u2600-\u27bf](?:[\ufe0f\u200d\U0001f3fb-\U0001f3ff\U0001f000-\U0001faff\u2600-\u27bf])*",
            r"\S",
        ]
    )
)


class Tokeniser:
    """Cuts questions and corpora alike; holds no state but its settings."""

    def __init__(self, settings: TextSettings) -> None:
        self.settings = settings

    def tokenise(self, text: str) -> list[str]:
        """Return the tokens as the vocabulary has them.

        >>> Tokeniser(TextSettings()).tokenise("Don't you? 我们走吧 OK...")
        ["don't", 'you', '?', '我们', '走', '吧', 'ok', '...']
        """
        return [self.fold(token) for token in self.tokenise_written(text)]

    def tokenise_written(self, text: str) -> list[str]:
        """Return the same tokens as they are written, for surface forms and unknown words."""
        normal = normalise(text, self.settings)
        if not contains_han(normal):
            return [match[0] for match in TOKEN.finditer(normal)]
        return [token for match in TOKEN.finditer(normal) for token in pieces(match)]

    def fold(self, written: str) -> str:
        return written.lower() if self.settings.lower_case else written


def pieces(match: "re.Match[str]") -> list[str]:
    return list(segmenter().lcut(match[0])) if match["han"] else [match[0]]


@lru_cache(maxsize=1)
def segmenter() -> Any:
    """Return jieba with its own dictionary, loaded anew: its cache file in a shared folder is not trusted."""
    import logging

    import jieba

    logging.getLogger("jieba").setLevel(logging.WARNING)
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made


def warm_up() -> None:
    """Load jieba's dictionary now, not in the first question."""
    segmenter().lcut("预热")
