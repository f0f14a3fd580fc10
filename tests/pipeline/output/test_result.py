"""What a job says of itself, read again: datasets that couldn't be drawn, and why that may be."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import RunError
from pipeline.output.result import read_result, write_result


def told(folder: Path, rejected: dict[str, int], error: str = "d: too few") -> str:
    result: dict[str, Any] = {"parts": [{"stream": "es", "counts": [{"step": "translate", "rejected": rejected}]}] * 2}
    result["draws"] = [{"dataset": "d", "error": error}, {"dataset": "e", "error": ""}]
    path = folder / "result.json"
    path.write_text(json.dumps(result))
    return str(path)


@pytest.mark.parametrize(
    ("rejected", "said"),
    [
        ({}, "d: too few"),
        (
            {"echo": 7, "empty": 1, "refusal": 900, "cut": 8},
            "d: too few\nrejected in all streams, most first: "
            "es: translate: refusal (1,800), es: translate: cut (16), es: translate: echo (14)",
        ),
        (
            {"deferred:budget": 600, "deferred:quota": 1},
            "d: too few\n1,202 examples wait for a translation, and may be what is missing: the same command goes on",
        ),
    ],
)
def test_a_dataset_that_could_not_be_drawn_is_an_error(rejected: dict[str, int], said: str, tmp_path: Path) -> None:
    path = told(tmp_path, rejected)
    with pytest.raises(RunError) as caught:
        read_result(path)
    assert str(caught.value) == said
    assert read_result(path, plan=True)["draws"][0]["error"] == "d: too few"


def test_datasets_that_were_drawn_are_none(tmp_path: Path) -> None:
    assert read_result(told(tmp_path, {"deferred:budget": 600}, ""))["parts"]


def test_in_which_order_a_job_was_described_makes_no_difference(tmp_path: Path) -> None:
    described: list[tuple[str, Any]] = [
        ("parts", {"label": "a", "stream": "s"}),
        ("parts", {"label": "b"}),
        ("draws", {}),
    ]
    turned = [(kind, dict(reversed(data.items()))) for kind, data in reversed(described)]
    paths = [write_result(str(tmp_path / name), each) for name, each in (("1", described), ("2", turned))]
    assert len({Path(path).read_bytes() for path in paths}) == 1
