"""Formats of published systems, byte by byte: each file of tests/golden here holds cases of one of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from transforms.example import make_batch, texts
from transforms.formats.template import Format
from transforms.formats.template_file import load

GOLDEN = Path(__file__).parents[2] / "golden"
FILES = ("chatflow", "distilling", "mathoctopus", "summarization", "x_llama_qa")
CASES = [case for file in FILES for case in json.loads((GOLDEN / f"{file}.json").read_text("utf-8"))]


@pytest.mark.parametrize("case", CASES)
def test_a_published_format_is_byte_exact(case: dict[str, Any]) -> None:
    example = {name: [value] for name, value in {"id": "1", **case["example"]}.items()}
    out = Format(case["format"]).rewrite(make_batch(1, example))
    assert {name: texts(out, name)[0] for name in ("instruction", "input", "output", "template")} == {
        "instruction": case["instruction"],
        "input": case["input"],
        "output": case["output"],
        "template": case["format"],
    }


@pytest.mark.parametrize("file", FILES)
def test_every_template_of_these_files_has_a_case(file: str) -> None:
    tables = {f"{file}.{name}" for name in load(f"transforms.formats:{file}.toml")}
    assert tables == {case["format"] for case in CASES if case["format"].startswith(f"{file}.")}
