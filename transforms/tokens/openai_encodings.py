"""OpenAI's encodings: those that a package carries, and those that tiktoken downloads."""

from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from transforms.tokens.encoder import WHOLE, Encoder, Piece, byte_level
from transforms.tokens.names import TokenizerError

CARRIED = {"o200k_base": "o200k_base", "o200k_harmony": "o200k_base", "cl100k_base": "cl100k_base"}
"""Encodings by the vocabulary of theirs that bpe-openai carries; o200k_harmony differs in special tokens only."""

DOWNLOADED = ("gpt2", "r50k_base", "p50k_base", "p50k_edit")
"""Encodings whose vocabulary tiktoken downloads on first use, and checks."""

LONGEST = 50_000
"""Characters that are encoded at once: bpe-openai takes 200,000 tokens, and a character may be four bytes."""

INSTALL = 'pip install "langloom[tokenizers]"'


def check(name: str) -> None:
    """Raise TokenizerError where there is no such encoding, or what it needs isn't installed."""
    if name not in CARRIED and name not in DOWNLOADED:
        known = ", ".join([*CARRIED, *DOWNLOADED])
        raise TokenizerError(f"tiktoken:{name}: there is no encoding {name!r} (known: {known})")
    if name in DOWNLOADED and find_spec("tiktoken") is None:
        raise TokenizerError(f"tiktoken:{name} needs the library tiktoken: {INSTALL}")


def encoder(name: str) -> Encoder:
    """Load an encoding."""
    if name in CARRIED:
        import bpe_openai

        encoding: Any = bpe_openai.get_encoding(CARRIED[name])
    else:
        import tiktoken

        try:
            encoding = tiktoken.get_encoding(name)
        except Exception as error:  # noqa: BLE001 - tiktoken lets all through that a download may raise
            why = " ".join(str(error).split())
            raise TokenizerError(
                f"tiktoken:{name} can't be downloaded: {why}; {', '.join(CARRIED)} need not be"
            ) from None

    def encode(texts: Sequence[str]) -> list[Sequence[int]]:
        return [_encoded(encoding, text) for text in texts]

    def vocabulary() -> tuple[Iterable[tuple[int, Piece]], int]:
        pieces = ((token, byte_level(data)) for token, data in _tokens(encoding))
        return ((token, piece) for token, piece in pieces if piece is not WHOLE), encoding.n_vocab

    return Encoder(encode, vocabulary)


def _encoded(encoding: Any, text: str) -> Sequence[int]:
    if len(text) <= LONGEST:
        tokens: Sequence[int] = encoding.encode_ordinary(text)
        return tokens
    return [token for piece in cut(text) for token in encoding.encode_ordinary(piece)]


def cut(text: str) -> Iterator[str]:
    """Yield the text in pieces of at most LONGEST characters.

    They end before white space that follows a letter or a digit: no token of these encodings reaches across such a
    place, so that the pieces have the text's tokens. Where a piece has no such place, it is cut where it must be, which
    may make a token more.
    """
    start = 0
    while len(text) - start > LONGEST:
        end = start + LONGEST
        place = next((at for at in range(end, start, -1) if text[at].isspace() and text[at - 1].isalnum()), end)
        yield text[start:place]
        start = place
    yield text[start:]


def _tokens(encoding: Any) -> Iterator[tuple[int, bytes]]:
    for token in range(encoding.n_vocab):
        try:
            yield token, encoding.decode_single_token_bytes(token)
        except KeyError:  # numbers that no token has
            continue
