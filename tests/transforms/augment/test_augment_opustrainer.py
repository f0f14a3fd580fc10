from typing import Any

import pytest

from transforms.augment.opustrainer import InexpressibleError, augment_of


@pytest.mark.parametrize(
    ("modifier", "parameters"),
    [
        ({"UpperCase": 0.05}, {"upper_case": 0.05}),
        ({"TitleCase": "0.05"}, {"title_case": 0.05}),
        ({"Typos": 0.1}, {"typos": 0.1}),
        (
            {"Typos": 0.1, "char_swap": 0.2, "unichar": 0},
            {"typos": {"probability": 0.1, "char_swap": 0.2, "unichar": 0}},
        ),
        ({"Merge": 0.01}, {"merge": 0.01}),
        (
            {"Merge": 0.01, "min_lines": 2, "max_lines": 3},
            {"merge": {"probability": 0.01, "min_examples": 2, "max_examples": 3}},
        ),
        ({"Prefix": 0.5, "template": "<{trg}> "}, {"prefix": {"probability": 0.5, "template": "<{trg}> "}}),
    ],
)
def test_modifiers_that_augment_has(modifier: dict[str, Any], parameters: dict[str, Any]) -> None:
    (name, probability), *settings = modifier.items()
    assert augment_of(name, probability, dict(settings)) == (parameters, "")


@pytest.mark.parametrize(
    ("settings", "more", "difference"),
    [
        ({}, {}, "a glossary stands for its word alignments"),
        ({"template": "{src}={trg}"}, {"template": "{src}={trg}"}, "a glossary stands for its word alignments"),
        ({"tag": 1, "augment": 0.2}, {}, "a glossary stands for its word alignments; without augment"),
        ({"custom_detok_trg": "zh", "replace": 0.4}, {}, "; without custom_detok_trg, replace"),
    ],
)
def test_tags_take_a_glossary(settings: dict[str, Any], more: dict[str, Any], difference: str) -> None:
    parameters, told = augment_of("Tags", 0.02, settings)
    assert parameters == {"tags": {"probability": 0.02, "glossary": {"LANGUAGE": "FILE"}, **more}}
    assert told.endswith(difference)


@pytest.mark.parametrize(
    ("name", "probability", "settings", "message"),
    [
        ("Noise", 0.1, {}, "it adds lines of random characters, which come from no example"),
        ("RemoveEndPunct", 0.1, {}, "nothing here takes the last punctuation mark off both sides"),
        ("Retokenize", 0, {}, "it moves word alignments to other tokens, and examples have no alignments"),
        ("Tags", 0.1, {"tag": 0}, "it only puts in random characters"),
        ("Tags", 0.1, {"tag": "x"}, "could not convert string to float"),
        ("Uppercase", 0.1, {}, "OpusTrainer 0.5 has no modifier of this name"),
        ("UpperCase", "often", {}, "its probability 'often' is no number"),
        ("UpperCase", None, {}, "its probability None is no number"),
        ("UpperCase", 0.1, {"min": 1}, "it takes a probability and nothing else"),
        ("UpperCase", 2, {}, "UpperCase is 2.0: a probability is from 0 to 1"),
        ("Tags", 2, {}, "Tags is 2.0: a probability is from 0 to 1"),
        ("Typos", 0.1, {"char_swaps": 0.1}, "it has no setting 'char_swaps'"),
        ("Typos", 0.1, {"char_swap": 2}, "char_swap is 2: a probability is from 0 to 1"),
        ("Merge", 0.1, {"probability": 2}, "it has no setting 'probability'"),
        ("Merge", 0.1, {"min_lines": "two"}, "not supported"),
        ("Merge", 0.1, {"min_lines": 1}, "min_examples 1, max_examples 4"),
    ],
)
def test_what_can_not_be_expressed(name: str, probability: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InexpressibleError, match=message):
        augment_of(name, probability, settings)
