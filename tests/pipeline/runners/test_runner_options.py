"""Beam's options, from a recipe's `runner` and from the command line."""

from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.errors import RunnerError
from pipeline.runners.options import pipeline_options, read_options


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
    told = read_options(pipeline_options(runner, arguments, 0))
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
        read_options(pipeline_options(runner, arguments, 0))
    assert str(caught.value).startswith(f"the runner's options: {message}")
    assert "\n" not in str(caught.value)
    assert capsys.readouterr().err == ""
