from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pytest

from pipeline.errors import RecipeError
from pipeline.language.document import Document
from pipeline.language.parameters import build
from pipeline.language.place import Place


@dataclass(frozen=True)
class Inner:
    size: int = 1
    name: str = ""
    shorthand: ClassVar[str] = "size"

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError(f"size is {self.size}")


@dataclass(frozen=True)
class Outer:
    copy: str
    ratio: float = 0.5
    pair: tuple[str, str] | None = None
    names: str | tuple[str, ...] = ()
    list: tuple[str, ...] = ()
    lang: str | tuple[str, str] = ""
    json: Inner | None = None
    inners: tuple[Inner, ...] = ()
    table: dict[str, Inner] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    flag: bool = False
    form: Literal["a", "b"] | None = None
    given: int = 0
    shorthand: ClassVar[str] = "copy"


def made(data: Any, **given: Any) -> Any:
    return build(Outer, Place(Document("x.yaml"), ("steps", 0), data), **given)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("x", Outer("x")),
        ({"copy": "x", "ratio": 2}, Outer("x", 2.0)),
        ({"copy": "x", "pair": ["a", "b"]}, Outer("x", pair=("a", "b"))),
        ({"copy": "x", "names": "a"}, Outer("x", names="a")),
        ({"copy": "x", "names": ["a", "b"]}, Outer("x", names=("a", "b"))),
        ({"copy": "x", "list": "a"}, Outer("x", list=("a",))),
        ({"copy": "x", "json": None}, Outer("x", json=Inner())),
        ({"copy": "x", "json": 3}, Outer("x", json=Inner(3))),
        ({"copy": "x", "json": {}}, Outer("x", json=Inner())),
        ({"copy": "x", "json": {"name": "n"}}, Outer("x", json=Inner(1, "n"))),
        ({"copy": "x", "inners": [{"size": 2}, {}]}, Outer("x", inners=(Inner(2), Inner()))),
        ({"copy": "x", "table": {"k": {"size": 2}}}, Outer("x", table={"k": Inner(2)})),
        ({"copy": "x", "extra": {"a": [1, {"b": None}]}}, Outer("x", extra={"a": [1, {"b": None}]})),
        ({"copy": "x", "ratio": float("inf")}, Outer("x", float("inf"))),
        ({"copy": "😀", "flag": True, "form": "b"}, Outer("😀", flag=True, form="b")),
    ],
)
def test_built(data: Any, expected: Outer) -> None:
    built = made(data)
    assert built == expected and type(built.ratio) is float


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "steps[0]: 'copy' is missing"),
        (3, "steps[0].copy: expected text, got 3 (quotes make it text)"),
        ({"copy": True}, "steps[0].copy: expected text, got true (quotes make it text)"),
        ({"copy": None}, "steps[0].copy: expected text, got null"),
        ({"copy": "x", "ratio": "2"}, "steps[0].ratio: expected a number, got '2' (it is in quotes"),
        ({"copy": "x", "ratio": "two"}, "steps[0].ratio: expected a number, got 'two'"),
        ({"copy": "x", "ratio": True}, "steps[0].ratio: expected a number, got true"),
        ({"copy": "x", "pair": ["a"]}, "steps[0].pair: expected a list of 2, got ['a']"),
        ({"copy": "x", "pair": ["a", "b", "c"]}, "steps[0].pair: expected a list of 2, got ['a', 'b', 'c']"),
        ({"copy": "x", "names": 3}, "steps[0].names: expected text or a list, got 3"),
        ({"copy": "x", "names": ["a", 3]}, "steps[0].names[1]: expected text, got 3 (quotes make it text)"),
        ({"copy": "x", "json": {"size": "3"}}, "steps[0].json.size: expected a whole number, got '3'"),
        (
            {"copy": "x", "json": {"siez": 3}},
            "steps[0].json.siez: unknown key 'siez'; did you mean 'size'? (known: size,",
        ),
        ({"copy": "x", "json": {"size": -3}}, "steps[0].json: size is -3"),
        (
            {"copy": "x", "inners": [{}, {"siez": 1}]},
            "steps[0].inners[1].siez: unknown key 'siez'; did you mean 'size'?",
        ),
        ({"copy": "x", "table": {"k": {"siez": 2}}}, "steps[0].table.k.siez: unknown key 'siez'; did you mean 'size'?"),
        ({"copy": "x", "lang": ["a"]}, "steps[0].lang: expected text or a list of 2, got ['a']"),
        ({"copy": "x", "form": "c"}, "steps[0].form: expected one of 'a', 'b', got 'c'"),
        ({"copy": "x", "extra": [1]}, "steps[0].extra: expected a mapping of names to values, got [1]"),
        ({"cpoy": "x"}, "steps[0].cpoy: unknown key 'cpoy'; did you mean 'copy'?"),
        ({"copy": "x" * 500, "flag": "y" * 500}, f"steps[0].flag: expected true or false, got '{'y' * 76}..."),
    ],
)
def test_wrong(data: Any, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        made(data)
    assert str(caught.value).startswith(f"x.yaml: {message}") and "\n" not in str(caught.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(RecipeError) as caught:
        made({"flag": 1, "ratio": "x", "json": {"size": None}})
    assert [problem.path[2:] for problem in caught.value.problems] == [(), ("ratio",), ("json", "size"), ("flag",)]


def test_what_the_caller_gives_cannot_be_set() -> None:
    assert made("x", given=3).given == 3
    with pytest.raises(RecipeError, match=r"unknown key 'given' \(known: copy, ratio, .*, form\)"):
        made({"copy": "x", "given": 4}, given=3)


def test_secret_parameters_are_not_shown() -> None:
    with pytest.raises(RecipeError) as caught:
        build(Outer, Place(Document("x"), ("engines", "e", "openai", "api_key"), {"copy": "x", "names": 1234567}))
    assert "1234567" not in str(caught.value)
