from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard
from manifests import RECIPE, dataset, head, manifest, only, split

from sinks.card import card
from sinks.front_matter import features, front_matter, language_codes, size_category, task_categories
from sinks.licenses import roll_up
from transforms.example import SCHEMA, make_batch


def test_the_head_as_the_hub_reads_it() -> None:
    parsed = DatasetCard(card(manifest(), RECIPE))
    found = parsed.data.to_dict()
    infos = found.pop("dataset_info")
    assert [info["splits"] for info in infos] == [
        [
            {"name": "train", "num_bytes": 300, "num_examples": 3},
            {"name": "validation", "num_bytes": 100, "num_examples": 1},
        ],
        [{"name": "train", "num_bytes": 200, "num_examples": 2}],
    ]
    sizes = [(info["config_name"], info["download_size"], info["dataset_size"]) for info in infos]
    assert sizes == [("stage1", 160, 400), ("stage2", 80, 200)]
    assert found == {
        "pretty_name": "demo",
        "language": ["en", "pt"],
        "license": "mit",
        "size_categories": ["n<1K"],
        "task_categories": ["text-generation"],
        "tags": ["langloom"],
        "configs": [
            {
                "config_name": "stage1",
                "data_files": [
                    {"split": "train", "path": "data/stage1/train-*.parquet"},
                    {"split": "validation", "path": "data/stage1/validation-*.parquet"},
                ],
                "default": True,
            },
            {"config_name": "stage2", "data_files": [{"split": "train", "path": "data/stage2/train-*.parquet"}]},
        ],
    }
    assert parsed.text.lstrip().startswith("# demo")


@pytest.mark.parametrize(("names", "default"), [(["b", "a"], "b"), (["b", "default"], "default")])
def test_one_config_is_the_default_to_datasets(names: list[str], default: str) -> None:
    from datasets.utils.metadata import MetadataConfigs

    whole = manifest() | {"datasets": dict.fromkeys(names, manifest()["datasets"]["stage1"])}
    data = DatasetCard(card(whole, RECIPE)).data
    assert MetadataConfigs.from_dataset_card_data(data).get_default_config_name() == default


def test_datasets_load_by_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from datasets import load_dataset

    whole = manifest()
    for name, described in whole["datasets"].items():
        (tmp_path / "out" / "data" / name).mkdir(parents=True)
        for part, each in described["splits"].items():
            if each["rows"]:
                batch = make_batch(each["rows"], {"id": [f"{name}{i}" for i in range(each["rows"])]})
                path = tmp_path / "out" / "data" / name / f"{part}-00000-of-00001.parquet"
                with pq.ParquetWriter(path, batch.schema) as writer:
                    writer.write_batch(batch)
    (tmp_path / "out" / "README.md").write_text(card(whole, RECIPE), "utf-8")
    (tmp_path / "out" / "data" / "stage1" / "train-00000-of-00001.jsonl").write_text('{"other": 1}\n')
    for arguments, sizes in {
        ("stage1",): {"train": 3, "validation": 1},
        ("stage2",): {"train": 2},
        (): {"train": 3, "validation": 1},
    }.items():
        loaded = load_dataset(str(tmp_path / "out"), *arguments, cache_dir=str(tmp_path / "cache"))
        assert {name: each.num_rows for name, each in loaded.items()} == sizes
        assert loaded["train"][0]["id"].startswith(arguments[0] if arguments else "stage1")


@pytest.mark.parametrize("code", ["no", "on", "y", "nb", "en"])
def test_norwegian_is_no_boolean(code: str) -> None:
    """The Hub's readers speak YAML 1.1."""
    assert head(front_matter(only(languages=[code]))).get("language") == ([code] if len(code) > 1 else None)


