import pytest

from transforms.tokens.names import DEFAULT_TOKENIZER, TokenizerError, TokenizerName, parse, resolved


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (DEFAULT_TOKENIZER, ("tiktoken", "o200k_base", "")),
        ("file:a/tokenizer.json", ("file", "a/tokenizer.json", "")),
        ("hub:Qwen/Qwen3-8B", ("hub", "Qwen/Qwen3-8B", "")),
        ("hub:a/b@refs/pr/1", ("hub", "a/b", "refs/pr/1")),
        ("package:some_package", ("package", "some_package", "")),
        ("package:some_package/v2/tokenizer.json", ("package", "some_package", "v2/tokenizer.json")),
    ],
)
def test_a_name_is_taken_apart_and_put_together_again(text, parts):
    assert parse(text) == TokenizerName(*parts)
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no tokenizer: write `tiktoken:o200k_base`"),
        ("o200k_base", "is no tokenizer"),
        ("gguf:model", "is no tokenizer"),
        ("file:", "is no tokenizer"),
        ("tiktoken:o200k\n", "is no tokenizer"),
        ("hub:gpt2", "a repository of the Hub is named OWNER/NAME"),
        ("hub:../x", "a repository of the Hub is named OWNER/NAME"),
        ("hub:a/b@", "after @ stands a branch"),
        ("package:a.b", "a package is named as Python imports it"),
        ("package:a/../../etc/passwd", "a package is named as Python imports it"),
        ("package:a//etc/passwd", "a package is named as Python imports it"),
    ],
)
def test_what_is_no_name_is_refused(text, message):
    with pytest.raises(TokenizerError, match=message):
        parse(text)


def test_only_files_are_taken_from_the_recipes_folder():
    assert resolved("file:t.json", "/recipes") == "file:/recipes/t.json"
    assert resolved("file:/t.json", "/recipes") == "file:/t.json"
    assert resolved("hub:a/b", "/recipes") == "hub:a/b"
