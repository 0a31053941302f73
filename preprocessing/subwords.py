"""Subwords (Kudo & Richardson 2018, SentencePiece): learned from the corpus, so that no word is unknown."""

import io
import re
from collections.abc import Iterable
from typing import Any

from preprocessing.errors import VocabularyError
from preprocessing.vocabulary import SPECIAL_TOKENS

FILE_NAME = "subwords.model"
SPACE = "\u2581"
MOST_LINES = 1_000_000
# Bytes stand for characters that were never seen; they take 256 places, the special pieces some more.
FEWEST_PIECES = 300
BYTE = re.compile(r"<0x([0-9A-F]{2})>")
MAX_LINE_BYTES = 4192


class Subwords:
    """A trained model of pieces; `content` is what is kept of it in a file."""

    def __init__(self, content: bytes) -> None:
        from sentencepiece import SentencePieceProcessor

        self.content = content
        try:
            self._pieces: Any = SentencePieceProcessor(model_proto=content)
        except Exception as error:  # the library raises what its C++ threw
            raise VocabularyError(f"{FILE_NAME} must be a SentencePiece model: {error}.") from None

    def cut(self, text: str) -> list[str]:
        # The library takes no lone surrogate.
        return list(self._pieces.encode(text.encode("utf-8", "replace").decode(), out_type=str))

    def pieces(self) -> list[str]:
        """Return every piece that text can be cut into."""
        total = self._pieces.get_piece_size()
        return [
            self._pieces.id_to_piece(number)
            for number in range(total)
            if not (self._pieces.is_control(number) or self._pieces.is_unknown(number))
        ]


def train_subwords(texts: Iterable[str], size: int) -> Subwords:
    """Learn at most `size` minus four pieces from normalised texts; the same texts give the same bytes.

    Raises:
        VocabularyError: the size is too small for the characters of the corpus.
    """
    from sentencepiece import SentencePieceTrainer

    if size < FEWEST_PIECES:
        raise VocabularyError(
            f"A vocabulary of subwords must have at least {FEWEST_PIECES} tokens. Received {size}."
        )
    model = io.BytesIO()
    try:
        SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=model,
            model_type="bpe",
            # The trainer's own <unk> takes a place, ours are four.
            vocab_size=size - len(SPECIAL_TOKENS) + 1,
            hard_vocab_limit=False,
            byte_fallback=True,
            character_coverage=0.9995,
            bos_id=-1,
            eos_id=-1,
            pad_id=-1,
            normalization_rule_name="identity",
            max_sentence_length=MAX_LINE_BYTES,
            input_sentence_size=MOST_LINES,
            shuffle_input_sentence=False,
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1][-200:]
        raise VocabularyError(
            f"Subwords could not be learned: {reason}. Try another vocabulary size."
        ) from None
    return Subwords(model.getvalue())


def joined_pieces(pieces: Iterable[str]) -> str:
    """Return the text of pieces, or of single characters; bytes become the characters that they spell.

    >>> joined_pieces(["\u2581Hel", "lo", "\u2581", "<0xE4>", "<0xBD>", "<0xA0>"])
    'Hello 你'
    """
    text = bytearray()
    for piece in pieces:
        byte = BYTE.fullmatch(piece)
        text += bytes([int(byte[1], 16)]) if byte else piece.replace(SPACE, " ").encode("utf-8", "replace")
    return text.decode("utf-8", "replace").replace("\ufffd", "").strip()
