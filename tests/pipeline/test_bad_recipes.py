"""Every mistake in a recipe gives one message a person can act on: this table fixes them all."""

from pathlib import Path

import pytest

from pipeline.errors import RecipeError
from pipeline.recipe import load

GOOD = """\
name: demo
seed: 17
vars: {lang: es, size: 3}
sources:
  pairs:
    jsonl: data/pairs.jsonl
    lang: [es, en]
    task: question
    columns: {input: question, output: answer}
  plain: {csv: {files: [a.csv, b.csv]}, lang: en}
engines:
  gpt: {openai: {model: gpt, api_key: "env:KEY", price: {input: 0.25, output: 2}}}
  local: {firefox: en-pt}
streams:
  es:
    from: pairs
    steps:
      - normalize: {}
      - keep: {length: {min_chars: 2, max_chars: 90}, digits: {}}
      - format: qalign.question
  pt:
    from: plain
    steps:
      - translate: {to: [pt], fields: [instruction], engine: [local, gpt]}
      - keep: {length_ratio: 3}
datasets:
  one:
    mix: {es: 3, pt: 1}
    split: {validation: 0.1}
    write: {jsonl: {format: alpaca}}
  two:
    order:
      total: 1000
      stages:
        - {until: 0.3, weights: {es: 1}}
        - {until: 1.0, weights: {pt: 1}, ramp: linear}
output: runs/demo
"""

POINTS = b"language,pairs,score\nes,1000,40\nes,10000,50\nes,100000,60\npt2,10,5\npt2,20,4\npt2,40,3\nfew,1,1\n"

FILES = {"points.csv": POINTS, "bad.csv": POINTS.replace(b"es,10000,", b"es,-1,"), "latin.csv": POINTS + b"\xe9,1,1\n"}
"""What recipes find beside them."""

