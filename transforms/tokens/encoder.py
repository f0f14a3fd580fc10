"""An encoder: a tokenizer's function from texts to numbers of tokens, and what is known of each of its tokens."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

CONTINUATION = range(0x80, 0xC0)
"""Bytes of UTF-8 that go on with a character."""


@dataclass(frozen=True)
class Piece:
    """What a token of the vocabulary is.

    Attributes:
      partial: whether it stands for a part of a character only, or for one byte by fallback.
      opened: how many characters begin in it that it doesn't hold whole (0 or 1); for a fallback byte, whether a
        character begins with it. Over the tokens of a text, the sum is the number of characters that took fallback.
      unknown: whether it stands for all that the vocabulary lacks.
    """

    partial: bool = False
    opened: int = 0
    unknown: bool = False


WHOLE = Piece()


@dataclass(frozen=True)
class Encoder:
    """A tokenizer.

    Attributes:
      encode: gives the tokens of each text, without special tokens.
      vocabulary: gives (token, its piece) for those that aren't WHOLE, and the size of the vocabulary.
    """

    encode: Callable[[Sequence[str]], list[Sequence[int]]]
    vocabulary: Callable[[], tuple[Iterable[tuple[int, Piece]], int]]

    @cached_property
    def _table(self) -> Any:
        """For each token of the vocabulary its piece's `partial`, `opened` and `unknown`, as numbers."""
        pieces, size = self.vocabulary()
        table = np.zeros((size, 3), np.int64)
        for token, piece in pieces:
            table[token] = piece.partial, piece.opened, piece.unknown
        return table

    def lengths(self, texts: Sequence[str]) -> Any:
        """Return the number of tokens of each text."""
        return np.fromiter(map(len, self.encode(texts)), np.int64, len(texts))

    def measure(self, texts: Sequence[str]) -> Any:
        """Return for each text the numbers of its tokens, partial pieces, characters by fallback and unknown pieces."""
        encoded = self.encode(texts)
        found = np.zeros((len(texts), 4), np.int64)
        found[:, 0] = np.fromiter(map(len, encoded), np.int64, len(texts))
        if not found[:, 0].any():
            return found
        tokens = np.concatenate([np.asarray(ids, np.int64) for ids in encoded])
        sums = np.concatenate([np.zeros((1, 3), np.int64), np.cumsum(self._table[tokens], axis=0)])
        ends = np.cumsum(found[:, 0])
        found[:, 1:] = sums[ends] - sums[ends - found[:, 0]]
        return found


def byte_level(data: bytes) -> Piece:
    """Return the piece of a token that stands for these bytes of UTF-8."""
    begins_inside = bool(data) and data[0] in CONTINUATION
    lead = next((at for at in range(1, min(4, len(data)) + 1) if data[-at] not in CONTINUATION), 0)
    cut = bool(lead) and lead < _width(data[-lead])
    return Piece(begins_inside or cut, int(cut)) if begins_inside or cut else WHOLE


def fallback_byte(value: int) -> Piece:
    """Return the piece of a token that stands for one byte of a character that the vocabulary lacks."""
    return Piece(True, int(value not in CONTINUATION))


def _width(lead: int) -> int:
    """Return of how many bytes the character is that begins with this one."""
    return 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
