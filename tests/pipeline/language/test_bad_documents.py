"""Mistakes in recipes, and the message of each: the document, its variables and its first keys."""

import pytest
from bad_recipe import Mistake, check, names

BAD: list[Mistake] = [
    ("name: demo\n", "\tname: demo\n", ":1: not YAML: a tab where YAML takes spaces alone"),
    ("name: demo\n", "name: demo\nname: again\n", ":2: name: the key 'name' is given twice (first on line 1)"),
    ("name: demo\n", "name: !!str demo\n", ":1: name: tags such as !!str aren't used in recipes (quotes make text)"),
    (
        "name: demo\n",
        "name: !python/object:os.system demo\n",
        ":1: name: tags such as !python/object:os.system aren't used in recipes (quotes make text)",
    ),
    ("name: demo\n", "name: *other\n", ":1: name: there is no finished anchor &other before *other"),
    ("name: demo\n", "name: &a [*a]\n", ":1: name[0]: there is no finished anchor &a before *a"),
    ("name: demo\n", "<<: {name: demo}\n", ":1: merge keys (<<) aren't YAML 1.2; write the keys out, or alias a value"),
    ("name: demo\n", "? [name]\n: demo\n", ":1: a key is a list or a mapping; keys are names"),
    ("name: demo\n", "%YAML 1.1\n---\nname: demo\n", ":2: recipes are YAML 1.2: remove the %YAML line"),
    (
        "output: runs/demo\n",
        "output: runs/demo\n---\nname: two\n",
        ":38: a recipe is one document, and here another begins",
    ),
    (
        "name: demo\n",
        'name: "\\UFFFFFFFF"\n',
        ":1: not YAML: a scalar near this line can't be read (an escape that is none?)",
    ),
    ("name: demo\n", 'name: "\\ud800"\n', ":1: name: half a surrogate pair is no character"),
    ("name: demo\n", "name: a\u0001b\n", ":1: not YAML: the character U+0001 isn't allowed"),
    (
        "jsonl: data/pairs.jsonl",
        "jsonl: ${root}/pairs.jsonl",
        ":6: sources.pairs.jsonl: the variable 'root' is not set by --set, vars or the environment",
    ),
    (
        "jsonl: data/pairs.jsonl",
        "jsonl: ${HOEM}/pairs.jsonl",
        ":6: sources.pairs.jsonl: the variable 'HOEM' is not set by --set, vars or the environment; did you "
        "mean 'HOME'?",
    ),
    (
        "jsonl: data/pairs.jsonl",
        "jsonl: ${root:-x}/pairs.jsonl",
        ":6: sources.pairs.jsonl: '${root:-x}' is no variable; write ${name}, or $${ for the characters",
    ),
    (
        "jsonl: data/pairs.jsonl",
        "jsonl: a${b",
        ":6: sources.pairs.jsonl: '${b' is no variable; write ${name}, or $${ for the characters",
    ),
    (
        "vars: {lang: es, size: 3}",
        "vars: {a: '${b}', b: '${a}'}",
        ":3: vars.a: the variable 'a' is defined by itself: a -> b -> a\n"
        ":3: vars.b: the variable 'b' is defined by itself: b -> a -> b",
    ),
    (
        "vars: {lang: es, size: 3}",
        "vars: {langs: {es: de}}",
        ":3: vars.langs: a variable is a text, a number, true or false, or a list of them; not a mapping",
    ),
    (
        "vars: {lang: es, size: 3}",
        "vars: {langs: [es, [de]]}",
        ":3: vars.langs: a list in vars holds texts, numbers, true and false; no list or mapping",
    ),
    (
        "vars: {lang: es, size: 3}",
        "vars: {my_token: [es, de]}",
        ":3: vars.my_token: a variable whose name makes it a secret is a text, not a list",
    ),
    (
        "seed: 17\nvars: {lang: es, size: 3}",
        "seed: x${langs}\nvars: {langs: [es, de]}",
        ":2: seed: the variable 'langs' is a list: a whole value, no part of a text or of another list",
    ),
    (
        "seed: 17\nvars: {lang: es, size: 3}",
        "seed: '${langs}'\nvars: {langs: [es, de]}",
        ":2: seed: expected a whole number from 0 to 2^63 - 1, got ['es', 'de']",
    ),
    (
        "vars: {lang: es, size: 3}",
        "vars: {langs: [es], other: '${langs}'}",
        ":3: vars.other: the variable 'langs' is a list: a whole value, no part of a text or of another list",
    ),
    (
        "vars: {lang: es, size: 3}",
        "vars: {langs: [es, '${langs}']}",
        ":3: vars.langs[1]: the variable 'langs' is a list: a whole value, no part of a text or of another list",
    ),
    (
        "seed: 17\nvars: {lang: es, size: 3}",
        "seed: ${langs}\nvars: {langs: [es, de]}",
        ":2: seed: expected a whole number from 0 to 2^63 - 1, got ['es', 'de']",
    ),
    (
        "vars: {lang: es, size: 3}",
        "vars: {my-lang: es}",
        ":3: vars.my-lang: 'my-lang' can't be a variable's name: letters, digits and _ only, no digit first",
    ),
    ("vars: {lang: es, size: 3}", "vars: es", ":3: vars: expected a mapping of names to values"),
    (
        "min_chars: 2",
        "min_chars: ${lang}",
        ":19: streams.es.steps[1].keep.length.min_chars: expected a whole number, got 'es'",
    ),
    (
        "min_chars: 2",
        "min_chars: '${size}'",
        ":19: streams.es.steps[1].keep.length.min_chars: expected a whole number, got '3' (it is in quotes, "
        "or has a `_` or `,` in it)",
    ),
    (
        "sources:",
        "surces:",
        ":4: surces: unknown key 'surces'; did you mean 'sources'? (known: name, seed, vars, sources, "
        "engines, streams, datasets, output, memory, runner)",
    ),
    (
        "output: runs/demo",
        "ouput: runs/demo",
        ":37: ouput: unknown key 'ouput'; did you mean 'output'? (known: name, seed, vars, sources, engines, "
        "streams, datasets, output, memory, runner)",
    ),
    ("output: runs/demo\n", "", ":1: 'output' is missing: name the folder to write (`run` takes --output DIR instead)"),
    ("output: runs/demo", "output: ''", ":37: output: expected a line of text, got ''"),
    ("seed: 17", "seed: x", ":2: seed: expected a whole number from 0 to 2^63 - 1, got 'x'"),
    ("seed: 17", "seed: -1", ":2: seed: expected a whole number from 0 to 2^63 - 1, got -1"),
    ("seed: 17", "seed: yes", ":2: seed: expected a whole number from 0 to 2^63 - 1, got 'yes'"),
    ("seed: 17", "runner: [a]", ":2: runner: expected Beam options by name, got ['a']"),
    (
        "seed: 17",
        "runner: {--runner: x}",
        ":2: runner.--runner: '--runner' is no name of a Beam option; they are written without dashes in front",
    ),
    (
        "seed: 17",
        "runner: {runner: {a: b}}",
        ":2: runner.runner: expected a text, a number or a list of them, got {a: 'b'}",
    ),
    ("name: demo", "name: 3", ":1: name: expected a line of text, got 3 (quotes make it text)"),
    (
        "output: runs/demo",
        "mermory: x\noutput: runs/demo\nsede: 3",
        ":37: mermory: unknown key 'mermory'; did you mean 'memory'? (known: name, seed, vars, sources, "
        "engines, streams, datasets, output, memory, runner)\n"
        ":39: sede: unknown key 'sede'; did you mean 'seed'? (known: name, seed, vars, sources, engines, "
        "streams, datasets, output, memory, runner)",
    ),
]


@pytest.mark.usefixtures("bad_folder", "parts")
@pytest.mark.parametrize(("old", "new", "message"), BAD, ids=names(BAD))
def test_message(old: str, new: str, message: str) -> None:
    check(old, new, message)
