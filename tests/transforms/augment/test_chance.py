from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.augment.chance import Chance, check_probability, happens
from transforms.example import digest

IDS = pa.array([digest(str(at)).hex() for at in range(20_000)])


@pytest.mark.parametrize("probability", [0.0, 0.02, 0.5, 1.0])
def test_as_many_as_the_probability_says(probability: float) -> None:
    share = happens(3, "typos", IDS, probability).mean()
    assert abs(share - probability) <= 4 * (probability * (1 - probability) / len(IDS)) ** 0.5


def test_seeds_and_names_are_independent() -> None:
    one = happens(0, "typos", IDS, 0.5)
    for seed, name in ((1, "typos"), (0, "prefix")):
        assert 0.48 < (one == happens(seed, name, IDS, 0.5)).mean() < 0.52


@given(st.lists(st.integers(0, 999), max_size=20), st.integers(0, 20), st.floats(0, 1))
def test_what_happens_depends_on_nothing_around(rows: list[int], cut: int, probability: float) -> None:
    ids = IDS.take(pa.array(rows, pa.int64()))
    whole = happens(1, "x", ids, probability)
    parts = [happens(1, "x", ids[:cut], probability), happens(1, "x", ids[cut:], probability)]
    assert whole.tolist() == np.concatenate(parts).tolist()
    turned = ids.take(pa.array(range(len(rows))[::-1], pa.int64()))
    assert whole.tolist()[::-1] == happens(1, "x", turned, probability).tolist()


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_probable_is_a_superset(one: float, other: float) -> None:
    less, more = (happens(1, "x", IDS[:200], each) for each in sorted((one, other)))
    assert not (less & ~more).any()


def test_draws_are_even_and_repeatable() -> None:
    drawn = Counter(Chance(1, "a", str(at)).between(2, 4) for at in range(3000))
    assert sorted(drawn) == [2, 3, 4]
    assert min(drawn.values()) > 900
    one, other = Chance(1, "a"), Chance(1, "a")
    first = [one.below(1000) for _ in range(9)]
    assert first == [other.below(1000) for _ in range(9)]
    assert len(set(first)) > 5
    assert (Chance(1).happens(1.0), Chance(1).happens(0.0)) == (True, False)


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability(probability: float) -> None:
    with pytest.raises(ValueError, match=r"x is .*: a probability is from 0 to 1"):
        check_probability("x", probability)
