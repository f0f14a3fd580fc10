"""Which segments go into one request."""

from collections.abc import Iterable
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.translate.judge import Request
from transforms.translate.packing import NEAR, pack
from transforms.translate.wanted import Wanted

REQUESTS = st.lists(
    st.builds(
        Request,
        st.text("ab", min_size=1, max_size=9),
        st.sampled_from(["en", "de"]),
        st.sampled_from(["es", "fr"]),
        st.sampled_from([(), (("a", "b"),)]),
        st.integers(0, 1),
    ),
    unique=True,
)


def ask(text: str, target: str = "es", **further: object) -> Request:
    return Request(text, "en", target, **further)  # type: ignore[arg-type]


def packed(requests: Iterable[Request], most: int, longest: int = 0) -> list[list[Request]]:
    return [[one.request for one in each] for each in pack(map(Wanted, requests), most, longest)]


@pytest.mark.parametrize(
    ("texts", "most", "longest", "packs"),
    [
        ("a1 b1 c1", 1, 0, ["a1", "b1", "c1"]),
        ("a1 b1 c1", 2, 0, ["a1 b1", "c1"]),
        ("a1 a2 b1 b2 c1", 2, 0, ["a1 b1", "a2 b2", "c1"]),  # into two languages
        ("aaa1 bb1 c1 d1", 9, 4, ["aaa1", "bb1 c1 d1"]),  # characters, the digits here not counted
        ("aaaaa1 b1", 9, 4, ["aaaaa1", "b1"]),
    ],
)
def test_packs(texts: str, most: int, longest: int, packs: list[str]) -> None:
    def requests(words: str) -> list[Request]:
        return [ask(word[:-1], {"1": "es", "2": "fr"}[word[-1]]) for word in words.split()]

    assert packed(requests(texts), most, longest) == [requests(one) for one in packs]


@given(REQUESTS, st.integers(1, 5), st.integers(0, 12))
def test_each_is_in_one_pack_with_its_like(requests: list[Request], most: int, longest: int) -> None:
    packs = packed(requests, most, longest)
    place = {request: at for at, request in enumerate(requests)}
    assert sorted(one for each in packs for one in each) == sorted(requests)
    assert [place[each[0]] for each in packs] == sorted(place[each[0]] for each in packs)
    for each in packs:
        assert len({one[1:] for one in each}) == 1
        assert len(each) <= (1 if each[0].terms else most)
        assert len(each) == 1 or not longest or sum(len(one.text) for one in each) <= longest


def test_few_of_many_are_read_ahead() -> None:
    numbers = count()
    endless = (Wanted(ask(f"text {at}")) for at in numbers)
    packs = pack(endless, 3, 0)
    first = islice(packs, 1 + NEAR // 3)
    assert [len(each) for each in first] == [3] * (NEAR // 3) + [NEAR % 3]
    assert next(numbers) == NEAR
    assert len(next(packs)) == 3
