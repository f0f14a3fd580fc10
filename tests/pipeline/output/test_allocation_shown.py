"""What is told of an allocation, and its picture."""

import json
import math
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import Dataset, Recipe, Repeat
from pipeline.output.allocation import described_allocation
from sinks.pictures.allocation import allocation_panel
from sinks.pictures.mixture import mixture_panel
from sinks.pictures.panel import HEIGHT, WIDTH, picture
from transforms.order.allocate import Allocate
from transforms.order.scaling_law import fit

NAMES = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["\x00", "\ufffe", "<&>"])
POINTS = st.lists(
    st.tuples(st.floats(1, 1e8), st.floats(-50, 99)), min_size=3, max_size=6, unique_by=lambda point: round(point[0])
)


def described(
    mixture: Allocate, available: list[int], total: int, epochs: float = 1.0, streams: tuple[str, ...] = ()
) -> dict[str, Any]:
    dataset = Dataset("d", streams or tuple(mixture.curves), None, (), total, Repeat(epochs), mixture=mixture)
    recipe = Recipe("r", 1, {}, {}, {}, {"d": dataset}, "out", "memory", {}, "", {}, "r.yaml")
    return described_allocation(recipe, dataset, available)


def test_it_says_how_the_budget_was_divided() -> None:
    points = [(100.0, 20.0), (1000.0, 52.0), (10000.0, 71.2)]  # lack 80, 48, 28.8
    curve = fit(points)
    mixture = Allocate("x", curves={"de": curve, "fr": curve}, floor={"fr": 7}, cap={"fr": 100})
    made = described(mixture, [900, 80], 300, epochs=2)
    assert (made["budget"], made["ceiling"]) == (300, 100.0)
    assert made["kkt_residual"] == 0
    assert {name: each["pairs"] for name, each in made["languages"].items()} == {"de": 200, "fr": 100}
    german = made["languages"]["de"]
    assert german["points"] == [list(point) for point in points]
    french = made["languages"]["fr"]
    assert [(each["floor"], each["cap"]) for each in (german, french)] == [(0, 1800), (7, 100)]
    assert german["exponent"] == round(math.log(80 / 28.8) / math.log(100), 6)
    assert german["score"] == pytest.approx(100 - math.exp(german["log_scale"]) * 200 ** -german["exponent"], abs=1e-3)
    assert german["fit_error"] == float(f"{curve.error:.6g}")
    assert described(mixture, [900, 0], 300)["languages"].keys() == {"de"}


def test_streams_of_a_language_are_told_with_it() -> None:
    curves = {"de": fit([(100.0, 20.0), (1000.0, 52.0), (10000.0, 71.2)])}
    curves["fr"] = fit([(100.0, 30.0), (1000.0, 52.0), (10000.0, 60.0)])
    mixture = Allocate("x", curves=curves, languages={"fr": ("a", "b")})
    made = described(mixture, [900, 900, 900], 301, streams=("a", "b", "de"))
    assert {name: each["streams"] for name, each in made["languages"].items()} == {"fr": ["a", "b"], "de": ["de"]}
    residual = mixture.divide(("a", "b", "de"), [900] * 3, 301).allocation.residual
    assert made["kkt_residual"] == float(f"{residual:.2g}") > 0


def test_what_allocates_nothing_says_nothing() -> None:
    curve = fit([(100.0, 20.0), (1000.0, 52.0), (10000.0, 71.2)])
    assert described(Allocate("x", curves={"de": curve}), [0], 300) == {}
    assert described(Allocate("x", curves={"de": curve}, floor=500), [400], 300) == {}


@settings(max_examples=60)
@given(st.dictionaries(NAMES, POINTS, min_size=1, max_size=9), st.floats(0.001, 1), st.integers(1, 10**6))
def test_any_allocation_is_json_and_a_picture(points: dict[str, Any], share: float, size: int) -> None:
    mixture = Allocate("x", curves={name: fit(each) for name, each in points.items()})
    made = described(mixture, [size] * len(points), max(1, int(share * size * len(points))))
    assert sum(each["pairs"] for each in made["languages"].values()) == made["budget"]
    json.dumps(made, allow_nan=False)
    panel = allocation_panel("<b>&", made)
    drawn = picture([mixture_panel("a&b", list(points), [[1.0] * len(points)]), panel])
    assert drawn == picture([mixture_panel("a&b", list(points), [[1.0] * len(points)]), allocation_panel("<b>&", made)])
    plot = ElementTree.fromstring(drawn).find(".//{*}svg")
    assert plot is not None
    circles = plot.findall("{*}circle")
    assert len(circles) == sum(len(each) for each in points.values())
    for circle in circles:  # all that was measured is inside
        assert 0 <= float(circle.attrib["cx"]) <= WIDTH
        assert 0 <= float(circle.attrib["cy"]) <= HEIGHT
    given_some = [each for each in made["languages"].values() if each["pairs"] and each["score"] is not None]
    assert len(plot.findall("{*}polygon")) == len(given_some)
    assert len(plot.findall("{*}polyline")) == len(points)


def test_panels_stand_one_below_the_other() -> None:
    first, second = (mixture_panel(name, ["x"], [[1.0]]) for name in ("one", "two"))
    drawn = ElementTree.fromstring(picture([first, second]))
    assert [group.attrib["transform"] for group in drawn.findall("{*}g")] == [
        "translate(0,0)",
        f"translate(0,{first.height})",
    ]
    assert drawn.attrib["viewBox"].endswith(f" {first.height + second.height}")
