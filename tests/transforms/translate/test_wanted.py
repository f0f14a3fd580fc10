"""Segments in files: what is read is what was written, and what a runner shuffles doesn't grow with it."""

import pickle
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.translate import wanted as module
from transforms.translate.answers import range_of, segment_key
from transforms.translate.judge import Failure, Request
from transforms.translate.wanted import BATCH, Failures, Want, Wanted, read_distinct, read_wanted, write_wanted

TEXTS = st.text(max_size=8)
TERMS = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
REQUESTS = st.builds(Request, TEXTS, st.sampled_from(["en", "es"]), st.just("pt"), TERMS, st.integers(0, 3))
WANTS = st.builds(Want, st.integers(1, 1 << 40), TEXTS)
FAILURES = st.none() | st.builds(Failure, st.text(min_size=1, max_size=8), TEXTS)
ROWS = st.lists(st.builds(Wanted, REQUESTS, WANTS, FAILURES), min_size=1)


@given(st.dictionaries(st.integers(0, 9), ROWS))
def test_what_was_written_comes_back(wanted: dict[int, list[Wanted]]) -> None:
    with TemporaryDirectory() as work:
        written = list(write_wanted(work, wanted))
        assert {to: list(read_wanted([where])) for to, where in written} == wanted
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
    back = list(read_wanted([where]))
    assert back == rows
    first, second, third = back[:3]
    assert first.request.text is second.request.text is third.request.text  # held once
    assert first.want.rank is second.want.rank is third.want.rank


def test_distinct_segments_of_a_bucket_are_wanted_by_the_first_example_that_does(tmp_path: Path) -> None:
    one, other = Request("one", "en", "pt"), Request("other", "en", "pt")
    parts = [
        {0: [Wanted(one, Want(2, "b"))], 1: [Wanted(other, Want(1, "a"))]},
        {0: [Wanted(one, Want(3, "a"))], 1: [Wanted(other, Want(4, "c"))]},
    ]
    places = [place for part in parts for place in write_wanted(str(tmp_path), part)]
    found = [(0, [Wanted(one, Want(5, "a"))]), (1, [Wanted(other, Want(5, "a"))])]
    assert list(read_distinct(places)) == list(read_distinct(reversed(places))) == found


def test_failures_lie_by_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 10)
    requests = [Request(f"text {at}", "en", "pt") for at in range(25)]
    failures = Failures(str(tmp_path), 4)
    for request in requests:
        failures.add(Wanted(request, Want(7, "rank"), Failure("before")), Failure("echo", request.text))
    assert len(failures._held) == 5  # the others are in files
    failures.flush()
    found = [(bucket, one) for bucket, where in failures.places for one in read_wanted([where])]
    failed = [Wanted(request, failure=Failure("echo", request.text)) for request in requests]
    assert sorted(found) == sorted((range_of(segment_key(one.request), 4), one) for one in failed)
