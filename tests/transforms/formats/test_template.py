import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import transforms.formats.template_file as template_file
from transforms.example import SCHEMA, make_batch, texts
from transforms.formats.template import Format, choose
from transforms.formats.template_file import find_template, load, read_templates
from transforms.steps import Rewriter

GOLDEN = Path(__file__).parents[2] / "golden"
X_LLAMA = (GOLDEN / "x_llama_translation.txt").read_text("utf-8").splitlines()


def batch_of(*rows: dict[str, Any]) -> pa.RecordBatch:
    names = sorted({name for row in rows for name in row})
    return make_batch(len(rows), {name: [row.get(name, "") for row in rows] for name in names})


@pytest.mark.parametrize("case", json.loads((GOLDEN / "qalign.json").read_text("utf-8")))
def test_qalign_is_byte_exact(case: dict[str, Any]) -> None:
    out = Format(case["format"]).rewrite(batch_of({"id": "1", **case["example"]}))
    assert {name: texts(out, name)[0] for name in ("instruction", "input", "output", "template")} == {
        "instruction": case["instruction"],
        "input": case["input"],
        "output": case["output"],
        "template": case["format"],
    }


@pytest.mark.parametrize("number", range(33))
def test_x_llama_is_byte_exact(number: int) -> None:
    batch = batch_of({"input_lang": "en", "output_lang": "sw", "input": "  A cat. ", "output": " Paka. \u3000"})
    out = Format("x_llama.translation", choice=number).rewrite(batch)
    expected = X_LLAMA[number].replace("{source_lang}", "English").replace("{target_lang}", "Swahili (macrolanguage)")
    assert texts(out, "instruction") == [expected]
    assert texts(out, "input") == ["A cat."]
    assert texts(out, "output") == ["Paka."]
    assert texts(out, "template") == [f"x_llama.translation/{number}"]


def test_x_llama_has_as_many_templates_as_published() -> None:
    assert find_template("x_llama.translation").variants == len(X_LLAMA) == 33


@pytest.mark.parametrize(
    ("example", "number"),
    [("00000000000000000000000000000000", 8), ("00000000000000000000000000000001", 29), ("a", 9)],
)
def test_choice_is_fixed_for_good(example: str, number: int) -> None:
    assert choose("x_llama.translation", example, 33) == number


def test_choice_depends_on_the_example_alone() -> None:
    rows = [{"id": f"{i:032x}", "input_lang": lang, "output_lang": "en", "input": f"t{i}", "output": f"o{i}"}
            for i, lang in enumerate(["es", "de", "xx"] * 200)]  # fmt: skip
    step = Format("x_llama.translation")
    whole = step.rewrite(batch_of(*rows)).to_pylist()
    alone = [step.rewrite(batch_of(row)).to_pylist()[0] for row in rows]
    backwards = step.rewrite(batch_of(*reversed(rows))).to_pylist()[::-1]
    assert whole == alone == backwards
    assert [row["input"] for row in whole] == [row["input"] for row in rows]
    assert {row["template"] for row in whole} == {f"x_llama.translation/{n}" for n in range(33)}


def test_other_columns_stay() -> None:
    turn = {"user": "u", "assistant": "a"}
    batch = make_batch(1, {"id": ["7"], "system": "S", "history": [[turn]], "task": "question", "_x": pa.array([5])})
    out = Format("qalign.question").rewrite(batch)
    assert isinstance(Format("qalign.question"), Rewriter)
    assert out.schema.names == [*SCHEMA.names, "_x"]
    row = out.to_pylist()[0]
    assert (row["id"], row["system"], row["history"], row["task"], row["_x"]) == ("7", "S", [turn], "question", 5)


@pytest.mark.parametrize("template", ["qalign.question", "x_llama.translation"])
def test_empty_batch(template: str) -> None:
    assert Format(template).rewrite(make_batch(0, {})).num_rows == 0


def test_a_language_without_a_name_is_put_in_by_its_tag() -> None:
    step = Format("qalign.question", language_names={"tlh": "Klingon"})
    batch = batch_of(*({"input_lang": tag, "output_lang": "en"} for tag in ("tlh", "qqq-Latn")))
    prompts = [
        text.removeprefix("Translate the following sentences from ")
        for text in texts(step.rewrite(batch), "instruction")
    ]
    assert prompts == ["Klingon to English. ", "qqq-Latn to English. "]


