"""A publication is killed at any moment: what was sent isn't sent again, and the branch is whole all the time."""

import os
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from published_output import make_output, shards
from publishing import NAME, Publish, hashes, held
from running_command import command, environment

from tests.fakes.hub import Hub
from tests.fakes.hub_faults import DROP, LOSE, Fault


class Moment(NamedTuple):
    """When the process is killed: at a request, before it is dealt with (`drop`) or after it, unanswered (`lose`).

    `arrived` is how many of the 12 blobs are there then, as (fewest, most); `new` says whether the branch is new.
    """

    method: str
    path: str
    kind: str
    skip: int
    arrived: tuple[int, int]
    new: bool


MOMENTS = {
    "repository created": Moment("POST", "/repos/create", LOSE, 0, (0, 0), False),
    "first blob on its way": Moment("PUT", "/lfs/", DROP, 0, (0, 3), False),
    "some blobs sent": Moment("PUT", "/lfs/", LOSE, 6, (7, 11), False),
    "commit on its way": Moment("POST", "/commit/", DROP, 0, (12, 12), False),
    "commit done": Moment("POST", "/commit/", LOSE, 0, (12, 12), True),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_killed_and_finished(hub: Hub, publish: Publish, tmp_path: Path, moment: Moment) -> None:
    output = make_output(tmp_path / "out")
    old: dict[str, str] = {}
    if moment.path != "/repos/create":
        before = make_output(tmp_path / "before", ["old", "stage1"], run="before")
        publish(before)
        old = shards(before)
    hub.received.clear()
    process = subprocess.Popen(
        command(output, "--tag", "v1"), env=environment(hub), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    hub.faults = [
        Fault(
            moment.path,
            moment.kind,
            moment.method,
            times=1,
            skip=moment.skip,
            strike=lambda: os.kill(process.pid, signal.SIGKILL),
        )
    ]
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    fewest, most = moment.arrived
    assert fewest <= len(hub.received) <= most
    assert hashes(hub) == (shards(output) if moment.new else old)
    assert set(held(hub)) in (set(), {"README.md", "manifest.json", *hashes(hub)})

    said = publish(output, "--tag", "v1")
    assert said.status == 0, said.err
    assert hashes(hub) == shards(output)
    assert sorted(hub.received) == sorted(shards(output).values())  # each once, over both publications
    there = hub.repositories[NAME]
    assert there.tags == {"v1": there.branches["main"]}
    assert [commit.title for commit in there.history()].count("Publish demo") == (2 if old else 1)
    assert "nothing to do" in publish(output, "--tag", "v1").out
