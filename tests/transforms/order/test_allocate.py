import itertools
import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from transforms.order.allocate import Allocate, Curve, allocate, fit, read_points, residual
from transforms.order.mixtures import ImpossibleError

CURVES = st.builds(Curve, st.floats(-2, 8), st.floats(0.01, 2.0) | st.just(0.0))
LANGUAGES = st.lists(st.tuples(CURVES, st.integers(0, 5000), st.integers(0, 50000)), min_size=1, max_size=7)
STEEP, SHALLOW, FLAT = Curve(math.log(500), 0.4), Curve(math.log(60), 0.1), Curve(math.log(40), 0.0)


def score(curves: Sequence[Curve], pairs: Sequence[float]) -> float:
    """The mean score, by the form of the law as it is documented."""
    lacks = [
        math.exp(curve.log_scale) * (number**-curve.exponent if number or not curve.exponent else math.inf)
        for curve, number in zip(curves, pairs, strict=True)
    ]
    return 100 - sum(lacks) / len(lacks)


def problem(drawn: Any) -> tuple[list[Curve], list[int], list[int]]:
    curves = [curve for curve, *_ in drawn]
    return curves, [min(bounds) for _, *bounds in drawn], [max(bounds) for _, *bounds in drawn]


@given(LANGUAGES, st.floats(0, 1))
def test_totals_bounds_and_kkt_conditions(drawn: Any, share: float) -> None:
    curves, floors, caps = problem(drawn)
    budget = round(sum(floors) + share * (sum(caps) - sum(floors)))
    found = allocate(curves, budget, floors, caps)
    assert sum(found.pairs) == budget
    assert sum(found.exact) == pytest.approx(budget)
    assert all(low <= x <= high for low, x, high in zip(floors, found.pairs, caps, strict=True))
    assert all(low <= x <= high for low, x, high in zip(floors, found.exact, caps, strict=True))
    assert all(abs(whole - x) < 1 for whole, x in zip(found.pairs, found.exact, strict=True))
    assert found.residual < 1e-9


@given(st.lists(CURVES, min_size=2, max_size=3), st.integers(2, 40), st.integers(0, 4), st.integers(10, 30))
def test_no_whole_allocation_is_better(curves: list[Curve], budget: int, floor: int, cap: int) -> None:
    floors, caps = [floor] * len(curves), [cap] * len(curves)
    assume(sum(floors) <= budget <= sum(caps))
    found = allocate(curves, budget, floors, caps)
    best = max(
        score(curves, pairs)
        for pairs in itertools.product(*(range(low, high + 1) for low, high in zip(floors, caps, strict=True)))
        if sum(pairs) == budget
    )
    reached = score(curves, found.exact)
    assert reached >= best - 1e-9 * max(1.0, abs(best)) or math.isinf(best)


@given(st.lists(CURVES, min_size=2, max_size=5), st.integers(100, 100000), st.data())
def test_moving_pairs_from_one_language_to_another_never_helps(curves: list[Curve], budget: int, data: Any) -> None:
    floors, caps = [10] * len(curves), [budget] * len(curves)
    exact = list(allocate(curves, budget, floors, caps).exact)
    one, other = data.draw(st.permutations(range(len(curves))))[:2]
    moved = data.draw(st.floats(0, 1)) * (exact[one] - floors[one])
    changed = list(exact)
    changed[one], changed[other] = exact[one] - moved, exact[other] + moved
    assert score(curves, changed) <= score(curves, exact) + 1e-9


@given(CURVES, st.integers(1, 9), st.integers(0, 10**6))
def test_equal_curves_get_equal_shares(curve: Curve, languages: int, budget: int) -> None:
    pairs = allocate([curve] * languages, budget, [0] * languages, [budget] * languages).pairs
    assert max(pairs) - min(pairs) <= 1


@given(LANGUAGES, st.floats(0, 1), st.integers(0, 1000))
def test_a_greater_budget_takes_from_no_one(drawn: Any, share: float, more: int) -> None:
    curves, floors, caps = problem(drawn)
    budget = round(sum(floors) + share * (sum(caps) - sum(floors)))
    less, rest = (allocate(curves, number, floors, caps).exact for number in (budget, budget + more))
    assert all(a <= b + 1e-6 * max(1, b) for a, b in zip(less, rest, strict=True))


@pytest.mark.parametrize(
    ("curves", "budget", "floors", "caps", "pairs"),
    [
        ([STEEP, FLAT], 1000, [0, 0], [5000, 5000], (1000, 0)),
        ([STEEP, FLAT], 1000, [0, 70], [5000, 5000], (930, 70)),
        ([STEEP, FLAT, FLAT], 1000, [0, 0, 0], [500, 5000, 100], (500, 400, 100)),
        ([STEEP, STEEP], 1001, [0, 0], [5000, 5000], (501, 500)),
        ([STEEP, STEEP], 1000, [0, 0], [100, 5000], (100, 900)),
        ([STEEP, STEEP], 1000, [0, 800], [5000, 5000], (200, 800)),
        ([STEEP, SHALLOW], 1000, [600, 400], [5000, 5000], (600, 400)),
        ([STEEP, SHALLOW], 9000, [0, 0], [500, 400], (500, 400)),
        ([STEEP, SHALLOW], 0, [0, 0], [500, 400], (0, 0)),
        ([STEEP], 7, [0], [500], (7,)),
    ],
)
def test_allocations_worked_by_hand(
    curves: list[Curve], budget: int, floors: list[int], caps: list[int], pairs: tuple[int, ...]
) -> None:
    assert allocate(curves, budget, floors, caps).pairs == pairs


