from pathlib import Path

import pytest

from transforms.translate.engines import Answer, EngineError
from transforms.translate.secrets import redacted, resolve_key, without_keys

KEY = "sk-Qm7vK2xW9pLz4TtR"


def test_keys_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", f" {KEY}\n")
    Path(tmp_path, "key").write_text(f"{KEY}\n")
    assert resolve_key("env:A_KEY") == resolve_key(f"file:{tmp_path}/key") == KEY


@pytest.mark.parametrize("name", ["env:NO_SUCH_KEY", "file:/no/such/key"])
def test_a_key_that_isnt_there_is_named(name: str) -> None:
    with pytest.raises(EngineError, match=name):
        resolve_key(name)


@pytest.mark.parametrize("held", [f"{KEY}\nanother", f"{KEY[:5]}\u2013{KEY[5:]}", f"{KEY} ", f"sk {KEY}", f"{KEY}\0x"])
def test_what_no_header_can_hold_is_no_key(tmp_path: Path, held: str) -> None:
    Path(tmp_path, "key").write_text(f"\ufeff{held}\r\n", "utf-8")
    if held.strip() == KEY:
        assert resolve_key(f"file:{tmp_path}/key") == KEY
        return
    with pytest.raises(EngineError, match="key can't be one") as raised:
        resolve_key(f"file:{tmp_path}/key")
    assert KEY[:4] not in str(raised.value)


def test_nor_is_it_one_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", f"{KEY}\nanother")
    with pytest.raises(EngineError, match="env:A_KEY can't be one") as raised:
        resolve_key("env:A_KEY")
    assert KEY[:4] not in str(raised.value)


@pytest.mark.parametrize("length", range(4, len(KEY)))
def test_no_part_of_a_key_is_left(length: int) -> None:
    for at in range(len(KEY) - length + 1):
        part = KEY[at : at + length]
        said = redacted(f"Incorrect API key provided: {part}.", [KEY])
        assert said == "Incorrect API key provided: ***."


def test_a_reply_that_says_a_key_again_has_none() -> None:
    answers = [Answer(f"You sent {KEY}.", "refusal", 7, 3), Answer("none")]
    assert without_keys(answers, [KEY, "none"]) == [Answer("You sent ***.", "refusal", 7, 3), Answer("none")]


def test_partly_masked_keys_are_redacted_too() -> None:
    assert redacted("key sk-Qm7v****4TtR is wrong", [KEY]) == "key ******* is wrong".replace(
        "*******", "***" + "****" + "***"
    )
