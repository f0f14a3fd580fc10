"""Mistakes in recipes, and the message of each: streams and their steps."""

import pytest
from bad_recipe import Mistake, check, names

BAD: list[Mistake] = [
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
        "no `translate` or `pair` comes before; a source of pairs says `task: translation`",
    ),
    (
        "engine: [local, gpt]",
        "engine: [loca, gpt]",
        ":24: streams.pt.steps[0].translate: unknown engine 'loca'; did you mean 'local'? (known: gpt, local)",
    ),
    ("engine: [local, gpt]", "engine: 3", ":24: streams.pt.steps[0].translate.engine: expected text or a list, got 3"),
    (
        "to: [pt], fields: [instruction], engine: [local, gpt]",
        "to: [pt, de], fields: [instruction], engine: local",
        ":24: streams.pt.steps[0].translate: en-pt translates en to pt, not en to de",
    ),
]


@pytest.mark.usefixtures("bad_folder", "parts")
@pytest.mark.parametrize(("old", "new", "message"), BAD, ids=names(BAD))
def test_message(old: str, new: str, message: str) -> None:
    check(old, new, message)
