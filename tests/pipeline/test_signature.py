import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import RecipeError
from pipeline.model import Recipe
from pipeline.recipe import load
from pipeline.signature import engine_signatures, signature, versions

TEXT = """
name: demo
seed: 17
vars: {max: 3}
sources:
  a: {jsonl: a.jsonl, lang: en, task: question}
  b: {jsonl: b.jsonl, lang: [pt, de], task: question}
engines: {e: {openai: {model: m, base_url: http://127.0.0.1/v1, rpm: 60}}}
streams:
  s:
    from: [a, b]
    steps:
      - keep: {length: {max_chars: 3}, digits: {}}
      - deduplicate: [input]
      - translate: {to: [es], engine: e}
datasets:
  d: {mix: {s: 1}}
output: out
"""

BLOCKS = {name: [SimpleNamespace(identity=f"{name}{number}") for number in range(2)] for name in "ab"}


def sign(folder: Path, text: str = TEXT, blocks: Any = BLOCKS, limit: int | None = None) -> str:
    return signature(recipe(folder, text), blocks, limit)


def recipe(folder: Path, text: str = TEXT) -> Recipe:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return load(str(path), {}, {})


def test_a_signature_is_one_line(tmp_path: Path) -> None:
    signed = sign(tmp_path)
    assert [field.partition(":")[0] for field in signed.split("|")] == [
        "name",
        "seed",
        "limit",
        "recipe",
        "inputs",
        "engines",
        "version",
    ]
    assert signed.startswith("name:demo|seed:17|limit:none|recipe:")
    assert "\n" not in signed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("output: out", "output: elsewhere\nmemory: m\nrunner: {direct_num_workers: 3}"),
        ("vars: {max: 3}", "vars: {max: 3, unused: x}"),
        ("seed: 17", "seed: 17 # a comment"),
        ("[a, b]", "\n      - a\n      - b"),
        ("max_chars: 3", "max_chars: ${max}"),
        ("rpm: 60", "rpm: 90"),
        ("engine: e}", "engine: e, budget: {requests: 9}}"),
    ],
    ids=["places", "vars", "comments", "layout", "variables", "limits", "budget"],
)
def test_what_makes_no_difference_to_the_shards(old: str, new: str, tmp_path: Path) -> None:
    assert old in TEXT
    assert sign(tmp_path, TEXT.replace(old, new)) == sign(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: demo", "name: other"),
        ("seed: 17", "seed: 18"),
        ("max_chars: 3", "max_chars: 4"),
        ("length: {max_chars: 3}, digits: {}", "digits: {}, length: {max_chars: 3}"),
        ("{s: 1}", "{s: 2}"),
        ("engine: e}", "engine: e, fields: [input]}"),
        ("[a, b]", "[b, a]"),
        (
            "  a: {jsonl: a.jsonl, lang: en, task: question}\n  b: {jsonl: b.jsonl, lang: [pt, de], task: question}\n",
            "  b: {jsonl: b.jsonl, lang: [pt, de], task: question}\n  a: {jsonl: a.jsonl, lang: en, task: question}\n",
        ),
    ],
    ids=["name", "seed", "parameter", "rules", "weights", "fields", "from", "sources"],
)
def test_what_may_make_a_difference(old: str, new: str, tmp_path: Path) -> None:
    assert old in TEXT
    assert sign(tmp_path, TEXT.replace(old, new)) != sign(tmp_path)


def test_inputs_and_limit_count(tmp_path: Path) -> None:
    other = {**BLOCKS, "b": BLOCKS["b"][:1]}
    assert len({sign(tmp_path), sign(tmp_path, blocks=other), sign(tmp_path, limit=5), sign(tmp_path, limit=6)}) == 4
    assert sign(tmp_path, blocks={"b": BLOCKS["b"][::-1], "a": BLOCKS["a"]}) == sign(tmp_path)


def test_engines_count_by_their_own_signatures(tmp_path: Path) -> None:
    made = recipe(tmp_path)

    def engine(revision: str) -> Any:
        return SimpleNamespace(signature_of=lambda source, target: f"{revision}{source}{target}")

    step = dataclasses.replace(made.streams["s"].steps[-1], step=SimpleNamespace(chain=("e",), to=("es",)))
    stream = dataclasses.replace(made.streams["s"], steps=(step,))
    recipes = [
        dataclasses.replace(made, streams={"s": stream}, engines={"e": engine(revision)}) for revision in ("1", "2")
    ]
    assert engine_signatures(recipes[0]) == {("e", "1enes"), ("e", "1ptes")}
    fields = [signature(each, BLOCKS, None).split("|") for each in recipes]
    assert [one.partition(":")[0] for one, other in zip(*fields, strict=True) if one != other] == ["engines"]


def test_files_of_steps_count_by_their_content(tmp_path: Path) -> None:
    text = TEXT.replace("engine: e}", "engine: e, keep_terms: terms.txt}")
    (tmp_path / "terms.txt").write_text("one\n")
    before = sign(tmp_path, text)
    (tmp_path / "terms.txt").write_text("two\n")
    assert sign(tmp_path, text) != before
    (tmp_path / "terms.txt").unlink()
    with pytest.raises(RecipeError, match=r"terms.txt can't be read"):
        sign(tmp_path, text)


def test_rules_count_by_their_content(tmp_path: Path) -> None:
    made = recipe(tmp_path)
    stream, signed = made.streams["s"], []
    for content in ("one", "two", "two"):
        rules = {**stream.steps[0].step, "listed": SimpleNamespace(content=lambda content=content: content)}
        steps = (dataclasses.replace(stream.steps[0], step=rules), *stream.steps[1:])
        streams = {"s": dataclasses.replace(stream, steps=steps)}
        signed.append(signature(dataclasses.replace(made, streams=streams), BLOCKS, None))
    assert signed[0] != signed[1] == signed[2]


def test_versions() -> None:
    assert versions()["pyarrow"].count(".") == 2
    assert all(versions().values())


def test_other_measured_points_make_another_signature(tmp_path: Path) -> None:
    points = "language,pairs,score\ns,10,3\ns,20,4\ns,30,5\nother,1,1\n"
    text = TEXT.replace("mix: {s: 1}", "mix: {allocate: points.csv}, total: 9")
    moved = text.replace("points.csv", "{points: moved.csv}")
    (tmp_path / "moved.csv").write_text(points)
    signed = []
    for found in (points, points.replace("other,1,1", "other,2,2"), points.replace("20,4", "20,4.5")):
        (tmp_path / "points.csv").write_text(found)
        signed.append(sign(tmp_path, text))
    assert signed[0] == signed[1] == sign(tmp_path, moved) != signed[2]
