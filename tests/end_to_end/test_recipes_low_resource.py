"""Low-resource languages, from published pairs: what is no translation goes, and shares are evened out."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from outputs import manifest, rejects, rows

from pipeline.cli import main

ROOT = Path(__file__).resolve().parents[2]
TEMPERATURE, TOTAL = 5, 2000


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("low_resource") / "out"
    words = ["--set", f"data={shared}", "--output", str(folder)]
    assert main(["run", str(ROOT / "configs" / "low_resource.yaml"), *words]) == 0
    return folder


def test_shares_follow_the_temperature(made: Path) -> None:
    draws = manifest(made)["datasets"]["low_resource"]["draws"]
    rates = {name: each["available"] ** (1 / TEMPERATURE) for name, each in draws.items()}
    for name, each in draws.items():
        assert abs(each["drawn"] - TOTAL * rates[name] / sum(rates.values())) < 1
        assert each["unused"] == 0 or each["epochs"] < 1
    assert draws["sw"]["epochs"] > 1 > draws["de"]["epochs"]
    counts = Counter(row["output_lang"] for row in rows(made, "low_resource", "train"))
    assert counts == {name: each["drawn"] for name, each in draws.items()}


def test_what_stays_is_written_as_its_language_is(made: Path) -> None:
    found = rows(made, "low_resource", "train")
    for row in found:
        thai = len(re.findall("[\u0e01-\u0e2e]", row["output"]))
        assert (thai > 0) == (row["output_lang"] == "th"), row["output"]
        assert not re.search("[\u0e01-\u0e2e]", row["input"])
    once = Counter(row["id"] for row in found if row["output_lang"] == "sw")
    assert set(once.values()) == {1, 2}


def test_every_pair_is_accounted_for(made: Path) -> None:
    streams = manifest(made)["streams"]
    assert {name: each["steps"][0]["in"] for name, each in streams.items()} == {
        "sw": 390,
        "th": 548,
        "de": 1000,
        "es": 1000,
    }
    lost = Counter((row["stream"], row["reason"]) for row in rejects(made))
    told = {
        (name, reason): number
        for name, each in streams.items()
        for step in each["steps"]
        for reason, number in step["rejected"].items()
    }
    assert lost == told
    assert not [reason for _, reason in lost if reason == "script:unknown"]


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
