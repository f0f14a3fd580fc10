import dataclasses
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake_parts
import pytest
from bad_recipe import GOOD

from pipeline.errors import RecipeError
from pipeline.graph import as_json, describe
from pipeline.model import JsonlOptions, ParquetOptions, Recipe, Repeat, Stage, Write
from pipeline.recipe import load
from transforms.order.allocate import Allocate
from transforms.order.mixtures import Mixture, Temperature, UniMax
from transforms.order.scaling_law import Curve, fit

pytestmark = pytest.mark.usefixtures("parts")

Load = Callable[..., Recipe]

SMALL = """\
sources:
  a: {jsonl: a.jsonl, lang: en, task: question}
  b: {hub: org/b, lang: en}
streams:
  s: {from: a}
  t: {from: b}
datasets:
  d: {}
output: out
"""


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.chdir(tmp_path)

    def load_text(text: str, **rest: Any) -> Recipe:
        Path("recipe.yaml").write_text(text, encoding="utf-8")
        return load("recipe.yaml", **rest)

    return load_text


def changed(old: str, new: str, text: str = SMALL) -> str:
    assert old in text
    return text.replace(old, new, 1)


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
    assert one.write == Write(ParquetOptions(), JsonlOptions("alpaca"))
    assert two.order == (Stage(0.3, {"es": 1.0}), Stage(1.0, {"pt": 1.0}, "linear"))
    assert (two.mix, two.total, two.streams, two.write) == (None, 1000, ("es", "pt"), Write())


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
    assert (recipe.output, recipe.memory) == (output, memory.replace("x/../", ""))
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


def test_dataset_options(loaded: Load) -> None:
    options = "{mix: {s: 0, t: 2}, total: 5, repeat: {max_epochs: 2.5}, exhausted: stop, unit: examples, "
    options += "write: {parquet: {bytes_per_shard: 9}, jsonl: {format: text, compression: gz}}}"
    dataset = loaded(changed("d: {}", f"d: {options}")).datasets["d"]
    assert (dataset.mix, dataset.total, dataset.repeat.max_epochs) == ({"s": 0.0, "t": 2.0}, 5, 2.5)
    assert (dataset.exhausted, dataset.write) == ("stop", Write(ParquetOptions(None, 9), JsonlOptions("text", "gz")))


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


def test_variables_are_typed_where_they_stand_alone(loaded: Load) -> None:
    text = changed(
        "s: {from: a}", 's: {from: ${src}, steps: [keep: {length: ${n}}, format: "${n}", format: x${n}$${n}]}'
    )
    recipe = loaded("vars: {src: a, n: 3}\n" + text, settings={"n": "5"})
    steps = [step.step for step in recipe.streams["s"].steps]
    assert steps[0] == {"length": fake_parts.Length(5)}
    assert [step.template for step in steps[1:]] == ["5", "x5${n}"]
    assert recipe.resolved["vars"] == {"src": "a", "n": "5"}


LISTS = """
vars: {langs: [de, "${third}"], third: sw, numbers: [1, "2", no]}
sources: {a: {jsonl: x, lang: en}}
engines: {e: {openai: {model: m}}}
streams: {s: {from: a, steps: [translate: {to: ${langs}, engine: e}]}}
datasets: {d: {mix: {s: 1}}}
output: o
"""


@pytest.mark.parametrize(
    ("settings", "to"),
    [
        ({}, ("de", "sw")),
        ({"third": "th"}, ("de", "th")),
        ({"langs": "[pt]"}, ("pt",)),
        ({"langs": "- pt\n- no"}, ("pt", "no")),
        ({"langs": "[${third}, '${third}a']"}, ("sw", "swa")),
    ],
)
def test_a_list_is_a_whole_value(loaded: Load, settings: dict[str, str], to: tuple[str, ...]) -> None:
    recipe = loaded(LISTS, settings=settings)
    assert recipe.streams["s"].steps[0].step.to == to
    assert recipe.resolved["vars"] == {
        "langs": list(to),
        "third": settings.get("third", "sw"),
        "numbers": [1, "2", "no"],
    }


@pytest.mark.parametrize("written", ["pt", "pt, de", "[pt", "{pt: de}", "", "[[pt]]"])
def test_a_list_is_set_as_one(loaded: Load, written: str) -> None:
    with pytest.raises(RecipeError, match=r"--set langs: 'langs' is a list of texts: write 'langs=\[one, other\]'"):
        loaded(LISTS, settings={"langs": written})


