"""Recipes become typed values: defaults, datasets, steps, warnings, and files that hold none."""

import dataclasses
import json
import os
from pathlib import Path

import fake_parts
import pytest
from bad_recipe import GOOD
from small_recipe import SMALL, Load, changed

from pipeline.errors import RecipeError
from pipeline.model import Repeat, ScheduleStage, Write
from pipeline.recipe import load
from sinks.json_lines import JsonLines
from sinks.parquet import Parquet

pytestmark = pytest.mark.usefixtures("parts")


def test_everything_is_typed(loaded: Load, tmp_path: Path) -> None:
    recipe = loaded(GOOD)
    assert (recipe.name, recipe.seed, recipe.output, recipe.memory) == ("demo", 17, "runs/demo", "runs/langloom-memory")
    assert recipe.warnings == ()
    pairs = recipe.sources["pairs"]
    assert (pairs.order, pairs.lang, pairs.task) == (0, ("es", "en"), "question")
    assert pairs.columns == {"input": "question", "output": "answer"}
    assert pairs.reader == fake_parts.Jsonl((f"{tmp_path}/data/pairs.jsonl",))
    assert recipe.engines["gpt"].price == fake_parts.Price(0.25, 2.0)
    es, pt = recipe.streams.values()
    assert [(step.name, step.kind, step.line) for step in es.steps] == [
        ("normalize", "rewrite", 18),
        ("keep", "keep", 19),
        ("format", "rewrite", 20),
    ]
    assert es.steps[1].step == {"length": fake_parts.Length(2, 90), "digits": fake_parts.Digits()}
    assert pt.steps[0].step == fake_parts.Translate(("pt",), ("local", "gpt"), ("instruction",))
    one, two = recipe.datasets.values()
    assert (one.mix, one.streams, one.split) == ({"es": 3.0, "pt": 1.0}, ("es", "pt"), {"validation": 0.1})
    assert (one.write, one.sinks) == (Write(), {"jsonl": JsonLines("alpaca")})
    assert two.order == (ScheduleStage(0.3, {"es": 1.0}), ScheduleStage(1.0, {"pt": 1.0}, "linear"))
    assert (two.mix, two.total, two.streams, two.write) == (None, 1000, ("es", "pt"), Write())


@pytest.mark.parametrize(("file", "name"), [("e\n\x1b[31m|.yaml", "e [31m|"), ("\n.yaml", "recipe")])
def test_a_name_from_a_file_is_a_line_of_text(file: str, name: str, loaded: Load, tmp_path: Path) -> None:
    (tmp_path / file).write_text(Path(loaded(SMALL).path).read_text())
    assert load(str(tmp_path / file)).name == name


def test_defaults(loaded: Load) -> None:
    recipe = loaded(SMALL)
    assert (recipe.name, recipe.seed, recipe.memory, recipe.runner) == ("recipe", 0, "langloom-memory", {})
    dataset = recipe.datasets["d"]
    assert (dataset.mix, dataset.streams, dataset.repeat, dataset.exhausted) == (
        "concatenate",
        ("s", "t"),
        Repeat(),
        "error",
    )


@pytest.mark.parametrize(
    ("output", "memory"),
    [("gs://b/x/", "gs://b/x/../langloom-memory"), ("a/b/c", "a/b/langloom-memory"), ("/x", "/langloom-memory")],
)
def test_memory_lies_beside_the_output(loaded: Load, output: str, memory: str) -> None:
    assert loaded(changed("output: out", f"output: {output}")).memory == memory.replace("x/../", "")
    recipe = loaded(SMALL, output=output)
    assert (recipe.output, recipe.memory) == (output.removesuffix("/"), memory.replace("x/../", ""))
    assert loaded(SMALL + "memory: m\n", output=output).memory == "m"


