import json
from pathlib import Path

import pytest

from transforms.translate import ledger
from transforms.translate.budget import Budget, Cost
from transforms.translate.ledger import Ledger
from transforms.translate.purse import Purse

ONE = Cost(0.4, 100, 1)


def purse(work: Path, run: str = "result-1.json") -> Purse:
    return Purse(Budget(usd=1.0), ledger=Ledger.in_work_folder(str(work), "all-translate", 0, run))


def spend(held: Purse, cost: Cost = ONE) -> None:
    held.reserve(cost)
    held.settle(cost, cost)


def test_a_bundle_that_is_tried_again_goes_on_with_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "SECONDS", 0.0)
    first = purse(tmp_path)
    spend(first)
    spend(first)
    assert not first.admits(ONE)
    again = purse(tmp_path)
    assert again.spent == Cost(0.8, 200, 2)
    assert not again.admits(ONE)
    assert purse(tmp_path, "result-2.json").admits(ONE)  # another run has a budget of its own
    assert purse(tmp_path, "").admits(ONE)


def test_it_is_written_every_two_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(ledger.time, "monotonic", lambda: now[0])
    held, (path,) = purse(tmp_path), [tmp_path / "asking" / "all-translate-0-result-1.json.spent"]
    for seconds, noted in [(0, 1), (1.9, 1), (0.2, 3), (5, 4)]:
        now[0] += seconds
        spend(held)
        assert json.loads(path.read_text())["requests"] == noted


def test_an_answer_isnt_lost_where_it_cant_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "SECONDS", 0.0)
    held, folder = purse(tmp_path), tmp_path / "asking"
    folder.write_text("no folder")
    spend(held)
    assert held.spent == ONE
    folder.unlink()
    spend(held)
    assert purse(tmp_path).spent == Cost(0.8, 200, 2)


def test_without_a_budget_nothing_is_written(tmp_path: Path) -> None:
    spend(Purse(ledger=Ledger.in_work_folder(str(tmp_path), "all-translate", 0, "result-1.json")))
    assert not list(tmp_path.iterdir())
