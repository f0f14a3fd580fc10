"""Mistakes in recipes, and the message of each: orders and their stages."""

import pytest
from bad_recipe import Mistake, check, names

BAD: list[Mistake] = [
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
    ("total: 1000\n", "total: -1\n", ":33: datasets.two.order.total: expected from 1 to 2^53, got -1"),
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


@pytest.mark.usefixtures("bad_folder", "parts")
@pytest.mark.parametrize(("old", "new", "message"), BAD, ids=names(BAD))
def test_message(old: str, new: str, message: str) -> None:
    check(old, new, message)
