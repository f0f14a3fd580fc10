"""Templates in a YAML file of the recipe's own: what they make, what signs them, and what is wrong with them."""

from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.errors import RecipeError
from pipeline.model import Recipe
from pipeline.recipe import load
from pipeline.signature import signature
from transforms.code_signature import steps_signature
from transforms.example import make_batch, texts
from transforms.formats.template import Format

RECIPE = """
sources: {s: {jsonl: s.jsonl, lang: [en, sw], keep: [title]}}
streams: {t: {from: s, steps: [{format: FORMAT}]}}
datasets: {d: {mix: {t: 1}}}
output: out
"""

TEMPLATES = """
source: ours
gist:
  about: Sums up.
  names: plain
  strip: true
  needs: [input, output]
  meta: [title]
  instruction: ["Sum up {title} in {target_lang}.", "What does {title} say? {{In short.}}"]
  input: "{input}"
  output: "{output}"
kept:
  input: "> {input}"
"""


def recipe(folder: Path, written: str, templates: str | bytes = TEMPLATES, at: str = "my.yaml") -> Recipe:
    (folder / at).parent.mkdir(exist_ok=True)
    (folder / at).write_bytes(templates if isinstance(templates, bytes) else templates.encode())
    (folder / "recipe.yaml").write_text(RECIPE.replace("FORMAT", written), "utf-8")
    return load(str(folder / "recipe.yaml"), {}, {})


def step(made: Recipe) -> Format:
    found = made.streams["t"].steps[0].step
    assert isinstance(found, Format)
    return found


def test_a_files_template_is_applied(tmp_path: Path) -> None:
    made = step(recipe(tmp_path, "{file: forms/my.yaml, template: gist, choice: 1}", at="forms/my.yaml"))
    row = {"id": ["1"], "input_lang": "en", "output_lang": "sw", "input": " long ", "output": "short\n"}
    batch = make_batch(1, {**row, "meta": '{"title":"Ramayana {input}"}'})
    out = made.rewrite(batch)
    assert texts(out, "instruction") == ["What does Ramayana {input} say? {In short.}"]
    assert (texts(out, "input"), texts(out, "output")) == (["long"], ["short"])
    assert texts(out, "template") == ["my.yaml:gist/1"]
    assert texts(
        step(recipe(tmp_path, "{file: my.yaml, template: gist, choice: 0}")).rewrite(batch), "instruction"
    ) == ["Sum up Ramayana {input} in Swahili."]


@pytest.mark.parametrize(
    ("meta", "reason", "detail"),
    [
        ('{"title":"T"}', None, None),
        ('{"title":7}', None, None),
        ('{"title":" "}', "no_text", "meta.title"),
        ('{"titel":"T"}', "no_text", "meta.title"),
        ('{"title":null}', "no_text", "meta.title"),
        ('{"title":["T"]}', "no_text", "meta.title"),
        ("{}", "no_text", "meta.title"),
    ],
)
def test_an_example_without_what_is_named_is_refused(
    tmp_path: Path, meta: str, reason: str | None, detail: str | None
) -> None:
    batch = make_batch(1, {"input": "i", "output": "o", "output_lang": "sw", "meta": meta})
    verdict = step(recipe(tmp_path, "{file: my.yaml, template: gist}")).refuse(batch)
    assert (list(verdict.reasons), list(verdict.details or [])) == ([reason], [detail])


def test_its_content_is_part_of_the_signatures(tmp_path: Path) -> None:
    def signed(templates: str) -> tuple[str, bytes]:
        made = recipe(tmp_path, "{file: my.yaml, template: gist}", templates)
        return signature(made, {}, None), steps_signature([("format", step(made))])

    before = signed(TEMPLATES)
    assert signed(TEMPLATES) == before
    assert signed(TEMPLATES.replace('"> {input}"', '">> {input}"')) == before, "another template of the file"
    after = signed(TEMPLATES.replace("Sum up {title}", "Sum {title} up"))
    assert after[0] != before[0]
    assert after[1] != before[1]


