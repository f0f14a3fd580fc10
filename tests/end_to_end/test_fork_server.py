"""A script in a forked process is what it is in one of its own."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end import running
from tests.end_to_end.running import forked, langloom, program

SCRIPT = """\
import json, os, signal, sys, threading
print(json.dumps([__name__, sys.argv[1:], os.getcwd(), os.environ.get("GIVEN"), sys.stdin.read()]))
print("trouble", file=sys.stderr)
ran_before, json.ran = hasattr(json, "ran"), True
if "die" in sys.argv:
    os.kill(os.getpid(), signal.SIGKILL)
if "wait" in sys.argv:
    signal.pause()
threading.Thread(target=print, args=["to the end"]).start()
sys.exit(7 if "apache_beam" in sys.modules and not ran_before else 1)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path / "script.py"


@pytest.mark.parametrize("turn", ["first", "second"])
def test_words_folder_environment_output_and_status(turn: str, script: Path, tmp_path: Path) -> None:
    ran = forked(script, turn, cwd=tmp_path, env={"GIVEN": turn})
    assert ran.stdout == f'["__main__", ["{turn}"], "{tmp_path}", "{turn}", ""]\nto the end\n'
    assert ran.stderr == "trouble\n"
    assert ran.returncode == 7, "the imports aren't there, or a script sees what another did"


def test_a_script_that_is_killed(script: Path) -> None:
    assert forked(script, "die").returncode == -signal.SIGKILL
    assert forked(script).returncode == 7


def test_an_error_is_a_traceback_and_status_1(script: Path) -> None:
    script.write_text("1 / 0")
    ran = forked(script)
    assert ran.returncode == 1
    assert ran.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_what_counts_at_import_is_refused(script: Path) -> None:
    with pytest.raises(ValueError, match="HF_HOME is read when modules are imported"):
        forked(script, env={"HF_HOME": "elsewhere"})


def test_a_script_that_takes_too_long_ends_and_the_next_one_is_served(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forked(script)
    with monkeypatch.context() as hurried, pytest.raises(subprocess.TimeoutExpired):
        hurried.setattr(running, "TIMEOUT", 0.2)
        forked(script, "wait")
    assert forked(script).returncode == 7


@pytest.mark.parametrize("words", [["run", "nowhere.yaml"], ["steps", "length"]], ids=" ".join)
def test_it_says_what_the_program_says(words: list[str], tmp_path: Path) -> None:
    one, other = (run(*words, cwd=tmp_path) for run in (langloom, program))
    assert (one.returncode, one.stdout, one.stderr) == (other.returncode, other.stdout, other.stderr)
    assert one.args == other.args
