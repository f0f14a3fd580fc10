"""Code of another package that fails is named, and what it made before it was mended isn't used."""

from pathlib import Path

from outputs import rows

from tests.end_to_end.running import program

SOURCE = '''
from dataclasses import dataclass
from transforms.read.block import Block, Rows
from transforms.read.reader import Reader

@dataclass(frozen=True)
class Counted(Reader):
    """Reads numbers."""

    def blocks(self):
        return [Block(("numbers",), "numbers", ((0, -1),), (0,), 10, "numbers")]

    def read(self, block):
        rows = [{"instruction": f"Say {number}.", "output": str(number)} for number in (1, 2)]
        yield Rows(rows, range(1, 3), "number %d")
'''

SINK = '''
from dataclasses import dataclass

@dataclass(frozen=True)
class Failing:
    """Writes nothing."""

    ending: str = ".txt"

    def writer(self, file, keys):
        return Writer()

class Writer:
    rows, unexpressed = 0, {}

    def write(self, batch):
        raise KeyError("colour")

    def close(self):
        raise RuntimeError("closed before it began")
'''

ENTRY_POINTS = """
[langloom.sources]
counted = their_source:Counted
[langloom.sinks]
failing = their_sink:Failing
"""

RECIPE = """
name: counted
sources:
  numbers: {counted: {}, lang: en}
streams:
  all: {from: numbers}
datasets:
  counted: {mix: {all: 1}, write: {failing: {}}}
output: out
"""


def test_what_fails_is_named_and_what_was_mended_is_run_anew(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "theirs-1.0.dist-info").mkdir(parents=True)
    (site / "theirs-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (site / "theirs-1.0.dist-info" / "entry_points.txt").write_text(ENTRY_POINTS)
    (site / "their_source.py").write_text(SOURCE)
    (site / "their_sink.py").write_text(SINK)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    env = {"PYTHONPATH": f"{site}:{Path(__file__).parents[2]}"}
    ran = program("run", "recipe.yaml", cwd=tmp_path, env=env)
    assert ran.returncode == 1
    named = "their_sink.Writer, of another package, failed: KeyError: 'colour' (their_sink.py, line 17)"
    assert f"\nerror: {named}\nWhat is done is kept" in ran.stderr

    (site / "their_source.py").write_text(SOURCE.replace("Say", "Write"))
    (site / "their_sink.py").write_text(SINK.replace("raise", "return"))
    ran = program("run", "recipe.yaml", cwd=tmp_path, env=env)
    assert ran.returncode == 0, ran.stderr
    assert {row["instruction"] for row in rows(tmp_path / "out", "counted", "train")} == {"Write 1.", "Write 2."}
