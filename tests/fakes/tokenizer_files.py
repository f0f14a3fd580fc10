"""Tokenizers small enough to be made in a test, as Hugging Face's library writes them."""

import json
from pathlib import Path
from typing import Any

WORDS = {"▁the": -1.0, "▁cat": -2.0, "▁": -4.0, "s": -5.0, "cat": -6.0}


def sentencepiece_like(**changes: Any) -> dict[str, Any]:
    """Return a Unigram model with byte fallback, as Llama's tokenizers have it; it also asks for cuts and fillings."""
    pieces = [["<unk>", 0.0], *([f"<0x{byte:02X}>", -9.0] for byte in range(256)), *WORDS.items()]
    prepend = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": False}
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0},
        "padding": {
            "strategy": {"Fixed": 16},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 0,
            "pad_type_id": 0,
            "pad_token": "<unk>",
        },
        "added_tokens": [{"id": len(pieces), "content": "<pad>", **special}],
        "normalizer": None,
        "pre_tokenizer": prepend,
        "post_processor": None,
        "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": True, "vocab": [list(piece) for piece in pieces]},
        **changes,
    }


def byte_level(merges: list[tuple[str, str]]) -> dict[str, Any]:
    """Return a byte-level BPE model with the 256 bytes and these merges, as GPT-2's tokenizer has it."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    letters = [chr(byte) for byte in plain] + [chr(256 + at) for at in range(len(others))]
    pieces = [*letters, *(one + other for one, other in merges)]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": level,
        "post_processor": None,
        "decoder": level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {piece: at for at, piece in enumerate(pieces)},
            "merges": [list(merge) for merge in merges],
        },
    }


def save(described: dict[str, Any], folder: Path, name: str = "tokenizer.json") -> str:
    """Write a tokenizer and return its name in a recipe."""
    (folder / name).write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
    return f"file:{folder / name}"