def test_a_format_of_langloom_adds_nothing_to_the_signature() -> None:
    assert Format("qalign.question").content() is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{target_lang}.", "{targt_lang}.", "my.yaml:9: gist.instruction[0]: 'Sum up {title} in {targt_lang}.': "),
        ("{target_lang}.", "{targt_lang}.", "'targt_lang'; did you mean 'target_lang'?"),
        ('"{input}"', '"{input.__class__}"', "my.yaml:10: gist.input: '{input.__class__}': unknown placeholder"),
        ('"{input}"', '"{meta[title]}"', "my.yaml:10: gist.input: '{meta[title]}': unknown placeholder"),
        ('"{input}"', '"{input!r:>9}"', "my.yaml:10: gist.input: '{input!r:>9}': unknown placeholder"),
        ('"{input}"', '"{}"', "my.yaml:10: gist.input: '{}': unknown placeholder"),
        ('"{input}"', '"{input"', "write {{ and }} for literal braces"),
        (
            '"{input}"',
            "{input}",
            "my.yaml:10: gist.input: can't be {'input': None}: expected text or a list of texts; ",
        ),
        ('"{input}"', "{input}", "text that begins with { needs quotes"),
        ('"{input}"', "7", "my.yaml:10: gist.input: can't be 7: expected text or a list of texts"),
        ('"{input}"', "[7]", "my.yaml:10: gist.input: must be a string or a list of strings"),
        (
            '"{input}"',
            '"text"',
            "my.yaml:7: gist.needs: input is needed, but no pattern (those numbered 0) holds {input}",
        ),
        ('output: "{output}"', 'output: "Yes."', "my.yaml:11: gist.output: holds no placeholder"),
        ("meta: [title]", "meta: [title, url]", "my.yaml:8: gist.meta: no pattern holds {url}"),
        ("meta: [title]", "meta: [title, input]", "my.yaml:8: gist.meta[1]: 'input' is a placeholder already"),
        ("meta: [title]", "meta: [a.b, title]", "my.yaml:8: gist.meta[0]: 'a.b' can't be a placeholder"),
        ("  meta: [title]\n", "", "unknown placeholder 'title'"),
        ("needs: [input, output]", "needs: [input, outptu]", "my.yaml:7: gist.needs[1]: unknown column 'outptu'"),
        ("needs: [input, output]", "needs: [input, outptu]", "did you mean 'output'?"),
        ("strip: true", "blank: [output]", "my.yaml:6: gist.blank: output can't be needed and blank"),
        ("needs: [input, output]", "blank: [input]", "gist.blank: input can't be held by a pattern and blank"),
        ("needs: [input, output]", "blank: [inptu]", "my.yaml:7: gist.blank[0]: unknown column 'inptu'"),
        ("needs: [input, output]", "needs: input", "my.yaml:7: gist.needs: can't be 'input': expected a list"),
        ("strip: true", "strip: yes", "my.yaml:6: gist.strip: can't be 'yes': expected true or false"),
        ("names: plain", "names: French", "my.yaml:5: gist.names: 'French' is not one of iso639, plain"),
        ("about: Sums up.", "abuot: Sums up.", "my.yaml:4: gist.abuot: unknown key 'abuot'"),
        ("about: Sums up.", "abuot: Sums up.", "did you mean 'about'?"),
        ('  input: "> {input}"', "  about: x", "my.yaml:12: kept: writes nothing"),
        ('kept:\n  input: "> {input}"', "kept: x", "my.yaml:12: kept: a template is a table"),
        ("source: ours", "source: [ours]", "my.yaml:2: source: expected text"),
        (
            "gist:",
            "jist:",
            "recipe.yaml:3: streams.t.steps[0].format.template: my.yaml: unknown template 'gist'; did you mean",
        ),
        ("source: ours", "source: !!python/name:os.system x", "my.yaml:2: source: tags such as"),
        ("source: ours", "source: [", "my.yaml:"),
        (TEMPLATES, "", "my.yaml: expected a mapping of templates"),
        (TEMPLATES, "- gist", "my.yaml:1: expected a mapping of templates"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEMPLATES
    with pytest.raises(RecipeError) as raised:
        recipe(tmp_path, "{file: my.yaml, template: gist}", TEMPLATES.replace(old, new, 1))
    assert said in str(raised.value).replace(f"{tmp_path}/", "")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{file: none.yaml, template: gist}", "recipe.yaml:3: streams.t.steps[0].format.file: none.yaml can't be read"),
        ("{file: my.yaml}", "'template' is missing"),
        ("{file: 3, template: gist}", "format.file: expected text, got 3"),
        ("{file: my.yaml, template: gist, choice: 2}", "choice 2: my.yaml:gist has 2 pattern(s)"),
        ("{file: my.yaml, template: kept, choice: line}", "choice line: my.yaml:kept has 1 pattern(s)"),
        ("{file: my.yaml, template: gist, choice: lime}", "choice: expected a whole number or one of 'hash', 'line'"),
        ("{template: gist}", "no format 'gist'"),
        ("{file: my.yaml, template: gist, own: {}}", "unknown key 'own'"),
    ],
)
def test_what_the_recipe_says_wrongly(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(RecipeError) as raised:
        recipe(tmp_path, written)
    assert said in str(raised.value)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"my\.yaml is not UTF-8"):
        recipe(tmp_path, "{file: my.yaml, template: gist}", b"gist: {input: caf\xe9}")


def test_check_ends_with_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe(tmp_path, "{file: my.yaml, template: gist}")
    assert main(["check", str(tmp_path / "recipe.yaml")]) == 0
    (tmp_path / "my.yaml").write_text(TEMPLATES.replace("{title}", "{titel}", 1), "utf-8")
    assert main(["check", str(tmp_path / "recipe.yaml")]) == 2
    assert "unknown placeholder 'titel'" in capsys.readouterr().err
