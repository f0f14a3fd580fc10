"""What tests of rules share: the published question pairs, and the defects that are known in them."""

import gzip
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

from transforms.example import make_batch


@pytest.fixture(scope="session")
def question_pairs(shared: Path) -> Callable[[str], pa.RecordBatch]:
    """QAlign's question pairs of a language: `input` in it, `output` in English."""

    @cache
    def read(language: str) -> pa.RecordBatch:
        folder = shared / "gsm8kinstruct_question" / f"{language}-en"
        columns = {
            name: gzip.decompress((folder / f"train.{code}.gz").read_bytes()).decode().removesuffix("\n").split("\n")
            for name, code in (("input", language), ("output", "en"))
        }
        rows = len(columns["input"])
        return make_batch(rows, {**columns, "input_lang": language, "output_lang": "en", "task": "question"})

    return read


@pytest.fixture(scope="session")
def known_copies(shared: Path) -> Callable[[str], set[int]]:
    """The rows of a language that are known to be untranslated."""
    lines = (shared / "gsm8kinstruct_question" / "KNOWN_BAD.tsv").read_text("utf-8").split("\n")
    rows = [line.split("\t") for line in lines if line]
    return lambda language: {int(row[1]) - 1 for row in rows if row[0] == language and row[2] == "untranslated_copy"}
