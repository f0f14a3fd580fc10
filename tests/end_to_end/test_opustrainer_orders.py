"""OpusTrainer's configuration through the command: what is drawn, and the way back to OpusTrainer's form."""

import ast
import json
from collections import Counter
from pathlib import Path

import pytest
from outputs import manifest, rows

from pipeline.cli import main

SIZES = {"clean": 40, "back": 100, "dirty": 7}

RECIPE = """
name: opus
seed: 3
sources:
  clean-lines: {jsonl: clean.jsonl, lang: en}
  back-lines: {jsonl: back.jsonl, lang: en}
  dirty-lines: {jsonl: dirty.jsonl, lang: en}
streams:
  clean: {from: clean-lines}
  back: {from: back-lines}
  dirty: {from: dirty-lines}
datasets:
  staged:
    order: {opustrainer: configs/train.yml, datasets: {backtranslated: back}}
    write: {parquet: {rows_per_shard: 50}}
  own:
    order:
      stages:
        - {until: {stream: dirty, epochs: 2}, weights: {dirty: 1, clean: 3}}
        - {until: 60, weights: {clean: 1, back: 1}, ramp: linear}
    repeat: {max_epochs: 3}
  mixed: {mix: {clean: 0.625, back: 0.375}, total: 64}
output: out
"""

CONFIG = """\
datasets:
  clean: test/clean.gz
  backtranslated: [one.gz, other.gz]
  dirty: dirty.gz

stages:
  - pretrain
  - train
  - again

pretrain:
  - backtranslated 0.995
  - clean 0.005
  - until backtranslated 1

train:
  mix:
  - clean 0.8
  - dirty 0.2
  - until clean 2
  modifiers: [{UpperCase: 0.1}, {Noise: 0.1}]

again:
  - dirty 1.0
  - until dirty 1

modifiers:
- Merge: 0.01
  max_lines: 3
- Prefix: 0.1
  template: "\\\\{trg} "

seed: 1111
trainer: marian
"""

WARNED = [
    "its modifier Merge (of pretrain, again) is not applied; a stream's step does it (in all stages): "
    "- augment: {merge: {probability: 0.01, max_examples: 3}}",
    'does it (in all stages): - augment: {prefix: {probability: 0.1, template: "\\\\{trg} "}}',
    "its modifier UpperCase (of train) is not applied; a stream's step does it (in all stages): "
    "- augment: {upper_case: 0.1}",
    "its modifier Noise (of train) is not applied; no step does what it does: it adds lines of random characters",
]

