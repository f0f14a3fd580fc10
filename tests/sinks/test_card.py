import pytest
from manifests import RECIPE, dataset, head, manifest, only, split

from sinks.card import card, for_repository


def test_a_card_is_made_to_name_its_repository() -> None:
    text = for_repository(card(manifest(), RECIPE), "me/demo")
    assert "dataset = load_dataset('me/demo', 'stage2')" in text
    assert "path/to/this/folder" not in text
    assert for_repository("path/to/this/folder", "me/demo") == "path/to/this/folder"


def test_licences_that_do_not_go_together_are_called_out() -> None:
    text = card(only(licenses={"cc-by-sa-4.0": 4, "cc-by-nc-4.0": 6}), RECIPE)
    assert "**These don't go together:** cc-by-sa-4.0 wants the whole free for commercial use" in text
    assert head(text)["license"] == "other"
    text = card(only(licenses={"mit": 4, "cc-by-4.0": 6}), RECIPE)
    assert "go together" not in text
    assert head(text)["license"] == ["cc-by-4.0", "mit"]


def test_the_text_shows_the_funnel_and_the_draws() -> None:
    text = card(manifest(), RECIPE)
    assert "| `questions` | keep | 1,700 | 1,500 | copy 150, digits 50 |" in text
    assert "| `stage1` | `questions` | 1,500 | 1,204 | 1 | 296 |" in text
    assert "| `stage1` | `test` | 0 | 0 | `en`, `pt` |" in text
    assert "| `stage1` | `train` | 3 | 2 | `en`, `pt` |" in text
    assert "| `local` | `pt` | 10 | 8 | 3 | 5 | 0 |  |  |  |" in text
    assert "| `a` | jsonl | mit | 6 |" in text
    assert "dataset = load_dataset('path/to/this/folder', 'stage2')" in text
    assert "langloom|recipe:abc|seed:17" in text
    assert "langloom run recipe.yaml" in text
    assert RECIPE.strip() in text


def test_what_was_given_beside_the_recipe_is_in_the_command() -> None:
    assert "\nlangloom run recipe.yaml\n" in card(manifest(), RECIPE)
    whole = manifest(signature="name:a|limit:7|seed:17|limit:300|recipe:abc", settings=["data", "my_key"])
    assert "\nlangloom run recipe.yaml --limit 300 --set data=... --set my_key=...\n" in card(whole, RECIPE)


def test_licences_of_rows_are_said_to_be() -> None:
    text = card(manifest(sources={"a": {"kind": "csv", "license": "", "license_column": "terms|x"}}), RECIPE)
    assert r"| `a` | csv | each row's own, from `terms\|x` | 6 |" in text


def test_what_the_data_says_does_not_fill_the_card() -> None:
    tags = [f"x{number:03d}" for number in range(999)] + ["y" * 5000]
    text = card(only(languages=tags, licenses={f"{tag} licence": 1 for tag in tags}), RECIPE)
    assert "`x039` and 960 more |" in text
    assert "x039 licence (1 rows) and 960 more The" not in text
    assert "x039 licence (1 rows) and 960 more." in text
    assert "y" * 101 not in card(only(languages=tags[-1:], licenses={tags[-1]: 1}), RECIPE).partition("# demo")[2]


def test_ordered_datasets_come_with_a_warning() -> None:
    text = card(manifest(), RECIPE)
    assert "`stage2`: the rows of `train` follow a schedule" in text
    assert "A trainer that shuffles loses it" in text
    shuffled = manifest()
    shuffled["datasets"]["stage2"]["ordered"] = False
    assert "schedule" not in card(shuffled, RECIPE)


def test_incomplete_output_says_so() -> None:
    assert "Incomplete" not in card(manifest(), RECIPE)
    assert "**Incomplete:** 1,234 examples wait" in card(manifest(complete=False, deferred=1234), RECIPE)


def test_an_output_without_rows_has_a_card() -> None:
    text = card(manifest(datasets={"d": dataset(train=split(0))}), RECIPE)
    assert "load_dataset(" not in text


def test_untrusted_text_stays_text() -> None:
    evil = "x | y\n# head <script>alert(1)</script> [a](javascript:b) ``` `c`"
    datasets = {evil: dataset(train=split(1))}
    sources = {evil: {"kind": evil, "license": evil}}
    streams = {evil: {"steps": [{"step": evil, "in": 1, "out": 0, "rejected": {evil: 1}}]}}
    whole = manifest(name=evil, datasets=datasets, sources=sources, streams=streams, signature=evil)
    text = card(whole, "name: a\n```\n# not a heading\n")
    body = text.split("---\n", 2)[2]
    fenced, open_fence = [], ""
    for line in body.splitlines():
        if not open_fence and line.startswith("```"):
            open_fence = line[: len(line) - len(line.lstrip("`"))]
        elif open_fence and line == open_fence:
            open_fence = ""
        elif not open_fence:
            fenced.append(line)
    assert not open_fence
    assert [line for line in fenced if line.startswith("# ")] == [line for line in fenced if line.startswith("# x |")]
    assert len([line for line in fenced if line.startswith("# ")]) == 1
    outside = "\n".join(fenced)
    without_code = outside.replace("```` x \\| y # head <script>alert(1)</script> [a](javascript:b) ``` `c` ````", "")
    assert "<script>" not in without_code
    assert "[a](" not in without_code
    rows = [line for line in fenced if line.startswith("| ```` x")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {5, 6}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("api_key: abc", 'api_key: "***"'),
        ('vars: {hf_token: "a, b", x: 1}', 'vars: {hf_token: "***", x: 1}'),
        ("vars: {hf_token: abc, x: 1}", 'vars: {hf_token: "***", x: 1}'),
        ("  MY_SECRET: 'it is'  # note", '  MY_SECRET: "***"  # note'),
        ("api_key: env:OPENAI_API_KEY", "api_key: env:OPENAI_API_KEY"),
        ('api_key: "file:/run/key"', 'api_key: "file:/run/key"'),
        ("api_key: ${MY_KEY}", "api_key: ${MY_KEY}"),
        ("unit: tokens", "unit: tokens"),
        ("tokens: 500", "tokens: 500"),
    ],
)
def test_secrets_written_into_a_recipe_are_masked(written: str, shown: str) -> None:
    assert f"```yaml\n{shown}\n```" in card(manifest(), written)


def test_the_card_is_a_pure_function() -> None:
    assert card(manifest(), RECIPE) == card(manifest(), RECIPE)


def test_what_a_tokenizer_does_is_a_table() -> None:
    ratios = ("per_word", "per_character", "per_byte", "byte_piece_share", "byte_character_share")
    english = {"tokens": 1200, **dict.fromkeys(ratios, 0.25)}
    other = {**english, "parity": 1.5, "renderings": 2, "advice": "shorten <it>", "quadrant": "stagnant"}
    tokens = {
        "tokenizer": "file:a|b.json",
        "unit": "tokens",
        "languages": {"": english, "te": other},
        "parity_to": "en",
    }
    made = manifest()
    assert "## Tokens" not in card(made, RECIPE)
    for name in ("stage1", "stage2"):
        made["datasets"][name]["tokens"] = tokens
    text = card(made, RECIPE)
    numbers = "1,200 | 0.250 | 0.250 | 0.250 | 25.00% | 25.00%"
    assert f"| `stage1`, `stage2` | `file:a\\|b.json` | not stated | {numbers} |  |\n" in text
    assert f"| `te` | {numbers} | 1.500 to en |\n" in text
    assert "- `stage1`, `stage2`, `te` (stagnant, by the scores in the recipe): shorten &lt;it>.\n" in text
