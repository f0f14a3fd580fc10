"""Readers that go away, closed streams and full disks behind them: no traceback, and the status of what was done."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LANGLOOM = Path(sys.executable).with_name("langloom")


def run(*words: str, stdout: int | None = None, stderr: int | None = None) -> subprocess.CompletedProcess[bytes]:
    pipe = subprocess.PIPE
    out, err = pipe if stdout is None else stdout, pipe if stderr is None else stderr
    return subprocess.run([str(LANGLOOM), *words], stdout=out, stderr=err, timeout=100)


def gone() -> int:
    """Return a pipe whose reader has gone."""
    read, write = os.pipe()
    os.close(read)
    return write


@pytest.mark.parametrize("words", [["steps"], ["steps", "--json"], ["engines"], ["--help"]])
def test_a_reader_that_goes_away_has_what_it_wants(words: list[str]) -> None:
    ran = run(*words, stdout=gone())
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.parametrize("words", [["steps"], ["engines"]])
def test_results_that_find_no_room_are_an_error(words: list[str]) -> None:
    ran = run(*words, stdout=os.open("/dev/full", os.O_WRONLY))
    assert (ran.returncode, ran.stderr) == (
        1,
        b"error: standard output can't be written: No space left on device\n",
    )


@pytest.mark.parametrize("stderr", [gone, lambda: os.open("/dev/full", os.O_WRONLY)], ids=["gone", "full"])
def test_messages_that_nobody_can_read_change_no_status(stderr: "type[int]", tmp_path: Path) -> None:
    assert run("show", str(tmp_path), stderr=stderr()).returncode == 2
    ran = run("steps", "length", stderr=stderr())
    assert (ran.returncode, b"min_chars" in ran.stdout) == (0, True)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "utf-16"])
def test_results_are_whole_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    name = "中文 é 😀"
    manifest = {"complete": True, "signature": name, "datasets": {}, "streams": {}, "translation": {}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    said = []
    for form in ("--json", "--examples=0"):
        command = [str(LANGLOOM), "show", str(tmp_path), form]
        env = {**os.environ, "PYTHONIOENCODING": encoding}
        ran = subprocess.run(command, capture_output=True, timeout=100, env=env)
        assert (ran.returncode, ran.stderr) == (0, b"")
        said.append(ran.stdout.decode(encoding))
    assert json.loads(said[0])["signature"] == name
    assert "complete; " in said[1]


@pytest.mark.parametrize(("closed", "told"), [(">&-", b""), ("2>&-", b"min_chars"), (">&- 2>&- <&-", b"")])
def test_streams_that_are_closed_lead_nowhere(closed: str, told: bytes) -> None:
    ran = subprocess.run(["sh", "-c", f"{LANGLOOM} steps length {closed}"], capture_output=True, timeout=100)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert told in ran.stdout
