"""Mixtures and allocations as recipes write them."""

import math
from pathlib import Path

import pytest
from small_recipe import Load, changed

from transforms.order.allocate import Allocate
from transforms.order.mixtures import Mixture, Temperature, UniMax
from transforms.order.scaling_law import Curve, fit

pytestmark = pytest.mark.usefixtures("parts")


POINTS = "language,pairs,score\nzh,1000,40\nzh,10000,55\nzh,99999,60\nt,1000,9\nt,2000,9\nt,4000,9\nar,1,2\n"


@pytest.mark.parametrize(
    ("dataset", "mixture"),
    [
        ("{mix: {temperature: 2}}", Temperature(2.0)),
        ("{mix: {temperature: .inf}, total: 9}", Temperature(math.inf)),
        (
            "{mix: {temperature: 1, scale: 2, maximum: 50, floor: {s: 0.1}, cap: 0.9, languages: {x: [t]}}}",
            Temperature(1.0, 2.0, 50.0, {"s": 0.1}, 0.9, {"x": ("t",)}),
        ),
        ("{mix: {unimax: 4}, total: 9}", UniMax(4.0)),
        ("{mix: {unimax: {max_epochs: 1.5}}, total: 9}", UniMax(1.5)),
        ("{mix: {unimax: }, total: 9}", UniMax()),
    ],
)
def test_mixtures(loaded: Load, dataset: str, mixture: Mixture) -> None:
    found = loaded(changed("d: {}", f"d: {dataset}")).datasets["d"]
    assert (found.mixture, found.mix, found.order, found.streams) == (mixture, None, (), ("s", "t"))
    assert found.repeat.max_epochs == getattr(mixture, "max_epochs", 1.0)
    named = changed("d: {}", "d: {streams: [t, s], " + dataset[1:])
    assert loaded(named).datasets["d"].streams == ("t", "s")


def test_allocation_reads_its_points(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(POINTS)
    text = changed("d: {}", "d: {mix: {allocate: {points: points.csv, languages: {zh: [s]}, cap: 50}}, total: 9}")
    recipe = loaded(text)
    mixture = recipe.datasets["d"].mixture
    assert isinstance(mixture, Allocate)
    assert mixture.curves == {
        "zh": fit([(1000.0, 40.0), (10000.0, 55.0), (99999.0, 60.0)]),
        "t": Curve(math.log(91), 0.0, pytest.approx(0, abs=1e-9), ((1e3, 9.0), (2e3, 9.0), (4e3, 9.0))),
    }
    assert recipe.resolved["datasets"]["d"]["mix"]["allocate"]["points"]["t"] == [(1e3, 9.0), (2e3, 9.0), (4e3, 9.0)]
    where = "recipe.yaml:8: datasets.d.mix.allocate.points: "
    assert where + "scores of t don't rise with its pairs: it gets no more than it must" in recipe.warnings
