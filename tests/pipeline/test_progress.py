import io
import os
from pathlib import Path

import pytest
from rich.console import Console
from rich.live import Live

from pipeline import progress
from pipeline.progress import Progress
from transforms import parts
from transforms.example import digest, make_batch
from transforms.parts import Piece, make_parts
from transforms.steps import Count


def pieces(number: int) -> list[Piece]:
    batch = make_batch(2, {"id": [digest(str(at)).hex() for at in range(2)]})
    read, keep = Count("read", 1000, 1000), Count("keep", 1000, 2, {"length": 998})
    return [([batch], [], [read, keep]) for _ in range(number)]


def write(work: Path, name: str, number: int = 1) -> None:
    assert list(make_parts(str(work), "es", "es-0-src", name, "src>es", ["read", "keep"], pieces(number)))


def watched(work: Path) -> str:
    """Return the line but for the time."""
    made = Progress(str(work), 3, Console(file=io.StringIO()))
    made.look()
    return made.line().partition(": ")[2]


def test_what_is_there_is_added_up(tmp_path: Path) -> None:
    assert watched(tmp_path) == "0 of 3 blocks and 0 rows read, 0 rejected, 0 shards written"
    write(tmp_path, "1")
    write(tmp_path, "2")
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards" / "d-1.json").write_text("{}")
    (tmp_path / "shards" / "d-1.parquet.12345678.tmp").write_text("")
    assert watched(tmp_path) == "2 of 3 blocks and 2,000 rows read, 1,996 rejected, 1 shards written"


def test_a_block_of_several_parts_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 1)
    write(tmp_path, "1", 3)
    assert len(list(tmp_path.glob("parts/*"))) == 3
    assert watched(tmp_path) == "1 of 3 blocks and 3,000 rows read, 2,994 rejected, 0 shards written"


def test_a_part_is_counted_when_it_is_complete_and_once(tmp_path: Path) -> None:
    write(tmp_path, "1")
    (path,) = tmp_path.glob("parts/*.arrow")
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    made = Progress(str(tmp_path), 3, Console(file=io.StringIO()))
    made.look()
    assert "0 of 3 blocks" in made.line()
    path.write_bytes(whole)
    made.look()
    made.look()
    assert "1 of 3 blocks and 1,000 rows read" in made.line()


@pytest.mark.parametrize("terminal", ["xterm", "dumb", ""])
def test_it_watches_while_a_job_runs(terminal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PLAIN_SECONDS", 0.01)
    monkeypatch.setattr(progress, "LIVE_SECONDS", 0.01)
    monkeypatch.setenv("TERM", terminal)
    console = Console(file=io.StringIO(), force_terminal=bool(terminal), width=120)
    with Progress(str(tmp_path), 3, console) as made:
        write(tmp_path, "1")
        for _ in range(500):
            if "1 of 3" in console.file.getvalue():  # type: ignore[attr-defined]
                break
            made._over.wait(0.01)
    assert not made._thread.is_alive()
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "1 of 3 blocks and 1,000 rows read, 998 rejected, 0 shards written" in shown
    if terminal != "xterm":
        assert shown.count("1 of 3 blocks") < 100
        assert "\x1b" not in shown
    else:
        assert "keep" in shown


def test_a_work_folder_elsewhere_is_not_watched() -> None:
    with Progress("gs://bucket/work", 3, Console(file=io.StringIO())) as made:
        assert not made._thread.is_alive()


def test_the_table_has_a_row_for_each_step(tmp_path: Path) -> None:
    write(tmp_path, "1")
    made = Progress(str(tmp_path), 3, Console(file=io.StringIO()))
    made.look()
    console = Console(file=io.StringIO(), width=120)
    console.print(made.table())
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert [line.split() for line in lines[1:]] == [
        ["stream", "step", "in", "out", "rejected"],
        ["es", "read", "1,000", "1,000", "0"],
        ["es", "keep", "1,000", "2", "998"],
    ]


def test_the_time_left_follows_the_pace_of_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    asking = tmp_path / "asking"
    asking.mkdir()
    (asking / "t-9.json").write_text('{"wanted": 700, "known": 0, "done": 600}')
    os.utime(asking / "t-9.json", (1, 1))
    made = Progress(str(tmp_path), 1, Console(file=io.StringIO()))
    made.look()
    assert "segments" not in made.line(), "an earlier run's says nothing"

    def said(at: float, *groups: int) -> str:
        now[0] = at
        for number, done in enumerate(groups):
            (asking / f"t-{number}.json").write_text(f'{{"wanted": 12000, "known": 6000, "done": {done}, "usd": 0.5}}')
        made.look()
        return made.line().partition("segments translated")[2].partition(", about ")[2]

    assert said(110, 6000) == "", "what the memory held says nothing"
    assert said(115, 6100) == "", "too early to tell"
    assert said(140, 6060) == "50 min left"
    assert said(140, 6010) == "5 h 0 min left"
    assert said(141, 6010, 6000) == "10 h 20 min left", "a group that begins later brings no answers"
    assert said(142, 11990, 12000) == "1 min left"
    assert said(143, 12000, 12000) == ""


def test_a_narrow_terminal_shows_the_whole_line(tmp_path: Path) -> None:
    made = Progress(str(tmp_path), 1, Console(file=io.StringIO()))
    (tmp_path / "asking").mkdir()
    told = '{"wanted": 12000, "known": 0, "done": 6000, "usd": 0.5, "unanswered": 1300}'
    (tmp_path / "asking" / "t-0.json").write_text(told)
    made.look()
    console = Console(file=io.StringIO(), width=40, soft_wrap=True, force_terminal=True)  # as `terminal.messages`
    with Live(made.table(), console=console):
        pass
    shown = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
    assert "6,000 of 12,000 segments translated, $0.50, 1,300 requests unanswered" in shown
