"""What holds of every output, over recipes drawn at random: totals, ids, groups, and that no example is lost."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from outputs import manifest, rejects, splits

from pipeline.cli import main


@dataclass
class Drawn:
    """A recipe, and what an independent reading of it expects.

    Attributes:
      rows: by source, the rows as they are written.
      streams: by stream, its inputs; a stream's name begins with `s`, a source's with `r`.
      recipe: the recipe as plain data (JSON is YAML).
    """

    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    streams: dict[str, list[str]] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)


def draw_recipe(seed: int) -> Drawn:
    draw = random.Random(seed)
    drawn = Drawn()
    sources = {}
    for at in range(draw.randrange(2, 4)):
        name = f"r{at}"
        rows = [
            {"instruction": f"Item {draw.randrange(80)}", "output": f"{name} " + "word " * draw.randrange(9) + str(n)}
            for n in range(draw.randrange(60, 250))
        ]
        rows += draw.choices(rows, k=draw.randrange(40))
        drawn.rows[name] = draw.sample(rows, len(rows))
        sources[name] = {"jsonl": f"{name}.jsonl", "lang": "en", "group_by": ["instruction"]}
    streams: dict[str, Any] = {}
    leaves: list[str] = []
    for at, source in enumerate(sources):
        streams[f"s{at}"] = {"from": source, "steps": _draw_steps(draw)}
        leaves.append(f"s{at}")
    under = leaves.pop()
    streams["s-over"] = {"from": under, "steps": _draw_steps(draw)}
    inputs = draw.choice([["s-over"], ["s-over", under]])  # with both, examples come in by two ways
    streams["s-union"] = {"from": [leaves.pop(), *inputs], "steps": _draw_steps(draw)}
    leaves.append("s-union")
    drawn.streams = {
        name: [stream["from"]] if isinstance(stream["from"], str) else stream["from"]
        for name, stream in streams.items()
    }
    parquet = {"parquet": {"rows_per_shard": draw.randrange(7, 60)}}
    split = draw.choice([{}, {"validation": 0.2}, {"validation": 0.1, "test": 0.15}])
    weights = {name: draw.choice([1, 2, 3.5]) for name in leaves}
    datasets = {
        "whole": {"streams": leaves, "mix": "concatenate", "split": split, "write": parquet},
        "most": {"mix": weights, "split": split, "write": parquet},
        "some": {"mix": weights, "total": draw.randrange(15, 40), "write": parquet},
        "often": {"mix": {leaves[0]: 1}, "total": 333, "repeat": {"max_epochs": 40}, "write": parquet},
    }
    drawn.recipe = {
        "name": "drawn",
        "seed": seed,
        "sources": sources,
        "streams": streams,
        "datasets": datasets,
        "output": "out",
    }
    return drawn


def _draw_steps(draw: random.Random) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = [
        {"normalize": {}},
        {"keep": {"length": {"fields": ["output"], "min_chars": draw.randrange(6, 16)}}},
        {"keep": {"regex": {"forbid": [f"{draw.randrange(10)}$"], "fields": ["output"]}}},
        {"deduplicate": ["output"]},
        {"deduplicate": ["instruction", "output"]},
    ]
    return draw.sample(steps, draw.randrange(3))


@pytest.fixture(scope="module", params=range(5))
def output(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Drawn, Path]:
    drawn = draw_recipe(request.param)
    folder = tmp_path_factory.mktemp("drawn")
    for name, rows in drawn.rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "recipe.yaml").write_text(json.dumps(drawn.recipe, indent=2))
    assert main(["run", str(folder / "recipe.yaml"), "--output", str(folder / "out")]) == 0
    return drawn, folder / "out"


def text(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["instruction"], row["output"]


def contents(drawn: Drawn, folder: Path) -> dict[str, Counter[tuple[str, str]]]:
    """Return what each stream must hold: what its inputs hold, less what it rejected."""
    gone: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in drawn.streams}
    for row in rejects(folder):
        gone[row["stream"]][text(row)] += 1
    held = {name: Counter(map(text, rows)) for name, rows in drawn.rows.items()}
    for name, inputs in drawn.streams.items():
        came = sum((held[each] for each in inputs), Counter())
        assert gone[name] <= came, "more was rejected than came in"
        held[name] = came - gone[name]
    return held


def each_dataset(drawn: Drawn, folder: Path) -> Iterator[tuple[str, list[str], dict[str, list[dict[str, Any]]]]]:
    for name, dataset in drawn.recipe["datasets"].items():
        yield name, dataset.get("streams") or list(dataset["mix"]), splits(folder, name)


def test_every_example_is_in_a_dataset_or_rejected_or_unused(output: tuple[Drawn, Path]) -> None:
    held = contents(*output)
    datasets = manifest(output[1])["datasets"]
    for name, streams, found in each_dataset(*output):
        if name == "often":
            continue
        there = sum((held[stream] for stream in streams), Counter())
        given = Counter(text(row) for rows in found.values() for row in rows)
        assert given <= there, name
        unused = sum(draws["unused"] for draws in datasets[name]["draws"].values())
        assert (there - given).total() == unused
        assert unused == 0 or name != "whole"


def test_the_manifest_counts_what_came_in_and_what_went_out(output: tuple[Drawn, Path]) -> None:
    drawn, folder = output
    held = {name: counter.total() for name, counter in contents(drawn, folder).items()}
    streams = manifest(folder)["streams"]
    assert streams.keys() == drawn.streams.keys()
    for name, described in streams.items():
        number = sum(held[each] for each in described["from"])
        for step in described["steps"]:
            assert step["in"] == number
            number = step["out"]
            assert step["in"] == number + sum(step["rejected"].values())
        assert number == held[name]
    reasons = Counter((row["stream"], row["step"], row["reason"]) for row in rejects(folder))
    assert reasons == {
        (name, step["step"], reason): number
        for name, described in streams.items()
        for step in described["steps"]
        for reason, number in step["rejected"].items()
    }


def test_totals_are_exact(output: tuple[Drawn, Path]) -> None:
    drawn, folder = output
    for name, streams, found in each_dataset(drawn, folder):
        described = manifest(folder)["datasets"][name]
        for split, rows in found.items():
            assert described["splits"][split]["rows"] == len(rows)
            sizes = [file["rows"] for file in described["splits"][split]["files"]]
            assert sum(sizes) == len(rows)
            assert max(sizes, default=0) <= drawn.recipe["datasets"][name]["write"]["parquet"]["rows_per_shard"]
            assert max(sizes, default=0) - min(sizes, default=0) <= 1
        total = drawn.recipe["datasets"][name].get("total", len(found["train"]))
        assert len(found["train"]) == total == sum(draws["drawn"] for draws in described["draws"].values())
        if isinstance(weights := drawn.recipe["datasets"][name]["mix"], dict):
            for stream in streams:
                share = total * weights[stream] / sum(weights.values())
                assert abs(described["draws"][stream]["drawn"] - share) < 1
        if name == "most":
            short = [draws["available"] - draws["drawn"] for draws in described["draws"].values()]
            assert min(short) <= 4, "the mix could have been larger"


def test_ids_are_unique(output: tuple[Drawn, Path]) -> None:
    for name, _, found in each_dataset(*output):
        ids = Counter(row["id"] for rows in found.values() for row in rows)
        epochs = set(ids.values())
        if name == "often":
            available = next(iter(manifest(output[1])["datasets"][name]["draws"].values()))["available"]
            assert epochs <= {333 // available, 333 // available + 1}
        else:
            assert epochs == {1}


def test_no_group_is_on_both_sides_of_a_split(output: tuple[Drawn, Path]) -> None:
    for _, _, found in each_dataset(*output):
        groups = [{row["group"] for row in rows} for rows in found.values()]
        assert sum(map(len, groups)) == len(set().union(*groups))
        items = [{row["instruction"] for row in rows} for rows in found.values()]
        assert sum(map(len, items)) == len(set().union(*items))


def test_an_item_is_on_the_same_side_in_every_dataset(output: tuple[Drawn, Path]) -> None:
    whole, most = (splits(output[1], name) for name in ("whole", "most"))
    for split in whole:
        assert {row["group"] for row in most[split]} <= {row["group"] for row in whole[split]}
