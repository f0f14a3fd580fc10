"""The best of several translations: chosen by the way back or by meaning, and alike wherever the memory is read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes.endpoint import Endpoint
from transforms.translate.ask import Want
from transforms.translate.best_of import BestOf, ask_best, choose
from transforms.translate.budget import Budget, Purse
from transforms.translate.engines import Answer, UnsupportedPair
from transforms.translate.engines.openai import OpenAI
from transforms.translate.entries import Entry
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.planning import forecast_best
from transforms.translate.usage import Tally


@dataclass(frozen=True)
class Moody:
    """Gives other answers each time."""

    answer: Callable[[str], str | Answer] = field(compare=False)
    deterministic: bool = False
    kind: str = "mt"
    unit: str = "line"
    placeholders: tuple[str, ...] = ("X{}X",)
    batch: int = 1

    def groups(self, cores: int) -> int:
        return 1

    def signature_of(self, source: str, target: str) -> str:
        return f"moody-{source}-{target}"

    def check(self, source: str, target: str) -> None:
        if target == "xx":
            raise UnsupportedPair("no xx")

    def translate(self, texts: list[str], source: str, target: str) -> list[Answer]:
        answers = [self.answer(text) for text in texts]
        return [one if isinstance(one, Answer) else Answer(one) for one in answers]


def told(*answers: str) -> Moody:
    rest = iter(answers)
    return Moody(lambda _: next(rest) or Answer("", "panic"))


TEXT = Request("the cat sat on the mat", "en", "pt")


def best(tmp_path: Path, how: BestOf, engine: Moody, back: Moody | None = None) -> tuple[str, dict[Request, str]]:
    memory, judges = Memory(str(tmp_path)), {"back": back} if back else {}
    report = ask_best(how, {"e": engine}, judges, {TEXT: Want()}, memory, Purse(), Tally())  # type: ignore[dict-item]
    chosen = choose(how, {"e": engine}, judges, [TEXT], memory)  # type: ignore[dict-item]
    return chosen[TEXT].translation if TEXT in chosen else "", report.failures


def test_the_one_that_comes_back_nearest(tmp_path: Path) -> None:
    backs = {"um": "a dog", "dois": "the cat sat on the mat", "tres": "the cat sat"}
    found = best(tmp_path, BestOf(3, engine="back"), told("um", "dois", "tres"), Moody(backs.__getitem__))
    assert found == ("dois", {})


def test_candidates_and_their_ways_back_are_asked_once(tmp_path: Path) -> None:
    backs = {"um": "a dog", "dois": "the cat sat on the mat"}
    how = BestOf(2, engine="back")
    first = best(tmp_path, how, told("um", "dois"), Moody(backs.__getitem__))
    assert best(tmp_path, how, told(), Moody({}.__getitem__)) == first


def test_what_is_said_alike_each_time_isnt_translated_back(tmp_path: Path) -> None:
    assert best(tmp_path, BestOf(3, engine="back"), told("um", "um", "um"), Moody({}.__getitem__)) == ("um", {})


def test_after_a_run_a_plan_foresees_nothing_to_ask(tmp_path: Path) -> None:
    how, engine, back = BestOf(2, engine="back"), told("um", "dois"), Moody({"um": "a", "dois": "b"}.__getitem__)
    chain, judges = {"e": engine}, {"back": back}

    def plan() -> dict[str, int]:
        report = forecast_best(how, chain, judges, {TEXT: Want()}, Memory(str(tmp_path)))  # type: ignore[arg-type]
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
    wants = {TEXT: Want(1, "0"), other: Want(1, "1")}
    report = ask_best(BestOf(2, engine="back"), {"e": engine}, judges, wants, Memory(str(tmp_path)), purse, Tally())  # type: ignore[arg-type]
    assert report.failures == {other: "deferred:budget"}


def test_failures_are_left_out_and_of_equals_the_first_counts(tmp_path: Path) -> None:
    same = Moody(lambda _: "the cat")
    assert best(tmp_path, BestOf(3, engine="back"), told("", "", "", "dois", "tres"), same) == ("dois", {})


def test_without_any_candidate_the_segment_fails(tmp_path: Path) -> None:
    assert best(tmp_path, BestOf(2, engine="back"), told(*[""] * 6), Moody(str)) == ("", {TEXT: "panic"})


def test_what_never_comes_back_is_judged_last(tmp_path: Path) -> None:
    back = Moody(lambda text: Answer("", "filtered") if text == "um" else "cat")
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
    BestOf(2, "similarity").check("en", "pt-BR")
