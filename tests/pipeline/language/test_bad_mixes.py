"""Mistakes in recipes, and the message of each: mixes."""

import pytest
from bad_recipe import Mistake, check, names

BAD: list[Mistake] = [
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, tp: 1}",
        ":28: datasets.one.mix.tp: unknown stream 'tp'; did you mean 'pt'? (known: es, pt)",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, plain: 1}",
        ":28: datasets.one.mix.plain: 'plain' is a source, and datasets draw from streams: add one that has "
        "`from: plain`",
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
            ("temperature: 2, scale: -1", ": scale is -1.0; it must be a number above 0, and at most 1e100"),
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
            ("temperature: 2, cap: x", ".cap: expected a number or a mapping of names to values, got 'x'"),
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
            ("unimax: {max_epochs: 0.5}", ".unimax: max_epochs is 0.5; it must be a number from 1 to 100000"),
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
                ".allocate.floor: expected a whole number or a mapping of names to values, got 0.5",
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
]


@pytest.mark.usefixtures("bad_folder", "parts")
@pytest.mark.parametrize(("old", "new", "message"), BAD, ids=names(BAD))
def test_message(old: str, new: str, message: str) -> None:
    check(old, new, message)
