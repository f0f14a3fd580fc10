import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as Pipeline
from apache_beam.testing.util import assert_that
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.collective import Context
from transforms.deduplicate import Deduplicate, duplicates, keys
from transforms.dropping import GONE, Dropped, send_keys
from transforms.example import digest, make_batch, texts
from transforms.parts import Part, make_parts
from transforms.steps import Count

ORDER = {"first": 0, "second": 1, "third": 2}


@dataclass(frozen=True)
class Row:
    """An example: its text and its source; the id is made of both, and of `other` text that is not compared."""

    text: str
    source: str = "first"
    other: str = ""

    @property
    def id(self) -> str:
        return digest(self.text, self.source, self.other).hex()


def part(work: Path, name: str, rows: Sequence[Row], lineage: str = "first>a", batch: int = 4) -> Part:
    batches = [
        make_batch(
            len(some),
            {
                "id": [row.id for row in some],
                "source": [row.source for row in some],
                "input": [row.text for row in some],
                "output": [row.other for row in some],
            },
        )
        for some in (rows[at : at + batch] for at in range(0, len(rows), batch))
    ]
    (made,) = make_parts(str(work), "a", "a-0", name, lineage, [], [(batches, [], [])])
    return made


Gone = dict[tuple[str, int], str]
"""For each (part, row) that goes the id of the example that stays."""


def gone(parts: Sequence[Part], by: tuple[str, ...] = ("input",), buckets: int = 16, turn: bool = False) -> Gone:
    """Do what `Deduplicate.decide` does, without Beam."""
    groups: dict[int, list[Any]] = {}
    for each in parts[::-1] if turn else parts:
        work = each.path.partition("/parts/")[0]
        for bucket, members in send_keys(each, partial(keys, by=by, order=ORDER), "key_high", buckets, work):
            assert 0 <= bucket < buckets
            groups.setdefault(bucket, []).append(members)
    found = {}
    for members in groups.values():
        for name, data in duplicates(members[::-1] if turn else members):
            found |= {(name, int(row)): bytes(kept).hex() for row, _, kept in np.frombuffer(data, GONE)}
    return found


def model(parts: dict[str, list[Row]]) -> Gone:
    """All rows in a list; of equal ones the smallest (order of the source, id) stays."""
    rows = [(row, name, at) for name, rows in sorted(parts.items()) for at, row in enumerate(rows)]
    found = {}
    for _, same in itertools.groupby(sorted(rows, key=lambda each: each[0].text), key=lambda each: each[0].text):
        ranked = sorted(same, key=lambda each: (ORDER[each[0].source], each[0].id, each[1], each[2]))
        found |= {(name, at): ranked[0][0].id for _, name, at in ranked[1:]}
    return found


ROWS = st.lists(
    st.builds(Row, st.sampled_from("abcdef"), st.sampled_from(sorted(ORDER)), st.sampled_from(["", "x"])), max_size=15
)


@settings(deadline=None, max_examples=40)
@given(st.lists(ROWS, max_size=4), st.sampled_from([1, 3, 16, 4096]), st.integers(1, 5))
def test_the_smallest_of_source_and_id_stays(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[list[Row]], buckets: int, batch: int
) -> None:
    work = tmp_path_factory.mktemp("parts")
    named = {f"p{at}": rows for at, rows in enumerate(pieces)}
    parts = [part(work, name, rows, batch=batch) for name, rows in named.items()]
    found = gone(parts, buckets=buckets)
    assert found == model(named)
    assert gone(parts, buckets=buckets, turn=True) == found
    assert gone(parts, buckets=7) == found


@settings(deadline=None, max_examples=20)
@given(ROWS, st.lists(st.integers(0, 15), max_size=3))
def test_how_rows_are_cut_into_parts_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], cuts: list[int]
) -> None:
    def left(bounds: list[int]) -> list[tuple[str, str]]:
        work = tmp_path_factory.mktemp("cut")
        pieces = {f"p{start}": rows[start:end] for start, end in itertools.pairwise(bounds)}
        found = gone([part(work, name, piece) for name, piece in pieces.items()])
        return sorted(
            (row.id, row.text)
            for name, piece in pieces.items()
            for at, row in enumerate(piece)
            if (name, at) not in found
        )

    assert left(sorted({0, *(min(cut, len(rows)) for cut in cuts), len(rows)})) == left([0, len(rows)])


