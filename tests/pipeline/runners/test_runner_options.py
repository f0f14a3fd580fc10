"""Beam's options, from a recipe's `runner` and from the command line."""

from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.errors import RunnerError
from pipeline.runners import options as options_module
from pipeline.runners.options import pipeline_options, read_options, useful_workers


@pytest.mark.parametrize(
    ("runner", "arguments", "found"),
    [
        ({"streaming": False}, [], {"streaming": False}),
        ({"streaming": True}, [], {"streaming": True}),
        ({"save_main_session": False}, [], {"save_main_session": False}),
        ({"job_name": None}, [], {"job_name": None}),
        ({"experiments": ["a", "b"]}, [], {"experiments": ["a", "b"]}),
        ({"experiments": ["a", "b"]}, ["--experiments=c"], {"experiments": ["c"]}),
        ({"direct_num_workers": 2}, ["--direct_num_workers", "3"], {"direct_num_workers": 3}),
        (
            {"direct_running_mode": "nonsense"},
            ["--direct_running_mode=in_memory"],
            {"direct_running_mode": "in_memory"},
        ),
        ({"runner": "FlinkRunner", "of_the_job_server": 1}, [], {"runner": "FlinkRunner"}),
    ],
)
def test_options_of_a_recipe_are_what_beam_reads(
    runner: dict[str, Any], arguments: Sequence[str], found: dict[str, Any]
) -> None:
    told = read_options(pipeline_options(runner, arguments))
    assert {name: told[name] for name in found} == found


@pytest.mark.parametrize(
    ("runner", "arguments", "message"),
    [
        ({"direct_running_mode": "nonsense"}, [], "argument --direct_running_mode: invalid choice: 'nonsense' (choose"),
        ({}, ["--direct_num_workers=many"], "argument --direct_num_workers: invalid int value: 'many'"),
        ({"direct_num_wokers": 4}, [], "unknown option 'direct_num_wokers'; did you mean 'direct_num_workers'?"),
        ({}, ["runner=SparkRunner"], "'runner=SparkRunner' is none; they begin with --"),
        ({}, ["--runner=FnApiRunner", "streaming"], "'streaming' is none"),
        ({}, ["--direct_num_wokers=4"], "unknown option 'direct_num_wokers'; did you mean 'direct_num_workers'?"),
    ],
)
def test_what_beam_cant_read_is_told_in_a_line(
    runner: dict[str, Any], arguments: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RunnerError) as caught:
        read_options(pipeline_options(runner, arguments))
    assert str(caught.value).startswith(f"the runner's options: {message}")
    assert "\n" not in str(caught.value)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("size", "translating", "workers"),
    [(0, False, 1), (4_000_000, False, 1), (9_000_000, False, 3), (9_000_000, True, 8), (40_000, True, 3)],
)
def test_a_worker_process_is_there_for_so_much_work(
    size: int, translating: bool, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options_module, "_cores", lambda: 8)
    assert useful_workers(size, translating) == workers
    told = read_options(pipeline_options({}, [], workers))
    assert told["direct_running_mode"] == ("multi_processing" if workers > 1 else "in_memory")
    assert told["direct_num_workers"] == workers
