"""A job that goes to the REST port of Spark's master as one jar, without a job server here: its driver runs there."""

from pathlib import Path

import pytest

from tests.clusters.cluster import NAME, ROOT, on_cluster, run
from tests.end_to_end.outputs import hashes

RECIPE = f"""
name: submitted
sources:
  questions:
    jsonl: {ROOT}/configs/sample/questions.jsonl
    lang: en
    columns: {{instruction: question, output: answer}}
streams:
  formatted: {{from: questions, steps: [{{deduplicate: [instruction]}}, {{format: qalign.response}}]}}
datasets:
  all: {{mix: concatenate}}
"""

SUBMITTED = ("--spark_submit_uber_jar", "--storage_level=MEMORY_ONLY")


@pytest.mark.skipif(NAME != "spark", reason="is Spark's own way")
def test_the_same_bytes_by_the_rest_port(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE)
    here, there = tmp_path / "here" / "out", tmp_path / "there" / "out"
    for output, beam in ((here, []), (there, on_cluster(*SUBMITTED, without=("files_to_stage",)))):
        output.parent.mkdir()
        ran = run(recipe, "--output", output, *beam, cwd=tmp_path)
        assert ran.returncode == 0, ran.stderr
    assert hashes(there) == hashes(here)
    assert any(name.startswith("data/") for name in hashes(here))
