from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from huggingface_hub import DatasetCard

from sinks.card import card, for_repository
from sinks.front_matter import features, front_matter, language_codes, size_category, task_categories
from sinks.licenses import roll_up
from transforms.example import SCHEMA, make_batch

RECIPE = 'name: demo\nsources: {a: {jsonl: "x.jsonl"}}\n'


def split(rows: int, languages: list[str] | None = None, licenses: dict[str, int] | None = None) -> dict[str, Any]:
    files = [{"path": f"data/x/train-00000-of-00001.{kind}", "bytes": 40 * rows} for kind in ("parquet", "jsonl")]
    facets = {"languages": languages or ["en", "pt"], "licenses": licenses or {"mit": rows}, "sources": {"a": rows}}
    return {"rows": rows, "files": files[: 2 * (rows > 0)], "bytes": 100 * rows, **facets}


def manifest(**changes: Any) -> dict[str, Any]:
    return {
        "name": "demo",
        "signature": "langloom|recipe:abc|seed:17",
        "seed": 17,
        "complete": True,
        "deferred": 0,
        "versions": {"langloom": "0.1.0", "pyarrow": "25.0.1"},
        "datasets": {
            "stage1": {
                "ordered": False,
                "splits": {"train": split(3), "validation": split(1), "test": split(0)},
                "draws": {"questions": {"available": 1500, "drawn": 1204, "epochs": 1, "unused": 296}},
            },
            "stage2": {"ordered": True, "splits": {"train": split(2)}, "draws": {}},
        },
        "streams": {
            "questions": {"steps": [{"step": "keep", "in": 1700, "out": 1500, "rejected": {"copy": 150, "digits": 50}}]}
        },
        "translation": {"local": {"pt": {"segments": 10, "unique": 8, "from_memory": 3, "asked": 5, "failed": 0}}},
        "sources": {"a": {"kind": "jsonl", "license": "mit", "rows": 1700, "files": []}},
    } | changes


def head(text: str) -> dict[str, Any]:
    data = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(data, dict)
    return data


def only(**changes: Any) -> dict[str, Any]:
    return manifest(datasets={"d": {"splits": {"train": split(10, **changes)}}})


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


def test_datasets_load_by_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from datasets import load_dataset

    whole = manifest()
    for name, dataset in whole["datasets"].items():
        (tmp_path / "out" / "data" / name).mkdir(parents=True)
        for part, each in dataset["splits"].items():
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
    datasets = {name: {"splits": {"train": split(1)}}}
    data = head(front_matter(manifest(name=name, datasets=datasets)))
    assert data["pretty_name"] == name
    assert data["configs"][0]["config_name"] == name


def test_globs_in_names_are_escaped() -> None:
    data = head(front_matter(manifest(datasets={"a[1]*": {"splits": {"train": split(1)}}})))
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
    splits = {"train": split(10) | {"tasks": dict.fromkeys(tasks, 5)}}
    assert head(front_matter(manifest(datasets={"d": {"splits": splits}})))["task_categories"] == categories


def test_nothing_is_fixed() -> None:
    data = head(front_matter(only(languages=["xx", "yy"], licenses={"my own": 10})))
    assert data["language"] == ["xx", "yy"]
    assert (data["license"], data["license_name"]) == ("other", "my-own")
    data = head(front_matter(only(languages=["und"], licenses={"": 10})))
    assert not {"language", "license"} & set(data)


def test_a_card_is_made_to_name_its_repository() -> None:
    assert for_repository(card(manifest(), RECIPE), "me/demo") == card(manifest(), RECIPE, repo="me/demo")
    assert for_repository("path/to/this/folder", "me/demo") == "path/to/this/folder"