def test_lists_do_not_make_a_recipe_grow_without_bounds(loaded: Load) -> None:
    uses = ", ".join(["${many}"] * 4000)
    text = f"vars: {{many: [{', '.join(['a'] * 4000)}]}}\nsources: {{a: {{jsonl: [{uses}]}}}}\noutput: o\n"
    with pytest.raises(RecipeError, match="variables make the recipe longer than 4194304 characters"):
        loaded(text)


def test_names_may_hold_variables(loaded: Load) -> None:
    text = changed("s: {from: a}", "${lang}_s: {from: a}")
    assert list(loaded(text, settings={"lang": "no"}).streams) == ["no_s", "t"]
    with pytest.raises(RecipeError, match="the key 't' is given twice, once variables are put in"):
        loaded(changed("s: {from: a}", "${x}: {from: a}"), settings={"x": "t"})


def test_unused_settings_are_wrong(loaded: Load) -> None:
    with pytest.raises(RecipeError) as caught:
        loaded("vars: {length: 3}\n" + SMALL, settings={"lenght": "3"})
    assert str(caught.value) == (
        "recipe.yaml: --set lenght: unknown variable 'lenght'; did you mean 'length'? (known: length)"
    )


def test_a_setting_spares_what_it_replaces(loaded: Load) -> None:
    assert loaded('vars: {x: "${UNSET}"}\n' + SMALL, settings={"x": "1"}).resolved["vars"] == {"x": "1"}


SECRET = "sk-very-secret-31415"


@pytest.mark.parametrize(
    "broken",
    [
        "base_url: '${api_key}'",
        "base_url: 'https://x?k=${api_key}', concurrency: '${api_key}'",
        "api_key: ${api_key}",
        "extra: '${header}'",
        "'${api_key}': 3",
        "price: {input: '${header}', output: 1}",
        "extra: {${api_key}: [1}",
        "extra: {a: *${api_key}}",
        "concurrency: ${api_key}${api_key}${api_key}${api_key}",
    ],
)
@pytest.mark.parametrize("place", ["vars", "set", "env"])
def test_no_message_shows_a_secret(loaded: Load, broken: str, place: str) -> None:
    declared = f"api_key: {SECRET}, " if place == "vars" else ""
    text = (
        f"vars: {{{declared}header: 'Bearer ${{api_key}}'}}\nengines:\n  e: {{openai: {{model: m, {broken}}}}}\n"
        + SMALL
    )
    given = (
        {"settings": {"api_key": SECRET}}
        if place == "set"
        else {"environ": {"api_key": SECRET}}
        if place == "env"
        else {}
    )
    with pytest.raises(RecipeError) as caught:
        loaded(text, **given)
    assert SECRET not in str(caught.value) and SECRET[:12] not in str(caught.value)
    assert SECRET not in repr(caught.value.problems)


def test_a_secret_is_no_name(loaded: Load) -> None:
    with pytest.raises(RecipeError) as caught:
        loaded(f"vars: {{key: {SECRET}}}\n" + changed("  s: {from: a}", "  ${key}: {from: a}"))
    assert str(caught.value) == "recipe.yaml:6: streams.${key}: a secret can't be part of a name: names are shown"


def test_secrets_work_but_are_not_shown(loaded: Load) -> None:
    text = f"vars: {{api_key: {SECRET}, my_token: ab}}\nengines:\n"
    text += (
        "  e: {openai: {model: m, base_url: 'https://x?k=${api_key}', api_key: 'env:KEY', extra: {token: tok-123}}}\n"
    )
    recipe = loaded(text + SMALL + "runner: {sas_token: tok-456}\n")
    assert recipe.engines["e"].base_url == f"https://x?k={SECRET}"
    assert recipe.runner == {"sas_token": "tok-456"}
    shown = (
        recipe.text
        + json.dumps(recipe.resolved)
        + describe(recipe)
        + json.dumps(as_json(recipe))
        + str(recipe.warnings)
    )
    for secret in (SECRET, "tok-123", "tok-456", "my_token: ab"):
        assert secret not in shown
    assert 'vars: {api_key: "***", my_token: "***"}' in recipe.text
    assert recipe.resolved["engines"]["e"]["openai"]["base_url"] == "https://x?k=***"
    assert recipe.resolved["engines"]["e"]["openai"]["api_key"] == "env:KEY"


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


