"""Segments in files: what is read is what was written, and what a runner shuffles doesn't grow with it."""

import pickle
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from transforms.translate.judge import Request
from transforms.translate.wanted import BATCH, Want, Wanted, read_wanted, write_wanted

TEXTS = st.text(max_size=8)
TERMS = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
REQUESTS = st.builds(Request, TEXTS, st.sampled_from(["en", "es"]), st.just("pt"), TERMS, st.integers(0, 3))
ROWS = st.lists(st.builds(Wanted, REQUESTS, st.builds(Want, st.integers(1, 1 << 40), TEXTS), TEXTS), min_size=1)


@given(st.dictionaries(st.integers(0, 9), ROWS))
def test_what_was_written_comes_back(wanted: dict[int, list[Wanted]]) -> None:
    with TemporaryDirectory() as work:
        written = list(write_wanted(work, wanted))
        assert {to: list(read_wanted(where)) for to, where in written} == wanted
        assert list(write_wanted(work, wanted)) == written  # a bundle that is tried again writes the same file
        assert len(list(Path(work).glob("keys/*"))) == bool(wanted)


def test_many_segments_are_a_few_bytes_in_a_shuffle(tmp_path: Path) -> None:
    rows = [
        Wanted(Request(f"Text {at} of many.", "en", target), Want(1, f"{at:032x}"))
        for at in range(BATCH)
        for target in ("de", "pt", "sw")
    ]
    ((to, where),) = write_wanted(str(tmp_path), {3: rows})
    assert to == 3
    assert len(pickle.dumps(where)) < 500
    back = list(read_wanted(where))
    assert back == rows
    first, second, third = back[:3]
    assert first.request.text is second.request.text is third.request.text  # held once
    assert first.want.rank is second.want.rank is third.want.rank