@pytest.mark.parametrize(
    ("dataset", "streams"),
    [("{}", ("s", "t")), ("{mix: concatenate, streams: t}", ("t",)), ("{streams: [t, s]}", ("t", "s"))],
)
def test_concatenate_takes_what_no_stream_reads(loaded: Load, dataset: str, streams: tuple[str, ...]) -> None:
    text = changed("d: {}", f"d: {dataset}")
    assert loaded(text).datasets["d"].streams == streams
    if dataset == "{}":
        joined = changed("  t: {from: b}", "  t: {from: b}\n  u: {from: [s, b]}", text)
        assert loaded(joined).datasets["d"].streams == ("t", "u")


def test_epochs_of_a_concatenation_need_a_total(loaded: Load) -> None:
    told = "d.repeat: without a total, concatenate goes through each stream once"
    once = loaded(changed("d: {}", "d: {repeat: {max_epochs: 2}}")).warnings
    assert any(told in warning for warning in once)
    several = loaded(changed("d: {}", "d: {repeat: {max_epochs: 2}, total: 9}")).warnings
    assert not any(told in warning for warning in several)


def test_dataset_options(loaded: Load) -> None:
    options = "{mix: {s: 0, t: 2}, total: 5, repeat: {max_epochs: 2.5}, exhausted: stop, unit: examples, "
    options += "write: {parquet: {bytes_per_shard: 9}, jsonl: {format: text, compression: gz}}}"
    dataset = loaded(changed("d: {}", f"d: {options}")).datasets["d"]
    assert (dataset.mix, dataset.total, dataset.repeat.max_epochs) == ({"s": 0.0, "t": 2.0}, 5, 2.5)
    assert (dataset.exhausted, dataset.write) == ("stop", Write(Parquet(None, 9)))
    assert dataset.sinks == {"jsonl": JsonLines("text", "gz")}


def test_positions(loaded: Load) -> None:
    stages = "stages: [{until: 10, weights: {s: 1}, ramp: cosine}, {until: 40, weights: {t: 1}}]"
    recipe = loaded(changed("d: {}", f"d: {{order: {{{stages}}}}}"))
    assert (recipe.datasets["d"].total, [stage.until for stage in recipe.datasets["d"].order]) == (40, [10, 40])
    assert [warning for warning in recipe.warnings if "ramp" in warning] == [
        "recipe.yaml:8: datasets.d.order.stages[0].ramp: the first stage has nothing to ramp from; its ramp is ignored"
    ]


def test_first_position_is_doubtful(loaded: Load) -> None:
    stages = "{stages: [{until: 1, weights: {s: 1}}, {until: 1.0, weights: {t: 1}}], total: 9}"
    assert (
        "1 is the first position; the end of the run is 1.0"
        in loaded(changed("d: {}", f"d: {{order: {stages}}}")).warnings[0]
    )


def test_a_keep_with_deduplicate_becomes_three_steps(loaded: Load) -> None:
    keep = "{from: a, steps: [keep: {length: 2, deduplicate: {by: [input]}, digits: {}}, keep: {length: }]}"
    steps = loaded(changed("s: {from: a}", f"s: {keep}")).streams["s"].steps
    assert [(step.name, step.kind, step.written) for step in steps] == [
        ("keep", "keep", {"length": 2}),
        ("deduplicate", "collective", {"by": ["input"]}),
        ("keep-2", "keep", {"digits": {}}),
        ("keep-3", "keep", {"length": None}),
    ]
    assert list(steps[2].step) == ["digits"]


PAIRED = "keep: {digits: {}}"


@pytest.mark.parametrize(
    ("source", "before", "fine"),
    [
        ("a", "", True),
        ("b", "", False),
        ("[a, b]", "", False),
        ("b", "translate: {to: [pt], engine: local}", True),
        ("b", "translate: {to: [pt], engine: local, keep_source: true}", False),
        ("a", "translate: {to: [pt], engine: local, keep_source: true}", True),
        ("b", "pair: instruction", True),
        ("a", "pair: {fields: [output], task: rationale}", False),
        ("t", "", False),
    ],
)
def test_rules_on_pairs_need_pairs(loaded: Load, source: str, before: str, fine: bool) -> None:
    steps = "\n".join(f"      - {step}" for step in (before, PAIRED) if step)
    text = changed(
        "datasets:", f"  u:\n    from: {source}\n    steps:\n{steps}\nengines:\n  local: {{firefox: en-pt}}\ndatasets:"
    )
    if fine:
        assert loaded(text).streams["u"].steps
    else:
        with pytest.raises(RecipeError, match=r"digits compares two sides, but .* in the stream 'u' have one"):
            loaded(text)


