"""What is published loads as it was written: through LFS and through Xet, streamed and not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard
from published_output import DATASETS, SPLITS, make_output, rows, shards
from publishing import NAME, hashes
from running_command import command, environment

from tests.fakes.hub import READER, TOKEN, Hub

LOAD = """
import json, sys
from datasets import get_dataset_config_names, get_dataset_default_config_name, load_dataset
name = sys.argv[1]
found = {"configs": get_dataset_config_names(name), "default": get_dataset_default_config_name(name), "rows": {}}
for config in found["configs"]:
    for streaming in (False, True):
        for split, data in load_dataset(name, config, streaming=streaming).items():
            found["rows"][f"{config}/{split}/{streaming}"] = list(data)
print(json.dumps(found))
"""
"""Loads every split of every configuration, in a process that has nothing in its caches."""


@pytest.mark.parametrize("way", ["lfs", "xet"])
def test_every_row_comes_back(tmp_path: Path, way: str) -> None:
    output = make_output(tmp_path / "out", rows=40)
    with Hub(tmp_path / "hub", xet=way == "xet") as hub:
        env = environment(hub, HF_HUB_DISABLE_XET="0" if way == "xet" else "1")
        ran = subprocess.run(command(output), env=env, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stderr
        assert hashes(hub) == shards(output)
        assert len(hub.received) == (12 if way == "lfs" else 0)
        assert bool(hub.asked("GET", "/xet-write-token/")) == (way == "xet")
        assert TOKEN not in ran.stdout + ran.stderr
        found = loaded(hub)
        card = DatasetCard(hub.repositories[NAME].tree()["README.md"].data.decode())
    assert found["configs"] == list(DATASETS)
    assert found["default"] == DATASETS[0]
    assert len(found["rows"]) == 12
    for dataset in DATASETS:
        for split, of in SPLITS.items():
            wanted = rows(output, dataset, split)
            assert len(wanted) == 40 * of
            assert found["rows"][f"{dataset}/{split}/False"] == wanted
            assert found["rows"][f"{dataset}/{split}/True"] == wanted
    assert card.data.license == "mit" and card.data.language == ["en", "pt"]
    assert [config["config_name"] for config in card.data.configs] == list(DATASETS)
    assert [config.get("default") for config in card.data.configs] == [True, None, None]


def loaded(hub: Hub) -> dict:
    """Return what another process, which may only read, loads."""
    env = environment(hub, HF_TOKEN=READER, HF_HOME=str(hub.api.blobs.folder.parent / "reader"))
    ran = subprocess.run([sys.executable, "-c", LOAD, NAME], env=env, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr
    assert "dataset_info" not in ran.stderr, ran.stderr  # what datasets says of a card that it can't read in full
    return json.loads(ran.stdout.splitlines()[-1])
