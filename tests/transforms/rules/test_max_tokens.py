from pathlib import Path

import pytest

from transforms.example import make_batch
from transforms.rules.max_tokens import MaxTokens
from transforms.tokens.lengths import field_texts, token_counts

TURNS = [{"user": "hello world", "assistant": "hello"}, {"user": "", "assistant": "world"}]


def one(**columns):
    return make_batch(1, {name: [value] for name, value in columns.items()})


@pytest.mark.parametrize(
    ("parameters", "columns", "found"),
    [
        ({"limit": 2}, {"output": "hello world"}, None),
        ({"limit": 1}, {"output": "hello world"}, "2 tokens"),
        ({"limit": 1}, {}, None),
        # what all fields hold is added up, every turn of the history too
        ({"limit": 7}, {"instruction": "hello", "output": "hello world", "history": TURNS}, None),
        ({"limit": 6}, {"instruction": "hello", "output": "hello world", "history": TURNS}, "7 tokens"),
        (
            {"limit": 4},
            {"system": "hello", "instruction": "hello", "input": "hello", "output": "hello world"},
            "5 tokens",
        ),
        ({"limit": 2, "fields": ("output",)}, {"instruction": "a very long one", "output": "hello world"}, None),
        ({"limit": 3, "fields": ("history",)}, {"output": "hello world", "history": TURNS}, "4 tokens"),
        ({"limit": 8, "tokenizer": "tiktoken:cl100k_base"}, {"output": "お誕生日おめでとう"}, "9 tokens"),
        ({"limit": 8, "tokenizer": "tiktoken:o200k_base"}, {"output": "お誕生日おめでとう"}, None),
    ],
)
def test_all_text_of_the_fields_counts(parameters, columns, found):
    verdict = MaxTokens(**parameters).judge(one(**columns))
    assert (verdict.reasons, verdict.details) == (["max_tokens" if found else None], [found])


def test_each_row_has_its_own_count():
    history = [[], TURNS, [], TURNS[:1]]
    batch = make_batch(4, {"output": ["hello", "", "", "hello world"], "history": history, "system": "hello"})
    assert token_counts(batch, "tiktoken:o200k_base").tolist() == [2, 5, 1, 6]
    assert token_counts(batch.slice(1, 2), "tiktoken:o200k_base").tolist() == [5, 1]
    sides = [(part.field, part.language, part.rows.tolist()) for part in field_texts(batch) if len(part.texts)]
    assert sides == [
        ("system", "input_lang", [0, 1, 2, 3]),
        ("history", "input_lang", [1, 3]),
        ("history", "output_lang", [1, 1, 3]),
        ("output", "output_lang", [0, 3]),
    ]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"limit": 0}, "limit is 0; it must be 1 or more"),
        ({"limit": 1, "fields": ()}, "name at least one content column"),
        ({"limit": 1, "fields": ("output", "output")}, "is named twice"),
        ({"limit": 1, "fields": ("text",)}, "'text' is not a content column"),
        ({"limit": 1, "tokenizer": "gpt2"}, "'gpt2' is no tokenizer: write"),
    ],
)
def test_wrong_parameters_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        MaxTokens(**parameters)


def test_the_file_is_found_beside_the_recipe_and_its_content_counts(tmp_path: Path):
    for folder, text in (("one", b"a"), ("two", b"b")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.json").write_bytes(text)
    rules = [MaxTokens(9, tokenizer=f"file:{tmp_path}/{folder}/t.json") for folder in ("one", "two")]
    assert rules[0].content() != rules[1].content()
    with pytest.raises(ValueError, match=r"one/t\.json holds no tokenizer"):
        MaxTokens(9, tokenizer="file:t.json").resolved(str(tmp_path / "one"))
