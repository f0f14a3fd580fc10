"""ParroT's formats, against the lines of its published files (`tests/golden/parrot_*.txt`: request, `###`, hint)."""

from pathlib import Path

import pytest

from transforms.example import make_batch, texts
from transforms.formats.template import Format
from transforms.formats.template_file import find_template

GOLDEN = Path(__file__).parents[2] / "golden"
CONTRASTIVE, GUIDED = (
    [line.split("###") for line in (GOLDEN / f"parrot_{name}.txt").read_text("utf-8").splitlines()]
    for name in ("contrastive", "error_guided")
)


def named(request: str) -> str:
    return request.replace("[SRC]", "Chinese").replace("[TGT]", "German")


def made(template: str, number: int, meta: str = "{}") -> list[str]:
    example = {
        "input_lang": "zh",
        "output_lang": "de",
        "input": " 你好。{worse} ",
        "output": "Guten <v>Tag</v>. ",
        "meta": meta,
    }
    out = Format(template, choice=number).rewrite(make_batch(1, example))
    assert texts(out, "template") == [f"{template}/{number}"]
    return [texts(out, name)[0] for name in ("instruction", "input", "output")]


@pytest.mark.parametrize("number", range(33))
def test_requests_to_translate(number: int) -> None:
    request, _ = CONTRASTIVE[number]
    assert made("parrot.translation", number) == [named(request), "你好。{worse}", "Guten <v>Tag</v>."]


@pytest.mark.parametrize("number", range(33))
def test_contrastive_hints(number: int) -> None:
    request, hint = CONTRASTIVE[number]
    text, output = (
        f" 你好。{{worse}} \n\n### Hint: {hint}",
        "<p>Guten <v>Tag</v>. </p> rather than <p>Tag {output}!</p>",
    )
    assert made("parrot.contrastive", number, '{"worse":"Tag {output}!"}') == [named(request), text, output]


@pytest.mark.parametrize("number", range(33))
@pytest.mark.parametrize(
    ("errors", "marks"),
    [
        ("major accuracy/mistranslation", {"[SEV]": "major", "[ERR]": "accuracy/mistranslation"}),
        ("no", {"[SEV] ": "", "[ERR]": "no"}),
        ("minor", {"[SEV] ": "", "[ERR]": "minor"}),
    ],
)
def test_hints_of_errors(number: int, errors: str, marks: dict[str, str]) -> None:
    request, hint = GUIDED[number]
    for mark, text in marks.items():  # as the published scripts replace them
        hint = hint.replace(mark, text)
    found = made("parrot.error_guided", number, f'{{"errors":"{errors}"}}')
    assert found == [named(request), f" 你好。{{worse}} \n\n### Hint: {hint}", "Guten <v>Tag</v>. "]


def test_spaces_around_marks_stay_at_the_ends_too() -> None:
    example = {"input_lang": "zh", "output_lang": "en", "input": "你好。", "output": " <v>Godd</v> day <v>!</v> "}
    out = Format("parrot.error_guided", choice=0).rewrite(make_batch(1, {**example, "meta": '{"errors":"minor"}'}))
    assert texts(out, "output") == [" <v>Godd</v> day <v>!</v> "]


def test_what_papers_and_readmes_quote() -> None:
    assert made("parrot.error_guided", 0, '{"errors":"no"}')[1].endswith(
        "\n\n### Hint: A translation with no errors could be"
    )
    assert made("parrot.contrastive", 0, '{"worse":"x"}')[1].endswith("\n\n### Hint: We prefer to translate it to")


@pytest.mark.parametrize("name", ["translation", "contrastive", "error_guided"])
def test_there_are_as_many_as_published(name: str) -> None:
    assert find_template(f"parrot.{name}").variants == len(CONTRASTIVE) == len(GUIDED) == 33
