import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.runners.local import local_runner
from pipeline.runners.options import pipeline_options


def test_workers_start_whatever_folder_python_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "my venv's" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    runner = local_runner(pipeline_options({}, ["--direct_running_mode=multi_processing"], 1 << 30))
    command = runner._default_environment.command_string
    said = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert said.stdout == "-m pipeline.runners.worker\n"
