"""The recipes that translate, through the real command: the demo, and x-LLaMA on a few rows of published data."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from datasets import load_dataset
from outputs import manifest, rows

from pipeline.cli import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    assert main(["run", str(ROOT / "configs" / "quickstart.yaml"), "--output", str(folder)]) == 0
    return folder


def test_the_demo_accounts_for_every_item(demo: Path) -> None:
    made = manifest(demo)
    steps = {(stream, step["step"]): step for stream, each in made["streams"].items() for step in each["steps"]}
    assert steps["english", "read"]["out"] == 103
    assert steps["portuguese_questions", "read"]["out"] == 62
    for step in steps.values():
        if not step["step"].startswith("pair"):  # which makes several of each
            assert step["in"] == step["out"] + sum(step["rejected"].values())
    assert steps["portuguese_questions", "format"]["out"] >= 58
    assert steps["portuguese", "keep"]["out"] >= 95
    (numbers,) = made["translation"]["local"].values()
    assert (numbers["asked"], numbers["failed"]) == (numbers["unique"], 0)
    assert made["complete"]
    assert made["deferred"] == 0


def test_the_demo_aligns_portuguese_questions_with_english_ones(demo: Path) -> None:
    english = {row["instruction"] for split in ("train", "validation") for row in rows(demo, "qalign_stage2", split)}
    aligned = [row for split in ("train", "validation") for row in rows(demo, "qalign_stage1", split)]
    asked = "Translate the following sentences from Portuguese to English. "
    assert {row["output"] for row in aligned} <= english
    assert all(row["instruction"].startswith(asked) and row["input"] == "" for row in aligned)
    assert all((row["input_lang"], row["output_lang"], row["origin"]) == ("pt", "en", "mt:local") for row in aligned)


def test_what_must_not_change_is_in_the_demos_translations(demo: Path) -> None:
    mixed = rows(demo, "x_llama", "train")
    english = {row["group"]: row for row in mixed if (row["task"], row["output_lang"]) == ("instruction", "en")}
    translated = [row for row in mixed if (row["task"], row["output_lang"]) == ("instruction", "pt")]
    kept = re.compile(r"```.*?```|`[^`\n]+`|\{\w+\}|\{\{\w+\}\}|https?://[^\s)>]+|\$\$.+?\$\$|\\\(.+?\\\)", re.DOTALL)
    spans = 0
    for row in translated:
        for field in ("instruction", "input", "output"):
            before = sorted(kept.findall(english[row["group"]][field]))
            assert sorted(kept.findall(row[field])) == before, (field, row["id"])
            spans += len(before)
    assert spans > 60


def test_the_demos_report_tells_what_is_there(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(demo)]) == 0
    assert capsys.readouterr().out == f"{demo / 'report.html'}\n"
    page = (demo / "report.html").read_text("utf-8")
    made = manifest(demo)
    for name, dataset in made["datasets"].items():
        assert f"<h2>{name}</h2>" in page
        for split in dataset["splits"].values():
            assert all(file["sha256"] in page for file in split["files"])
    english, portuguese = "Decide how urgent this support request is", "Decida"
    assert any(english in group and portuguese in group for group in page.split('<div class="renderings several">'))
    assert "<summary>keep: copy <span>1 of 1</span></summary>" in page


def test_trainers_load_the_demo(demo: Path, tmp_path: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(demo)
    files = sorted(map(str, demo.glob("data/x_llama/*.jsonl")))
    chats = load_dataset("json", data_files=files, split="train", cache_dir=str(tmp_path))
    assert all(chat[-1]["role"] == "assistant" and chat[-1]["content"] for chat in chats["messages"])


def test_x_llama_mixes_its_three_parts(shared: Path, tmp_path: Path, check_recipe: Callable[[Path], None]) -> None:
    out = tmp_path / "out"
    words = ["run", str(ROOT / "configs" / "x_llama.yaml"), "--set", f"data={shared}", "--output", str(out)]
    assert main([*words, "--limit", "12"]) == 0
    made = rows(out, "x_llama", "train")
    templates = tomllib.loads((ROOT / "transforms" / "formats" / "x_llama.toml").read_text("utf-8"))["translation"]
    requests = {
        pattern.replace("{source_lang}", "English").replace("{target_lang}", "Portuguese")
        for pattern in templates["instruction"]
    }
    tasks = [(row["task"], row["output_lang"]) for row in made]
    assert tasks.count(("instruction", "en")) == 12
    assert tasks.count(("instruction", "pt")) >= 8
    assert tasks.count(("translation", "pt")) >= 8
    assert all(row["instruction"] in requests for row in made if row["task"] == "translation")
    published = (shared / "tatoeba" / "tatoeba.por-eng.eng").read_text("utf-8").splitlines()[:12]
    assert all(row["input"] in published for row in made if row["task"] == "translation")
    check_recipe(out)
