"""Tokenizers in Hugging Face's form, `tokenizer.json`: from a file, a package or the Hub."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from transforms.files import read_bytes
from transforms.tokens.encoder import WHOLE, Encoder, Piece, byte_level, fallback_byte
from transforms.tokens.names import TokenizerError, TokenizerName
from transforms.tokens.openai_encodings import INSTALL

FILE = "tokenizer.json"

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


def check(name: TokenizerName) -> None:
    """Raise TokenizerError where the library or the file isn't there, or holds no tokenizer. The Hub isn't asked."""
    if find_spec("tokenizers") is None:
        raise TokenizerError(f"{name} needs the library tokenizers: {INSTALL}")
    if name.kind != "hub":
        encoder(name)


def encoder(name: TokenizerName) -> Encoder:
    """Load a tokenizer. What its file says of cutting and filling texts up is not followed: lengths are to be real."""
    from tokenizers import Tokenizer

    data = content(name)
    try:
        described = orjson.loads(data)
        made: Any = Tokenizer.from_str(data.decode("utf-8"))
    except Exception as error:  # noqa: BLE001 - the library raises bare Exceptions
        why = " ".join(str(error).split()) or type(error).__name__
        raise TokenizerError(f"{name} holds no tokenizer as tokenizer.json has it: {why}") from None
    made.no_truncation()
    made.no_padding()
    made.encode_special_tokens = True  # "</s>" in a text is text

    def encode(texts: Sequence[str]) -> list[Sequence[int]]:
        return [encoding.ids for encoding in made.encode_batch_fast(list(texts), add_special_tokens=False)]

    def vocabulary() -> tuple[Iterable[tuple[int, Piece]], int]:
        tokens = made.get_vocab(with_added_tokens=True)
        return _pieces(described, made.get_vocab(with_added_tokens=False)), max(tokens.values(), default=-1) + 1

    return Encoder(encode, vocabulary)


def content(name: TokenizerName) -> bytes:
    """Return the tokenizer's file; TokenizerError where it can't be read."""
    try:
        return read_bytes(str(_path(name)))
    except TokenizerError:
        raise
    except Exception as error:  # noqa: BLE001 - file systems and the Hub raise many kinds
        why = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise TokenizerError(f"{name} can't be read: {why}") from None


def _path(name: TokenizerName) -> str | Path:
    if name.kind == "file":
        return name.name
    if name.kind == "package":
        return _in_package(name)
    from huggingface_hub import hf_hub_download

    path: str = hf_hub_download(name.name, FILE, revision=name.inside or None)
    return path


def _in_package(name: TokenizerName) -> Path:
    """Return the file in a package, which is looked for and never imported."""
    spec = find_spec(name.name)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise TokenizerError(f"{name}: the package {name.name} isn't installed")
    if name.inside:
        return Path(folders[0]) / name.inside
    found = sorted(Path(folders[0]).rglob(FILE))
    if len(found) != 1:
        listed = ", ".join(path.relative_to(folders[0]).as_posix() for path in found) or "none"
        raise TokenizerError(
            f"{name}: the package holds {len(found)} files {FILE} ({listed}); name one: package:NAME/PATH"
        )
    return found[0]


def pinned(name: TokenizerName) -> TokenizerName:
    """Return a repository's name with the commit that its revision is now; other names as they are."""
    if name.kind != "hub" or re.fullmatch(r"[0-9a-f]{40}", name.inside):
        return name
    from huggingface_hub import HfApi

    try:
        info = HfApi().model_info(name.name, revision=name.inside or None)
    except Exception as error:  # noqa: BLE001 - the Hub raises many kinds
        raise TokenizerError(f"{name} can't be found: {' '.join(str(error).split())}") from None
    return TokenizerName("hub", name.name, str(info.sha))


def _pieces(described: Mapping[str, Any], tokens: Mapping[str, int]) -> Iterator[tuple[int, Piece]]:
    model = described.get("model") or {}
    unknown = model.get("unk_token")
    if isinstance(model.get("unk_id"), int):
        unknown = (model["vocab"][model["unk_id"]] or [None])[0]
    bytewise = _has(described, "ByteLevel")
    fallback = model.get("byte_fallback") or _has(described, "ByteFallback")
    alphabet = {char: byte for byte, char in _byte_characters().items()} if bytewise else {}
    for text, token in tokens.items():
        piece = WHOLE
        if text == unknown:
            piece = Piece(unknown=True)
        elif fallback and (found := _BYTE.fullmatch(text)):
            piece = fallback_byte(int(found[1], 16))
        elif bytewise and all(char in alphabet for char in text):
            piece = byte_level(bytes(alphabet[char] for char in text))
        if piece is not WHOLE:
            yield token, piece


def _has(described: Mapping[str, Any], kind: str) -> bool:
    """Say whether the tokenizer has a part of this type before or after its model."""
    parts = [described.get("pre_tokenizer"), described.get("decoder")]
    while parts:
        part = parts.pop()
        if isinstance(part, Mapping):
            if part.get("type") == kind:
                return True
            parts += [*(part.get("pretokenizers") or ()), *(part.get("decoders") or ())]
    return False


def _byte_characters() -> dict[int, str]:
    """Return the character that byte-level vocabularies write for each byte: GPT-2's table.

    Printable characters of Latin-1 stand for themselves, the other bytes for characters from U+0100 on, in order.
    """
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {**{byte: chr(byte) for byte in plain}, **{byte: chr(256 + at) for at, byte in enumerate(others)}}
