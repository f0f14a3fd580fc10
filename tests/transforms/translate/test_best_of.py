"""The best of several translations: chosen by the way back or by meaning, and alike wherever the memory is read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from answering import Answering
from asked_chain import reasons

from tests.fakes.endpoint import Endpoint
from transforms.translate.best_of import BestOf, ask_best, choose
from transforms.translate.budget import Budget
from transforms.translate.engines import Answer, UnsupportedPair
from transforms.translate.engines.openai import OpenAI
from transforms.translate.entries import Entry
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.planning import forecast_best
from transforms.translate.purse import Purse
from transforms.translate.usage import Tally
from transforms.translate.wanted import Want, Wanted


def moody(answer: Callable[[str], str | Answer]) -> Answering:
    """Return an engine that may answer otherwise each time."""
    return Answering(answer, deterministic=False, batch=1)


def told(*answers: str) -> Answering:
    rest = iter(answers)
    return moody(lambda _: next(rest) or Answer("", "panic"))


TEXT = Request("the cat sat on the mat", "en", "pt")


def best(
    tmp_path: Path, how: BestOf, engine: Answering, back: Answering | None = None
) -> tuple[str, dict[Request, str]]:
    memory, judges = Memory(str(tmp_path)), {"back": back} if back else {}
    report = ask_best(how, {"e": engine}, judges, [Wanted(TEXT)], memory, Purse(), Tally())
    chosen = choose(how, {"e": engine}, judges, [TEXT], memory)
    return chosen[TEXT].translation if TEXT in chosen else "", reasons(report)


def test_the_one_that_comes_back_nearest(tmp_path: Path) -> None:
    backs = {"um": "a dog", "dois": "the cat sat on the mat", "tres": "the cat sat"}
    found = best(tmp_path, BestOf(3, engine="back"), told("um", "dois", "tres"), moody(backs.__getitem__))
    assert found == ("dois", {})


def test_candidates_and_their_ways_back_are_asked_once(tmp_path: Path) -> None:
    backs = {"um": "a dog", "dois": "the cat sat on the mat"}
    how = BestOf(2, engine="back")
    first = best(tmp_path, how, told("um", "dois"), moody(backs.__getitem__))
    assert best(tmp_path, how, told(), moody({}.__getitem__)) == first


def test_what_is_said_alike_each_time_isnt_translated_back(tmp_path: Path) -> None:
    assert best(tmp_path, BestOf(3, engine="back"), told("um", "um", "um"), moody({}.__getitem__)) == ("um", {})


def test_after_a_run_a_plan_foresees_nothing_to_ask(tmp_path: Path) -> None:
    how, engine, back = BestOf(2, engine="back"), told("um", "dois"), moody({"um": "a", "dois": "b"}.__getitem__)
    chain, judges = {"e": engine}, {"back": back}

    def plan() -> dict[str, int]:
        report = forecast_best(how, chain, judges, [Wanted(TEXT)], Memory(str(tmp_path)))
        return {name: usage.asked for (name, _), usage in report.usage.items()}

    assert plan() == {"e": 2, "back": 2}
    best(tmp_path, how, engine, back)
    assert plan() == {"e": 0, "back": 0}


def test_a_way_back_that_waits_says_nothing_of_another_languages(endpoint: Endpoint, tmp_path: Path) -> None:
    """What is translated alike into two languages goes back from each: one of them may have been paid for."""
    other, purse = TEXT._replace(target="gl"), Purse(Budget(requests=0))
    judges = {"back": OpenAI("mock", base_url=(endpoint.url,))}
    with Memory(str(tmp_path)).journal() as journal:
        for text in ("um", "dois"):
            journal.append([Entry("pt", "en", text, "the cat", "llm:back", judges["back"].signature_of("pt", "en"))])
    engine = told("um", "dois", "um", "dois")
    wants = [Wanted(TEXT, Want(1, "0")), Wanted(other, Want(1, "1"))]
    report = ask_best(BestOf(2, engine="back"), {"e": engine}, judges, wants, Memory(str(tmp_path)), purse, Tally())
    assert reasons(report) == {other: "deferred:budget"}


def test_failures_are_left_out_and_of_equals_the_first_counts(tmp_path: Path) -> None:
    same = moody(lambda _: "the cat")
    assert best(tmp_path, BestOf(3, engine="back"), told("", "", "", "dois", "tres"), same) == ("dois", {})


def test_without_any_candidate_the_segment_fails(tmp_path: Path) -> None:
    assert best(tmp_path, BestOf(2, engine="back"), told(*[""] * 6), moody(str)) == ("", {TEXT: "panic"})


def test_what_never_comes_back_is_judged_last(tmp_path: Path) -> None:
    back = moody(lambda text: Answer("", "filtered") if text == "um" else "cat")
    assert best(tmp_path, BestOf(2, engine="back"), told("um", "dois"), back) == ("dois", {})


def test_the_nearest_meaning(tmp_path: Path) -> None:
    answers = told("o cachorro comeu o bolo todo", "o gato sentou no tapete")
    assert best(tmp_path, BestOf(2, "similarity"), answers) == ("o gato sentou no tapete", {})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n": 1, "engine": "e"}, "from 2 to 64"),
        ({"n": 2}, "needs an `engine`"),
        ({"n": 2, "by": "similarity", "engine": "e"}, "takes no `engine`"),
    ],
)
def test_wrong_parameters(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BestOf(**parameters)  # type: ignore[arg-type]


def test_languages_that_the_encoder_lacks() -> None:
    with pytest.raises(UnsupportedPair, match="sw"):
        BestOf(2, "similarity").check("en", "sw")


@pytest.mark.parametrize("tag", ["pt-BR", "pt_BR", "PT", "por"])
def test_languages_that_the_encoder_knows_in_any_spelling(tag: str) -> None:
    BestOf(2, "similarity").check("en", tag)