BAD: list[tuple[str, str, str]] = [
    ("name: demo\n", "name: [demo\n", ":2: not YAML: while parsing a flow sequence, expected ',' or ']', but got ':'"),
    ("name: demo\n", "name: 'demo\n", ":38: not YAML: while scanning a quoted scalar, found unexpected end of stream"),
    (
        "name: demo\n",
        "\tname: demo\n",
        ":1: not YAML: while scanning for the next token, found character '\\t' that cannot start any token",
    ),
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
    ("output: runs/demo\n", "", ":1: 'output' is missing: name the folder to write, or give --output DIR"),
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
        "  es:\n",
        "  ../es:\n",
        ":15: streams.../es: '../es' can't be a name: it begins with a letter or digit, then letters, "
        "digits, `_`, `.`, `-`",
    ),
    (
        "  es:\n",
        "  concatenate:\n",
        ":15: streams.concatenate: 'concatenate' means something as a mix or an order; call the stream otherwise",
    ),
    ("  es:\n", "  plain:\n", ":15: streams.plain: 'plain' is a source too, so that `from: plain` could mean either"),
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
    ("price: {input: 0.25, output: 2}", "price: 3", ":12: engines.gpt.openai.price: expected a mapping, got 3"),
    (
        "{firefox: en-pt}",
        "{firefox: en-pt, openai: {model: x}}",
        ":13: engines.local.openai: has two engines, firefox and openai; it takes one",
    ),
    (
        "from: pairs",
        "from: piars",
        ":16: streams.es.from: unknown source or stream 'piars'; did you mean 'pairs'? (known: pairs, plain, pt)",
    ),
    ("from: pairs", "from: [pairs, pairs]", ":16: streams.es.from[1]: 'pairs' is named twice"),
    ("from: pairs", "from: 3", ":16: streams.es.from: expected a name or a list of names, got 3"),
    ("    from: pairs\n", "", ":15: streams.es: 'from' is missing: it names a source, a stream, or a list of them"),
    ("from: pairs", "from: es", ":16: streams.es.from: streams read each other in a cycle: es -> es"),
    (
        "streams:\n",
        "streams:\n  a: {from: b}\n  b: {from: [pairs, c]}\n  c: {from: a}\n",
        ":15: streams.a.from: streams read each other in a cycle: a -> b -> c -> a",
    ),
    (
        "from: pairs",
        "form: pairs",
        ":16: streams.es.form: unknown key 'form'; did you mean 'from'? (known: from, steps)",
    ),
    (
        "- normalize: {}",
        "- normalise: {}",
        ":18: streams.es.steps[0].normalise: unknown step 'normalise'; did you mean 'normalize'? (known: "
        "deduplicate, format, keep, normalize, pair, translate)",
    ),
    (
        "- normalize: {}",
        "- normalize",
        ":18: streams.es.steps[0]: a step is one name with its parameters, such as `normalize: {}`, got 'normalize'",
    ),
    (
        "- normalize: {}",
        "- {normalize: {}, pair: {}}",
        ":18: streams.es.steps[0]: a step is one name with its parameters, such as `normalize: {}`, got 2 names",
    ),
    (
        "- normalize: {}",
        "- normalize: {form: nfc}",
        ":18: streams.es.steps[0].normalize.form: expected one of 'NFC', 'NFKC', got 'nfc'; did you mean 'NFC'?",
    ),
    (
        "- normalize: {}",
        "- normalize: {spaces: yes}",
        ":18: streams.es.steps[0].normalize.spaces: expected true or false, got 'yes'",
    ),
    (
        "- normalize: {}",
        "- length: {}",
        ":18: streams.es.steps[0].length: 'length' is a rule: write `keep: {length: ...}`",
    ),
    (
        "- normalize: {}",
        "- keep: {normalize: {}}",
        ":18: streams.es.steps[0].keep.normalize: 'normalize' is a step of its own, not a rule: write `- "
        "normalize: ...`",
    ),
    (
        "- normalize: {}",
        "- keep: {}",
        ":18: streams.es.steps[0].keep: expected rules, such as `length: {min_chars: 3}`, got {}",
    ),
    (
        "length: {min_chars: 2",
        "lenght: {min_chars: 2",
        ":19: streams.es.steps[1].keep.lenght: unknown rule 'lenght'; did you mean 'length'? (known: "
        "deduplicate, digits, length, length_ratio, round_trip)",
    ),
    (
        "max_chars: 90",
        "max_chars: '90'",
        ":19: streams.es.steps[1].keep.length.max_chars: expected a whole number, got '90' (it is in quotes, "
        "or has a `_` or `,` in it)",
    ),
    ("max_chars: 90", "max_chars: 1", ":19: streams.es.steps[1].keep.length: max_chars 1 is below min_chars 2"),
    (
        "max_chars: 90",
        "max_chars: 90.5",
        ":19: streams.es.steps[1].keep.length.max_chars: expected a whole number, got 90.5",
    ),
    (
        "max_chars: 90",
        "mx_chars: 90",
        ":19: streams.es.steps[1].keep.length.mx_chars: unknown key 'mx_chars'; did you mean 'max_chars'? "
        "(known: min_chars, max_chars, fields)",
    ),
    ("digits: {}", "digits: 3", ":19: streams.es.steps[1].keep.digits: takes no parameters, got 3"),
    ("length_ratio: 3}", "length_ratio: {}}", ":25: streams.pt.steps[1].keep.length_ratio: 'max' is missing"),
    ("- format: qalign.question", "- format: {}", ":20: streams.es.steps[2].format: 'template' is missing"),
    (
        "task: question",
        "task: instruction",
        ":19: streams.es.steps[1].keep.digits: digits compares two sides, but the examples of the source "
        "'pairs' in the stream 'es' have one: their task is 'instruction', not translation or question, and "
        "no `translate` or `pair` comes before",
    ),
    (
        "engine: [local, gpt]",
        "engine: [loca, gpt]",
        ":24: streams.pt.steps[0].translate: unknown engine 'loca'; did you mean 'local'? (known: gpt, local)",
    ),
    ("engine: [local, gpt]", "engine: 3", ":24: streams.pt.steps[0].translate.engine: expected text or a list, got 3"),
    (
        "task: question",
        "lang_: x\n    taks: y",
        ":8: sources.pairs.lang_: unknown key 'lang_'; did you mean 'lang'? (known: csv, hub, jsonl, lang, "
        "columns, constants, conversation, task, license, origin, group_by, slice, keep)",
    ),
    (
        "output: runs/demo",
        "mermory: x\noutput: runs/demo\nsede: 3",
        ":37: mermory: unknown key 'mermory'; did you mean 'memory'? (known: name, seed, vars, sources, "
        "engines, streams, datasets, output, memory, runner)\n"
        ":39: sede: unknown key 'sede'; did you mean 'seed'? (known: name, seed, vars, sources, engines, "
        "streams, datasets, output, memory, runner)",
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
    (
        "to: [pt], fields: [instruction], engine: [local, gpt]",
        "to: [pt, de], fields: [instruction], engine: local",
        ":24: streams.pt.steps[0].translate: en-pt translates en to pt, not en to de",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, tp: 1}",
        ":28: datasets.one.mix.tp: unknown stream 'tp'; did you mean 'pt'? (known: es, pt)",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: -3, pt: 1}",
        ":28: datasets.one.mix.es: a weight is a number from 0 to 1e100, got -3",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: .nan, pt: 1}",
        ":28: datasets.one.mix.es: a weight is a number from 0 to 1e100, got .nan",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 1e300, pt: 1}",
        ":28: datasets.one.mix.es: a weight is a number from 0 to 1e100, got 1e+300",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: .inf, pt: 1}",
        ":28: datasets.one.mix.es: a weight is a number from 0 to 1e100, got .inf",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 0, pt: 0}",
        ":28: datasets.one.mix: all weights are 0, so that nothing would be drawn",
    ),
    ("mix: {es: 3, pt: 1}", "mix: {es: true, pt: 1}", ":28: datasets.one.mix.es: a weight is a number, got true"),
    ("mix: {es: 3, pt: 1}", "mix: {es: '3', pt: 1}", ":28: datasets.one.mix.es: a weight is a number, got '3'"),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {}",
        ":28: datasets.one.mix: expected weights by stream, such as {es: 3, pt: 1}, got {}",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: concat",
        ":28: datasets.one.mix: expected weights by stream, `concatenate`, or a mapping with `temperature`, `unimax` "
        "or `allocate`, got 'concat'",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: unimax",
        ":28: datasets.one.mix: expected weights by stream, `concatenate`, or a mapping with `temperature`, `unimax` "
        "or `allocate`, got 'unimax'",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {opustrainer: x.yml}",
        ":28: datasets.one.mix: OpusTrainer's stages are an order: write `order: {opustrainer: FILE}`",
    ),
    *(
        ("mix: {es: 3, pt: 1}", f"mix: {{{mix}}}", f":28: datasets.one.mix{message}")
        for mix, message in [
            ("temperature: 0", ": temperature is 0.0; it must be above 0"),
            ("temperature: hot", ".temperature: expected a number, got 'hot'"),
            ("temperature: 2, scale: -1", ": scale is -1.0; it must be a finite number above 0"),
            ("temperature: 2, maximum: 0", ": maximum is 0.0; it must be above 0"),
            (
                "temperature: 2, es: 3",
                ".es: unknown key 'es' (known: temperature, scale, maximum, floor, cap, languages)",
            ),
            ("temperature: 2, floor: 1.2", ": the floor is 1.2; it is a share, from 0 to 1"),
            ("temperature: 2, floor: {es: 0.6}, cap: 0.5", ": the floor of es is 0.6, above the cap of 0.5"),
            (
                "temperature: 2, floor: {se: 0.1}",
                ".floor.se: unknown language 'se'; did you mean 'es'? (known: es, pt)",
            ),
            ("temperature: 2, cap: x", ".cap: expected a number or a mapping, got 'x'"),
            (
                "temperature: 2, languages: {x: [pf]}",
                ".languages.x: unknown stream 'pf'; did you mean 'pt'? (known: es, pt)",
            ),
            ("temperature: 2, languages: {x: []}", ".languages.x: a language has at least one stream"),
            (
                "temperature: 2, languages: {x: [es], y: [pt, es]}",
                ".languages.y: the stream 'es' is one of 'x' already",
            ),
            (
                "temperature: 2, languages: {pt: [es]}",
                ".languages.pt: 'pt' is a stream too, and one of no language; list it here, or call this otherwise",
            ),
            ("unimax: {max_epochs: 4}", ".unimax: unimax divides the dataset's `total`, which is missing"),
            ("unimax: {max_epochs: 0.5}", ".unimax: max_epochs is 0.5; it must be a finite number of at least 1"),
            (
                "unimax: {epochs: 4}",
                ".unimax.epochs: unknown key 'epochs'; did you mean 'max_epochs'? (known: max_epochs)",
            ),
            ("unimax: 4, es: 1", ".es: unimax is the whole mix; 'es' can't stand beside it"),
            ("allocate: {}", ".allocate: 'points' is missing"),
            ("allocate: none.csv", ".allocate: allocate divides the dataset's `total`, which is missing"),
            (
                "allocate: {points: none.csv, curves: {}}",
                ".allocate.curves: unknown key 'curves' (known: points, ceiling, floor, cap, languages)",
            ),
            (
                "allocate: {points: none.csv, floor: 0.5}",
                ".allocate.floor: expected a whole number or a mapping, got 0.5",
            ),
            ("allocate: {points: none.csv, floor: -5}", ".allocate: the floor is -5; it can't be negative"),
        ]
    ),
    *(
        ("mix: {es: 3, pt: 1}", f"mix: {{{mix}}}\n    total: 50", f":28: datasets.one.mix.allocate{message}")
        for mix, message in [
            ("allocate: none.csv", ".points: none.csv can't be read: No such file or directory"),
            ("allocate: latin.csv", ".points: latin.csv is not UTF-8"),
            (
                "allocate: bad.csv",
                ".points: bad.csv: line 3: pairs is '-1'; expected a number above 0",
            ),
            (
                "allocate: points.csv",
                ".points: points.csv: unknown language 'pt'; did you mean 'pt2'? (known: es, pt2, few)",
            ),
            (
                "allocate: {points: points.csv, languages: {few: [pt]}}",
                ".points: points.csv, few: 1 measured points; a curve needs 3, not all at one number of pairs",
            ),
            (
                "allocate: {points: points.csv, languages: {pt2: [pt]}, ceiling: 55}",
                ".points: points.csv, es: a score of 60 isn't below the ceiling of 55",
            ),
            (
                "allocate: {points: points.csv, cap: {few: 3}}",
                ".cap.few: unknown language 'few' (known: es, pt)",
            ),
        ]
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {unimax: 4}\n    total: 50\n    repeat: {max_epochs: 2}",
        ":30: datasets.one.repeat: unimax says itself how many epochs there may be (max_epochs)",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    streams: [es]",
        ":29: datasets.one.streams: weights name the streams already; `streams` goes with mixes by size",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: concatenate\n    streams: [es, sp]",
        ":29: datasets.one.streams[1]: unknown stream 'sp'; did you mean 'es'? (known: es, pt)",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    order: {}",
        ":29: datasets.one.order: a dataset has a mix or an order, not both",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: concatenate\n    unit: tokens",
        ":29: datasets.one.unit: concatenate takes every stream whole, whatever is counted: leave the unit out, "
        "or give weights",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {allocate: {points: points.csv}}\n    total: 9\n    unit: tokens",
        ":30: datasets.one.unit: allocate divides pairs by curves over pairs, so that `unit: tokens` can't go with it",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "order: {opustrainer: x.yml}\n    unit: tokens",
        ":29: datasets.one.unit: OpusTrainer's stages count lines, so that `unit: tokens` can't go with them",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    tokenizer: o200k_base",
        ":29: datasets.one.tokenizer: 'o200k_base' is no tokenizer: write `tiktoken:o200k_base`, "
        "`file:PATH/tokenizer.json`, `hub:OWNER/NAME[@REVISION]` or `package:NAME`",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    tokenizer: tiktoken:o300k",
        ":29: datasets.one.tokenizer: tiktoken:o300k: there is no encoding 'o300k' (known: o200k_base, o200k_harmony, "
        "cl100k_base, gpt2, r50k_base, p50k_base, p50k_edit)",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    vocabulary_sharing: {de: {bilingual: [1, 2]}}",
        ":29: datasets.one.vocabulary_sharing.de: unknown key 'de' (known: scores, threshold)",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    vocabulary_sharing: {scores: {de: {bilingual: [1, 2], multilingual: [1, 2]}}}",
        ":29: datasets.one.vocabulary_sharing: goes with what the dataset's tokenizer says of languages: name one "
        "with `tokenizer`",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    unit: bytes",
        ":29: datasets.one.unit: expected one of 'examples', 'tokens', got 'bytes'",
    ),
    ("mix: {es: 3, pt: 1}", "mix: {es: 3, pt: 1}\n    total: 0", ":29: datasets.one.total: expected at least 1, got 0"),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    totl: 10",
        ":29: datasets.one.totl: unknown key 'totl'; did you mean 'total'? (known: mix, order, streams, "
        "total, unit, tokenizer, vocabulary_sharing, repeat, exhausted, split, write)",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    repeat: {max_epochs: 0.5}",
        ":29: datasets.one.repeat: max_epochs is 0.5; it must be a finite number of at least 1",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    repeat: 2",
        ":29: datasets.one.repeat: expected a mapping, got 2",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    exhausted: redistrbute",
        ":29: datasets.one.exhausted: expected one of 'error', 'redistribute', 'stop', got 'redistrbute'; "
        "did you mean 'redistribute'?",
    ),
    (
        "split: {validation: 0.1}",
        "split: {validation: 1.5}",
        ":29: datasets.one.split.validation: a share is above 0 and below 1, got 1.5",
    ),
    (
        "split: {validation: 0.1}",
        "split: {validation: 0.5, test: 0.5}",
        ":29: datasets.one.split: the shares sum to 1, which leaves nothing to train on",
    ),
    (
        "split: {validation: 0.1}",
        "split: {train: 0.5}",
        ":29: datasets.one.split.train: train is what the other splits leave; it takes no share",
    ),
    (
        "split: {validation: 0.1}",
        "split: {a/b: 0.5}",
        ":29: datasets.one.split.a/b: 'a/b' can't be a split's name: a letter, then letters, digits and _",
    ),
    ("split: {validation: 0.1}", "split: 0.1", ":29: datasets.one.split: expected a mapping, got 0.1"),
    (
        "format: alpaca",
        "format: alpacca",
        ":30: datasets.one.write.jsonl.format: expected one of 'alpaca', 'messages', 'sharegpt', "
        "'prompt_completion', 'text', 'parrot', got 'alpacca'; did you mean 'alpaca'?",
    ),
    (
        "jsonl: {format: alpaca}",
        "json: {format: alpaca}",
        ":30: datasets.one.write.json: unknown key 'json'; did you mean 'jsonl'? (known: parquet, jsonl, hub)",
    ),
    (
        "write: {jsonl",
        "write: {parquet: {rows_per_shard: 0}, jsonl",
        ":30: datasets.one.write.parquet: rows_per_shard is 0; it must be at least 1",
    ),
    (
        "write: {jsonl",
        "write: {parquet: {rows_per_shard: 5, bytes_per_shard: 5}, jsonl",
        ":30: datasets.one.write.parquet: give rows_per_shard or bytes_per_shard, not both",
    ),
    (
        "until: 0.3",
        "until: 1.0",
        ":36: datasets.two.order.stages[1].until: 1.0 is not after the end of the stage before",
    ),
    (
        "until: 0.3",
        "until: 0",
        ":35: datasets.two.order.stages[0]: until is 0; a position is 1 or more, and a fraction has a point (1.0)",
    ),
    (
        "until: 0.3",
        "until: 1.5",
        ":35: datasets.two.order.stages[0]: until is 1.5; a fraction is above 0 and at most 1.0, a position "
        "is an integer",
    ),
    *(
        ("until: 0.3", f"until: {{{until}}}", f":35: datasets.two.order.stages[0].until{message}")
        for until, message in [
            ("stream: es, epochs: 0", ": epochs is 0.0; it must be a finite number above 0"),
            ("stream: pt, epochs: 1", ": the stage draws nothing from 'pt', whose epochs end it"),
            ("stream: nn, epochs: 1", ": the stage draws nothing from 'nn', whose epochs end it"),
            ("stream: es", ": 'epochs' is missing"),
            (
                "stream: es, epoch: 1",
                ".epoch: unknown key 'epoch'; did you mean 'epochs'? (known: stream, epochs)",
            ),
        ]
    ),
    (
        "until: 0.3",
        "until: {stream: es, epochs: 2}",
        ":34: datasets.two.order.stages: 2 epochs of es are asked for; allow them with repeat: {max_epochs: 2}",
    ),
    (
        "until: 1.0",
        "until: {stream: pt, epochs: 1}",
        ":36: datasets.two.order.stages[1].until: the run ends after 1 epochs of pt; a total (1000) can't say so too",
    ),
    (
        "total: 1000\n      stages:\n        - {until: 0.3, weights: {es: 1}}\n        - {until: 1.0,",
        "stages:\n        - {until: 0.3, weights: {es: 1}}\n        - {until: {stream: pt, epochs: 1},",
        ":34: datasets.two.order.stages[0].until: 0.3 is a fraction of the run, which needs a total",
    ),
    ("until: 0.3, ", "", ":35: datasets.two.order.stages[0]: 'until' is missing"),
    (
        "until: 1.0",
        "until: 0.9",
        ":36: datasets.two.order.stages[1].until: the last stage ends at 0.9, not at the end of the run (1.0 or 1000)",
    ),
    (
        "until: 1.0",
        "until: 900",
        ":36: datasets.two.order.stages[1].until: the last stage ends at 900, not at the end of the run (1.0 or 1000)",
    ),
    (
        "weights: {es: 1}",
        "weights: {se: 1}",
        ":35: datasets.two.order.stages[0].weights.se: unknown stream 'se'; did you mean 'es'? (known: es, pt)",
    ),
    (
        "weights: {es: 1}",
        "weights: {}",
        ":35: datasets.two.order.stages[0].weights: expected weights by stream, such as {es: 3, pt: 1}, got {}",
    ),
    (
        "ramp: linear",
        "ramp: liner",
        ":36: datasets.two.order.stages[1].ramp: expected one of 'step', 'linear', 'cosine', got 'liner'; "
        "did you mean 'linear'?",
    ),
    ("total: 1000\n", "total: -1\n", ":33: datasets.two.order.total: expected at least 1, got -1"),
    (
        "      total: 1000\n",
        "      opustrainer: x.yml\n",
        ":34: datasets.two.order.stages: unknown key 'stages' (known: opustrainer, datasets, total)",
    ),
    (
        "    order:\n",
        "    total: 5\n    order:\n",
        ":34: datasets.two.order.total: total is 1000 here and 5 in the dataset",
    ),
]


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize(("old", "new", "message"), BAD, ids=[f"{new[:40]!r}" for _, new, _ in BAD])
def test_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, message: str) -> None:
    assert old in GOOD
    monkeypatch.chdir(tmp_path)
    for name, data in FILES.items():
        Path(name).write_bytes(data)
    Path("recipe.yaml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load("recipe.yaml", {}, {"HOME": "/home/me"})
    assert str(caught.value) == "\n".join(f"recipe.yaml{line}" for line in message.split("\n"))
