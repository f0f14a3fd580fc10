"""The best of several translations: chosen by the way back or by meaning, and alike wherever the memory is read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from transforms.translate.ask import Want
from transforms.translate.best_of import BestOf, ask_best, choose
from transforms.translate.budget import Purse
from transforms.translate.engines import Answer, UnsupportedPair
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
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

    def signature(self, source: str, target: str) -> str:
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