def test_of_equal_ids_the_lineage_decides_not_the_part(tmp_path: Path) -> None:
    # The text that is not compared was changed by one of the streams that the example came through.
    for names in (("1", "2"), ("2", "1")):
        parts = [
            part(tmp_path / names[0], names[0], [Row("a")], "first>x>a"),
            part(tmp_path / names[0], names[1], [Row("a")], "first>y>a"),
        ]
        assert gone(parts) == {(names[1], 0): Row("a").id}


@pytest.mark.parametrize(
    ("by", "number"), [(("input",), 3), (("input", "output"), 1), (("output",), 1), (("source", "input"), 2)]
)
def test_only_the_named_columns_count(by: tuple[str, ...], number: int, tmp_path: Path) -> None:
    rows = [Row("a"), Row("a", other="x"), Row("a", "second"), Row("a", "second", other="y")]
    assert len(gone([part(tmp_path, "1", rows)], by)) == number


def test_columns_are_not_run_together(tmp_path: Path) -> None:
    rows = [Row("ab", other="c"), Row("a", other="bc")]
    assert gone([part(tmp_path, "1", rows)], ("input", "output")) == {}


def test_a_decision_is_applied_to_the_rows_of_a_batch() -> None:
    batch = make_batch(3, {"id": [digest(str(at)).hex() for at in range(3)], "input": ["a", "b", "c"]})
    stays = [digest("x"), digest("y"), digest("z")]
    gone = np.array([(row, 0, kept) for row, kept in zip([1, 11, 12], stays, strict=True)], GONE)
    dropped = Dropped("es", "deduplicate", ("duplicate",), gone.tobytes())
    outcome = dropped.apply(batch, 10)
    assert texts(outcome.batch, "input") == ["a"]
    assert outcome.rejects is not None
    found = [
        tuple(row[name] for name in ("input", "stream", "step", "reason", "detail"))
        for row in outcome.rejects.to_pylist()
    ]
    assert found == [
        ("b", "es", "deduplicate", "duplicate", stays[1].hex()),
        ("c", "es", "deduplicate", "duplicate", stays[2].hex()),
    ]
    assert outcome.count == Count("deduplicate", 3, 1, {"duplicate": 2})
    assert dropped.apply(batch, 100).batch.num_rows == 3
    assert Dropped("es", "d", ("duplicate",), b"").apply(batch, 0).batch.num_rows == 3


def test_decisions_in_a_pipeline(tmp_path: Path) -> None:
    named = {
        "1": [Row("a", "second"), Row("b"), Row("b")],
        "2": [Row("a"), Row("c")],
        "3": [Row("d", "third")],
        "4": [],
    }
    parts = [part(tmp_path, name, rows) for name, rows in named.items()]
    context = Context("es", "deduplicate", str(tmp_path), "", 16, 16, 1, ORDER, {})

    def check(decided: list[tuple[Part, Dropped]]) -> None:
        assert sorted((each for each, _ in decided), key=lambda each: each.name) == parts
        left = {
            each.name: [text for batch in each.batches() for text in texts(dropped.apply(batch, 0).batch, "input")]
            for each, dropped in decided
        }
        assert left == {"1": ["b"], "2": ["a", "c"], "3": ["d"], "4": []}

    with Pipeline() as pipeline:
        assert_that(Deduplicate(("input",)).decide(pipeline | beam.Create(parts), context), check)


def test_a_decision_is_named_by_all_that_it_says() -> None:
    one, other = (np.array([(1, reason, b"k" * 16)], GONE).tobytes() for reason in (0, 1))
    said = [("a", "d", ("x",), b""), ("b", "d", ("x",), b""), ("a", "d", ("y",), b"")]
    made = [Dropped(*each) for each in (*said, ("a", "d", ("x",), one), ("a", "d", ("x",), other))]
    assert len({each.signature() for each in made}) == 5


@pytest.mark.parametrize(
    ("by", "message"),
    [((), "by is empty"), (("answer",), "by names 'answer', which is not a text column"), (("history",), "'history'")],
)
def test_columns_that_can_not_be_compared(by: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Deduplicate(by)