def test_licences_that_do_not_go_together_are_called_out() -> None:
    text = card(only(licenses={"cc-by-sa-4.0": 4, "cc-by-nc-4.0": 6}), RECIPE)
    assert "**These don't go together:** cc-by-sa-4.0 wants the whole free for commercial use" in text
    assert head(text)["license"] == "other"
    text = card(only(licenses={"mit": 4, "cc-by-4.0": 6}), RECIPE)
    assert "go together" not in text
    assert head(text)["license"] == ["cc-by-4.0", "mit"]


def test_language_codes() -> None:
    assert language_codes(["pt-BR", "pt", "zh_Hant", "yue", "und", "", "x-klingon", "EN", "1"]) == [
        "en",
        "pt",
        "yue",
        "zh",
    ]


def test_the_text_shows_the_funnel_and_the_draws() -> None:
    text = card(manifest(), RECIPE, repo="me/demo")
    assert "| `questions` | keep | 1,700 | 1,500 | copy 150, digits 50 |" in text
    assert "| `stage1` | `questions` | 1,500 | 1,204 | 1 | 296 |" in text
    assert "| `stage1` | `test` | 0 | 0 | `en`, `pt` |" in text
    assert "| `stage1` | `train` | 3 | 2 | `en`, `pt` |" in text
    assert "| `local` | `pt` | 10 | 8 | 3 | 5 | 0 |  |  |  |" in text
    assert "| `a` | jsonl | mit | 6 |" in text
    assert "dataset = load_dataset('me/demo', 'stage2')" in text
    assert "langloom|recipe:abc|seed:17" in text
    assert "langloom run recipe.yaml" in text
    assert RECIPE.strip() in text


def test_what_was_given_beside_the_recipe_is_in_the_command() -> None:
    assert "\nlangloom run recipe.yaml\n" in card(manifest(), RECIPE)
    whole = manifest(signature="name:a|limit:7|seed:17|limit:300|recipe:abc", settings=["data", "my_key"])
    assert "\nlangloom run recipe.yaml --limit 300 --set data=... --set my_key=...\n" in card(whole, RECIPE)


def test_licences_of_rows_are_said_to_be() -> None:
    text = card(manifest(sources={"a": {"kind": "csv", "license": "", "license_column": "terms|x"}}), RECIPE)
    assert r"| `a` | csv | each row's own, from `terms\|x` | 6 |" in text


def test_what_the_data_says_does_not_fill_the_card() -> None:
    tags = [f"x{number:03d}" for number in range(999)] + ["y" * 5000]
    text = card(only(languages=tags, licenses={f"{tag} licence": 1 for tag in tags}), RECIPE)
    assert "`x039` and 960 more |" in text
    assert "x039 licence (1 rows) and 960 more The" not in text
    assert "x039 licence (1 rows) and 960 more." in text
    assert "y" * 101 not in card(only(languages=tags[-1:], licenses={tags[-1]: 1}), RECIPE).partition("# demo")[2]


def test_ordered_datasets_come_with_a_warning() -> None:
    text = card(manifest(), RECIPE)
    assert "`stage2`: the rows of `train` follow a schedule" in text
    assert "A trainer that shuffles loses it" in text
    shuffled = manifest()
    shuffled["datasets"]["stage2"]["ordered"] = False
    assert "schedule" not in card(shuffled, RECIPE)


def test_incomplete_output_says_so() -> None:
    assert "Incomplete" not in card(manifest(), RECIPE)
    assert "**Incomplete:** 1,234 examples wait" in card(manifest(complete=False, deferred=1234), RECIPE)


def test_an_output_without_rows_has_a_card() -> None:
    text = card(manifest(datasets={"d": {"splits": {"train": split(0)}}}), RECIPE)
    assert "load_dataset(" not in text


def test_rejects_are_not_taken_for_the_data_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from datasets import load_dataset

    (tmp_path / "out" / "rejects").mkdir(parents=True)
    with pq.ParquetWriter(tmp_path / "out" / "rejects" / "part-00000-of-00001.parquet", SCHEMA) as writer:
        writer.write_batch(make_batch(1, {"id": ["rejected"]}))
    (tmp_path / "out" / "README.md").write_text(card(manifest(datasets={"d": {"splits": {"train": split(0)}}}), RECIPE))
    with pytest.raises(FileNotFoundError, match=r"No .* data files found"):
        load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))


