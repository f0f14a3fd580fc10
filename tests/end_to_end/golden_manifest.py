"""What is agreed on of a recipe's output: counts, signature and order, as tests/golden/manifests has them.

Nothing of it depends on the versions of libraries: neither on their names, nor on the bytes of shards.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import get_dataset_config_names, load_dataset
from outputs import manifest

MANIFESTS = Path(__file__).resolve().parents[1] / "golden" / "manifests"
NUMBERS = ("segments", "unique", "from_memory", "asked", "failed")
REGENERATE = "--regenerate-golden"


def golden_file(recipe: str) -> Path:
    """Return the file that holds what is agreed on of a recipe, by its name."""
    return MANIFESTS / f"{recipe}.json"


def summary(folder: Path) -> dict[str, Any]:
    """Return what is agreed on of an output folder."""
    made = manifest(folder)
    fields = [field for field in made["signature"].split("|") if not field.startswith("version:")]
    return {
        "signature": "|".join(fields),
        "complete": made["complete"],
        "deferred": made["deferred"],
        "sources": {name: source["kind"] for name, source in made["sources"].items()},
        "streams": made["streams"],
        "datasets": {name: _dataset(folder, dataset) for name, dataset in made["datasets"].items()},
        "translation": {
            engine: {to: {name: numbers[name] for name in NUMBERS} for to, numbers in languages.items()}
            for engine, languages in made["translation"].items()
        },
        "rejects": made["rejects"]["rows"],
    }


def _dataset(folder: Path, dataset: dict[str, Any]) -> dict[str, Any]:
    splits = {}
    for name, split in dataset["splits"].items():
        files = [folder / file["path"] for file in split["files"] if file["path"].endswith(".parquet")]
        order = hashlib.sha256()
        for file in files:
            for row in pq.read_table(file, columns=["id"])["id"].to_pylist():
                order.update(f"{row}\n".encode())
        splits[name] = {"rows": split["rows"], "order of ids": order.hexdigest()[:16]}
    return {"splits": splits, "draws": dataset["draws"]}


def hold_to(folder: Path, regenerate: bool) -> None:
    """Compare an output folder with what is agreed on, or agree on it."""
    found = summary(folder)
    file = golden_file(manifest(folder)["name"])
    if regenerate:
        MANIFESTS.mkdir(exist_ok=True)
        file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")
    assert file.is_file(), f"{file} isn't there; `pytest {REGENERATE}` with this test makes it: read it, then commit it"
    message = (
        f"{file.name} says otherwise; where the change is meant, `pytest {REGENERATE}` with this test writes it anew"
    )
    assert found == json.loads(file.read_text("utf-8")), message


def loads(folder: Path, cache: Path) -> None:
    """Load an output folder as a trainer does: every configuration, split and row, in the order of the shards."""
    made = manifest(folder)["datasets"]
    filled = {name for name, dataset in made.items() if any(split["rows"] for split in dataset["splits"].values())}
    assert set(get_dataset_config_names(str(folder))) == filled
    for name in filled:
        loaded = load_dataset(str(folder), name, cache_dir=str(cache))
        splits = {split: each["rows"] for split, each in made[name]["splits"].items() if each["rows"]}
        assert {split: loaded[split].num_rows for split in loaded} == splits
        for split in splits:
            files = sorted((folder / "data" / name).glob(f"{split}-*.parquet"))
            written = pa.concat_tables(map(pq.read_table, files))
            read = loaded[split].with_format("arrow")[:]
            assert read.column_names == written.column_names
            for column in written.column_names:  # the types differ in what may be null, which nothing is
                assert read[column].to_pylist() == written[column].to_pylist(), (name, split, column)
