"""A package that somebody else installs adds a rule and a sink; nothing of langloom's changes for it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from outputs import manifest, rejects, rows

from tests.end_to_end.running import environment, output_of_program, program

PACKAGE = Path(__file__).parents[1] / "third_party"

RECIPE = """
name: quiet
sources:
  said: {jsonl: said.jsonl, lang: en}
streams:
  quiet:
    from: said
    steps:
      - keep: {length: {min_chars: 2}, shouting: {max_share: 0.4}}
datasets:
  quiet: {mix: {quiet: 1}, write: {parquet: {rows_per_shard: 2}, instructions: {}, jsonl: text}}
output: out
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that finds the package, installed as pip does it, without a network."""
    folder = tmp_path_factory.mktemp("third_party")
    shutil.copytree(PACKAGE, folder / "source", ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder / "site")]
    command = [sys.executable, "-m", "pip", "install", *options, str(folder / "source")]
    ran = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    paths = [str(folder / "site"), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def test_a_recipe_uses_the_rule_and_the_sink(installed: dict[str, str], tmp_path: Path) -> None:
    said = ["Name a fruit.", "NAME A FRUIT NOW.", "Say hi to ME.", "TELL me MORE.", "Count:\none, two"]
    lines = [json.dumps({"instruction": text, "output": "Well."}) for text in said]
    (tmp_path / "said.jsonl").write_text("\n".join(lines))
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    beam = ["--", "--direct_running_mode=multi_processing", "--direct_num_workers=1"]
    ran = program("run", "recipe.yaml", *beam, cwd=tmp_path, env=installed)
    assert ran.returncode == 0, ran.stderr
    assert "1 of 3 rows have no place in instructions (lines 1)" in ran.stderr
    out = tmp_path / "out"
    kept = [row["instruction"] for row in rows(out, "quiet", "train")]
    assert set(kept) == {"Name a fruit.", "Say hi to ME.", "Count:\none, two"}
    train = manifest(out)["datasets"]["quiet"]["splits"]["train"]
    names = [f"data/quiet/train-0000{at}-of-00002.{end}" for at in range(2) for end in ("parquet", "txt", "jsonl")]
    assert [file["path"] for file in train["files"]] == names
    texts = [file for file in train["files"] if file["path"].endswith(".txt")]
    assert sum(file["rows"] for file in texts) == 2
    assert train["unexpressed"] == {"instructions:lines": 1}
    data = [(out / file["path"]).read_bytes() for file in texts]
    assert [hashlib.sha256(each).hexdigest() for each in data] == [file["sha256"] for file in texts]
    assert b"".join(data).decode().splitlines() == [text for text in kept if "\n" not in text]
    found = {row["instruction"]: (row["step"], row["reason"], row["detail"]) for row in rejects(tmp_path / "out")}
    assert found == {
        "NAME A FRUIT NOW.": ("keep", "shouting", "1.00"),
        "TELL me MORE.": ("keep", "shouting", "0.80"),
    }
    assert manifest(tmp_path / "out")["streams"]["quiet"]["steps"][1]["rejected"] == {"shouting": 2}


def test_its_parameters_are_checked_as_langlooms_own_are(installed: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("max_share", "max_shares"))
    ran = program("check", "recipe.yaml", cwd=tmp_path, env=installed)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "'max_shares'" in ran.stderr
    assert "'max_share'" in ran.stderr


def test_it_is_listed_with_its_documentation(installed: dict[str, str]) -> None:
    listed = output_of_program("steps", env=installed)
    assert "shouting" in listed
    assert "Writes the instructions alone, one a line." in listed
    assert (
        "The greatest share of capitals".casefold() in output_of_program("steps", "shouting", env=installed).casefold()
    )


def test_without_the_package_there_is_no_such_rule(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    ran = program("check", "recipe.yaml", cwd=tmp_path)
    assert ran.returncode == 2
    assert "'shouting'" in ran.stderr
