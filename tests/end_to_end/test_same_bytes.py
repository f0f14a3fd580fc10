"""The same recipe gives the same bytes, whichever runner, whatever the order of the rows and the size of batches."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bilingual import RECIPE, write_sources
from outputs import hashes, manifest, rejects, rows, splits

from pipeline.cli import main
from tests.end_to_end.running import environment, output_of_program
from transforms import example, parts
from transforms.read import block


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bilingual") / "data"
    write_sources(folder)
    return folder


@pytest.fixture(scope="module")
def in_memory(sources: Path) -> Path:
    """What the other runs are compared with: the output of the runner in one process."""
    folder = sources.parent / "in_memory"
    output_of_program("run", RECIPE, "--set", f"data={sources}", "--output", folder, "--", "--runner=FnApiRunner")
    return folder


@pytest.fixture
def job_server() -> Iterator[str]:
    """Beam's own job server in Python, on a free port."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "apache_beam.runners.portability.local_job_service_main", "-p", str(port)]
    server = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as client:
                if client.connect_ex(("localhost", port)) == 0:
                    break
            assert server.poll() is None, "the job server ended"
            time.sleep(0.1)
        yield f"localhost:{port}"
    finally:
        server.kill()
        server.wait()


def test_it_holds_what_could_go_wrong(in_memory: Path) -> None:
    numbered = {row["id"].partition("-")[2] for row in rows(in_memory, "whole", "train")}
    assert numbered == {"", "1", "2"}
    found = hashes(in_memory)
    assert len([name for name in found if name.startswith("data/mixed/train-") and name.endswith(".parquet")]) == 16
    assert {name.partition(".")[2] for name in found} == {"parquet", "jsonl", "jsonl.gz"}
    reasons = {row["reason"] for row in rejects(in_memory)}
    assert reasons >= {"malformed", "encoding", "missing_column", "copy", "length_ratio", "duplicate", "length:short"}
    assert {split: len(each) > 0 for split, each in splits(in_memory, "whole").items()} == {
        "train": True,
        "validation": True,
        "test": True,
    }


def test_the_manifest_says_the_truth_about_every_file(in_memory: Path) -> None:
    described = {
        file["path"]: file["sha256"]
        for dataset in manifest(in_memory)["datasets"].values()
        for split in dataset["splits"].values()
        for file in split["files"]
    }
    assert described == hashes(in_memory, "data")


def test_two_worker_processes_give_the_same(sources: Path, in_memory: Path, tmp_path: Path) -> None:
    beam = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    output_of_program("run", RECIPE, "--set", f"data={sources}", "--output", tmp_path / "out", "--", *beam)
    assert hashes(tmp_path / "out") == hashes(in_memory)


def test_the_portable_runner_gives_the_same(sources: Path, in_memory: Path, tmp_path: Path, job_server: str) -> None:
    beam = ["--runner=PortableRunner", f"--job_endpoint={job_server}", "--environment_type=LOOPBACK"]
    work = tmp_path / "work"
    output_of_program(
        "run", RECIPE, "--set", f"data={sources}", "--output", tmp_path / "out", "--work", work, "--", *beam
    )
    assert hashes(tmp_path / "out") == hashes(in_memory)
    assert not work.exists()


def test_the_order_of_the_rows_makes_no_difference(in_memory: Path, tmp_path: Path) -> None:
    write_sources(tmp_path / "shuffled", shuffled=True)
    assert main(["run", str(RECIPE), "--set", f"data={tmp_path}/shuffled", "--output", f"{tmp_path}/out"]) == 0
    assert hashes(tmp_path / "out", "data") == hashes(in_memory, "data")
    assert _rejected(tmp_path / "out") == _rejected(in_memory)


def _rejected(folder: Path) -> list[tuple[str, ...]]:
    """Return the rejects without their details, which say at which line a broken row stands."""
    names = ("id", "stream", "step", "reason", "instruction", "input", "output", "meta")
    return sorted(tuple(row[name] for name in names) for row in rejects(folder))


@pytest.mark.parametrize(
    ("max_rows", "block_bytes", "part_bytes"),
    [
        pytest.param(example.MAX_ROWS // 2, block.BLOCK_BYTES, parts.PART_BYTES, id="half the batch"),
        pytest.param(61, 9000, parts.PART_BYTES, id="small batches, many blocks"),
        pytest.param(50, block.BLOCK_BYTES, 20000, id="several parts of a block"),
    ],
)
def test_how_rows_are_cut_makes_no_difference(
    max_rows: int,
    block_bytes: int,
    part_bytes: int,
    sources: Path,
    in_memory: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(example, "MAX_ROWS", max_rows)
    monkeypatch.setattr(block, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(parts, "PART_BYTES", part_bytes)
    assert main(["run", str(RECIPE), "--set", f"data={sources}", "--output", f"{tmp_path}/out"]) == 0
    assert hashes(tmp_path / "out") == hashes(in_memory)


def test_another_seed_gives_another_order_of_the_same_rows(sources: Path, in_memory: Path, tmp_path: Path) -> None:
    words = ["--set", f"data={sources}", "--set", "seed=18"]
    assert main(["run", str(RECIPE), *words, "--output", f"{tmp_path}/out"]) == 0
    for dataset in ("whole", "facts"):
        first, second = splits(in_memory, dataset), splits(tmp_path / "out", dataset)
        ids, others = ([row["id"] for each in found.values() for row in each] for found in (first, second))
        assert ids != others
        assert sorted(ids) == sorted(others)