def test_untrusted_text_stays_text() -> None:
    evil = "x | y\n# head <script>alert(1)</script> [a](javascript:b) ``` `c`"
    datasets = {evil: {"splits": {"train": split(1)}}}
    sources = {evil: {"kind": evil, "license": evil, "rows": 1}}
    streams = {evil: {"steps": [{"step": evil, "in": 1, "out": 0, "rejected": {evil: 1}}]}}
    whole = manifest(name=evil, datasets=datasets, sources=sources, streams=streams, signature=evil)
    text = card(whole, "name: a\n```\n# not a heading\n")
    body = text.split("---\n", 2)[2]
    fenced, open_fence = [], ""
    for line in body.splitlines():
        if not open_fence and line.startswith("```"):
            open_fence = line[: len(line) - len(line.lstrip("`"))]
        elif open_fence and line == open_fence:
            open_fence = ""
        elif not open_fence:
            fenced.append(line)
    assert not open_fence
    assert [line for line in fenced if line.startswith("# ")] == [line for line in fenced if line.startswith("# x |")]
    assert len([line for line in fenced if line.startswith("# ")]) == 1
    outside = "\n".join(fenced)
    without_code = outside.replace("```` x \\| y # head <script>alert(1)</script> [a](javascript:b) ``` `c` ````", "")
    assert "<script>" not in without_code
    assert "[a](" not in without_code
    rows = [line for line in fenced if line.startswith("| ```` x")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {5, 6}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("api_key: abc", 'api_key: "***"'),
        ('vars: {hf_token: "a, b", x: 1}', 'vars: {hf_token: "***", x: 1}'),
        ("vars: {hf_token: abc, x: 1}", 'vars: {hf_token: "***", x: 1}'),
        ("  MY_SECRET: 'it is'  # note", '  MY_SECRET: "***"  # note'),
        ("api_key: env:OPENAI_API_KEY", "api_key: env:OPENAI_API_KEY"),
        ('api_key: "file:/run/key"', 'api_key: "file:/run/key"'),
        ("api_key: ${MY_KEY}", "api_key: ${MY_KEY}"),
        ("unit: tokens", "unit: tokens"),
        ("tokens: 500", "tokens: 500"),
    ],
)
def test_secrets_written_into_a_recipe_are_masked(written: str, shown: str) -> None:
    assert f"```yaml\n{shown}\n```" in card(manifest(), written)


def test_the_card_is_a_pure_function() -> None:
    assert card(manifest(), RECIPE) == card(manifest(), RECIPE)


def test_what_a_tokenizer_does_is_a_table() -> None:
    ratios = ("per_word", "per_character", "per_byte", "byte_piece_share", "byte_character_share")
    english = {"tokens": 1200, **dict.fromkeys(ratios, 0.25)}
    other = {**english, "parity": 1.5, "renderings": 2, "advice": "shorten <it>", "quadrant": "stagnant"}
    tokens = {
        "tokenizer": "file:a|b.json",
        "unit": "tokens",
        "languages": {"": english, "te": other},
        "parity_to": "en",
    }
    made = manifest()
    assert "## Tokens" not in card(made, RECIPE)
    for name in ("stage1", "stage2"):
        made["datasets"][name]["tokens"] = tokens
    text = card(made, RECIPE)
    numbers = "1,200 | 0.250 | 0.250 | 0.250 | 25.00% | 25.00%"
    assert f"| `stage1`, `stage2` | `file:a\\|b.json` | not stated | {numbers} |  |\n" in text
    assert f"| `te` | {numbers} | 1.500 to en |\n" in text
    assert "- `stage1`, `stage2`, `te` (stagnant, by the scores in the recipe): shorten &lt;it>.\n" in text
