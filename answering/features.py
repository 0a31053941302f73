"""What two questions are compared by: their words and the character n-grams in them.

N-grams forgive a missing letter; words tell apart what is spelled alike.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from preprocessing.script import HAN_CHARACTER

NGRAM = 3
WORD, LETTERS = "w", "c"
LONGEST_CACHED = 24


def features(tokens: Iterable[str]) -> list[str]:
    """Return the features of folded tokens, in their order and with repetitions.

    >>> features(["hi", "!"])
    ['whi', 'c^hi', 'chi$', 'w!']
    """
    return [feature for token in tokens for feature in token_features(token)]


def token_features(token: str) -> tuple[str, ...]:
    # Words repeat, so most are in the cache; what is as long as this is no word, and would fill the memory.
    return cached_token_features(token) if len(token) <= LONGEST_CACHED else cut_token(token)


def cut_token(token: str) -> tuple[str, ...]:
    return (WORD + token, *(LETTERS + gram for gram in ngrams(token)))


cached_token_features = lru_cache(maxsize=8_192)(cut_token)


def ngrams(token: str) -> list[str]:
    """Return the n-grams of a word with its edges marked; of Chinese, its characters."""
    if HAN_CHARACTER.search(token):
        return list(token)
    if not any(character.isalnum() for character in token):
        return []
    marked = f"^{token}$"
    return [marked[start : start + NGRAM] for start in range(max(len(marked) - NGRAM + 1, 1))]


def is_telling(feature: str) -> bool:
    """Whether people do not leave it out when they type carelessly: not so for punctuation."""
    return any(map(str.isalnum, feature[1:]))


def similarity(left: Mapping[str, float], right: Mapping[str, float]) -> float:
    """Return Dice's coefficient of two bags of weights: 1 for equal ones, 0 for nothing in common.

    >>> similarity({"a": 1, "b": 2}, {"b": 2, "c": 1})
    0.6666666666666666
    """
    # Summed in the order of the words: sets would add the same numbers in another order each time.
    common = sum(min(weight, right[feature]) for feature, weight in left.items() if feature in right)
    total = sum(left.values()) + sum(right.values())
    return 2 * common / total if total else 0.0
