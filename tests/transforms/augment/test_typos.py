import json
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loaded import Loaded

from transforms.augment.chance import Chance
from transforms.augment.typos import DEFAULT, KINDS, Typos, lookalikes, neighbours

GOLDEN = Path(__file__).parents[2] / "golden" / "typos.json"


@pytest.mark.parametrize(
    ("kind", "text", "shares", "misspelt"),
    [
        ("char_swap", "Happy day", [0.0], "Ahppy day"),
        ("char_swap", "Happy day", [0.999], "Happy dya"),
        ("char_swap", "ok, Ab", [0.99], "ok, Ba"),
        ("char_swap", "aa b", [0.5], "aa b"),
        ("char_swap", "aab", [0.0], "aba"),
        ("char_swap", "ßA", [0.0], "aß"),
        ("missing_char", "a b!", [0.6], "a !"),
        ("missing_char", "a!", [0.0], "a!"),
        ("extra_char", "Hi", [0.0, 0.0], "BHi"),
        ("extra_char", "мир 5", [0.0, 0.0], "мир 15"),
        ("nearby_char", "Hi", [0.0, 0.999], "Yi"),
        ("nearby_char", "мир", [], "мир"),
        ("similar_char", "mir", [0.0, 0.0], "nir"),
        ("similar_char", "天", [], "天"),
        ("skipped_space", "a b c", [0.5], "a bc"),
        ("skipped_space", "ab", [], "ab"),
        ("random_space", "ab", [0.5], "a b"),
        ("random_space", " ", [], " "),
        ("repeated_char", "ab!", [0.5], "abb!"),
        ("repeated_char", "!", [], "!"),
        ("unichar", "committee", [0.4], "commitee"),
        ("unichar", "abc", [], "abc"),
        ("unichar", "a\n\nb", [], "a\n\nb"),
    ],
)
def test_each_kind(kind: str, text: str, shares: list[float], misspelt: str) -> None:
    assert KINDS[kind](text, Loaded(shares)) == misspelt


@pytest.mark.parametrize("kind", sorted(KINDS))
@given(text=st.text(max_size=30) | st.text(st.sampled_from("aAbßé 12ı\n"), max_size=12), name=st.text(max_size=3))
def test_a_kind_makes_one_small_change(kind: str, text: str, name: str) -> None:
    new = KINDS[kind](text, Chance(1, name))
    longer = {"extra_char": 1, "random_space": 1, "repeated_char": 1}
    shorter = {"missing_char": 1, "skipped_space": 1, "unichar": 1}
    if new != text:
        assert len(new) - len(text) == longer.get(kind, 0) - shorter.get(kind, 0)
    assert KINDS[kind](text, Chance(1, name)) == new
    assert kind not in ("extra_char", "random_space") or len(new) >= len(text)


def test_without_kinds_each_has_a_tenth_else_the_others_none() -> None:
    assert Typos(0.5).kinds() == dict.fromkeys(KINDS, DEFAULT)
    assert {name for name, often in Typos(0.5, unichar=0.3, char_swap=0.0).kinds().items() if often} == {"unichar"}
    assert [field.name for field in fields(Typos)][1:] == list(KINDS)


def test_kinds_follow_each_other() -> None:
    typos = Typos(1, missing_char=1, random_space=1)
    # First whether, then where: `char_swap` 0.9, `missing_char` 0 and 0, ...
    shares = [0.9, 0.0, 0.0, 0.9, 0.9, 0.9, 0.9, 0.0, 0.5, 0.9, 0.9]
    assert typos.apply("abcd", Loaded(shares)) == "b cd"


def test_each_kind_is_as_frequent_as_it_says() -> None:
    typos = Typos(1, missing_char=0.25)
    hit = sum(typos.apply("some words here", Chance(1, str(at))) != "some words here" for at in range(4000))
    assert 900 < hit < 1100


def test_the_misspellings_of_some_sentences() -> None:
    """Golden: what a release misspells how is what the next one does, or the same recipe gives other bytes."""
    held = json.loads(GOLDEN.read_text("utf-8"))
    typos = Typos(1, **dict.fromkeys(KINDS, 0.3))
    assert {text: typos.apply(text, Chance(7, "typos", text)) for text in held} == held


def test_keys_beside_each_other() -> None:
    keys = neighbours()
    assert {key: keys[key] for key in "gq50"} == {"g": "bfhtvy", "q": "aw", "5": "12346789", "0": "129"}
    assert all(key in keys[other] for key, others in keys.items() for other in others)
    assert all(one in lookalikes()[other] for one, others in lookalikes().items() for other in others)


@pytest.mark.parametrize(("changes", "message"), [({"char_swap": 1.5}, "char_swap is 1.5"), ({}, "typos is 2")])
def test_what_is_no_probability(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Typos(0.1 if changes else 2, **changes)
