"""Reads a pickle that somebody sent: only plain containers, numbers and strings, since a pickle is code."""

import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from preprocessing.errors import DatasetError
from preprocessing.vocabulary import SPECIAL_TOKENS, Vocabulary

KEYS = ("word2id", "id2word", "trainingSamples", "maxLength", "corpusName")
MOST_BYTES = 512 * 1024 * 1024
# A step makes at most one value: this bounds memory to some gigabytes, whatever a small file asks for.
MOST_STEPS = 60_000_000
LARGEST_KEY = 2**31
MOST_SHOWN = 200  # characters
MOST_CHARACTERS = 1000  # of a token

# What plain values are written with, in all protocols; nothing here can name, build or call anything.
PLAIN_OPCODES = """
    PROTO FRAME STOP MARK POP POP_MARK NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4
    FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8
    EMPTY_LIST LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_DICT DICT SETITEM SETITEMS
    PUT BINPUT LONG_BINPUT MEMOIZE GET BINGET LONG_BINGET
"""
# What find_class and persistent_load refuse, since they can say what was asked for.
NAMING_OPCODES = "GLOBAL STACK_GLOBAL PERSID BINPERSID"


class Steps(dict[int, Callable[..., Any]]):
    """What to do for which opcode; counts how often it was asked."""

    taken = 0

    def __getitem__(self, opcode: int) -> Callable[..., Any]:
        self.taken += 1
        if self.taken > MOST_STEPS:
            raise DatasetError(f"it takes more than {MOST_STEPS:,} steps to read; split it up")
        return super().__getitem__(opcode)

    def __missing__(self, opcode: int) -> NoReturn:
        raise DatasetError(f"its operation {opcode:#04x} makes no plain list, dict, number or text")


class PlainUnpickler(pickle._Unpickler):
    """Refuses every name that a pickle could import; plain values need none.

    Python's own implementation, not the one in C: a few bytes make that one allocate gigabytes for its
    memo, or exhaust its stack while it hashes a key.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="utf-8")  # texts of Python 2 are bytes
        # An instance's own, since each reading counts its own steps.
        self.dispatch = plain_steps()  # type: ignore[misc]

    def find_class(self, module: str, name: str) -> NoReturn:
        raise DatasetError(
            f"it names {readable(f'{module}.{name}')}, and only plain lists, dicts, numbers and texts are "
            "let in; write it again with array.tolist(), int(number), dict(mapping) and the like"
        )

    def persistent_load(self, pid: Any) -> NoReturn:
        raise DatasetError("it refers to something outside itself")


def plain_steps() -> Steps:
    known = pickle._Unpickler.dispatch
    names = f"{PLAIN_OPCODES} {NAMING_OPCODES}".split()
    steps = Steps({opcode: known[opcode] for opcode in (getattr(pickle, name)[0] for name in names)})
    for opcode, first_key in ((pickle.SETITEM, -2), (pickle.SETITEMS, 0), (pickle.DICT, 0)):
        steps[opcode[0]] = with_checked_keys(known[opcode[0]], first_key)
    return steps


def with_checked_keys(set_items: Callable[[Any], None], first_key: int) -> Callable[[Any], None]:
    """Return `set_items` with a look at the keys, which are every second value of the stack.

    The hash of a deeply nested tuple would end the process, and many large numbers can share one hash.
    """

    def checked(unpickler: Any) -> None:
        require_plain_keys(unpickler.stack[first_key::2])
        set_items(unpickler)

    return checked


def require_plain_keys(keys: Iterable[Any]) -> None:
    for key in keys:
        if not (type(key) is str or (type(key) is int and -LARGEST_KEY < key < LARGEST_KEY)):
            raise DatasetError(
                f"keys of its dicts must be texts or small whole numbers, not {type(key).__name__}"
            )


def load_pickle(path: Path) -> dict[str, Any]:
    """Return the content of a dataset pickle.

    Raises:
        DatasetError: the file is damaged, holds more than plain values, or lacks a key of the contract.
    """
    require_size(path)
    try:
        with path.open("rb") as file:
            content = PlainUnpickler(file).load()
    except DatasetError as error:
        raise DatasetError(f"{path.name} was refused: {error}.") from None
    except (OSError, RecursionError, MemoryError) as error:
        raise DatasetError(
            f"{path.name} could not be read: {readable(str(error)) or type(error).__name__}."
        ) from None
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to lead to
        reason = f"{type(error).__name__}: {readable(str(error))}"
        raise DatasetError(f"{path.name} must be a whole pickle. {reason}.") from None
    missing = [key for key in KEYS if not isinstance(content, dict) or key not in content]
    if missing:
        raise DatasetError(
            f"{path.name} must be a dict with {', '.join(KEYS)}. It lacks {', '.join(missing)}."
        )
    return dict(content)


def require_size(path: Path) -> None:
    if not path.is_file():
        raise DatasetError(f"A pickle must be a file that exists. Received {path}. Check the path.")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise DatasetError(
            f"{path.name} must have at most {MOST_BYTES:,} bytes. It has {size:,}. Split it up."
        )


def checked_vocabulary(word2id: Any, id2word: Any) -> Vocabulary:
    """Return the vocabulary of two tables that must be each other's inverse."""
    for key, table in (("word2id", word2id), ("id2word", id2word)):
        if type(table) is not dict:
            refuse(key, "must be a dict", table)
    if len(word2id) != len(id2word):
        raise DatasetError(
            "word2id and id2word must be each other's inverse. "
            f"They have {len(word2id):,} and {len(id2word):,} entries."
        )
    tokens = [checked_token(number, word2id, id2word) for number in range(len(id2word))]
    if tuple(tokens[:4]) != SPECIAL_TOKENS:
        found = ", ".join(described(token) for token in tokens[:4])
        raise DatasetError(f"Ids 0 to 3 must be {' '.join(SPECIAL_TOKENS)}. There stand {found or 'none'}.")
    return Vocabulary(tokens)


