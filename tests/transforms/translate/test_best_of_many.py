"""The best of several translations of many segments: some at a time, there and back, before the next."""

import time
from itertools import count, cycle
from pathlib import Path

import orjson
import pytest
from answering import Answering
from asked_chain import reasons

from tests.fakes.endpoint import Endpoint
from transforms.translate import best_of
from transforms.translate.ask import Report
from transforms.translate.backlog import Backlog
from transforms.translate.best_of import BestOf, ask_best, portions
from transforms.translate.budget import Budget
from transforms.translate.engines import Answer
from transforms.translate.engines.openai import OpenAI
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.planning import forecast_best
from transforms.translate.purse import Purse
from transforms.translate.usage import Tally
from transforms.translate.wanted import Want, Wanted

ENDPOINT = {"latency": 0.01}
BACK = BestOf(2, engine="back")
WANTS = [Wanted(Request(f"the cat number {at}", "en", "el"), Want(1, f"{at:02}")) for at in range(6)]


@pytest.fixture(autouse=True)
def two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(best_of, "MOST", 4)


def moody(sent: list[str]) -> Answering:
    """Return an engine that says something else each time, one text after the other."""
    times = count()
    return Answering(
        lambda text: f"{next(times)} {text.upper()}", deterministic=False, batch=1, sent=sent, signature=f"{id(times)}"
    )


def away(tries: int = 1) -> OpenAI:
    return OpenAI("mock", ("http://127.0.0.1:9/v1",), concurrency=1, max_tries=tries)


def asked(folder: Path, how: BestOf, engine: object, back: object = None, tally: Tally | None = None) -> Report:
    judges = {"back": back} if back else {}
    return ask_best(how, {"e": engine}, judges, reversed(WANTS), Memory(str(folder)), Purse(), tally or Tally())  # type: ignore[dict-item]


def test_segments_are_judged_before_the_next_are_asked_for(tmp_path: Path) -> None:
    """So a budget, or a kill, leaves whole segments."""
    sent: list[str] = []
    assert reasons(asked(tmp_path, BACK, moody(sent), moody(sent))) == {}
    first, second = WANTS[0].request.text, WANTS[1].request.text
    assert sent[:4] == [first, first, second, second]
    assert [text.partition(" ")[2] for text in sent[4:8]] == [
        first.upper(),
        first.upper(),
        second.upper(),
        second.upper(),
    ]
    assert len(sent) == 24


def test_a_plan_foresees_all(tmp_path: Path) -> None:
    report = forecast_best(BACK, {"e": moody([])}, {"back": moody([])}, WANTS, Memory(str(tmp_path)))
    assert {name: usage.asked for (name, _), usage in report.usage.items()} == {"e": 12, "back": 12}


def test_an_engine_that_is_away_isnt_tried_for_each(tmp_path: Path) -> None:
    report = asked(tmp_path, BestOf(4, engine="back"), away(), moody([]))
    assert set(reasons(report).values()) == {"deferred:unreachable"}
    assert len(report.failures) == 6
    assert report.usage["e", "el"].requests == 4


def test_what_is_left_for_later_is_so_whatever_comes_after_it(tmp_path: Path) -> None:
    assert set(reasons(asked(tmp_path, BACK, moody([]), away())).values()) == {"deferred:unreachable"}


def test_a_service_that_has_answered_may_refuse_the_last_ones(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=[""] * 8 + ["http_400"] * 4)
    report = asked(tmp_path, BestOf(2, "similarity"), OpenAI("mock", (endpoint.url,), concurrency=1))
    assert reasons(report) == {one.request: "request_refused" for one in WANTS[4:]}


def test_a_budget_is_one_for_all(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.restart()
    engine, purse = OpenAI("mock", (endpoint.url,), concurrency=1), Purse(Budget(requests=6))
    report = ask_best(BestOf(2, "similarity"), {"e": engine}, {}, WANTS, Memory(str(tmp_path)), purse, Tally())
    assert reasons(report) == {one.request: "deferred:budget" for one in WANTS[3:]}
    assert endpoint.stats()["requests"] == 6


def test_the_display_is_told_of_all_at_first_and_of_what_was_done_in_the_end(tmp_path: Path) -> None:
    file = tmp_path / "tally.json"
    tally = Tally(str(file))
    wanted = []

    def answer(text: str) -> str:
        tally.flush()
        wanted.append(orjson.loads(file.read_bytes())["wanted"])
        return text.upper()

    engine = Answering(answer, deterministic=False, batch=1)
    asked(tmp_path, BestOf(2, "similarity"), engine, tally=tally)
    told = orjson.loads(file.read_bytes())
    assert wanted == [12] * 12
    assert (told["wanted"], told["done"], told["failed"]) == (12, 12, 0)


@pytest.mark.parametrize(
    ("segments", "fine", "sizes"),
    [
        (700, True, [333, 333, 34]),
        (700, False, [700]),
        (32_000, True, [1000] * 32),
        (20_000, False, [16_666, 3_334]),
        (0, True, []),
    ],
)
def test_portions(segments: int, fine: bool, sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(best_of, "MOST", 50_000)
    with Backlog() as every:
        every.extend(Wanted(Request(f"{at:05}", "en", "el")) for at in range(segments))
        assert [len(some) for some in portions(every, 3, fine)] == sizes


def test_a_way_back_that_fails_is_asked_once(tmp_path: Path) -> None:
    """Also where segments of several portions share it; and a plan, too, foresees it once."""
    words, sent = cycle(["um gato", "o gato"]), list[str]()
    forth = Answering(lambda _: next(words), deterministic=False, batch=1)
    back = Answering(lambda _: Answer("", "too_long"), deterministic=False, batch=1, sent=sent, signature="back")
    wants = [
        Wanted(Request(f"the cat {name}", "en", "pt"), Want(1, name)) for name in ("Ada", "Bo", "Cleo", "Dot", "Eve")
    ]
    report = ask_best(BACK, {"e": forth}, {"back": back}, wants, Memory(str(tmp_path)), Purse(), Tally())
    assert (reasons(report), sorted(sent)) == ({}, ["o gato", "um gato"])
    assert (
        forecast_best(BACK, {"e": forth}, {"back": back}, wants, Memory(str(tmp_path))).usage["back", "en"].asked == 2
    )


def test_limits_are_kept_from_portion_to_portion(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.restart()
    engine = OpenAI("mock", (endpoint.url,), concurrency=4, rpm=600)  # 10 a second, 12 at once at the beginning
    monotonic = time.monotonic()
    asked(tmp_path, BestOf(4, "similarity"), engine)
    assert endpoint.stats()["requests"] == 24
    assert time.monotonic() - monotonic > 1


def test_what_is_left_for_later_isnt_done(endpoint: Endpoint, tmp_path: Path) -> None:
    file, purse = tmp_path / "tally.json", Purse(Budget(requests=6))
    tally, engine = Tally(str(file)), OpenAI("mock", (endpoint.url,), concurrency=1)
    ask_best(BestOf(2, "similarity"), {"e": engine}, {}, WANTS, Memory(str(tmp_path)), purse, tally)
    told = orjson.loads(file.read_bytes())
    assert (told["wanted"], told["done"]) == (12, 6)
