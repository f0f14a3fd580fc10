import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as Pipeline
from apache_beam.testing.util import assert_that
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.collective import Context
from transforms.distinct_equations import REASONS, DistinctEquations, DroppedSolutions, equations, keys, surplus
from transforms.dropping import Dropped, decided, send_keys
from transforms.example import digest, make_batch, texts
from transforms.parts import Part, make_parts

ORDER = {"first": 0, "second": 1}


@dataclass(frozen=True)
class Row:
    """A solution: to which question, which equations it has, its source, and what makes its id."""

    item: str
    marks: tuple[str, ...] = ("1+1=2",)
    source: str = "first"
    lang: str = "en"
    number: int = 0

    @property
    def text(self) -> str:
        return "so " + " then ".join(f"<<{mark}>>2" for mark in self.marks) + "."

    @property
    def id(self) -> str:
        return digest(self.item, *self.marks, self.source, self.lang, str(self.number)).hex()


def part(work: Path, name: str, rows: Sequence[Row], batch: int = 3) -> Part:
    batches = [
        make_batch(
            len(some),
            {
                "id": [row.id for row in some],
                "group": [row.item for row in some],
                "source": [row.source for row in some],
                "output": [row.text for row in some],
                "output_lang": [row.lang for row in some],
            },
        )
        for some in (rows[at : at + batch] for at in range(0, len(rows), batch))
    ]
    (made,) = make_parts(str(work), "a", "a-0", name, "first>a", [], [(batches, [], [])])
    return made


def left(parts: Sequence[Part], step: DistinctEquations, buckets: int, turn: bool = False) -> dict[str, str]:
    """Do what `decide` does, without Beam: for each id that comes in, the reason that it goes, or nothing."""
    groups: dict[int, list[Any]] = defaultdict(list)
    for each in parts[::-1] if turn else parts:
        work = each.path.partition("/parts/")[0]
        for bucket, members in send_keys(each, partial(keys, by=step.by, order=ORDER), "item_high", buckets, work):
            groups[bucket].append(members)
    gone: dict[str, list[Any]] = {each.name: [] for each in parts}
    for members in groups.values():
        for name, told in surplus(members[::-1] if turn else members, step.most):
            gone[name].append(told)
    found = {}
    for each in parts:
        _, chosen = decided(
            (each.name, {"part": [each], "gone": gone[each.name]}), DroppedSolutions("a", "d", REASONS, b"")
        )
        first = 0
        for batch in each.batches():
            outcome = chosen.apply(batch, first)
            first += batch.num_rows
            found |= dict.fromkeys(texts(outcome.batch, "id"), "")
            rejects = outcome.rejects.to_pylist() if outcome.rejects is not None else []
            found |= {row["id"]: f"{row['reason']} {row['detail']}".strip() for row in rejects}
    return found


def model(rows: list[Row], step: DistinctEquations) -> dict[str, str]:
    """The same by plain lists: the smallest of equal lists stays, and of those the smallest."""
    found = {}
    items: dict[Any, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (ORDER[row.source], row.id)):
        items[(row.item, row.lang) if "output_lang" in step.by else row.item].append(row)
    for solutions in items.values():
        stay: dict[tuple[str, ...], str] = {}
        for row in solutions:
            if not row.marks:
                found[row.id] = "no_equations"
            elif row.marks in stay:
                found[row.id] = f"same_equations {stay[row.marks]}"
            else:
                stay[row.marks] = row.id
        ranked = list(stay.values())
        for at, each in enumerate(ranked):
            over = step.most is not None and at >= step.most
            found[each] = f"beyond_most {ranked[(step.most or 0) - 1]}" if over else ""
    return found


ROWS = st.lists(
    st.builds(
        Row,
        st.sampled_from("xyz"),
        st.lists(st.sampled_from(["1+1=2", "2*1=2", "4-2=2"]), max_size=2).map(tuple),
        st.sampled_from(sorted(ORDER)),
        st.sampled_from(["en", "sw"]),
        st.integers(0, 2),
    ),
    max_size=20,
    unique=True,
)


@settings(max_examples=60)
@given(ROWS, st.lists(st.integers(0, 20), max_size=3), st.sampled_from([None, 1, 2, 3]), st.booleans())
def test_the_smallest_of_each_list_of_equations_stays(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], cuts: list[int], most: int | None, whole: bool
) -> None:
    step = DistinctEquations(most) if whole else DistinctEquations(most, ("group",))
    work = tmp_path_factory.mktemp("parts")
    bounds = sorted({0, *(min(cut, len(rows)) for cut in cuts), len(rows)})
    pieces = [rows[a:b] for a, b in itertools.pairwise(bounds)] or [[]]
    parts = [part(work, f"p{at}", piece) for at, piece in enumerate(pieces)]
    found = left(parts, step, 16)
    assert found == model(rows, step)
    assert left(parts, step, 1, turn=True) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Natalia sold 48/2 = <<48/2=24>>24 clips.\n<<48+24=72>>72\n#### 72", ("48/2=24", "48+24=72")),
        ("<<48 / 2 = 24>> <<４８/2=24>>", ("48/2=24", "48/2=24")),
        ("<<>>", ("",)),
        ("<< not closed", ()),
        ("1 << 2 and 3 >> 2", ("2and3",)),  # what C programmers write reads like a mark
        ("48/2=24", ()),
    ],
)
def test_equations_stand_in_calculator_marks(text: str, found: tuple[str, ...]) -> None:
    assert equations(text) == found


def test_in_a_pipeline(tmp_path: Path) -> None:
    rows = [Row("x"), Row("x", number=1), Row("x", ("2*1=2",)), Row("x", ("4-2=2",)), Row("y"), Row("y", lang="sw")]
    parts = [part(tmp_path, "1", rows[:2]), part(tmp_path, "2", rows[2:]), part(tmp_path, "3", [])]
    context = Context("a", "d", str(tmp_path), "", 16, 16, 1, ORDER, {})
    step = DistinctEquations(2)

    def check(found: list[tuple[Part, Dropped]]) -> None:
        stay = {
            row
            for each, chosen in found
            for batch in each.batches()
            for row in texts(chosen.apply(batch, 0).batch, "id")
        }
        assert sorted(each.name for each, _ in found) == ["1", "2", "3"]
        assert stay == {each for each, reason in model(rows, step).items() if not reason}
        assert len(stay) == 4

    with Pipeline() as pipeline:
        assert_that(step.decide(pipeline | beam.Create(parts), context), check)


@pytest.mark.parametrize(
    ("most", "by", "message"),
    [
        (0, ("group",), "most is 0"),
        (1, (), "by is empty"),
        (1, ("question",), "by names 'question', which is not a text column"),
    ],
)
def test_parameters_are_checked(most: int, by: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DistinctEquations(most, by)