@pytest.mark.parametrize(
    "name", ["no", "1e3", "12:30:00", "a: b", "- x", "# c", 'q"uo\\te', "two\nlines", "null", "---", "é", "{x}"]
)
def test_names_survive_yaml(name: str) -> None:
    datasets = {name: dataset(train=split(1))}
    data = head(front_matter(manifest(name=name, datasets=datasets)))
    assert data["pretty_name"] == name
    assert data["configs"][0]["config_name"] == name


def test_globs_in_names_are_escaped() -> None:
    data = head(front_matter(manifest(datasets={"a[1]*": dataset(train=split(1))})))
    assert data["configs"][0]["data_files"][0]["path"] == "data/a[[]1][*]/train-*.parquet"


@pytest.mark.parametrize(
    ("whole", "rows", "said"),
    [
        (manifest(), {"mit": 6}, "All sources are under `mit`."),
        (only(licenses={"MIT": 4, " mit": 6}), {"mit": 10}, "All sources are under `mit`."),
        (only(licenses={"mit": 4, "": 6}), {"": 6, "mit": 4}, "the sources state not stated (6 rows), mit (4 rows)"),
        (only(licenses={"My *own*": 10}), {"my *own*": 10}, r"the sources state my \*own\* (10 rows)"),
        (only(licenses={"": 10}), {"": 10}, "No source states a licence"),
    ],
)  # fmt: skip
def test_licenses_are_rolled_up(whole: dict[str, Any], rows: dict[str, int], said: str) -> None:
    assert roll_up(whole) == rows
    assert said in card(whole, RECIPE)
    assert ("To be checked before sharing" in card(whole, RECIPE)) == said.startswith("the sources")


@pytest.mark.parametrize(
    ("rows", "category"),
    [
        (0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (66045, "10K<n<100K"), (999_999, "100K<n<1M"),
        (10**6, "1M<n<10M"), (10**12 - 1, "100B<n<1T"), (10**12, "n>1T"),
    ],
)  # fmt: skip
def test_size_category(rows: int, category: str) -> None:
    assert size_category(rows) == category


def test_features_are_those_that_datasets_would_write() -> None:
    from datasets import Features

    assert features(SCHEMA) == Features.from_arrow_schema(SCHEMA)._to_yaml_list()


@pytest.mark.parametrize(
    ("tasks", "categories"),
    [
        ([], ["text-generation"]),
        (["instruction", "rationale", "text"], ["text-generation"]),
        (["question"], ["translation"]),
        (["translation", "instruction"], ["text-generation", "translation"]),
    ],
)
def test_task_categories(tasks: list[str], categories: list[str]) -> None:
    assert task_categories(tasks) == categories
    made = manifest(datasets={"d": dataset(train=split(10) | {"tasks": dict.fromkeys(tasks, 5)})})
    assert head(front_matter(made))["task_categories"] == categories


def test_nothing_is_fixed() -> None:
    data = head(front_matter(only(languages=["xx", "yy"], licenses={"my own": 10})))
    assert data["language"] == ["xx", "yy"]
    assert (data["license"], data["license_name"]) == ("other", "my-own")
    data = head(front_matter(only(languages=["und"], licenses={"": 10})))
    assert not {"language", "license"} & set(data)


def test_language_codes() -> None:
    assert language_codes(["pt-BR", "pt", "zh_Hant", "yue", "und", "", "x-klingon", "EN", "1"]) == [
        "en",
        "pt",
        "yue",
        "zh",
    ]


def test_rejects_are_not_taken_for_the_data_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from datasets import load_dataset

    (tmp_path / "out" / "rejects").mkdir(parents=True)
    with pq.ParquetWriter(tmp_path / "out" / "rejects" / "part-00000-of-00001.parquet", SCHEMA) as writer:
        writer.write_batch(make_batch(1, {"id": ["rejected"]}))
    (tmp_path / "out" / "README.md").write_text(card(manifest(datasets={"d": dataset(train=split(0))}), RECIPE))
    with pytest.raises(FileNotFoundError, match=r"No .* data files found"):
        load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
