"""The tokens that a network knows, and their ids."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

from preprocessing.durable_file import write_text_durably
from preprocessing.errors import VocabularyError

PAD_ID, GO_ID, EOS_ID, UNKNOWN_ID = range(4)
SPECIAL_TOKENS = ("<pad>", "<go>", "<eos>", "<unknown>")
# Stands between the turns of a question with context. No text is cut into it.
SEPARATOR = "<turn>"


class Vocabulary:
    """Tokens in the order of their ids; the four special ones come first, always."""

    def __init__(self, tokens: Sequence[str]) -> None:
        """`tokens` holds all of them, the special ones included."""
        if tuple(tokens[:4]) != SPECIAL_TOKENS:
            raise VocabularyError(
                f"A vocabulary must begin with {' '.join(SPECIAL_TOKENS)}. Received {list(tokens[:4])}."
            )
        self._tokens = list(tokens)
        self._ids = {token: number for number, token in enumerate(self._tokens)}
        if len(self._ids) != len(self._tokens):
            raise VocabularyError("A vocabulary must hold every token once; at least one stands there twice.")

    def __len__(self) -> int:
        return len(self._tokens)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self._tokens == other._tokens

    def __hash__(self) -> int:
        return hash(tuple(self._tokens))

    def __contains__(self, token: str) -> bool:
        return self._ids.get(token, UNKNOWN_ID) > UNKNOWN_ID

    def lookup(self, token: str) -> int:
        """Return the id of `token`, or the unknown id; text that spells a special token is unknown."""
        number = self._ids.get(token, UNKNOWN_ID)
        return number if number > UNKNOWN_ID else UNKNOWN_ID

    def token(self, number: int) -> str:
        return self._tokens[number]

    def encode(self, tokens: Iterable[str]) -> list[int]:
        return [self.lookup(token) for token in tokens]

    def decode(self, ids: Iterable[int]) -> list[str]:
        return [self._tokens[number] for number in ids]

    def word2id(self) -> dict[str, int]:
        return dict(self._ids)

    def id2word(self) -> dict[int, str]:
        return dict(enumerate(self._tokens))

    def to_file(self, path: Path) -> None:
        """Write token i on line i."""
        write_text_durably(path, "".join(f"{token}\n" for token in self._tokens))

    @classmethod
    def from_file(cls, path: Path) -> Self:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise VocabularyError(f"{path.name} must be a UTF-8 file with a token a line: {error}.") from None
        return cls(text.removesuffix("\n").split("\n"))


def build_vocabulary(
    counts: Mapping[str, int], max_size: int, *, min_count: int = 1, guaranteed: Iterable[str] = ()
) -> Vocabulary:
    """Return the most frequent tokens, `max_size` with the special ones; ties in code-point order.

    What is `guaranteed` comes in whatever its frequency, as long as there is room.

    >>> build_vocabulary({"b": 2, "a": 2, "c": 1}, 6).decode([4, 5])
    ['a', 'b']
    >>> build_vocabulary({"b": 2, "a": 2, "c": 1}, 6, guaranteed=["c"]).decode([4, 5])
    ['a', 'c']
    """
    room = max(max_size - len(SPECIAL_TOKENS), 0)
    certain = [token for token in dict.fromkeys(guaranteed) if is_usable(token)][:room]
    others = (token for token in counts if is_usable(token) and counts[token] >= min_count)
    by_frequency = sorted(set(others).difference(certain), key=lambda token: (-counts[token], token))
    chosen = [*certain, *by_frequency[: room - len(certain)]]
    return Vocabulary([*SPECIAL_TOKENS, *sorted(chosen, key=lambda token: (-counts.get(token, 0), token))])


def is_usable(token: str) -> bool:
    """Whether a token can have a line of its own in a vocabulary's file."""
    return token not in SPECIAL_TOKENS and "\n" not in token
