"""What is counted in a part, against a plain count of the same rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that

from transforms.example import group_id, make_batch
from transforms.parts import ArrowFile, Part
from transforms.tokens.account import Account, compare, renderings
from transforms.tokens.part_tokens import count, part_tokens, read_token_counts
from transforms.tokens.statistics import LanguageTotals, alike, parity, reference

O200K = "tiktoken:o200k_base"

ROWS: list[dict[str, Any]] = [
    {"group": "a", "input_lang": "en", "output_lang": "en", "task": "instruction", "instruction": "hello world"},
    {"group": "a", "input_lang": "ja", "output_lang": "ja", "task": "instruction", "instruction": "お誕生日おめでとう"},
    {"group": "b", "input_lang": "en", "output_lang": "en", "task": "instruction", "instruction": "hello"},
    {"group": "b", "input_lang": "ja", "output_lang": "ja", "task": "question", "instruction": "お"},
    {
        "group": "c",
        "input_lang": "ja",
        "output_lang": "en",
        "task": "question",
        "input": "お誕生日おめでとう",
        "output": "hello",
    },
    {
        "group": "c",
        "input_lang": "en",
        "output_lang": "ja",
        "task": "translation",
        "input": "hello world",
        "output": "お",
    },
    {"group": "d", "input_lang": "en", "output_lang": "ja", "task": "translation", "input": "hello", "output": "お"},
    {"group": "e", "input_lang": "en", "output_lang": "ja", "task": "instruction", "input": "hello", "output": "お"},
]
ROWS[6]["template"] = "x_llama.translation"
ROWS[0]["history"] = [{"user": "hello", "assistant": "hello world"}]

COUNTS = [5, 8, 1, 1, 9, 3, 2, 2]
PAIRS = {("en", "ja"): (2, 3, 9)}
"""Rows 4 and 5: 1 and 2 tokens of English, 8 and 1 of Japanese. Row 6 is formatted, row 7 no translation."""


def batch(rows: list[dict[str, Any]]) -> Any:
    names = ("input_lang", "output_lang", "task", "instruction", "input", "output", "template")
    columns: dict[str, Any] = {name: [row.get(name, "") for row in rows] for name in names}
    columns["history"] = [row.get("history", []) for row in rows]
    columns["group"] = [group_id([row["group"]]) for row in rows]
    return make_batch(len(rows), columns)


def part(folder: Path, name: str, *batches: list[dict[str, Any]]) -> Part:
    file = ArrowFile(str(folder / f"{name}.arrow"))
    for rows in [*batches, []]:
        file.write(batch(rows))
    file.commit()
    return Part(name, file.path, "", "s", "a>s", sum(map(len, batches)), ())


def test_languages_sides_and_pairs() -> None:
    found = count(batch(ROWS), O200K)
    assert found.rows.tolist() == COUNTS
    assert found.pairs == PAIRS
    english, japanese = found.languages["en"], found.languages["ja"]
    assert (english.texts, english.tokens, english.words, english.bytes) == (8, 11, 11, 3 * 11 + 5 * 5)
    assert english.characters == english.bytes
    assert (english.byte_pieces, english.byte_characters, english.unknown) == (0, 0, 0)
    assert (japanese.texts, japanese.tokens, japanese.words) == (6, 20, 6)
    assert (japanese.characters, japanese.bytes) == (2 * 9 + 4, 3 * (2 * 9 + 4))
    assert (japanese.byte_pieces, japanese.byte_characters) == (4, 2)
    assert sum(sums.tokens for sums in found.languages.values()) == sum(COUNTS)


def test_a_part_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, work = part(tmp_path, "one", ROWS[:3], ROWS[3:]), str(tmp_path / "work")
    first = part_tokens(made, work, O200K)
    monkeypatch.setattr("transforms.tokens.part_tokens.count", None)
    again = part_tokens(made, work, O200K)
    assert first.rows.tolist() == again.rows.tolist() == read_token_counts("one", work, O200K).tolist() == COUNTS
    assert (first.languages, first.pairs) == (again.languages, again.pairs)
    assert again.pairs == PAIRS
    with pytest.raises(TypeError):  # another tokenizer counts anew
        part_tokens(made, work, "tiktoken:cl100k_base")


def test_a_part_without_rows_holds_no_tokens(tmp_path: Path) -> None:
    assert part_tokens(part(tmp_path, "none"), str(tmp_path / "work"), O200K).rows.tolist() == []


def row(group: str, language: str, words: int, **more: Any) -> dict[str, Any]:
    both = {"input_lang": language, "output_lang": language, "task": "instruction"}
    return {"group": group, **both, "instruction": "hello" + " hello" * (words - 1), **more}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("a", "en", 2), row("a", "es", 3)], {("en", "es"): (1, 2, 3)}),
        ([row("a", "es", 2), row("a", "en", 3), row("b", "en", 9)], {("en", "es"): (1, 3, 2)}),
        # two renderings of each: which is which doesn't matter for the sum; one and two can't be compared
        ([row("a", "en", 1), row("a", "en", 2), row("a", "es", 4), row("a", "es", 5)], {("en", "es"): (2, 3, 9)}),
        ([row("a", "en", 1), row("a", "en", 2), row("a", "es", 4)], {}),
        # of another task, or by another template, it is no rendering
        ([row("a", "en", 1), row("a", "es", 2, task="question")], {}),
        ([row("a", "en", 1, template="x"), row("a", "es", 2)], {}),
        ([row("a", "en", 1, template="x"), row("a", "es", 2, template="x")], {("en", "es"): (1, 1, 2)}),
        # prompt and answer are in one language, and there is one
        ([row("a", "en", 1), row("a", "es", 2, output_lang="en")], {}),
        ([row("a", "en", 1), row("a", "", 2)], {}),
        (
            [row("a", "en", 1), row("a", "es", 2), row("a", "pt", 3), row("b", "pt", 5), row("b", "es", 7)],
            {("en", "es"): (1, 1, 2), ("en", "pt"): (1, 1, 3), ("es", "pt"): (2, 9, 8)},
        ),
    ],
)
def test_renderings_of_a_group_are_compared(rows: list[dict[str, Any]], expected: Any, tmp_path: Path) -> None:
    # one part for each row: renderings lie apart
    parts = [part(tmp_path, f"p{at}", [one]) for at, one in enumerate(rows)]
    found = [keys for each in parts for _, keys in renderings(each, str(tmp_path / "work"), O200K, 1)]
    assert compare(found) == compare(reversed(found)) == expected


def summed(found: list[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, Any]]:
    for kind, entry in found:
        assert kind == "tokens"
        assert entry["dataset"] == "d"
        for language, sums in entry["languages"].items():
            yield language, sums["tokens"]
        yield from ((f"{one} {other}", numbers) for one, other, *numbers in entry["pairs"])


@pytest.mark.parametrize("buckets", [1, 16])
def test_a_part_of_two_streams_counts_once(buckets: int, tmp_path: Path) -> None:
    parts = [part(tmp_path, "one", ROWS[:1]), part(tmp_path, "two", ROWS[1:])]

    def check(found: list[Any]) -> None:
        entries = sorted(summed(found), key=str)
        assert entries == [("en ja", [1, 5, 8]), ("en ja", [2, 3, 9]), ("en", 5), ("en", 6), ("ja", 20)]

    with beam.Pipeline("FnApiRunner") as pipeline:
        streams = {name: pipeline | name >> beam.Create(parts) for name in ("s", "t")}
        assert_that(streams | Account("d", O200K, str(tmp_path / "work"), buckets), check)


def test_ratios() -> None:
    told = LanguageTotals(2, 30, 12, 60, 90, 9, 3, 1).described()
    ratios = ("per_word", "per_character", "per_byte", "byte_piece_share", "byte_character_share")
    assert [told[name] for name in ratios] == [2.5, 0.5, 0.3333, 0.3, 0.05]
    assert LanguageTotals().described()["per_word"] == 0.0


@pytest.mark.parametrize(
    ("pairs", "to", "ratios"),
    [
        ({("en", "es"): (2, 10, 15), ("es", "pt"): (9, 1, 1)}, "en", {"es": {"parity": 1.5, "renderings": 2}}),
        (
            {("ar", "en"): (1, 30, 20), ("en", "es"): (2, 10, 15)},
            "en",
            {"ar": {"parity": 1.5, "renderings": 1}, "es": {"parity": 1.5, "renderings": 2}},
        ),
        (
            {("de", "es"): (1, 30, 20), ("es", "pt"): (1, 10, 15)},
            "es",
            {"de": {"parity": 1.5, "renderings": 1}, "pt": {"parity": 1.5, "renderings": 1}},
        ),
        ({("de", "es"): (1, 30, 20)}, "de", {"es": {"parity": 0.6667, "renderings": 1}}),
        ({}, "", {}),
    ],
)
def test_parity_is_to_english_or_to_what_most_are_paired_with(pairs: Any, to: str, ratios: Any) -> None:
    assert reference(pairs) == to
    assert parity(pairs, to) == ratios


def test_datasets_of_which_the_same_is_told_are_told_together() -> None:
    one, other = {"tokenizer": "x", "unit": "tokens"}, {"tokenizer": "y", "unit": "tokens"}
    datasets = {"a": {"tokens": one}, "b": {}, "c": {"tokens": other}, "d": {"tokens": {**one, "unit": "examples"}}}
    assert alike(datasets) == [(["a", "d"], {"tokenizer": "x"}), (["c"], {"tokenizer": "y"})]
