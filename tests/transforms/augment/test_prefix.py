import pytest
from hypothesis import given
from hypothesis import strategies as st
from loaded import Loaded

from transforms.augment.chance import Chance
from transforms.augment.prefix import Prefix


@pytest.mark.parametrize(
    ("answer", "shares", "prefixed"),
    [
        ("Me gustan los pasteles.", [0.0, 0.999], "__start__ los pasteles. __end__ I like pie."),
        ("Me gustan los pasteles.", [0.0, 0.0], "__start__ Me gustan __end__ I like pie."),
        ("Me  gustan\nlos pasteles.", [0.5, 0.0], "__start__ Me gustan los pasteles. __end__ I like pie."),
        ("Me gustan los pasteles.", [0.999], "I like pie."),
        ("我喜欢馅饼。", [0.0], "I like pie."),
        ("", [0.0], "I like pie."),
    ],
)
def test_some_words_of_the_answer(answer: str, shares: list[float], prefixed: str) -> None:
    assert Prefix(1).apply("I like pie.", answer, Loaded(shares)) == prefixed


def test_braces_in_words_are_text() -> None:
    assert Prefix(1, 1, 1, "<{trg}> ").apply("a", "{trg}", Chance(1)) == "<{trg}> a"


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=9), st.integers(1, 4), st.integers(0, 3), st.text())
def test_words_stand_in_the_answer(words: list[str], least: int, more: int, name: str) -> None:
    prefix = Prefix(1, least, least + more, "{trg}|")
    found, _, prompt = prefix.apply("x", " ".join(words), Chance(1, name)).rpartition("|")
    assert prompt == "x"
    assert found == "" or least <= len(found.split()) <= least + more
    assert found in " ".join(words)
    assert found or len(words) < least + more


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probability": -1}, "prefix is -1: a probability is from 0 to 1"),
        ({"min_words": 0}, "min_words 0, max_words 5: min_words is 1 or more"),
        ({"max_words": 1}, "min_words 2, max_words 1: min_words is 1 or more, and max_words at least as many"),
        ({"template": "__start__ "}, "{trg} stands in it once"),
    ],
)
def test_what_can_not_be(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("{", r"\{")):
        Prefix(**{"probability": 0.1, **changes})