def test_the_residual_tells_a_division_that_is_not_the_best() -> None:
    curves, floors, caps = [STEEP, STEEP], [0, 0], [100, 100]
    assert residual(curves, [50, 50], floors, caps) == 0
    assert residual(curves, [40, 60], floors, caps) == pytest.approx((60 / 40) ** 1.4 - 1)
    assert residual(curves, [0, 100], floors, caps) == math.inf
    assert residual(curves, [40, 60], [0, 60], caps) == 0


def test_floors_beyond_the_budget_are_impossible() -> None:
    with pytest.raises(ImpossibleError, match="the floors of its languages sum to 120 pairs, and total is 100"):
        allocate([STEEP, STEEP], 100, [60, 60], [100, 100])
    with pytest.raises(ImpossibleError, match="a has 5 pairs to draw, and its floor is 9"):
        Allocate("x", floor=9, curves={"a": STEEP}).weights(["a"], [5], [5], 5)


@pytest.mark.parametrize(("cap", "allowed"), [({"a": 100}, 500), (0, 0), (30, 60)])
def test_caps_below_the_total_are_impossible(cap: Any, allowed: int) -> None:
    mix = Allocate("x", cap=cap, curves={"a": STEEP, "b": STEEP})
    with pytest.raises(ImpossibleError, match=f"the caps of its languages allow {allowed} pairs, and total is 700"):
        mix.weights(["a", "b"], [500, 400], [500, 400], 700)


@given(st.floats(-2, 7), st.floats(0.01, 1.0), st.lists(st.integers(1, 10**7), min_size=3, max_size=9, unique=True))
def test_points_on_a_curve_give_the_curve(log_scale: float, exponent: float, pairs: list[int]) -> None:
    assume(max(pairs) / min(pairs) > 1.5)
    curve = fit([(x, 200 - math.exp(log_scale) * x**-exponent) for x in pairs], ceiling=200.0)
    if min(math.exp(log_scale) * x**-exponent for x in pairs) > 1e-6:  # else digits are lost against the ceiling
        assert (curve.log_scale, curve.exponent) == pytest.approx((log_scale, exponent), rel=1e-3, abs=1e-3)
        assert curve.error == pytest.approx(0, abs=1e-6)


def test_a_fit_by_hand() -> None:
    # log10 of what is lacking: 1.6, 1.5, 1.2 at log10 pairs of 3, 4, 5; the slope is -0.2, the mean 4.3 / 3
    points = [(1e3, 100 - 10**1.6), (1e4, 100 - 10**1.5), (1e5, 100 - 10**1.2)]
    curve = fit(points)
    assert curve.exponent == pytest.approx(0.2)
    assert curve.log_scale / math.log(10) == pytest.approx(4.3 / 3 + 0.2 * 4)
    assert curve.error == pytest.approx(3.263, abs=0.001)  # of 3.174, -4.503, 1.264


@pytest.mark.parametrize("scores", [(50, 50, 50), (60, 50, 40)])
def test_scores_that_do_not_rise_give_a_flat_curve(scores: tuple[float, ...]) -> None:
    assert fit([*zip((1e3, 1e4, 1e5), map(float, scores), strict=True)]).exponent == 0


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([(1e3, 50.0), (1e4, 60.0)], "2 measured points; a curve needs 3"),
        ([(1e3, 50.0)] * 4, "4 measured points; a curve needs 3, not all at one number of pairs"),
        ([(1e3, 50.0), (1e4, 60.0), (1e5, 100.0)], "a score of 100 isn't below the ceiling of 100"),
    ],
)
def test_points_that_give_no_curve(points: list[tuple[float, float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(points)


def test_points_are_read_by_language() -> None:
    text = 'note,language,pairs,score\r\nx,zh,1000,50.5\r\n,"ar",1e4,-3\r\n,zh,2000,51\r\n'
    assert read_points(text) == {"zh": [(1000.0, 50.5), (2000.0, 51.0)], "ar": [(10000.0, -3.0)]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: has no column 'language', 'pairs', 'score'; it needs language, pairs, score"),
        ("language,pair,score\n", "line 1: has no column 'pairs'"),
        ("language,pairs,score\nzh,10,5\nzh,0,5\n", "line 3: pairs is '0'; expected a number above 0"),
        ("language,pairs,score\nzh,many,5\n", "line 2: pairs is 'many'; expected a number above 0"),
        ("language,pairs,score\nzh,5,nan\n", "line 2: score is 'nan'; expected a number"),
        ("language,pairs,score\nzh,5\n", "line 2: score is 'None'; expected a number"),
        ("language,pairs,score\n,5,6\n", "line 2: language is empty"),
    ],
)
def test_files_that_hold_no_points(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_points(text)


def test_streams_of_a_language_divide_its_pairs_by_what_they_have() -> None:
    mix = Allocate("x", languages={"zh": ("a", "c")}, curves={"zh": STEEP, "b": STEEP, "empty": FLAT})
    weights = mix.weights(["a", "b", "c", "empty"], [300, 1000, 100, 0], [300, 1000, 100, 0], 600)
    assert weights == pytest.approx([225, 300, 75, 0])
    capped = Allocate("x", cap={"b": 100}, languages={"zh": ("a", "c")}, curves=mix.curves)
    assert capped.weights(["a", "b", "c"], [300, 1000, 100], [300, 1000, 100], 440) == pytest.approx([255, 100, 85])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"ceiling": math.inf}, "ceiling is inf; it must be a finite number"),
        ({"floor": -1}, "the floor is -1; it can't be negative"),
        ({"cap": {"zh": -2}}, "the cap of zh is -2; it can't be negative"),
        ({"floor": 9, "cap": 5}, "the floor is 9, above the cap of 5"),
    ],
)
def test_parameters_are_checked(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Allocate("x", **wrong)