STAGES = [{"back": 100, "clean": 1}, {"clean": 80, "dirty": 20}, {"dirty": 7}]
"""By hand: 0.5 of an example of the clean beside 100, rounded up; the dirty 0.2 beside 0.8 of 80."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, size in SIZES.items():
        lines = [{"instruction": f"Task {at}", "output": name} for at in range(size)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "train.yml").write_text(CONFIG)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def exported(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    assert main(["order", "export", "recipe.yaml", *words]) == 0
    return capsys.readouterr()


def test_stages_follow_each_other_with_exact_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = (folder / "recipe.yaml").read_text()
    repeated = "    repeat: {max_epochs: 4}\n    write: {parquet: {rows_per_shard: 50}}"
    (folder / "recipe.yaml").write_text(recipe.replace("    write: {parquet: {rows_per_shard: 50}}", repeated))
    assert main(["run", "recipe.yaml"]) == 0
    told = capsys.readouterr().err
    for line in WARNED:
        assert line in told.replace("\n", " ")
    assert "its seed 1111 is not used, the recipe's is (3)" in told.replace("\n", " ")
    drawn = [row["output"] for row in rows(Path("out"), "staged", "train")]
    found, at = [], 0
    for stage in STAGES:
        size = sum(stage.values())
        found.append(dict(Counter(drawn[at : at + size])))
        at += size
    assert (found, len(drawn)) == (STAGES, at)
    own = [row["output"] for row in rows(Path("out"), "own", "train")]
    assert Counter(own[:56]) == {"dirty": 14, "clean": 42}
    assert len(own) == 60
    draws = manifest(Path("out"))["datasets"]["staged"]["draws"]
    assert {name: draw["drawn"] for name, draw in draws.items()} == {"back": 100, "clean": 81, "dirty": 27}


def test_too_few_epochs_are_an_error_with_numbers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "recipe.yaml"]) == 1
    message = "dirty is asked for 27 and has 7, which max_epochs 2 makes 14"
    assert message in capsys.readouterr().err.replace("\n", " ")


def test_a_plan_and_an_export_do_without_the_datasets_that_are_impossible(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "recipe.yaml", "--json"]) == 1
    told = capsys.readouterr()
    made = json.loads(told.out)
    assert list(made["impossible"]) == ["staged"]
    assert made["impossible"]["staged"] in told.err.replace("\n", " ")
    assert list(made["datasets"]) == list(made["orders"]) == ["own", "mixed"]
    out, _ = exported(capsys, "--dataset", "mixed", "--as", "streaming")
    assert json.loads(out)["streams"]["clean"]["choose"] == 40
    assert main(["order", "export", "recipe.yaml", "--dataset", "staged", "--as", "streaming"]) == 1
    assert "dirty is asked for 27" in capsys.readouterr().err.replace("\n", " ")


def test_a_stage_too_short_for_opustrainer_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stages = "[{until: 0.1, weights: {clean: 1}}, {until: 1.0, weights: {clean: 1, back: 1}}]"
    text = (folder / "recipe.yaml").read_text()
    short = f"  short: {{order: {{total: 3, stages: {stages}}}}}\noutput: out"
    (folder / "recipe.yaml").write_text(text.replace("output: out", short))
    assert main(["order", "export", "recipe.yaml", "--dataset", "short", "--as", "opustrainer"]) == 2
    assert "the dataset short has no stages to write: stage 1 is to end at position 0" in capsys.readouterr().err


def test_the_signature_holds_the_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "recipe.yaml", "--json"]) == 0
    graph = json.loads(capsys.readouterr().out)
    first = graph["datasets"]["staged"]["order"]["opustrainer"][0]
    assert first["until"] == {"stream": "back", "epochs": 1.0}
    assert main(["check", "recipe.yaml"]) == 0
    assert "for 2 epochs of clean  clean 80%, dirty 20%" in capsys.readouterr().out


def test_the_way_back_to_opustrainer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        (folder / "recipe.yaml")
        .read_text()
        .replace("rows_per_shard: 50}}", "rows_per_shard: 50}}\n    repeat: {max_epochs: 4}")
    )
    (folder / "recipe.yaml").write_text(text)
    out, told = exported(capsys, "--dataset", "staged", "--as", "opustrainer")
    assert "stage-1: back gets 99 lines of each batch of 100, not 99.5: they are cut off" in told
    assert "stage-1: clean gets 0 lines of each batch of 100, not 0.5: they are cut off" in told
    (folder / "configs" / "train.yml").write_text(out)
    (folder / "recipe.yaml").write_text(text.replace(", datasets: {backtranslated: back}", ""))
    assert exported(capsys, "--dataset", "staged", "--as", "opustrainer")[0] == out
    assert out.splitlines()[-7:] == [
        "  - until clean 2",
        "",
        "stage-3:",
        "  - dirty 1.0",
        "  - until dirty 1",
        "",
        "seed: 3",
    ]


def test_other_forms(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        (folder / "recipe.yaml")
        .read_text()
        .replace("rows_per_shard: 50}}", "rows_per_shard: 50}}\n    repeat: {max_epochs: 4}")
    )
    (folder / "recipe.yaml").write_text(text)
    out, told = exported(capsys, "--dataset", "mixed", "--as", "llamafactory")
    columns = {"prompt": "instruction", "query": "input", "response": "output"}
    assert json.loads(out) == {
        "dataset_info.json": {name: {"file_name": f"{name}.jsonl", "columns": columns} for name in ("clean", "back")},
        "arguments": {"dataset": "clean,back", "mix_strategy": "interleave_under", "interleave_probs": "0.625,0.375"},
    }
    assert "counts are not exact: it ends when the first data set has run out, not after 64" in told
    out, told = exported(capsys, "--dataset", "staged", "--as", "streaming")
    chosen = {name: stream["choose"] for name, stream in json.loads(out)["streams"].items()}
    assert chosen == {"back": 100, "clean": 81, "dirty": 27}
    assert "no stages and no ramps: the 3 of the schedule are mixed evenly over the run" in told
    out, told = exported(capsys, "--dataset", "own", "--as", "seqio")
    call = ast.parse(out).body[0]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    name, rates = map(ast.literal_eval, call.value.args)
    assert (name, dict(rates)) == ("own", {"dirty": 15, "clean": 44, "back": 1})
    assert "rates are relative" in told
    assert main(["order", "export", "recipe.yaml", "--as", "seqio"]) == 2
    assert "there are several datasets: say --dataset" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  - clean 0.005", "  - clena 0.005", "configs/train.yml:13: pretrain[1]: unknown data set 'clena'"),
        ("  - train\n", "  - trian\n", "configs/train.yml:8: stages[1]: the stage 'trian' is not described"),
        ("  - dirty 0.2", "  - dirty 0.2 3", "configs/train.yml:19: train.mix[1]: expected a data set and its weight"),
        ("until dirty 1", "until clean 1", "configs/train.yml:25: again[1]: ends with 'clean', from which"),
        (
            "until dirty 1",
            "until dirty inf",
            "recipe.yaml:14: datasets.staged.order.opustrainer: configs/train.yml: the",
        ),
        ("until dirty 1", "until dirty 200000", "configs/train.yml: 200000 epochs of one data set are asked for"),
        ("  - dirty 1.0", "  - [dirty 1.0", "configs/train.yml:27: not YAML: "),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    (folder / "configs" / "train.yml").write_text(CONFIG.replace(old, new, 1))
    assert main(["check", "recipe.yaml"]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "configs/train.yml",
            "none.yml",
            ":14: datasets.staged.order.opustrainer: none.yml can't be read: No such file",
        ),
        ("{backtranslated: back}", "{back: back}", ".datasets.back: unknown data set 'back' (known: clean, backtr"),
        ("{backtranslated: back}", "{backtranslated: bak}", ".datasets.backtranslated: unknown stream 'bak'; did you"),
        (
            "{backtranslated: back}",
            "{backtranslated: clean}",
            ": the stream 'clean' stands for another data set already",
        ),
        (", datasets: {backtranslated: back}", "", "unknown stream 'backtranslated'"),
        ("back}}", "back}, total: 9}", "the stages themselves say how long the run is, so that a total has no use"),
    ],
)
def test_what_is_wrong_in_the_recipe(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    (folder / "recipe.yaml").write_text(RECIPE.replace(old, new, 1))
    assert main(["check", "recipe.yaml"]) == 2
    assert message in capsys.readouterr().err


def test_a_last_stage_without_end_takes_a_total(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "configs" / "train.yml").write_text(CONFIG.replace("until dirty 1", "until dirty inf"))
    (folder / "recipe.yaml").write_text(RECIPE.replace("back}}", "back}, total: 205}"))
    assert main(["check", "recipe.yaml"]) == 0
    assert "until 1.0  dirty 100%" in capsys.readouterr().out
