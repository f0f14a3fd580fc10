"""Lego-MT's language-centric pairs, from published ones: German, Spanish and Chinese around English."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from outputs import manifest, rows, steps

from tests.end_to_end.running import output_of

ROOT = Path(__file__).resolve().parents[2]
FILES = {"de": ("deu", "first"), "es": ("spa", "second"), "zh": ("cmn", "third")}
ROWS = 300


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lego_mt") / "out"
    settings = ["--set", "rows_per_shard=400"]
    for code, name in FILES.values():
        for side, ending in (("text", code), ("centre", "eng")):
            settings += ["--set", f"{name}_{side}={shared / 'tatoeba' / f'tatoeba.{code}-eng.{ending}'}"]
    words = [*settings, "--limit", ROWS, "--output", folder]
    output_of("run", ROOT / "configs" / "lego_mt.yaml", *words, cwd=ROOT)
    return folder


def published(shared: Path) -> set[tuple[str, str, str]]:
    """Return (language, text, English) of each distinct pair."""
    found = set()
    for lang, (code, _) in FILES.items():
        sides = [
            (shared / "tatoeba" / f"tatoeba.{code}-eng.{end}").read_text("utf-8").split("\n") for end in (code, "eng")
        ]
        found |= {(lang, *pair) for pair in list(zip(*sides, strict=True))[:ROWS]}
    return found


def test_each_flow_has_the_pairs_of_its_direction(shared: Path, made: Path) -> None:
    pairs = published(shared)
    out = rows(made, "enc_flow", "train")
    into = rows(made, "dec_flow", "train")
    assert {row["input_lang"] for row in out} == {row["output_lang"] for row in into} == {"en"}
    assert sorted((row["output_lang"], row["output"], row["input"]) for row in out) == sorted(pairs)
    assert sorted((row["input_lang"], row["input"], row["output"]) for row in into) == sorted(pairs)
    assert {row["instruction"] + row["template"] for row in out + into} == {""}, "plain text"
    for stream in ("one_to_many", "many_to_one"):
        (gone,) = (
            step["rejected"].get("duplicate", 0) for name, step in steps(made, stream).items() if name == "deduplicate"
        )
        assert gone == 3 * ROWS - len(pairs)


def test_what_is_shared_has_both_directions_in_one_group(made: Path) -> None:
    mixed = rows(made, "mix_flow", "train")
    flows = [rows(made, name, "train") for name in ("enc_flow", "dec_flow")]
    assert {row["id"] for row in mixed} == {row["id"] for flow in flows for row in flow}
    assert len(mixed) == sum(map(len, flows))
    halves = [Counter(row["input_lang"] == "en" for row in part) for part in (mixed[: len(mixed) // 2], mixed)]
    assert abs(halves[0][True] - len(mixed) / 4) <= 1
    assert halves[1][True] == halves[1][False]
    groups: dict[str, set[str]] = {}
    for row in mixed:
        groups.setdefault(row["input"] if row["input_lang"] == "en" else row["output"], set()).add(row["group"])
    assert all(len(each) == 1 for each in groups.values())


def test_shards_have_as_many_rows_as_asked(made: Path) -> None:
    splits = manifest(made)["datasets"]["mix_flow"]["splits"]["train"]
    sizes = [file["rows"] for file in splits["files"]]
    assert sum(sizes) == splits["rows"]
    assert max(sizes) <= 400
    assert max(sizes) - min(sizes) <= 1


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