@pytest.mark.parametrize(
    ("template", "row", "reason", "detail"),
    [
        ("qalign.question", {"input": "¿Qué?", "output": "What?"}, None, None),
        ("qalign.question", {"input": " \n", "output": "What?"}, "no_text", "input"),
        ("qalign.question", {"input": "¿Qué?", "output": ""}, "no_text", "output"),
        ("qalign.question", {"input": "a", "output": "b", "input_lang": ""}, "no_language", "input_lang"),
        ("qalign.response", {"instruction": "Q", "output": "A", "input_lang": ""}, None, None),
        ("qalign.response", {"input": "Q", "output": "A"}, "no_text", "instruction"),
        ("x_llama.translation", {"input": "a", "output": "\t"}, "no_text", "output"),
        ("mathoctopus.prompt", {"instruction": "Add.", "input": "1 2", "output": "3"}, "no_place", "input"),
        ("mathoctopus.prompt", {"instruction": "Add.", "input": " ", "output": "3"}, None, None),
        ("distilling.predict", {"instruction": "Q", "input": "a", "output": "b"}, "no_place", "instruction"),
        ("distilling.explain", {"instruction": "Q", "input": "a", "output": "b"}, "no_place", "instruction"),
        ("chatflow.text", {"instruction": "Q", "output": "A"}, "no_place", "instruction"),
        ("chatflow.text", {"input": "I", "output": ""}, "no_text", "output"),
    ],
)
def test_refuses_what_the_template_has_no_use_for(
    template: str, row: dict[str, str], reason: str | None, detail: str | None
) -> None:
    verdict = Format(template).refuse(batch_of({"input_lang": "es", "output_lang": "en"} | row))
    assert (list(verdict.reasons), list(verdict.details or [])) == ([reason], [detail])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"template": "qalign.qestion"}, "no format 'qalign.qestion': there are qalign.question, qalign.response"),
        ({"template": "qalign"}, "no format 'qalign': there are qalign.question"),
        (
            {"template": "mine.yaml"},
            r"there are template files .*qalign, .*x_llama.*; one of your own is \{file: FILE, template: NAME\}$",
        ),
        ({"template": "x_llama.translation", "choice": 33}, "choice 33: x_llama.translation has 33"),
        ({"template": "x_llama.translation", "choice": -1}, "choice -1"),
        ({"template": "qalign.question", "choice": 1}, "has 1 pattern"),
    ],
)
def test_wrong_parameters(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Format(**arguments)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[t]\ninput = '{sentence}'", r"t.input: '\{sentence\}': unknown placeholder 'sentence'"),
        ("[t]\noutpt = 'x'", "t.outpt: unknown key 'outpt'"),
        ("[t]\ninput = 3", "t.input: can't be 3"),
        ("[t]\ninput = []", "t.input: must be a string or a list of strings"),
        ("[t]\ninput = ['a', 1]", "t.input: must be a string or a list of strings"),
        ("[t]\nstrip = 'yes'", "t.strip: can't be 'yes'"),
        ("[t]\nnames = 'french'", "t.names: 'french' is not one of iso639, plain"),
        ("[t]\ninput = ['a', 'b']\noutput = ['a', 'b', 'c']", "t: lists of patterns must be equally long"),
        ("t = 1", "t: a template is a table"),
        ("[t", "Expected ']' at the end of a table"),
    ],
)
def test_wrong_template_files(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_templates(text)


def test_lists_in_two_columns_are_chosen_together(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[t]\nnames = 'plain'\ninstruction = ['{source_lang}: {input}', '{{{target_lang}}}']\ninput = ['one', 'two']"
    monkeypatch.setattr("transforms.formats.template.find_template", lambda name: read_templates(text)["t"])
    rows = [{"id": str(i), "input_lang": "sw", "output_lang": "el", "input": f"i{i}", "output": "o"} for i in range(40)]
    out = Format("f.t").rewrite(batch_of(*rows)).to_pylist()
    assert {row["template"] for row in out} == {"f.t/0", "f.t/1"}
    for i, row in enumerate(out):
        first = row["template"] == "f.t/0"
        assert (row["instruction"], row["input"]) == ((f"Swahili: i{i}", "one") if first else ("{Greek}", "two"))
        assert row["output"] == "o"


def test_third_parties_bring_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "their_formats"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "good.toml").write_text("source = 'us'\n[plain]\nabout = 'x'\noutput = 'A: {output}'\n")
    (package / "bad.toml").write_text("[plain]\noutput = '{answer}'\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    files = {name: f"their_formats:{name}.toml" for name in ("good", "bad", "gone")} | {
        "lost": "no_such_package:a.toml"
    }
    monkeypatch.setattr(template_file, "known", lambda kind: files)
    out = Format("good.plain").rewrite(batch_of({"output": "42", "input": "q"}))
    assert (texts(out, "output"), texts(out, "input"), texts(out, "template")) == (["A: 42"], ["q"], ["good.plain"])
    assert find_template("good.plain").source == "us"
    for name, message in {"bad": "bad.toml: plain.output: '{answer}'", "gone": "gone.toml", "lost": "no_such"}.items():
        with pytest.raises(ValueError, match=message):
            Format(f"{name}.plain")
    load.cache_clear()


def test_published_questions_become_what_qalign_trains_on(shared: Path) -> None:
    folder = shared / "gsm8kinstruct_question" / "es-en"
    files = [gzip.decompress((folder / f"train.{lang}.gz").read_bytes()) for lang in ("es", "en")]
    sides = [data.decode("utf-8").split("\n")[:-1] for data in files]
    rows = [{"input_lang": "es", "output_lang": "en", "input": es, "output": en} for es, en in zip(*sides, strict=True)]
    out = Format("qalign.question").rewrite(batch_of(*rows))
    assert out.num_rows == 7468
    expected = [f"Translate the following sentences from Spanish to English. {row['input']}" for row in rows]
    assert texts(out, "instruction") == expected
    assert texts(out, "input") == [""] * 7468
    assert texts(out, "output") == sides[1]
