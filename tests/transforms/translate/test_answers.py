"""Answers are found again in their files, and nobody gets another segment's."""

from pathlib import Path

import pytest

from transforms.translate.answers import Answers, Found, range_of, segment_key, write_answers
from transforms.translate.judge import Request


def test_what_was_written_is_found_and_nothing_else(tmp_path: Path) -> None:
    asked = {Request(f"text {at}", "en", "pt"): Found(f"texto {at}", "mt:e", at % 2 == 0) for at in range(40)}
    by_bucket: dict[int, dict[bytes, Found]] = {}
    for request, found in asked.items():
        by_bucket.setdefault(range_of(segment_key(request), 4), {})[segment_key(request)] = found
    assert sorted(by_bucket) == [0, 1, 2, 3]
    answers = Answers({bucket: write_answers(str(tmp_path), found) for bucket, found in by_bucket.items()}, 4)
    assert answers.find(asked) == asked
    last = max(map(segment_key, asked))
    others = [Request(f"other {at}", "en", "pt") for at in range(99)]
    for request in [one for one in others if segment_key(one) < last][:9]:
        with pytest.raises(KeyError, match="no answer for segment"):
            answers.find([request])


def test_ranges_of_keys_are_equal_and_in_order() -> None:
    keys = [bytes([at]) + bytes(15) for at in range(256)]
    assert [range_of(key, 4) for key in keys] == [at // 64 for at in range(256)]
    assert [range_of(b"\xff" * 16, ranges) for ranges in (1, 3, 256)] == [0, 2, 255]


def test_other_words_of_a_refusal_make_nothing_anew(tmp_path: Path) -> None:
    first, again, other = (
        Found("", "", True, *why) for why in (("refusal", "No."), ("refusal", "Never."), ("echo", ""))
    )
    path = write_answers(str(tmp_path), {b"k" * 16: first})
    assert write_answers(str(tmp_path), {b"k" * 16: again}) == path
    assert write_answers(str(tmp_path), {b"k" * 16: other}) != path
