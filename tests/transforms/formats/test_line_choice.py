"""x-LLaMA's original choice of a template: by the number of the line, blank lines counted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.example import make_batch
from transforms.formats.template import Format
from transforms.read import block
from transforms.read.aligned_lines import Lines
from transforms.read.source import Source
from transforms.steps import Rewrite

BLANK = {0, 1, 33, 34, 400, 998}


def published(english: list[str], portuguese: list[str]) -> list[tuple[str, str]]:
    """Return (sentence, template) as x-LLM's loader gives them: blank lines are passed over, and count."""
    pairs = enumerate(zip(english, portuguese, strict=True))
    return [(en.strip(), f"x_llama.translation/{key % 33}") for key, (en, pt) in pairs if en.strip() and pt.strip()]


@pytest.mark.parametrize("size", [8 << 20, 4000])
@pytest.mark.parametrize("blank", [set(), BLANK])
def test_it_is_the_line_modulo_33(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, blank: set[int]
) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    sides = []
    for lang in ("eng", "por"):
        lines = (shared / "tatoeba" / f"tatoeba.por-eng.{lang}").read_text("utf-8").split("\n")[:-1]
        lines = [" \u3000" if at in blank and (lang == "por" or at % 2) else line for at, line in enumerate(lines)]
        (tmp_path / lang).write_text("".join(f"{line}\n" for line in lines), "utf-8")
        sides.append(lines)
    paths = (str(tmp_path / "eng"), str(tmp_path / "por"))
    source = Source("pairs", 0, Lines(paths, numbered=True), lang=("en", "pt"), task="translation")
    carrier, found = Rewrite(Format("x_llama.translation", choice="line")), []
    blocks = source.blocks()
    for one in reversed(blocks):  # whoever reads what first
        made = [carrier.apply(batch).batch for batch, _ in source.read(one, "s")]
        found[:0] = [(row["input"], row["template"]) for batch in made for row in batch.to_pylist()]
    assert len(sides[0]) == 1000
    assert len(blocks) == 1 if size > 4000 else len(blocks) > 10
    assert found == published(*sides)


@pytest.mark.parametrize("limit", [None, 70])
def test_slices_and_limits_leave_lines_their_numbers(shared: Path, limit: int | None) -> None:
    folder = shared / "tatoeba"
    lines = Lines(tuple(str(folder / f"tatoeba.por-eng.{lang}") for lang in ("eng", "por")), numbered=True)
    source = Source("pairs", 0, lines, lang=("en", "pt"), slice="[40:]")
    numbers = [
        number
        for one in source.blocks(limit)
        for batch, _ in source.read(one, "s")
        for number in batch.column("_line").to_pylist()
    ]
    assert numbers == list(range(40, 1000 if limit is None else 110))


def test_only_a_source_that_is_told_to_numbers_its_lines(shared: Path) -> None:
    folder = shared / "tatoeba"
    plain = Lines(tuple(str(folder / f"tatoeba.por-eng.{lang}") for lang in ("eng", "por")))
    source = Source("pairs", 0, plain, lang=("en", "pt"))
    (batch, _) = next(source.read(source.blocks(5)[0], "s"))
    assert "_line" not in batch.schema.names
    assert plain.parameters() == {}
    with pytest.raises(ValueError, match="lines aren't numbered"):
        Format("x_llama.translation", choice="line").rewrite(batch)


@given(st.integers(0, 1 << 40))
def test_a_choice_for_all_ignores_the_line(number: int) -> None:
    import pyarrow as pa

    batch = make_batch(1, {"id": ["1"], "input_lang": "en", "output_lang": "pt", "_line": pa.array([number])})
    for choice, wanted in (("line", number % 33), (7, 7), ("hash", None)):
        (label,) = Format("x_llama.translation", choice=choice).rewrite(batch).column("template").to_pylist()
        assert label == f"x_llama.translation/{wanted}" or wanted is None
