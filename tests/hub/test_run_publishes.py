"""A recipe that writes to the Hub: `langloom run` publishes what it has made, and nothing else."""

import json
from pathlib import Path

import pytest
from publishing import NAME, hashes

from pipeline.cli import main
from tests.fakes.hub import TOKEN, Hub
from tests.fakes.hub_faults import Fault

RECIPE = f"""\
sources: {{sums: {{jsonl: sums.jsonl, lang: en, license: cc-by-4.0}}}}
streams: {{all: {{from: sums}}}}
datasets: {{d: {{mix: {{all: 1}}, write: {{hub: {{repo: {NAME}, tag: v1}}}}}}}}
output: out
"""


def test_a_run_publishes_what_it_made(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [json.dumps({"instruction": f"1 + {n}?", "output": str(n + 1)}) for n in range(5)]
    (tmp_path / "sums.jsonl").write_text("\n".join(rows))
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pipeline.publish.get_token", lambda: TOKEN)

    assert main(["run", "recipe.yaml", "--limit", "2", "--output", "trial"]) == 0
    assert f"{NAME}: not published, since --limit left examples out" in capsys.readouterr().err
    assert not hub.repositories

    hub.faults = [Fault("/commit/", 403, "POST", times=1)]
    assert main(["run", "recipe.yaml"]) == 1
    said = capsys.readouterr().err
    assert "the Hub answered 403" in said
    assert "out is complete: run the same command to publish it" in said
    assert json.loads((tmp_path / "out/manifest.json").read_text())["complete"]
    assert hashes(hub) == {}

    assert main(["run", "recipe.yaml"]) == 0
    said = capsys.readouterr().err
    assert "out holds this data set already, complete" in said
    assert f"datasets/{NAME} (main, private): 3 added" in said
    assert list(hashes(hub)) == ["data/d/train-00000-of-00001.parquet"]
    assert hub.repositories[NAME].tags == {"v1": hub.repositories[NAME].branches["main"]}

    assert main(["run", "recipe.yaml"]) == 0
    assert "holds this data set already (name:recipe|" in capsys.readouterr().err
    assert len(hub.repositories[NAME].history()) == 2
