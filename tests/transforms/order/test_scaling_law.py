import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from transforms.order.scaling_law import Curve, fit, read_points


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


@given(st.floats(-2, 8), st.floats(0.01, 2.0), st.floats(1, 1e7), st.floats(1.01, 10))
def test_more_pairs_lack_less_by_the_law(log_scale: float, exponent: float, pairs: float, factor: float) -> None:
    curve = Curve(log_scale, exponent)
    assert curve.lack(pairs * factor) < curve.lack(pairs)
    assert curve.lack(pairs) == pytest.approx(math.exp(log_scale) * pairs**-exponent)
    step = pairs * 1e-6
    assert math.exp(curve.log_gain(pairs)) == pytest.approx(
        (curve.lack(pairs) - curve.lack(pairs + step)) / step, rel=1e-3
    )


@pytest.mark.parametrize(
    ("curve", "pairs", "lack"),
    [(Curve(3.0, 0.5), 0, math.inf), (Curve(900.0, 0.5), 1, math.inf), (Curve(math.log(7), 0.0), 0, 7.0)],
)
def test_lack_at_the_ends(curve: Curve, pairs: float, lack: float) -> None:
    assert curve.lack(pairs) == pytest.approx(lack)


def test_a_curve_knows_its_points() -> None:
    points = ((1e3, 40.0), (1e4, 50.0), (1e5, 60.0))
    assert fit(points).points == points
