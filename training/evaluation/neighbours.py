"""What a training does to the words: the nearest ones of some of them, before and after. NumPy only.

V tokens of a vocabulary, E numbers of an embedding.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from preprocessing.script import HAN_CHARACTER
from preprocessing.subwords import SPACE
from preprocessing.vocabulary import SEPARATOR, SPECIAL_TOKENS
from training.run_files import NEIGHBOURS_FILE

BEFORE, AFTER = "before", "after"
WORDS, NEIGHBOURS = 20, 8
# Rarer words have been seen too seldom to have moved far.
MOST_FREQUENT = 20_000
# Words that stand beside any other say little by their neighbours.
ENGLISH = """
a about after again all also am an and any are aren't as at back be because been before being but by can
can't come could couldn't did didn't do does doesn't doing don't down each even ever every for from get
give go going gonna good got had has have haven't he he'd he'll he's her here here's him his how i i'd
i'll i'm i've if in into is isn't it it'll it's its just know let let's like little look made make man
many maybe me mean more much must my never no nope not now of off oh ok okay on one only or other our
out over please put really right said same say see she she'd she'll she's should so some something sure
take tell than thank thanks that that's the their them then there there's these they they'll they're
thing things think this those to too up us very wanna want was wasn't way we we'll we're we've well were
what what's when where which who why will with won't would wouldn't yeah yes yet you you'd you'll you're
you've your
"""
CHINESE = """
的 了 是 我 你 他 她 它 们 我们 你们 他们 她们 这 那 这个 那个 这些 那些 这样 那样 这么 那么 什么
怎么 怎样 谁 哪 哪里 哪儿 多少 几 在 有 没 没有 不 不是 就 就是 也 都 很 和 跟 与 及 或 但 但是
可是 因为 所以 如果 而 而且 要 会 能 可以 可能 应该 一 一个 一下 一样 上 下 里 中 大 小 多 少 好
对 说 去 来 到 给 把 被 让 用 从 向 为 以 于 着 过 得 地 吧 吗 呢 啊 呀 哦 嗯 哈 嘛 啦 还
还是 又 再 才 只 只是 已 已经 自己 知道 觉得
"""
FUNCTION_WORDS = frozenset((ENGLISH + CHINESE).split())


def note_neighbours(
    run_directory: Path, moment: str, matrix: npt.NDArray[np.float32], tokens: Sequence[str]
) -> None:
    """Write the neighbours at a moment, `before` or `after`, into a run's file, beside the other's.

    `matrix` (V, E) holds the embeddings of `tokens`, the vocabulary, the frequent ones first.
    """
    path = run_directory / NEIGHBOURS_FILE
    words = content_words(tokens)
    known: dict[str, Any] = read(path) if moment == AFTER else {}
    found = nearest_words(matrix, tokens, words, NEIGHBOURS)
    content = {word: {**known.get(word, {}), moment: nearest} for word, nearest in found.items()}
    text = json.dumps({"words": content}, ensure_ascii=False, indent=1)
    # Some lone surrogate may be a token, and no file could hold it.
    path.write_text(text + "\n", encoding="utf-8", errors="replace")


def read(path: Path) -> dict[str, Any]:
    try:
        words = json.loads(path.read_text(encoding="utf-8"))["words"]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return words if isinstance(words, dict) else {}


def nearest_words(
    matrix: npt.NDArray[np.float32], tokens: Sequence[str], words: Iterable[str], count: int
) -> dict[str, list[str]]:
    """Return for each of `words` the `count` other words whose embeddings point the same way, nearest first.

    >>> matrix = np.array([[1, 0], [0.9, 0.1], [0, 1]], np.float32)
    >>> nearest_words(matrix, ["pen", "ink", "sea"], ["pen"], 1)
    {'pen': ['ink']}
    """
    ids = {token: number for number, token in enumerate(tokens[:MOST_FREQUENT])}
    candidates = np.array([number for token, number in ids.items() if is_word(token)], np.int64)
    directions = unit_rows(matrix[candidates])  # (C, E)
    found = {}
    for word in (word for word in words if word in ids):
        cosines = directions @ unit_rows(matrix[[ids[word]]])[0]  # (C,)
        cosines[candidates == ids[word]] = -np.inf
        ranked = candidates[np.argsort(-cosines, kind="stable")[:count]].tolist()
        found[word] = [shown(tokens[number]) for number in ranked if number != ids[word]]
    return {shown(word): nearest for word, nearest in found.items()}


def content_words(tokens: Sequence[str], number: int = WORDS) -> list[str]:
    """Return the most frequent tokens that mean something by themselves, the frequent ones first.

    >>> content_words(["<pad>", "the", "!", "42", "coffee", "我们", "咖啡"])
    ['coffee', '咖啡']
    """
    telling = (token for token in tokens[:MOST_FREQUENT] if is_telling(token))
    return [token for token, _ in zip(telling, range(number), strict=False)]


def is_telling(token: str) -> bool:
    word = shown(token).lower()
    least = 2 if HAN_CHARACTER.search(word) else 3
    return is_word(token) and len(word) >= least and word not in FUNCTION_WORDS


def is_word(token: str) -> bool:
    is_special = token in SPECIAL_TOKENS or token == SEPARATOR
    return not is_special and any(character.isalpha() for character in token)


def unit_rows(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    finite = np.nan_to_num(rows, posinf=0.0, neginf=0.0).astype(np.float32)
    lengths = np.linalg.norm(finite, axis=1, keepdims=True)
    result: npt.NDArray[np.float32] = finite / np.maximum(lengths, np.finfo(np.float32).tiny)
    return result


def shown(token: str) -> str:
    return token.replace(SPACE, "")
