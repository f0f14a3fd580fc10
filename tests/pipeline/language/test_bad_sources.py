"""Mistakes in recipes, and the message of each: sources and engines."""

import pytest
from bad_recipe import Mistake, check, names
from small_recipe import Load, changed

from pipeline.errors import RecipeError

BAD: list[Mistake] = [
    (
        "  local:",
        "  'lo cal':",
        ":13: engines.lo cal: 'lo cal' can't be a name: it begins with a letter or digit, then letters, "
        "digits, `_`, `.`, `-`",
    ),
    (
        "jsonl: data",
        "jsnol: data",
        ":6: sources.pairs.jsnol: unknown key 'jsnol'; did you mean 'jsonl'? (known: csv, hub, jsonl, lang, "
        "columns, constants, conversation, task, license, origin, group_by, slice, keep)",
    ),
    ("    jsonl: data/pairs.jsonl\n", "", ":5: sources.pairs: names no format; there are csv, hub, jsonl"),
    ("    task: question", "    csv: x.csv", ":8: sources.pairs.csv: has two formats, jsonl and csv; it takes one"),
    (
        "    task: question",
        "    taks: question",
        ":8: sources.pairs.taks: unknown key 'taks'; did you mean 'task'? (known: csv, hub, jsonl, lang, "
        "columns, constants, conversation, task, license, origin, group_by, slice, keep)",
    ),
    ("    task: question", "    task: 3", ":8: sources.pairs.task: expected text, got 3 (quotes make it text)"),
    ("jsonl: data/pairs.jsonl", "jsonl: {path: x}", ":6: sources.pairs.jsonl.path: unknown key 'path' (known: files)"),
    ("jsonl: data/pairs.jsonl", "jsonl:", ":6: sources.pairs.jsonl: 'files' is missing"),
    (
        "jsonl: data/pairs.jsonl",
        "jsonl: [x, 3]",
        ":6: sources.pairs.jsonl.files[1]: expected text, got 3 (quotes make it text)",
    ),
    (
        "columns: {input: question",
        "columns: {question: input",
        ":9: sources.pairs.columns.question: an example's column comes first, then the file's: write `input: question`",
    ),
    (
        "lang: [es, en]",
        "lang: [spanish, en]",
        ":5: sources.pairs: lang has 'spanish': a language is a tag such as pt, pt-BR or zh-Hant (BCP-47)",
    ),
    (
        "columns: {input: question",
        "columns: {id: question",
        ":9: sources.pairs.columns.id: 'id' is made by langloom and can't be mapped",
    ),
    (
        "columns: {input: question",
        "columns: {inptu: question",
        ":9: sources.pairs.columns.inptu: unknown column 'inptu'; did you mean 'input'? (known: group, task, "
        "input_lang, output_lang, system, history, instruction, input, output, origin, template, license, "
        "scores, meta)",
    ),
    (
        "columns: {input: question",
        "columns: {input: 3",
        ":9: sources.pairs.columns.input: expected text, got 3 (quotes make it text)",
    ),
    (
        "plain: {csv: {files: [a.csv, b.csv]}, lang: en}",
        "plain: x",
        ":10: sources.plain: expected a mapping such as `jsonl: FILE`, got 'x'",
    ),
    (
        "openai:",
        "opneai:",
        ":12: engines.gpt.opneai: unknown engine 'opneai'; did you mean 'openai'? (known: firefox, openai)",
    ),
    (
        "model: gpt,",
        "modle: gpt,",
        ":12: engines.gpt.openai.modle: unknown key 'modle'; did you mean 'model'? (known: model, base_url, "
        "api_key, concurrency, price, extra)",
    ),
    ("model: gpt, ", "", ":12: engines.gpt.openai: 'model' is missing"),
    (
        "env:KEY",
        "sk-live-1234567",
        ":12: engines.gpt.openai.api_key: a key is only ever named, as env:NAME or file:PATH; its value is not shown",
    ),
    (
        '"env:KEY"',
        "[sk-live-1234567]",
        ":12: engines.gpt.openai.api_key: a key is only ever named, as env:NAME or file:PATH; its value is not shown",
    ),
    (
        "model: gpt,",
        "model: gpt, base_url: ftp://x,",
        ":12: engines.gpt.openai: base_url is 'ftp://x'; it begins with http:// or https://",
    ),
    (
        "price: {input: 0.25, output: 2}",
        "price: {inptu: 0.25, output: 2}",
        ":12: engines.gpt.openai.price.inptu: unknown key 'inptu'; did you mean 'input'? (known: input, output)",
    ),
    (
        "price: {input: 0.25, output: 2}",
        "price: 3",
        ":12: engines.gpt.openai.price: expected a mapping (input, output), got 3",
    ),
    (
        "{firefox: en-pt}",
        "{firefox: en-pt, openai: {model: x}}",
        ":13: engines.local.openai: has two engines, firefox and openai; it takes one",
    ),
    (
        "task: question",
        "lang_: x\n    taks: y",
        ":8: sources.pairs.lang_: unknown key 'lang_'; did you mean 'lang'? (known: csv, hub, jsonl, lang, "
        "columns, constants, conversation, task, license, origin, group_by, slice, keep)",
    ),
    (
        "jsonl: data/pairs.jsonl",
        "jsonl: {files: x, fiels: y}",
        ":6: sources.pairs.jsonl.fiels: unknown key 'fiels'; did you mean 'files'? (known: files)",
    ),
    (
        "{files: [a.csv, b.csv]}",
        "{file: [a.csv, b.csv]}",
        ":10: sources.plain.csv.file: unknown key 'file'; did you mean 'files'? (known: files, delimiter)",
    ),
    ("lang: [es, en]", "lang: [es, 3]", ":7: sources.pairs.lang[1]: expected text, got 3 (quotes make it text)"),
    ("lang: [es, en]", "lang: {es: en}", ":7: sources.pairs.lang: expected text or a list, got {es: 'en'}"),
]


@pytest.mark.usefixtures("bad_folder", "parts")
@pytest.mark.parametrize(("old", "new", "message"), BAD, ids=names(BAD))
def test_message(old: str, new: str, message: str) -> None:
    check(old, new, message)


def test_a_name_that_no_file_system_takes(loaded: Load) -> None:
    with pytest.raises(RecipeError, match=r"recipe.yaml:3: sources.b.hub: .*/n{300} can't be read: File name too long"):
        loaded(changed("org/b", "n" * 300))
