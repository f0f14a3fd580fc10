import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from transforms.order.mixtures import ImpossibleError, Mixture, Temperature, UniMax, bounded, temperature, unimax
from transforms.order.schedule import normalized

SIZES = st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any)
FULL = st.lists(st.integers(1, 10**9), min_size=1, max_size=8)
TEMPERATURES = st.floats(0.2, 50)
NAMES = "abcdefghij"

TABLE_8 = list(csv.DictReader(Path(__file__).with_name("unimax_table_8.tsv").open(encoding="utf-8"), delimiter="\t"))
"""Table 8 of the UniMax paper (arXiv 2304.09151): billions of characters, and sampling rates in percent."""

EIGHTH = 250_000 * 1024 * 568 * 4 / 1e9
"""An eighth of the paper's character budget, in billions: steps, sequences a step, tokens each, characters a token."""


def shares(mixture: Mixture, sizes: Sequence[int], total: int | None = None, epochs: float = 1.0) -> list[float]:
    caps = [math.floor(size * epochs) for size in sizes]
    return normalized(mixture.weights(NAMES[: len(sizes)], sizes, caps, total))


def seqio_rate(examples: int, maximum: float | None, scale: float, temperature: float) -> float:
    """What seqio's mixing_rate_num_examples computes, by its documentation.

    maximum: an optional maximum value to clip at after constant scaling but before temperature scaling; scale: a
    multiplicative scaling factor applied before temperature; temperature: a temperature (T) to scale rate (r) by as
    r^(1/T).
    """
    rate = float(examples) * scale
    if maximum and rate > maximum:
        rate = maximum
    return math.exp(math.log(rate) / temperature)


@example([100, 10], 1.0, 0.5, 50.0)
@example([100, 10], 2.0, 0.5, 20.0)
@example([100, 10], 2.0, 3.0, 200.0)
@given(FULL, TEMPERATURES, st.floats(0.01, 100), st.none() | st.floats(1, 1e10))
def test_temperature_is_seqios(sizes: list[int], heat: float, scale: float, maximum: float | None) -> None:
    expected = normalized([seqio_rate(size, maximum, scale, heat) for size in sizes])
    assert shares(Temperature(heat, scale, maximum), sizes) == pytest.approx(expected, rel=1e-9)


@given(SIZES)
def test_temperature_1_is_proportional_to_the_last_digit(sizes: list[int]) -> None:
    assert shares(Temperature(1.0), sizes) == normalized(sizes)


@given(SIZES)
def test_an_infinite_temperature_is_uniform(sizes: list[int]) -> None:
    some = sum(map(bool, sizes))
    assert shares(Temperature(math.inf), sizes) == [1 / some if size else 0.0 for size in sizes]


@given(FULL, TEMPERATURES, TEMPERATURES)
def test_heat_makes_shares_more_equal_and_never_turns_them_round(sizes: list[int], one: float, other: float) -> None:
    cold, hot = (shares(Temperature(heat), sizes) for heat in sorted((one, other)))
    for a in range(len(sizes)):
        for b in range(len(sizes)):
            if sizes[a] >= sizes[b]:
                assert hot[a] >= hot[b] and cold[a] >= cold[b]
                assert hot[a] / hot[b] <= cold[a] / cold[b] * (1 + 1e-12)


@pytest.mark.parametrize("heat", [1e-300, 1e-9, 1e300, 5e-324])
def test_extreme_temperatures_have_limits(heat: float) -> None:
    found = shares(Temperature(heat), [1, 10**9, 0, 10**9])
    assert found == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3] if heat > 1 else [0, 0.5, 0, 0.5])


@given(SIZES, st.integers(0, 8), st.integers(1, 10**9), st.sampled_from(["heat", "bounds", "unimax"]))
def test_an_empty_stream_changes_nothing(sizes: list[int], place: int, total: int, what: str) -> None:
    mixtures = {"heat": Temperature(3.0), "bounds": Temperature(1.0, floor=0.1, cap=0.9), "unimax": UniMax()}
    place = min(place, len(sizes))
    assume(what != "bounds" or sum(map(bool, sizes)) > 1)
    without = shares(mixtures[what], sizes, total)
    more = shares(mixtures[what], [*sizes[:place], 0, *sizes[place:]], total)
    assert more == [*without[:place], 0.0, *without[place:]]


@pytest.mark.parametrize(
    ("parameters", "sizes", "expected"),
    [
        ({}, (60, 30, 10), (0.6, 0.3, 0.1)),
        ({"floor": 0.2}, (60, 30, 10), (8 / 15, 4 / 15, 0.2)),
        ({"cap": 0.5}, (60, 30, 10), (0.5, 0.375, 0.125)),
        ({"floor": 0.2, "cap": 0.5}, (80, 15, 5), (0.5, 0.3, 0.2)),
        ({"floor": 0.25}, (90, 9, 1), (0.5, 0.25, 0.25)),
        ({"floor": {"c": 0.4}}, (60, 30, 10), (0.4, 0.2, 0.4)),
        ({"cap": {"a": 0.1}}, (60, 30, 10), (0.1, 0.675, 0.225)),
        ({"floor": {"c": 0.4}, "cap": {"b": 0.1}}, (60, 30, 10), (0.5, 0.1, 0.4)),
        ({"floor": 1 / 3}, (98, 1, 1), (1 / 3, 1 / 3, 1 / 3)),
        ({"temperature": math.inf, "cap": {"a": 0.2}}, (60, 30, 10), (0.2, 0.4, 0.4)),
        ({"floor": 0.3}, (90, 10, 0), (0.7, 0.3, 0)),
        ({"languages": {"x": ("a", "c")}}, (60, 30, 10), (0.6, 0.3, 0.1)),
        ({"languages": {"x": ("a", "c")}, "temperature": math.inf}, (60, 30, 20), (0.375, 0.5, 0.125)),
        ({"languages": {"x": ("a", "c")}, "cap": {"x": 0.4}}, (60, 30, 20), (0.3, 0.6, 0.1)),
        ({"languages": {"x": ("a", "b")}, "floor": 0.2}, (60, 30, 1), (0.8 * 2 / 3, 0.8 / 3, 0.2)),
        ({"languages": {"x": ("a", "b")}, "floor": 0.2}, (0, 0, 1), (0, 0, 1)),
    ],
)
def test_floors_caps_and_languages(parameters: dict[str, Any], sizes: Sequence[int], expected: Sequence[float]) -> None:
    assert shares(Temperature(**{"temperature": 1.0, **parameters}), sizes) == pytest.approx(expected)


