"""Loads tokenizers, once in a process: steps hold names only."""

from functools import lru_cache
from pathlib import Path

from transforms.example import digest
from transforms.files import is_local
from transforms.tokens import openai_encodings, tokenizer_json
from transforms.tokens.encoder import Encoder
from transforms.tokens.names import parse, resolved


def load(tokenizer: str) -> Encoder:
    """Return the encoder of a tokenizer, which this process loads once; TokenizerError where it can't be loaded."""
    return _load(tokenizer, _stamp(tokenizer))


def check(tokenizer: str, base: str) -> str:
    """Return the name with its path resolved; TokenizerError where it names nothing. The network isn't asked."""
    whole = resolved(tokenizer, base)
    name = parse(whole)
    if name.kind == "tiktoken":
        openai_encodings.check(name.name)
    else:
        tokenizer_json.check(name)
    return whole


def pinned(tokenizer: str) -> str:
    """Return the name with the commit of a repository of the Hub, which is asked for it."""
    return str(tokenizer_json.pinned(parse(tokenizer)))


def content_hash(tokenizer: str) -> str:
    """Return what identifies the tokenizer wherever it lies: a hash of its file; else its name, which says it.

    An encoding of tiktoken is the same for ever, and so is a commit on the Hub.
    """
    return _content_hash(tokenizer, _stamp(tokenizer))


@lru_cache(maxsize=8)
def _load(tokenizer: str, stamp: tuple[int, int]) -> Encoder:
    name = parse(tokenizer)
    return openai_encodings.encoder(name.name) if name.kind == "tiktoken" else tokenizer_json.encoder(name)


@lru_cache(maxsize=64)
def _content_hash(tokenizer: str, stamp: tuple[int, int]) -> str:
    name = parse(tokenizer)
    return digest(tokenizer_json.content(name)).hex() if name.kind in ("file", "package") else tokenizer


def _stamp(tokenizer: str) -> tuple[int, int]:
    """Return size and time of a local file, so that another one under its name isn't taken for it."""
    name = parse(tokenizer)
    if name.kind != "file" or not is_local(name.name) or not Path(name.name).is_file():
        return 0, 0
    found = Path(name.name).stat()
    return found.st_size, found.st_mtime_ns