def test_a_mapped_task_is_not_known(loaded: Load) -> None:
    text = changed("b: {hub: org/b, lang: en}", "b: {hub: org/b, lang: en, columns: {task: kind}}")
    assert loaded(changed("t: {from: b}", f"t: {{from: b, steps: [{PAIRED}]}}", text))


@pytest.mark.parametrize(
    ("lang", "step", "fine"),
    [
        ("en", "{to: [pt], engine: local}", True),
        ("en", "{to: [de], engine: local}", False),
        ("en", "{to: [de], engine: [local, any]}", True),
        ("de", "{to: [pt], engine: local}", False),
        ("[en, de]", "{to: [pt], engine: local, fields: [instruction]}", True),
        ("[en, de]", "{to: [pt], engine: local, fields: [output]}", False),
        ("pt", "{to: [pt], engine: local}", True),
        ("''", "{to: [pt], engine: local}", True),
    ],
)
def test_engines_know_the_languages(loaded: Load, lang: str, step: str, fine: bool) -> None:
    text = changed(
        "lang: en}\nstreams", f"lang: {lang}}}\nengines:\n  local: {{firefox: en-pt}}\n  any: {{openai: m}}\nstreams"
    )
    text = changed(
        "{openai: m}",
        "{openai: {model: m}}",
        changed("t: {from: b}", f"t: {{from: b, steps: [translate: {step}]}}", text),
    )
    if fine:
        assert loaded(text).engines
    else:
        with pytest.raises(RecipeError, match="en-pt translates en to pt, not"):
            loaded(text)


def test_unused_parts_are_warned_of(loaded: Load) -> None:
    text = changed("datasets:\n  d: {}", "engines:\n  e: {firefox: x}\ndatasets:\n  d: {mix: {s: 1}}")
    text = changed("streams:", "  c: {jsonl: x}\nstreams:", text)
    assert loaded(text).warnings == (
        "recipe.yaml:4: sources.c: is not used: no stream reads it",
        "recipe.yaml:9: engines.e: is not used: no step asks it",
        "recipe.yaml:7: streams.t: is not used: no dataset and no stream reads it",
    )


def test_json_is_yaml(loaded: Load) -> None:
    recipe = loaded(
        json.dumps(
            {
                "sources": {"a": {"jsonl": "é\U0001f600"}},
                "streams": {"s": {"from": "a"}},
                "datasets": {"d": {}},
                "output": "o",
            }
        )
    )
    assert recipe.sources["a"].reader.files[0].endswith("é\U0001f600")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.yaml", None, "none.yaml: there is no such file"),
        (".", None, ".: can't be read: Is a directory"),
        ("a\0b", None, "a\0b: can't be read: its name is no file name"),
        ("x.yaml", b"a: 1\nb: \xff\n", "x.yaml:2: the file is not UTF-8"),
        ("x.yaml", b"x" * (5 << 20), "x.yaml: a recipe has at most 4194304 bytes"),
        ("x.yaml", b"- a\n", "x.yaml:1: a recipe is a mapping of keys such as `sources` and `streams`"),
        ("x.yaml", b"name: x\n", "x.yaml:1: 'sources' is missing or empty"),
    ],
)
def test_files_that_are_no_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(name).write_bytes(content)
    with pytest.raises(RecipeError) as caught:
        load(name, output="o")
    assert str(caught.value).split("\n")[0] == message


def test_a_byte_order_mark_is_skipped(loaded: Load) -> None:
    assert loaded("\ufeff" + SMALL.replace("\n", "\r\n")).datasets


def test_nothing_else_is_read(loaded: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection"))
    monkeypatch.setattr(os, "open", lambda path, *_, **__: opened.append(path))
    loaded(GOOD)
    assert not opened


def test_recipes_are_frozen(loaded: Load) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded(SMALL).seed = 3  # type: ignore[misc]