BOUNDS = st.lists(
    st.tuples(st.just(0.0) | st.floats(1e-3, 1e6), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=7
)


@given(BOUNDS)
def test_bounded_shares_are_rates_times_one_factor(drawn: list[tuple[float, float, float]]) -> None:
    rates = [rate for rate, *_ in drawn]
    rates[0] = rates[0] or 1.0
    floors, caps = [min(both) / len(drawn) for _, *both in drawn], [max(both) for _, *both in drawn]
    if sum(cap if rate else floor for rate, floor, cap in zip(rates, floors, caps, strict=True)) < 1:
        caps[0] = 1.0
    found = bounded(rates, floors, caps)
    assert sum(found) == pytest.approx(1)
    assert all(low <= share <= high for low, share, high in zip(floors, found, caps, strict=True))
    factors = [(share / rate if rate else 0, at) for at, (share, rate) in enumerate(zip(found, rates, strict=True))]
    for one, a in factors:
        for other, b in factors:
            if one < other * (1 - 1e-6) and found[a] < caps[a] - 1e-9 and rates[a]:
                assert found[b] <= floors[b] + 1e-9, "what is not at its floor has no greater factor than others"


@pytest.mark.parametrize(
    ("mixture", "message"),
    [
        (Temperature(1.0, floor=0.4), "the floors of its languages sum to 1.2, more than the whole"),
        (Temperature(1.0, cap=0.3), "the caps of its languages that have examples sum to 0.9, less than the whole"),
    ],
)
def test_impossible_bounds(mixture: Temperature, message: str) -> None:
    with pytest.raises(ImpossibleError, match=message):
        shares(mixture, (3, 2, 1))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"temperature": 0.0}, "temperature is 0.0; it must be above 0"),
        ({"temperature": math.nan}, "temperature is nan"),
        ({"scale": 0.0}, "scale is 0.0; it must be a number above 0, and at most 1e100"),
        ({"maximum": 0.0}, "maximum is 0.0; it must be above 0"),
        ({"floor": 1.5}, "the floor is 1.5; it is a share, from 0 to 1"),
        ({"floor": {"a": -0.5}}, "the floor of a is -0.5; it is a share, from 0 to 1"),
        ({"cap": {"a": 0.0}}, "the cap of a is 0.0; it is a share, from 0 to 1"),
        ({"floor": 0.5, "cap": {"a": 0.25}}, "the floor of a is 0.5, above the cap of 0.25"),
    ],
)
def test_parameters_are_checked(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Temperature(**{"temperature": 1.0, **wrong})


@pytest.mark.parametrize(("column", "budget"), [("unimax", 8 * EIGHTH), ("unimax_eighth", EIGHTH)])
def test_unimax_gives_the_rates_that_the_paper_prints(column: str, budget: float) -> None:
    check_table(unimax([float(row["chars"]) for row in TABLE_8], budget), column)


def test_temperature_gives_the_rates_that_the_unimax_paper_prints() -> None:
    check_table(temperature([round(float(row["chars"]) * 1e9) for row in TABLE_8], 1 / 0.3), "tau_3.33")


def check_table(given: list[float], column: str) -> None:
    """Compare with a column of the table, as nearly as its rounding of characters and of rates allows."""
    assert len(TABLE_8) == 107
    for row, share in zip(TABLE_8, normalized(given), strict=True):
        rounded = (0.5 if "." not in row["chars"] else 0.05) / float(row["chars"])
        assert abs(100 * share - float(row[column])) <= 0.005 + 100 * share * rounded, row["lang"]


@pytest.mark.parametrize(
    ("sizes", "budget", "epochs", "expected"),
    [
        ((10, 100, 1000), 300, 1, (10, 100, 190)),
        ((10, 100, 1000), 30, 1, (10, 10, 10)),
        ((1000, 10, 100), 300, 4, (130, 40, 130)),
        ((10, 100, 1000), 5000, 2, (20, 200, 2000)),
        ((0, 5), 4, 1, (0, 4)),
    ],
)
def test_unimax_worked_by_hand(sizes: Sequence[int], budget: int, epochs: float, expected: Sequence[float]) -> None:
    assert unimax([size * epochs for size in sizes], budget) == pytest.approx(expected)


@given(SIZES, st.integers(1, 10**10), st.floats(1, 20))
def test_unimax_spends_the_budget_as_evenly_as_epochs_allow(sizes: list[int], budget: int, epochs: float) -> None:
    caps = [size * epochs for size in sizes]
    found = unimax(caps, budget)
    assert sum(found) == pytest.approx(min(budget, sum(caps)))
    level = max(found)
    for amount, cap in zip(found, caps, strict=True):
        assert amount <= cap
        assert amount == cap or amount == pytest.approx(level)
