from pathlib import Path

import pytest
from loaded import Loaded

from transforms.augment.chance import Chance
from transforms.augment.tags import Tags

GLOSSARY = {
    "de": {"contract": "Vertrag", "contract law": "Vertragsrecht", "bank": "Bank", "taxi": "taxi", "{trg}": "x"}
}
MARKED = "__source__ {} __target__ {} __done__"


@pytest.mark.parametrize(
    ("prompt", "answer", "shares", "tagged"),
    [
        ("The contract.", "Der Vertrag.", [0.0], f"The {MARKED.format('contract', 'Vertrag')}."),
        ("The contract.", "Der vertrag.", [0.0], f"The {MARKED.format('contract', 'Vertrag')}."),
        ("The contract.", "Das Abkommen.", [], "The contract."),
        ("The contracts.", "Die Vertrag.", [], "The contracts."),
        ("The Contract.", "Der Vertrag.", [], "The Contract."),
        ("contract contract", "Vertrag", [0.9, 0.0], f"contract {MARKED.format('contract', 'Vertrag')}"),
        ("a contract law", "ein Vertrag", [], "a contract law"),
        ("a contract law", "ein Vertragsrecht", [0.0], f"a {MARKED.format('contract law', 'Vertragsrecht')}"),
        ("a taxi", "ein taxi", [], "a taxi"),
        ("{trg} \\1", "x", [0.0], f"{MARKED.format('{trg}', 'x')} \\1"),
        ("", "", [], ""),
    ],
)
def test_terms_that_the_answer_has(prompt: str, answer: str, shares: list[float], tagged: str) -> None:
    tags = Tags(0.5, GLOSSARY)
    assert tags.apply(prompt, answer, tags.terms("de-AT"), Loaded(shares)) == tagged


def test_other_languages_have_no_terms() -> None:
    tags = Tags(1, GLOSSARY)
    assert tags.terms("fr") == ()
    assert tags.apply("contract", "Vertrag", (), Chance(1)) == "contract"


def test_own_templates() -> None:
    tags = Tags(1, GLOSSARY, "{src}<{trg}>")
    assert tags.apply("bank", "Bank", tags.terms("de"), Chance(1)) == "bank<Bank>"


def test_glossaries_in_files(tmp_path: Path) -> None:
    (tmp_path / "terms.tsv").write_text("pie\tKuchen\n")
    assert Tags(1, {"de": "terms.tsv"}).resolved(str(tmp_path)).terms("de") == (("pie", "Kuchen"),)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probability": 2}, "tags is 2: a probability"),
        ({"glossary": {}}, "glossary is empty"),
        ({"template": "{src}"}, "stand in it once each"),
    ],
)
def test_what_can_not_be(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Tags(**{"probability": 0.1, "glossary": GLOSSARY, **changes})
