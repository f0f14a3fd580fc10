"""Every request fails in every way: publishing ends in success, or in a sentence with exit status 1."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from published_output import make_output, shards
from publishing import NAME, Publish, hashes

from tests.fakes.hub import Hub
from tests.fakes.hub_faults import DROP, LOSE, PASS, Fault
from tests.fakes.hub_repositories import Commit

LONGEST_IN_ALL = 400.0
"""Seconds that publishing may wait for one endpoint."""


class Endpoint(NamedTuple):
    """A request of publishing: its method and path, and what it is called in messages."""

    method: str
    path: str
    called: str


ENDPOINTS = {
    "info": Endpoint("GET", "/revision/", f"looking into {NAME}"),
    "create": Endpoint("POST", "/repos/create", f"creating {NAME}"),
    "branch": Endpoint("POST", "/branch/", "creating the branch next"),
    "tree": Endpoint("GET", "/tree/", f"looking into {NAME}"),
    "refs": Endpoint("GET", "/refs", f"looking for tags of {NAME}"),
    "preupload": Endpoint("POST", "/preupload/", "sending files"),
    "batch": Endpoint("POST", "/objects/batch", "sending files"),
    "put": Endpoint("PUT", "/lfs/", "sending files"),
    "verify": Endpoint("POST", "/lfs/verify", "sending files"),
    "validate": Endpoint("POST", "/validate-yaml", f"committing to {NAME}"),
    "commit": Endpoint("POST", "/commit/", f"committing to {NAME}"),
    "tag": Endpoint("POST", "/tag/", "tagging v1"),
    "settings": Endpoint("PUT", "/settings", f"opening {NAME}"),
}
FAULTS: list[int | str] = [429, 500, 502, DROP, LOSE]
WORDS = ("--tag", "v1", "--public", "--revision", "next")


@pytest.mark.parametrize("name", ENDPOINTS)
def test_what_fails_in_every_way_succeeds_at_last(
    hub: Hub, output: Path, publish: Publish, waits: list[float], name: str
) -> None:
    endpoint = ENDPOINTS[name]
    hub.faults = [Fault(endpoint.path, kind, endpoint.method, times=1) for kind in FAULTS]
    said = publish(output, *WORDS)
    assert said.status == 0, said.err
    assert [fault.kind for fault in hub.faults if fault.times > 0] == [], "faults that never struck"
    there = hub.repositories[NAME]
    assert hashes(hub, "next") == shards(output)
    assert [commit.title for commit in there.history("next")] == ["Publish demo", "initial commit"]
    assert there.tags == {"v1": there.branches["next"]} and not there.private
    assert 1 <= sum(waits) < LONGEST_IN_ALL


@pytest.mark.parametrize("kind", [429, 500, 502, 412, DROP])
@pytest.mark.parametrize("name", ENDPOINTS)
def test_what_always_fails_is_told(
    hub: Hub, output: Path, publish: Publish, waits: list[float], name: str, kind: int | str
) -> None:
    endpoint = ENDPOINTS[name]
    hub.faults = [Fault(endpoint.path, kind, endpoint.method)]
    said = publish(output, *WORDS)
    assert (said.status, said.out) == (1, "")
    last = said.err.splitlines()[-1]
    told = {DROP: "the connection failed"}.get(str(kind), f"the Hub answered {kind}")
    if (name, kind) == ("commit", 412):
        told = "others committed before, 6 times"
    assert last.startswith(f"error: {endpoint.called}: {told}")
    assert len(last) < 400
    assert sum(waits) < LONGEST_IN_ALL
    if name in ("tag", "settings"):  # what comes after the commit
        assert hashes(hub, "next") == shards(output)
    else:
        assert not any(shards(output).keys() & commit.tree for commit in commits(hub))


def commits(hub: Hub) -> list[Commit]:
    """Return all commits of the repository, if there is one."""
    return list(hub.repositories[NAME].commits.values()) if NAME in hub.repositories else []


@pytest.mark.parametrize("name", ENDPOINTS)
def test_the_wait_that_the_hub_asks_for_is_kept(
    hub: Hub, output: Path, publish: Publish, waits: list[float], name: str
) -> None:
    endpoint = ENDPOINTS[name]
    limit = {"retry-after": "37"} if name != "info" else {"ratelimit": '"api";r=0;t=36'}
    hub.faults = [Fault(endpoint.path, 429, endpoint.method, times=1, headers=limit)]
    said = publish(output, *WORDS)
    assert said.status == 0
    if name == "info":
        assert f"looking into {NAME}: the Hub answered 429 (injected); trying again in 37 s" in said.err
    assert [wait for wait in waits if wait >= 30] in ([37.0], [38.0])  # huggingface_hub adds a second


@pytest.mark.parametrize("name", ENDPOINTS)
def test_no_wait_is_endless(hub: Hub, output: Path, publish: Publish, waits: list[float], name: str) -> None:
    endpoint = ENDPOINTS[name]
    hub.faults = [Fault(endpoint.path, 429, endpoint.method, headers={"retry-after": "86400"})]
    said = publish(output, *WORDS)
    assert said.status == 1
    assert "the Hub asks to wait 86,400 s (429); run the same command then" in said.err
    assert max(waits, default=0) <= 300


def test_what_was_sent_before_a_failure_is_not_sent_again(
    hub: Hub, publish: Publish, waits: list[float], tmp_path: Path
) -> None:
    output = make_output(tmp_path / "out")
    hub.faults = [Fault("/lfs/", 500, "PUT", skip=7)]
    assert publish(output).status == 1
    assert len(hub.received) == 7
    hub.faults = []
    assert publish(output).status == 0
    assert sorted(hub.received) == sorted(shards(output).values())


def test_a_commit_that_others_overtook_is_made_anew(
    hub: Hub, output: Path, publish: Publish, waits: list[float]
) -> None:
    publish(output, "--revision", "other")
    there = hub.repositories[NAME]
    numbers = iter(range(10))

    def discuss() -> None:
        there.commit("main", "by hand", {**there.tree(), f"note-{next(numbers)}": there.tree()[".gitattributes"]})

    hub.faults = [overtaking(discuss, 3)]
    said = publish(output)
    assert said.status == 0, said.err
    assert "A commit has happened since" in said.err and "; looking again" in said.err
    assert [commit.title for commit in there.history()][:4] == ["Publish demo", "by hand", "by hand", "by hand"]
    assert {"note-0", "note-1", "note-2"} < set(there.tree())
    assert hashes(hub) == shards(output)


def test_who_is_overtaken_for_ever_gives_up(hub: Hub, output: Path, publish: Publish, waits: list[float]) -> None:
    publish(output, "--revision", "other")
    there = hub.repositories[NAME]
    hub.faults = [overtaking(lambda: there.commit("main", "by hand", there.tree()), 100)]
    said = publish(output)
    assert said.status == 1
    assert f"committing to {NAME}: others committed before, 6 times; run the same command again" in said.err


def overtaking(commit: Callable[[], object], times: int) -> Fault:
    """Return what has somebody else commit just before a commit is dealt with."""
    return Fault("/commit/", PASS, "POST", times=times, strike=lambda: (commit(), None)[1])
