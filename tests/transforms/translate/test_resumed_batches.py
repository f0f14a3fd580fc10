"""Batches that one run leaves and the next takes up: its time was over, it was killed, or the endpoint went away."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import orjson
import pytest
from asked_chain import reasons, run
from driving_batches import batches, check_tidy, engine, key_at, records, wants

from tests.fakes.endpoint import Endpoint
from tests.fakes.translations import greek
from transforms.translate.ask import remembered_entries
from transforms.translate.batch_records import Line, Record, Records
from transforms.translate.engines import EngineError
from transforms.translate.engines.identity import Identity
from transforms.translate.engines.openai_batch import OpenAIBatch
from transforms.translate.entries import Entry
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.wanted import Want

ENDPOINT = {"batch_seconds": 0.2}


def test_a_run_whose_time_is_over_leaves_batches_that_the_next_takes_up(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(batch_seconds=1.0)
    report, held = run(tmp_path, wants(20), engine(endpoint, wait=0), Identity())
    assert held == {}
    assert set(reasons(report).values()) == {"deferred:batch"}  # and the next of the chain isn't asked
    assert report.usage["e0", "el"].deferred == 20
    assert len(records(tmp_path)) == 2
    report, held = run(tmp_path, wants(25), engine(endpoint))
    assert len(held) == 25
    assert report.usage["e0", "el"].requests == 25
    assert sorted(batch.request_counts.total for batch in batches(endpoint)) == [5, 20]
    assert endpoint.stats()["paid_twice"] == 0
    check_tidy(endpoint, tmp_path)


def test_runs_that_wait_for_nothing_take_what_has_ended(endpoint: Endpoint, tmp_path: Path) -> None:
    """The command that a schedule starts every hour: it sends, or takes results, and ends."""
    one = engine(endpoint, wait=0, batch_requests=10)
    for asked, found in ((15, 0), (25, 15), (25, 25)):
        report, held = run(tmp_path, wants(asked), one)
        assert (len(held), set(reasons(report).values())) == (found, {"deferred:batch"} if found < asked else set())
        while any(batch.status in ("validating", "in_progress", "finalizing") for batch in batches(endpoint)):
            time.sleep(0.05)
    assert endpoint.stats()["paid_twice"] == 0
    check_tidy(endpoint, tmp_path)


def test_an_old_record_of_a_batch_that_never_began_is_sent_anew(endpoint: Endpoint, tmp_path: Path) -> None:
    one, [request] = engine(endpoint, wait=0, timeout=30.0), wants(1)
    kept = Records(str(tmp_path))
    kept.add(Record("ab" * 16, one.place(), "file-x", [Line(key_at(one, request), request)], time.time() - 3 * 3600))
    run(tmp_path, wants(1), one)
    assert kept.marks() != ["ab" * 16]
    assert len(batches(endpoint)) == 1


def remember_unfaithful(folder: Path, one: OpenAIBatch, request: Request) -> None:
    signature = request.signature(one)
    entry = Entry(request.source, request.target, request.text, "a\nb", "llm:e0", signature)
    assert entry.flaw
    with Memory(str(folder)).journal() as journal:
        journal.append([entry])


def test_what_is_no_longer_faithful_is_sent_again(endpoint: Endpoint, tmp_path: Path) -> None:
    one, [request] = engine(endpoint), wants(1)
    remember_unfaithful(tmp_path, one, request)
    report, held = run(tmp_path, wants(1), one)
    assert len(held) == 1
    assert report.usage["e0", "el"].requests == len(batches(endpoint)) == 1
    check_tidy(endpoint, tmp_path)


def test_a_batch_for_what_is_no_longer_faithful_is_waited_for(endpoint: Endpoint, tmp_path: Path) -> None:
    one, [request] = engine(endpoint, wait=0), wants(1)
    remember_unfaithful(tmp_path, one, request)
    run(tmp_path, wants(1), one)
    run(tmp_path, wants(1, first=5), engine(endpoint))  # it looks at the other's record
    _, held = run(tmp_path, wants(1), engine(endpoint))
    assert len(held) == 1
    assert endpoint.stats()["paid_twice"] == 0
    assert len(batches(endpoint)) == 2


def test_results_that_another_run_wants_are_kept(endpoint: Endpoint, tmp_path: Path) -> None:
    run(tmp_path, wants(20), engine(endpoint, wait=0))
    report, held = run(tmp_path, wants(1), engine(endpoint))
    assert len(held) == 1
    assert report.usage["e0", "el"].asked == 1
    assert len(remembered_entries(Memory(str(tmp_path)), {"e0": engine(endpoint)}, wants(20))) == 20
    assert len(batches(endpoint)) == 1


def test_a_batch_for_another_prompt_or_endpoint_is_left_alone(endpoint: Endpoint, tmp_path: Path) -> None:
    run(tmp_path, wants(3), engine(endpoint, wait=0))
    left = records(tmp_path)
    _, held = run(tmp_path, wants(3), engine(endpoint, temperature=0.5))
    assert len(held) == 3
    with Endpoint(batch_seconds=0.1) as other:
        assert len(run(tmp_path, wants(3), engine(other))[1]) == 3
        assert len(other.log()) == 3
    assert records(tmp_path) == left


CHILD = """
import os, signal, sys
from pathlib import Path
from tests.fakes.endpoint import Endpoint
from tests.transforms.translate.asked_chain import run
from tests.transforms.translate.driving_batches import engine, wants
from transforms.translate import batches
from transforms.translate.batch_board import Board
from transforms.translate.batch_records import Records

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

