"""Sources on real data, with the numbers of rows that its manifest and other programs give."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from source_reading import read

from transforms.read import block
from transforms.read.aligned_lines import Lines
from transforms.read.delimited import Csv, Tsv
from transforms.read.json_array import JsonArray
from transforms.read.json_lines import JsonLines


@pytest.mark.parametrize(
    ("kind", "path", "fields", "rows"),
    [
        (JsonLines, "gsm8k/train.jsonl.gz", {"columns": {"instruction": "question", "output": "answer"}}, 7473),
        (JsonLines, "self_instruct/seed_tasks.jsonl", {"columns": {"output": "instances.0.output"}}, 175),
        (JsonArray, "gpteacher/codegen-instruct.json.gz", {"columns": {"output": "response"}}, 4535),
        (
            JsonArray,
            "gpteacher/roleplay-simple-deduped-roleplay-instruct.json.gz",
            {"columns": {"output": "response"}},
            1923,
        ),
        (Tsv, "mlqe_pe/train.en-de.tsv.gz", {"columns": {"input": "original", "output": "translation"}}, 7000),
        (Tsv, "linguameta/linguameta.tsv.gz", {"columns": {"output": "bcp_47_code"}}, 7511),
        (Csv, "linguistic_lens/dialog.csv", {}, 496),
        (Csv, "linguistic_lens/music_new.csv", {}, 513),
    ],
)
def test_files_are_read_whole(shared: Path, kind: Any, path: str, fields: dict[str, Any], rows: int) -> None:
    reader = kind(str(shared / path))
    if not fields:
        fields = {"columns": {"output": next(iter(next(reader.read(reader.blocks()[0])).items[0]))}}
    result = read(reader, **fields)
    assert len(result.rows) == rows
    assert result.rejects == []
    assert len(set(result.column("id"))) == len({(row["instruction"], row["output"], row["id"]) for row in result.rows})


def test_mgsm_has_no_header_and_keeps_its_quotes(shared: Path) -> None:
    result = read(Tsv(f"{shared}/mgsm/mgsm_en.tsv", header=("question", "answer")), columns={"instruction": "question"})
    assert len(result.rows) == 250
    lines = (shared / "mgsm" / "mgsm_en.tsv").read_text().split("\n")
    assert result.column("instruction") == [line.split("\t")[0] for line in lines if line]


@pytest.mark.parametrize("size", [1 << 20, 50_000])
def test_renderings_of_an_english_question_share_its_group(
    shared: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    folder = shared / "gsm8kinstruct_question"
    found = {}
    for lang, rows in (("de", 7464), ("es", 7468), ("zh", 7363)):
        paths = [folder / f"{lang}-en" / f"train.{side}.gz" for side in (lang, "en")]
        result = read(Lines((str(paths[0]), str(paths[1]))), name=lang, lang=(lang, "en"), group_by=("output",))
        texts = [gzip.decompress(path.read_bytes()).decode().removesuffix("\n").split("\n") for path in paths]
        assert [result.column("input"), result.column("output")] == texts
        assert len(result.rows) == rows
        found[lang] = dict(zip(result.column("output"), result.column("group"), strict=True))
    shared_questions = set(found["de"]) & set(found["es"]) & set(found["zh"])
    assert len(shared_questions) > 7000
    assert all(found["de"][text] == found["es"][text] == found["zh"][text] for text in shared_questions)


def test_uncompressed_pairs_are_divided_alike(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Lines((f"{shared}/tatoeba/tatoeba.tha-eng.tha", f"{shared}/tatoeba/tatoeba.tha-eng.eng"))
    whole = read(reader)
    monkeypatch.setattr(block, "BLOCK_BYTES", 1000)
    parts = read(reader)
    assert len(whole.rows) == 548
    assert parts.blocks == 64
    assert parts.rows == whole.rows
