from pathlib import Path

import pytest

from transforms.translate.engines import EngineError
from transforms.translate.secrets import resolve_key, struck

KEY = "sk-Qm7vK2xW9pLz4TtR"


def test_keys_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", f" {KEY}\n")
    Path(tmp_path, "key").write_text(f"{KEY}\n")
    assert resolve_key("env:A_KEY") == resolve_key(f"file:{tmp_path}/key") == KEY


@pytest.mark.parametrize("name", ["env:NO_SUCH_KEY", "file:/no/such/key"])
def test_a_key_that_isnt_there_is_named(name: str) -> None:
    with pytest.raises(EngineError, match=name):
        resolve_key(name)


@pytest.mark.parametrize("length", range(4, len(KEY)))
def test_no_part_of_a_key_is_left(length: int) -> None:
    for at in range(len(KEY) - length + 1):
        part = KEY[at : at + length]
        said = struck(f"Incorrect API key provided: {part}.", [KEY])
        assert said == "Incorrect API key provided: ***."


def test_partly_masked_keys_are_struck_too() -> None:
    assert struck("key sk-Qm7v****4TtR is wrong", [KEY]) == "key ******* is wrong".replace(
        "*******", "***" + "****" + "***"
    )
