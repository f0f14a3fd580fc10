"""Xet's own client on the way to the Hub: what fails there, and what is sent again after a kill."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from published_output import make_output, shards
from publishing import hashes
from running_command import command, environment

from tests.fakes.hub import Hub
from tests.fakes.hub_faults import DROP, Fault


def publish_by_xet(hub: Hub, output: Path, **further: str) -> subprocess.Popen[str]:
    env = environment(hub, **{"HF_HUB_DISABLE_XET": "0", **further})
    return subprocess.Popen(command(output), env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def stored(hub: Hub) -> int:
    """Return the bytes of content in Xet's storage."""
    assert hub.api.blobs.xet
    blocks = (path for path in hub.api.blobs.xet.rglob("xorbs/default.*") if path.suffix != ".tagset")
    return sum(path.stat().st_size for path in blocks)


@pytest.mark.parametrize(("kind", "status"), [(502, 0), (412, 1)])
def test_the_token_for_xet_fails(tmp_path: Path, kind: int, status: int) -> None:
    output = make_output(tmp_path / "out", ["stage1"])
    with Hub(tmp_path / "hub", xet=True) as hub:
        hub.faults = [Fault("/xet-write-token/", kind, times=1)]
        process = publish_by_xet(hub, output)
        _, err = process.communicate(timeout=120)
        assert process.returncode == status, err
        assert hub.faults[0].times <= 0
        assert hashes(hub) == (shards(output) if status == 0 else {})
    if status:
        assert err.splitlines()[-1].startswith("error: sending files: ") and str(kind) in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("kind", "told", "own"),
    [
        (500, "Server error", {}),
        (429, "Rate limited", {"HF_XET_CLIENT_RETRY_BASE_DELAY": "50ms"}),
        (DROP, "Network error", {"HF_XET_CLIENT_RETRY_BASE_DELAY": "50ms"}),
    ],
)
def test_a_token_for_xet_that_never_comes(kind: int | str, told: str, own: dict[str, str], tmp_path: Path) -> None:
    output = make_output(tmp_path / "out", ["stage1"])
    with Hub(tmp_path / "hub", xet=True) as hub:
        hub.faults = [Fault("/xet-write-token/", kind)]
        _, err = publish_by_xet(hub, output, **own).communicate(timeout=100)
        last = err.splitlines()[-1]
        assert last.startswith(f"error: sending files: {told}") and len(last) < 400
        assert last.endswith("run the same command later, or with HF_HUB_DISABLE_XET=1, which sends files another way")
        assert "Traceback" not in err
        assert len(hub.asked("GET", "/xet-write-token/")) == 5
        assert hashes(hub) == {}
        process = publish_by_xet(hub, output, HF_HUB_DISABLE_XET="1")
        assert process.wait(100) == 0
        assert hashes(hub) == shards(output)


def test_what_xet_has_is_not_stored_again(tmp_path: Path) -> None:
    output = make_output(tmp_path / "out", [f"d{number}" for number in range(6)], rows=400)
    with Hub(tmp_path / "hub", xet=True) as hub:
        sizes = []
        for path, skip in (("/preupload/", 1), ("/commit/", 0)):  # between two groups of files; when all are there
            process = publish_by_xet(hub, output)
            pid = process.pid
            hub.faults = [
                Fault(path, DROP, "POST", times=1, skip=skip, strike=lambda pid=pid: os.kill(pid, signal.SIGKILL))
            ]
            process.communicate(timeout=120)
            assert process.returncode == -signal.SIGKILL
            assert hashes(hub) == {}
            sizes.append(stored(hub))
        process = publish_by_xet(hub, output)
        assert process.wait(120) == 0
        assert hashes(hub) == shards(output)
        assert 0 < sizes[0] < sizes[1] == stored(hub)
        assert stored(hub) < 1.0 * sum(path.stat().st_size for path in output.glob("data/*/*"))
