"""Chinese text into words, by jieba's dictionary and rules."""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from preprocessing.text_settings import TextSettings
from preprocessing.user_words import UserWord

Cut = Callable[[str], list[str]]


def segmenter_for(settings: TextSettings, user_words: tuple[UserWord, ...] = ()) -> Cut:
    """Return the function that cuts a run of Chinese characters.

    The Rust engine cuts all of LCCC as jieba does, but neither finds all words nor weighs added ones alike:
    there jieba itself does it, with a dictionary of its own where words are added.
    """
    if settings.cut == "full" or user_words or settings.segmenter == "jieba":
        unwanted = frozenset(added.word for added in user_words if added.frequency == 0)
        return without(unwanted, jieba_cut(settings, jieba_with(user_words)))
    return rust_cut(settings)


def rust_cut(settings: TextSettings) -> Cut:
    import rjieba

    cut: Callable[[str, bool], list[str]] = rjieba.cut_for_search if settings.cut == "search" else rjieba.cut
    new_words = settings.new_words
    return lambda text: cut(text, new_words)


def jieba_cut(settings: TextSettings, dictionary: Any) -> Cut:
    new_words = settings.new_words
    if settings.cut == "full":
        return lambda text: list(dictionary.cut(text, cut_all=True))
    if settings.cut == "search":
        return lambda text: list(dictionary.cut_for_search(text, HMM=new_words))
    return lambda text: list(dictionary.cut(text, HMM=new_words))


def without(unwanted: frozenset[str], cut: Cut) -> Cut:
    """Return `cut` with unwanted words taken apart: what no dictionary has is guessed together again."""
    if not unwanted:
        return cut
    return lambda text: [part for word in cut(text) for part in (word if word in unwanted else (word,))]


def jieba_with(user_words: tuple[UserWord, ...]) -> Any:
    """Return a jieba of one's own where words are added, so that they stay out of everybody else's."""
    if not user_words:
        return plain_jieba()
    made = new_jieba()
    for added in user_words:
        frequency = added.frequency
        if frequency is None:
            frequency = made.suggest_freq(added.word, tune=False)
        # Not by jieba's own method: that notes a word of frequency 0 for the whole process.
        made.FREQ[added.word] = frequency
        made.total += frequency
        for end in range(1, len(added.word)):
            made.FREQ.setdefault(added.word[:end], 0)
    return made


@lru_cache(maxsize=1)
def plain_jieba() -> Any:
    return new_jieba()


def new_jieba() -> Any:
    """Return jieba with its dictionary, loaded anew: its cache file in a shared folder is not trusted."""
    import jieba

    logging.getLogger("jieba").setLevel(logging.WARNING)
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made
