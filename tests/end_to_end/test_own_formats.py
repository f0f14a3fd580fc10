"""One run with what a recipe brings and asks for itself: templates of its own, and x-LLaMA's choice by line."""

from pathlib import Path

from outputs import manifest, rejects, rows

from tests.end_to_end.running import langloom, output_of

TEMPLATES = """
source: this recipe
letter:
  names: plain
  needs: [input, output]
  meta: [tone]
  instruction: "Put this {tone} sentence into {target_lang}: {{{input}}}"
  input: ""
  output: "{output}\\n"
"""

RECIPE = """
sources:
  pairs:
    lines: {path: [english.txt, portuguese.txt], numbered: true}
    lang: [en, pt]
    task: translation
  letters:
    jsonl: letters.jsonl
    lang: [en, sw]
    keep: [tone]
streams:
  tasks:
    from: pairs
    steps:
      - deduplicate: [input, output]
      - format: {template: x_llama.translation, choice: line}
  mine:
    from: letters
    steps:
      - format: {file: forms/mine.yaml, template: letter}
datasets:
  both: {mix: concatenate, write: {jsonl: alpaca}}
output: out
"""

LETTERS = """
{"input": "Good day.", "output": "Habari.", "tone": "polite"}
{"input": "Go {output}!", "output": "Nenda!", "tone": "rude"}
{"input": "No tone.", "output": "Hakuna."}
"""


def test_the_recipe_of_x_llama_can_choose_by_line() -> None:
    recipe = Path(__file__).resolve().parents[2] / "configs" / "x_llama.yaml"
    assert "warning" not in langloom("check", recipe).stderr
    said = langloom("check", recipe, "--set", "choice=line")
    assert said.returncode == 0
    assert "choice: line goes by the order" in said.stderr


def test_the_recipe_of_x_llama_takes_alpacas_columns() -> None:
    recipe = Path(__file__).resolve().parents[2] / "configs" / "x_llama.yaml"
    assert "output: output}" in langloom("check", recipe, "--set", "answer=output").stdout


def test_own_templates_and_choice_by_line(shared: Path, tmp_path: Path) -> None:
    sides = []
    for lang, name in (("eng", "english"), ("por", "portuguese")):
        lines = (shared / "tatoeba" / f"tatoeba.por-eng.{lang}").read_text("utf-8").split("\n")[:200]
        lines = ["" if at % 50 == 7 else line for at, line in enumerate(lines)]
        (tmp_path / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), "utf-8")
        sides.append(lines)
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "mine.yaml").write_text(TEMPLATES, "utf-8")
    (tmp_path / "letters.jsonl").write_text(LETTERS.strip(), "utf-8")
    (tmp_path / "recipe.yaml").write_text(RECIPE, "utf-8")
    said = langloom("check", "recipe.yaml", cwd=tmp_path)
    assert said.returncode == 0
    assert "choice: line goes by the order of the file's lines" in said.stderr.replace("\n", " ")
    output_of("run", "recipe.yaml", cwd=tmp_path)
    made = rows(tmp_path / "out", "both", "train")
    tasks = [(row["input"], row["output"], row["template"]) for row in made if row["task"] == "translation"]
    published = {
        (en.strip(), pt.strip(), f"x_llama.translation/{key % 33}")
        for key, (en, pt) in enumerate(zip(*sides, strict=True))
        if en.strip() and pt.strip()
    }
    assert set(tasks) <= published
    assert len(tasks) == len({(en, pt) for en, pt, _ in published})
    mine = [
        [row[name] for name in ("instruction", "input", "output", "template")]
        for row in made
        if row["output_lang"] == "sw"
    ]
    assert sorted(mine) == [
        ["Put this polite sentence into Swahili: {Good day.}", "", "Habari.\n", "mine.yaml:letter"],
        ["Put this rude sentence into Swahili: {Go {output}!}", "", "Nenda!\n", "mine.yaml:letter"],
    ]
    assert [(row["input"], row["reason"], row["detail"]) for row in rejects(tmp_path / "out") if row["input"]] == [
        ("No tone.", "no_text", "meta.tone")
    ]
    assert not [name for name in made[0] if name.startswith("_")]
    before = manifest(tmp_path / "out")["signature"]
    (tmp_path / "forms" / "mine.yaml").write_text(TEMPLATES.replace("Put this", "Turn this"), "utf-8")
    refused = langloom("run", "recipe.yaml", cwd=tmp_path)
    assert refused.returncode == 2, "another signature: a complete output isn't replaced"
    assert manifest(tmp_path / "out")["signature"] == before
