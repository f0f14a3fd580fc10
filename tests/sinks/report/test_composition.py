"""What stands where, however the rows are cut into shards and row groups."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.report import composition
from sinks.report.composition import STRETCHES, Composition, read_composition
from sinks.report.kinds import OTHER, Kind, names
from sinks.written import parquet_shards
from tests.sinks.report.written_output import example, write_shards

LANGUAGES = st.lists(st.sampled_from(["en", "pt", "zh", ""]), min_size=1, max_size=150)


def composed(folder: Path, languages: list[str], cuts: list[int], row_group: int, groups: list[str]) -> Composition:
    rows = [example(at, output_lang=language, group=f"g{at // 3}") for at, language in enumerate(languages)]
    bounds = [0, *sorted({cut % len(rows) for cut in cuts} - {0}), len(rows)]
    shards = [rows[start:end] for start, end in pairwise(bounds)]
    split = write_shards(folder, "d", shards, row_group)["splits"]["train"]
    return read_composition(str(folder), parquet_shards(split), len(rows), groups)


@settings(max_examples=25, deadline=None)
@given(LANGUAGES, st.lists(st.integers(0, 200), max_size=3), st.integers(1, 60))
def test_every_row_is_counted_where_it_stands(languages: list[str], cuts: list[int], row_group: int) -> None:
    with TemporaryDirectory() as folder:
        found = composed(Path(folder), languages, cuts, row_group, [])
    stretches = min(len(languages), STRETCHES)
    expected = Counter((tag, at * stretches // len(languages)) for at, tag in enumerate(languages))
    counted = {
        (kind.output_lang, at): int(number)
        for kind, counts in found.counts.items()
        for at, number in enumerate(counts)
        if number
    }
    assert counted == expected
    assert [int(found.counts[kind].sum()) for kind in found.kinds] == sorted(Counter(languages).values())[::-1]


def test_the_renderings_of_a_group_are_found_wherever_they_are(tmp_path: Path) -> None:
    found = composed(tmp_path, ["en", "pt", "pt", "zh", "en", "pt"] * 20, [50, 61], 7, ["g0", "g21", "nowhere"])
    assert set(found.renderings) == {"g0", "g21"}
    assert {kind.output_lang for kind in found.renderings["g0"]} == {"en", "pt"}
    assert {kind.output_lang for kind in found.renderings["g21"]} == {"zh", "en", "pt"}
    first = {place.path[-14:-8]: place for place in found.renderings["g21"].values()}
    assert len(first) == 1, "rows 63 to 65 are in the third shard"


def test_more_kinds_than_can_be_told_apart_are_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composition, "MOST", 3)
    found = composed(tmp_path, ["a", "a", "b", "b", "b", "c", "d", "e", "d"], [], 100, [])
    assert {kind.output_lang: int(found.counts[kind].sum()) for kind in found.kinds} == {"a": 2, "b": 3, "c": 1, "": 3}
    assert found.kinds[-1] == OTHER, "whatever its rows"
    assert [int(counts.sum()) for counts in found.largest(2).values()] == [3, 6]
    assert list(found.largest(2))[1] == OTHER
    assert len(found.largest(4)) == 4


@pytest.mark.parametrize(
    ("kinds", "called"),
    [
        ([Kind("question", "a", "es", "en")], ["es>en"]),
        ([Kind("question", "a", "en", "en"), Kind("text", "a", "en", "en")], ["question en", "text en"]),
        ([Kind("question", "a", "en", ""), Kind("question", "b", "en", "en")], ["a en>not stated", "b en"]),
        ([Kind("question", "a", "en", "en"), OTHER], ["en", "other"]),
    ],
)
def test_kinds_are_called_by_what_tells_them_apart(kinds: list[Kind], called: list[str]) -> None:
    assert names(kinds) == called
