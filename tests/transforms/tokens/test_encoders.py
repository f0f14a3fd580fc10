"""Known numbers of tokens, and what counts as a byte that stands for a part of a character."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import tokenizer_files
from transforms.tokens import openai_encodings
from transforms.tokens.encoder import Piece, byte_level, fallback_byte
from transforms.tokens.loading import check, content_hash, load
from transforms.tokens.names import TokenizerError, parse

O200K = "tiktoken:o200k_base"
CL100K = "tiktoken:cl100k_base"


@pytest.mark.parametrize(
    ("tokenizer", "text", "numbers"),
    [
        (O200K, "", [0, 0, 0, 0]),
        (O200K, "hello world", [2, 0, 0, 0]),
        (O200K, "tiktoken is great!", [6, 0, 0, 0]),
        (CL100K, "tiktoken is great!", [6, 0, 0, 0]),  # as in OpenAI's cookbook, on counting tokens
        (CL100K, "antidisestablishmentarianism", [6, 0, 0, 0]),  # the same
        (O200K, "antidisestablishmentarianism", [6, 0, 0, 0]),  # the same
        (CL100K, "2 + 2 = 4", [7, 0, 0, 0]),  # the same
        (O200K, "2 + 2 = 4", [7, 0, 0, 0]),  # the same
        (CL100K, "お誕生日おめでとう", [9, 2, 1, 0]),  # the same; 誕 is cut in two
        (O200K, "お誕生日おめでとう", [8, 2, 1, 0]),  # the same; 誕 is cut in two
        (O200K, "<|endoftext|>", [7, 0, 0, 0]),  # text is text
    ],
)
def test_known_counts(tokenizer, text, numbers):
    assert load(tokenizer).measure([text]).tolist() == [numbers]
    assert load(tokenizer).lengths([text]).tolist() == numbers[:1]


@pytest.mark.parametrize(
    ("data", "piece"),
    [
        (b"abc", Piece()),
        ("日本".encode(), Piece()),
        (b" \xe6", Piece(True, 1)),
        (b"\xe6\x97", Piece(True, 1)),
        (b"\x97\xa5", Piece(True, 0)),
        (b"\xa5\xe6", Piece(True, 1)),
        (b"\xa5abc", Piece(True, 0)),
        (b"\xf0\x9f\xa6", Piece(True, 1)),
        (b"\xf0\x9f\xa6\x99", Piece()),
        (b"", Piece()),
    ],
)
def test_pieces_of_byte_level_vocabularies(data, piece):
    assert byte_level(data) == piece


def test_fallback_bytes_are_parts_and_some_begin_a_character():
    assert [fallback_byte(value) for value in (0x0A, 0xE6, 0x97)] == [Piece(True, 1), Piece(True, 1), Piece(True, 0)]


@given(st.text(max_size=60))
def test_characters_by_fallback_are_those_with_a_border_inside(text):
    encoder = load(O200K)
    import bpe_openai

    encoding = bpe_openai.get_encoding("o200k_base")
    borders, at = set(), 0
    for token in encoding.encode_ordinary(text):
        at += len(encoding.decode_single_token_bytes(token))
        borders.add(at)
    split, at = 0, 0
    for char in text:
        size = len(char.encode())
        split += any(at < border < at + size for border in borders)
        at += size
    assert encoder.measure([text])[0, 2] == split


def test_the_carried_vocabularies_encode_as_tiktoken_does():
    tiktoken = pytest.importorskip("tiktoken")
    from bpe_openai import registry

    texts = ["Hello, WORLD's 12345 ", "您好 世界。\n\n  x\t", "สวัสดีครับ", "বাংলা ভাষা", "🦙🦄 -- ...", "a" * 300]
    for name in ("o200k_base", "cl100k_base"):
        real = tiktoken.Encoding(**registry.ENCODING_CONSTRUCTORS[name]())
        assert load(f"tiktoken:{name}").encode(texts) == [real.encode_ordinary(text) for text in texts]


def test_long_texts_are_encoded_in_pieces_that_have_the_same_tokens():
    text = "The quick brown fox, 1234567 jumps\n over  the lazy dog. " * 2000
    pieces = list(openai_encodings.cut(text))
    assert len(pieces) > 2
    assert "".join(pieces) == text
    import bpe_openai

    for name in ("o200k_base", "cl100k_base"):
        whole = bpe_openai.get_encoding(name).encode_ordinary(text)
        assert load(f"tiktoken:{name}").encode([text]) == [whole]
    million = "日" * 1_000_001  # more than the library takes at once, and nowhere a place to cut
    assert load(O200K).lengths([million])[0] > 300_000


def test_a_file_with_byte_fallback(tmp_path: Path):
    tokenizer = tokenizer_files.save(tokenizer_files.sentencepiece_like(), tmp_path)
    encoder = load(tokenizer)
    texts = ["the cats", "", "the\ncat", "cat 日x", "<pad>"]
    assert encoder.measure(texts).tolist() == [
        [3, 0, 0, 0],  # ▁the ▁cat s
        [0, 0, 0, 0],
        [3, 1, 1, 0],  # ▁the <0x0A> cat
        [6, 4, 2, 0],  # ▁cat ▁ <0xE6> <0x97> <0xA5> <0x78>
        [6, 5, 5, 0],  # ▁ and five bytes: no special token, nothing cut off, nothing filled up
    ]


def test_without_byte_fallback_what_the_vocabulary_lacks_is_unknown(tmp_path: Path):
    described = tokenizer_files.sentencepiece_like(decoder=None)
    described["model"] = {**described["model"], "byte_fallback": False}
    assert load(tokenizer_files.save(described, tmp_path)).measure(["cat 日"]).tolist() == [[3, 0, 0, 1]]


def test_a_byte_level_file(tmp_path: Path):
    # æ, Ĺ and ¥ are how E6, 97 and A5 are written, the bytes of 日
    encoder = load(tokenizer_files.save(tokenizer_files.byte_level([("c", "a"), ("ca", "t"), ("æ", "Ĺ")]), tmp_path))
    assert encoder.measure(["cat", "日", "日本"]).tolist() == [[1, 0, 0, 0], [2, 2, 1, 0], [5, 5, 2, 0]]


def test_a_package_is_looked_into_and_never_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("one", "two"):
        (tmp_path / "carrier" / name).mkdir(parents=True)
        tokenizer_files.save(tokenizer_files.sentencepiece_like(), tmp_path / "carrier" / name)
    (tmp_path / "carrier" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TokenizerError, match=r"holds 2 files tokenizer.json \(one/tokenizer.json, two/tok"):
        check("package:carrier", ".")
    assert check("package:carrier/one/tokenizer.json", ".") == "package:carrier/one/tokenizer.json"
    assert load("package:carrier/one/tokenizer.json").lengths(["the cats"]).tolist() == [3]
    (tmp_path / "carrier" / "two" / "tokenizer.json").unlink()
    assert load("package:carrier").lengths(["the cats"]).tolist() == [3]


def test_another_file_under_the_same_name_is_another_tokenizer(tmp_path: Path):
    tokenizer = tokenizer_files.save(tokenizer_files.sentencepiece_like(), tmp_path)
    before = content_hash(tokenizer)
    assert load(tokenizer).lengths(["cat"]).tolist() == [1]
    tokenizer_files.save(tokenizer_files.byte_level([]), tmp_path)
    assert load(tokenizer).lengths(["cat"]).tolist() == [3]
    assert content_hash(tokenizer) != before
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    assert content_hash(tokenizer_files.save(tokenizer_files.byte_level([]), moved)) == content_hash(tokenizer)
    assert content_hash(O200K) == O200K


@pytest.mark.parametrize(
    ("tokenizer", "message"),
    [
        ("tiktoken:o200k", r"there is no encoding 'o200k' \(known: o200k_base, "),
        ("file:no.json", "no.json can't be read: "),
        ("file:bad.json", "bad.json holds no tokenizer"),
        ("file:empty.json", "empty.json holds no tokenizer"),
        ("package:no_such_package_at_all", "the package no_such_package_at_all isn't installed"),
        ("package:json/no.json", "can't be read"),
    ],
)
def test_what_is_not_there_is_told_at_once(tokenizer, message, tmp_path):
    (tmp_path / "bad.json").write_text("no JSON")
    (tmp_path / "empty.json").write_text("{}")
    with pytest.raises(TokenizerError, match=message):
        check(tokenizer, str(tmp_path))


@pytest.mark.parametrize(("tokenizer", "library"), [("hub:a/b", "tokenizers"), ("tiktoken:gpt2", "tiktoken")])
def test_a_missing_extra_is_told_with_what_installs_it(tokenizer, library, monkeypatch):
    module = sys.modules[
        "transforms.tokens.tokenizer_json" if library == "tokenizers" else "transforms.tokens.openai_encodings"
    ]
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(TokenizerError, match=rf'needs the library {library}: pip install "langloom\[tokenizers\]"'):
        check(tokenizer, ".")


def test_a_vocabulary_that_cant_be_downloaded_is_told_in_a_sentence(monkeypatch):
    def refuse(name):
        raise ConnectionError("no\nroute")

    monkeypatch.setattr("tiktoken.get_encoding", refuse)
    with pytest.raises(
        TokenizerError, match=r"tiktoken:p50k_edit can't be downloaded: no route; o200k_base, .* need not"
    ):
        load("tiktoken:p50k_edit")


def test_a_repository_is_not_asked_at_check():
    assert check("hub:nobody/nothing", ".") == "hub:nobody/nothing"
    assert parse("hub:nobody/nothing").kind == "hub"