where = sys.argv[3]
if where == "before_create":
    batches._Driver._create = die
elif where == "after_create":
    Records.begun = die
elif where == "after_record":
    batches._Driver._sleep = die
elif where == "after_journal":
    batches._Driver._forget = die
run(Path(sys.argv[1]), wants(30), engine(Endpoint(port=int(sys.argv[2]))))
"""


@pytest.mark.parametrize("where", ["before_create", "after_create", "after_record", "after_journal"])
def test_a_kill_at_any_moment_pays_nothing_twice(endpoint: Endpoint, tmp_path: Path, where: str) -> None:
    endpoint.configure(batch_seconds=1.0)
    command = [sys.executable, "-c", CHILD, str(tmp_path), str(endpoint.port), where]
    root = Path(__file__).resolve().parents[3]
    child = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert len(batches(endpoint)) == (where != "before_create")
    assert records(tmp_path)
    report, held = run(tmp_path, wants(31), engine(endpoint))
    assert reasons(report) == {}
    assert len(held) == 31
    stats = endpoint.stats()
    assert (stats["requests"], stats["paid_twice"]) == (31, 0)
    assert records(tmp_path) == []


def test_an_endpoint_that_goes_away_leaves_the_batch_recorded(tmp_path: Path) -> None:
    with Endpoint(batch_seconds=60) as server:
        threading.Timer(0.7, server.stop).start()
        report, held = run(tmp_path, wants(5), engine(server, max_tries=3))
    assert held == {}
    assert set(reasons(report).values()) == {"deferred:unreachable"}
    assert len(records(tmp_path)) == 2


def test_a_batch_that_the_account_doesnt_have_stops_the_run(endpoint: Endpoint, tmp_path: Path) -> None:
    run(tmp_path, wants(2), engine(endpoint, wait=0))
    [record] = tmp_path.glob("batches/*.batch.json")
    record.write_bytes(orjson.dumps({"batch": "batch_of_others"}))
    with pytest.raises(EngineError, match="batch_of_others"):
        run(tmp_path, wants(2), engine(endpoint))
    for path in records(tmp_path):
        path.unlink()
    assert len(run(tmp_path, wants(2), engine(endpoint))[1]) == 2


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"pla', b"\0" * 50])
def test_records_that_a_disk_has_lost(endpoint: Endpoint, tmp_path: Path, data: bytes) -> None:
    run(tmp_path, wants(2), engine(endpoint, wait=0))
    [requests], [begun] = (list(tmp_path.glob(f"batches/*.{name}.json")) for name in ("requests", "batch"))
    whole = requests.read_bytes()
    requests.write_bytes(data)
    with pytest.raises(EngineError, match=f"{requests.name} is damaged"):
        run(tmp_path, wants(2), engine(endpoint))
    requests.write_bytes(whole)
    begun.write_bytes(data)  # it is found by its mark
    assert len(run(tmp_path, wants(2), engine(endpoint))[1]) == 2
    assert len(batches(endpoint)) == 1


def test_a_glossary_is_asked_for_and_kept_over_a_restart(endpoint: Endpoint, tmp_path: Path) -> None:
    kept = Request("Sign the contract", "en", "el", (("contract", greek("contract")),))
    broken = Request("Sign the contract", "en", "el", (("contract", "symvolaio"),))
    wanted = {kept: Want(), broken: Want()}
    run(tmp_path, wanted, engine(endpoint, wait=0))
    report, held = run(tmp_path, wanted, engine(endpoint))
    assert set(held) == {kept}
    assert reasons(report) == {broken: "glossary"}
    assert len(endpoint.log()) == 4  # it is asked for three times in all


def test_what_was_asked_before_a_restart_isnt_forgotten(endpoint: Endpoint, tmp_path: Path) -> None:
    """A refusal is followed by a second batch, which is under way when the run ends; the third try is the last."""
    endpoint.configure(faults={"refusal": 1.0}, batch_seconds=0.5)
    report, _ = run(tmp_path, wants(1), engine(endpoint, wait=0.9))
    assert set(reasons(report).values()) == {"deferred:batch"}
    assert len(batches(endpoint)) == 2
    report, _ = run(tmp_path, wants(1), engine(endpoint))
    assert set(reasons(report).values()) == {"refusal"}
    assert len(endpoint.log()) == 3