def test_graph(loaded: Load) -> None:
    assert describe(loaded(GOOD)).split("\n") == [
        "demo  seed 17",
        "├── sources",
        "│   ├── pairs  jsonl: data/pairs.jsonl, lang: [es, en], task: question, "
        "columns: {input: question, output: answer}",
        "│   └── plain  csv: {files: [a.csv, b.csv]}, lang: en",
        "├── engines",
        "│   ├── gpt  openai: {model: gpt, api_key: env:KEY, price: {input: 0.25, output: 2}}",
        "│   └── local  firefox: en-pt",
        "├── streams",
        "│   ├── es  from pairs",
        "│   │   ├── normalize",
        "│   │   ├── keep  length min_chars: 2, max_chars: 90; digits",
        "│   │   └── format  qalign.question",
        "│   └── pt  from plain",
        "│       ├── translate  to: [pt], fields: [instruction], engine: [local, gpt]",
        "│       └── keep  length_ratio 3",
        "├── datasets",
        "│   ├── one",
        "│   │   ├── mix  es 75%, pt 25%",
        "│   │   ├── exhausted  error, at most 1 epoch",
        "│   │   ├── split  train 0.9, validation 0.1",
        "│   │   └── write  parquet, 500000000 bytes a shard; jsonl (alpaca)",
        "│   └── two",
        "│       ├── order  1000 in all",
        "│       ├── until 0.3  es 100%",
        "│       ├── until 1.0  pt 100%, linear ramp",
        "│       ├── exhausted  error, at most 1 epoch",
        "│       └── write  parquet, 500000000 bytes a shard",
        "├── output  runs/demo",
        "└── memory  runs/langloom-memory",
    ]


def test_graph_as_json(loaded: Load) -> None:
    graph = json.loads(json.dumps(as_json(loaded(GOOD))))
    assert graph["streams"]["pt"]["from"] == ["plain"]
    assert graph["streams"]["pt"]["steps"][1] == {"step": "keep", "kind": "keep", "parameters": {"length_ratio": 3}}
    assert graph["datasets"]["one"] == {
        "draws": ["es", "pt"],
        "mix": {"es": 3, "pt": 1},
        "split": {"validation": 0.1},
        "write": {"jsonl": {"format": "alpaca"}},
    }


def test_what_a_recipe_says_is_never_a_control_character(loaded: Load) -> None:
    text = changed("a.jsonl", '"a\\e[31m\\u202e.jsonl"')
    assert "\\u001b[31m\\u202e.jsonl" in describe(loaded(text))


def test_recipes_are_frozen(loaded: Load) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded(SMALL).seed = 3  # type: ignore[misc]


POINTS = "language,pairs,score\nzh,1000,40\nzh,10000,55\nzh,99999,60\nt,1000,9\nt,2000,9\nt,4000,9\nar,1,2\n"


@pytest.mark.parametrize(
    ("dataset", "mixture"),
    [
        ("{mix: {temperature: 2}}", Temperature(2.0)),
        ("{mix: {temperature: .inf}, total: 9}", Temperature(math.inf)),
        (
            "{mix: {temperature: 1, scale: 2, maximum: 50, floor: {s: 0.1}, cap: 0.9, languages: {x: [t]}}}",
            Temperature(1.0, 2.0, 50.0, {"s": 0.1}, 0.9, {"x": ("t",)}),
        ),
        ("{mix: {unimax: 4}, total: 9}", UniMax(4.0)),
        ("{mix: {unimax: {max_epochs: 1.5}}, total: 9}", UniMax(1.5)),
        ("{mix: {unimax: }, total: 9}", UniMax()),
    ],
)
def test_mixtures(loaded: Load, dataset: str, mixture: Mixture) -> None:
    found = loaded(changed("d: {}", f"d: {dataset}")).datasets["d"]
    assert (found.mixture, found.mix, found.order, found.streams) == (mixture, None, (), ("s", "t"))
    assert found.repeat.max_epochs == getattr(mixture, "max_epochs", 1.0)
    named = changed("d: {}", "d: {streams: [t, s], " + dataset[1:])
    assert loaded(named).datasets["d"].streams == ("t", "s")


def test_allocation_reads_its_points(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(POINTS)
    text = changed("d: {}", "d: {mix: {allocate: {points: points.csv, languages: {zh: [s]}, cap: 50}}, total: 9}")
    recipe = loaded(text)
    mixture = recipe.datasets["d"].mixture
    assert isinstance(mixture, Allocate)
    assert mixture.curves == {
        "zh": fit([(1000.0, 40.0), (10000.0, 55.0), (99999.0, 60.0)]),
        "t": Curve(math.log(91), 0.0, pytest.approx(0, abs=1e-9), ((1e3, 9.0), (2e3, 9.0), (4e3, 9.0))),
    }
    assert recipe.resolved["datasets"]["d"]["mix"]["allocate"]["points"]["t"] == [(1e3, 9.0), (2e3, 9.0), (4e3, 9.0)]
    where = "recipe.yaml:8: datasets.d.mix.allocate.points: "
    assert where + "scores of t don't rise with its pairs: it gets no more than it must" in recipe.warnings
