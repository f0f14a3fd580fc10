"""What people correct in a translation memory, and how it comes into a data set that is complete already."""

from pathlib import Path

from outputs import rows
from running import langloom, output_of

RECIPE = """
name: corrected
sources: {tasks: {jsonl: tasks.jsonl, lang: en}}
engines: {same: {identity: {}}}
streams: {portuguese: {from: tasks, steps: [translate: {to: [pt], engine: same}]}}
datasets: {d: {mix: {portuguese: 1}}}
output: out
memory: memory
"""


def answers(folder: Path) -> list[str]:
    return [row["output"] for row in rows(folder / "out", "d", "train")]


def test_corrections_come_into_a_complete_data_set_by_force(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    (tmp_path / "tasks.jsonl").write_text('{"instruction": "Greet me.", "output": "Good morning"}\n')
    output_of("run", "recipe.yaml", cwd=tmp_path)
    output_of("tm", "export", "memory", "tm.tmx", "--target", "pt", cwd=tmp_path)
    exported = (tmp_path / "tm.tmx").read_text("utf-8")
    edited = exported.replace("<seg>Good morning</seg></tuv></tu>", "<seg>Bom dia</seg></tuv></tu>")
    assert edited != exported
    (tmp_path / "tm.tmx").write_text(edited, "utf-8")
    output_of("tm", "import", "memory", "tm.tmx", "--edited", cwd=tmp_path)
    again = langloom("run", "recipe.yaml", cwd=tmp_path)
    assert again.returncode == 0
    assert "holds this data set already" in again.stderr
    assert "--force makes it again, with what the translation memory holds now" in again.stderr
    assert answers(tmp_path) == ["Good morning"]
    output_of("run", "recipe.yaml", "--force", cwd=tmp_path)
    assert answers(tmp_path) == ["Bom dia"]
