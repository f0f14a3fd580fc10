import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.cells import cell_len
from rich.console import Console

from pipeline.cli import main
from pipeline.show import as_json, show
from transforms.example import make_batch

ROWS = {
    "id": ["1", "2"],
    "group": ["a", "b"],
    "source": ["src", "src"],
    "task": ["instruction", "[bold]question[/]"],
    "input_lang": ["en", "en\n\x1b[2J\x00"],
    "output_lang": ["pt", "en"],
    "history": [[{"user": "Before?", "assistant": "[red]After[/red]"}], []],
    "instruction": ["[link=x]Do[/link] it\x1b[31m\r\nnow", "y" * 500],
    "output": ["Feito.\u202e", "z"],
    "scores": [[{"name": "lid", "value": 0.5}], []],
    "origin": ["mt:local", "\u202eme\n\x1b]0;x\x07"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data" / "d"
    data.mkdir(parents=True)
    pq.write_table(pa.Table.from_batches([make_batch(2, ROWS)]), data / "train-00000-of-00001.parquet")
    (data / "train-00000-of-00001.jsonl").write_text("")
    files = [{"path": f"data/d/train-00000-of-00001.{kind}", "sha256": "", "rows": 2} for kind in ("jsonl", "parquet")]
    draws = {"es": {"available": 3000, "drawn": 2, "epochs": 0.0, "unused": 2998}}
    step = {"step": "keep", "in": 5000, "out": 3000, "rejected": {"digits": 500, "length": 1500}}
    manifest: dict[str, Any] = {
        "complete": True,
        "deferred": 0,
        "signature": "name:demo|seed:17",
        "datasets": {
            "d": {"splits": {"train": {"rows": 2, "files": files}, "test": {"rows": 0, "files": []}}, "draws": draws}
        },
        "streams": {"es": {"from": ["src"], "steps": [step]}},
        "translation": {"local": {"pt": {"segments": 1234, "asked": 17}}},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def shown(folder: Path, examples: int = 3, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width)
    show(str(folder), examples, console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_titles_have_a_line_of_their_own(folder: Path) -> None:
    lines = shown(folder).splitlines()
    assert "what became of every example" in lines
    assert "d: examples, renderings of an item side by side" in lines


RENDERINGS = {
    "id": ["1", "2", "3", "4", "5"],
    "group": ["a", "a", "a", "a", "b"],
    "source": ["src"] * 5,
    "input_lang": ["fa", "zh", "en", "pt", "en"],
    "output_lang": ["fa", "zh", "en", "pt", ""],
    "history": [[], [], [{"user": "Hello?", "assistant": "Yes."}], [{"user": "Oi?", "assistant": "Sim."}], []],
    "instruction": [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u5b89\u3000\u6709\u82f9\u679c" * 4,
        "Apples?",
        "Ma\u00e7\u00e3s\u00a0?",
        "x",
    ],
    "origin": ["mt:local", "mt:local", "human", "mt:local", ""],
}


@pytest.fixture
def translated(folder: Path) -> Path:
    shard = folder / "data" / "d" / "train-00000-of-00001.parquet"
    pq.write_table(pa.Table.from_batches([make_batch(5, RENDERINGS)]), shard)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["datasets"]["d"]["splits"]["train"]["rows"] = 5
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize(("width", "beside"), [(160, 4), (120, 3), (80, 2), (30, 1)])
def test_as_many_renderings_stand_beside_each_other_as_have_room(width: int, beside: int, translated: Path) -> None:
    lines = shown(translated, 5, width).splitlines()
    items = [line for line in lines if line.startswith("1  ")]
    assert len(items) == -(-4 // beside)
    assert max(cell_len(line) for line in lines if line.startswith(("1  ", "instruction"))) <= width


def test_renderings_of_an_item(translated: Path) -> None:
    lines = shown(translated, 5).splitlines()
    assert "Hello?" in next(line for line in lines if line.startswith("user"))
    for text in ("Ma\u00e7\u00e3s\u00a0?", "\u0645\u06cc\u200c\u062e", "\u5b89\u3000\u6709", "en>not stated from src"):
        assert sum(text in line for line in lines) == 1, text
    found = as_json(str(translated), 5)["examples"]["d"]
    assert [[row["id"] for row in item] for item in found] == [["3", "1", "4", "2"], ["5"]]


def test_an_output_on_an_object_store_is_shown(
    folder: Path, store: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    for path in folder.rglob("*.*"):
        store[f"langloomtest://bucket/out/{path.relative_to(folder).as_posix()}"] = path.read_bytes()
    assert main(["show", "langloomtest://bucket/out/", "--examples", "1"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        line.replace(str(folder), "langloomtest://bucket/out") for line in shown(folder, 1).splitlines()
    ]


@pytest.mark.parametrize("name", ["langloomtest://bucket/out", "nosuch://bucket/out", "absent", "/"])
def test_what_is_no_output_is_told(name: str, store: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", name]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        (f"error: {name} is no output of langloom: it holds no manifest.json", f"error: output {name}")
    )


def test_sizes_funnel_and_translation(folder: Path) -> None:
    lines = [" ".join(line.split()) for line in shown(folder).splitlines()]
    for line in (
        "d train 2 1 es 2 (unused: es 2,998)",
        "d test 0 0",
        "es keep 5,000 3,000 2,000",
        "length 1,500",
        "digits 500",
        "local pt 1,234 0 0 17 0 0 0",
        f"{folder}: complete; name:demo|seed:17",
    ):
        assert any(line == each or line in each for each in lines), line
    assert lines.index("length 1,500") < lines.index("digits 500")


def test_text_is_shown_and_never_interpreted(folder: Path) -> None:
    text = shown(folder)
    assert "[link=x]Do[/link] it\ufffd[31m " in text, "the end of a line is no control character"
    assert "[red]After[/red]" in text
    assert "[bold]question[/] en \ufffd[2J\ufffd>en from src" in text
    assert "\ufffdme \ufffd]0;x\ufffd" in text
    assert "instruction en>pt from src" in text
    assert "Feito.\ufffd" in text
    assert "y" * 50 in text
    assert "[...]" in text
    assert "mt:local; lid 0.5" in text
    assert not {"\x00", "\x07", "\x1b", "\u202e"} & set(text)


@pytest.mark.parametrize(("examples", "number"), [(0, 0), (1, 1), (5, 2)])
def test_how_many_examples(examples: int, number: int, folder: Path) -> None:
    assert shown(folder, examples).count("from src") == number
    assert len(as_json(str(folder), examples)["examples"]["d"]) == number


def test_a_number_below_zero_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(folder), "--examples", "-1"]) == 2
    assert "'-1' is not a whole number of 0 or more" in capsys.readouterr().err


def test_what_programs_read(folder: Path) -> None:
    found = as_json(str(folder), 2)
    assert json.loads(json.dumps(found)) == found
    assert found["signature"] == "name:demo|seed:17"
    assert found["examples"]["d"][0][0]["output"] == "Feito.\u202e"


def test_an_incomplete_output_says_so(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "complete": False, "deferred": 12}))
    assert "incomplete: 12 examples left for later" in shown(folder, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"datasets": []},
        {"datasets": {"d": {"splits": {"train": {"rows": "many", "files": []}}, "draws": {}}}},
        {"datasets": {"d": {"splits": {"train": {"rows": 1, "files": [{"path": "../d.parquet"}]}}, "draws": {}}}},
        {"streams": {"es": {}}},
        {"translation": {"local": 3}},
        {"signature": 3, "streams": None},
    ],
    ids=str,
)
def test_a_manifest_that_was_altered_is_told(
    change: dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **change}))
    shard = folder / "data" / "d" / "train-00000-of-00001.parquet"
    shard.rename(folder.parent / "d.parquet")
    assert main(["show", str(folder)]) == 2
    assert "manifest.json isn't as langloom writes it" in capsys.readouterr().err


def test_a_manifest_that_lacks_its_parts_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "manifest.json").write_text('{"complete": true, "signature": "x"}')
    assert main(["show", str(folder)]) == 2
    assert "manifest.json isn't as langloom writes it" in capsys.readouterr().err


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:50])])
def test_a_shard_that_is_damaged_is_told(
    damage: Callable[[Path], object], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shard = folder / "data" / "d" / "train-00000-of-00001.parquet"
    damage(shard)
    assert main(["show", str(folder)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {shard} can't be read (") and said.endswith("run the recipe again with --force\n")
    assert said.count("\n") == 1