def checked_token(number: int, word2id: dict[Any, Any], id2word: dict[Any, Any]) -> str:
    if number not in id2word:
        raise DatasetError(f"id2word must have every id from 0 to {len(id2word) - 1:,}. It lacks {number:,}.")
    token = id2word[number]
    if type(token) is not str or not is_storable(token):
        refuse(
            f"id2word[{number}]",
            f"must be a text of one line with 1 to {MOST_CHARACTERS:,} characters",
            token,
        )
    found = word2id.get(token)
    if type(found) is not int or found != number:
        raise DatasetError(
            f"word2id and id2word must be each other's inverse. id2word[{number}] is {described(token)}, "
            f"whose id in word2id is {described(found)}."
        )
    return token


def is_storable(token: str) -> bool:
    """Whether a file with a token a line gives it back as it was."""
    is_unicode = not any("\ud800" <= character <= "\udfff" for character in token)
    return 0 < len(token) <= MOST_CHARACTERS and is_unicode and not {"\n", "\r"} & set(token)


def readable(text: str) -> str:
    """Return what can be shown of a stranger's text: little of it, and nothing that steers a terminal."""
    shown = "".join(character if character.isprintable() else "?" for character in text[:MOST_SHOWN])
    return shown if len(text) <= MOST_SHOWN else f"{shown}..."


def described(value: Any) -> str:
    """Return a stranger's value in a few characters; a container by its size, since it may hold itself."""
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value):,}"
    if type(value) is int:
        return f"{value:,}" if value.bit_length() <= 64 else f"a number of {value.bit_length():,} bits"
    return readable(repr(value[:MOST_SHOWN]) if isinstance(value, str) else repr(value))


def refuse(place: str, must: str, received: Any, advice: str = "") -> NoReturn:
    raise DatasetError(f"{place}: {must}. Received {described(received)}. {advice}".rstrip())
