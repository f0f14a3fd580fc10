import io
from typing import Any

from rich.console import Console

from pipeline.token_tables import token_tables


def told(**numbers: Any) -> dict[str, Any]:
    ratios = {"per_word": 1.5, "per_character": 0.25, "per_byte": 0.125}
    return {"tokens": 1200, **ratios, "byte_piece_share": 0.5, "byte_character_share": 0.75, **numbers}


def test_what_is_printed_of_tokens() -> None:
    languages = {
        "": told(),
        "ta": told(parity=1.25, advice="share less", quadrant="selfish"),
        "te": told(advice="share more"),
    }
    tokens = {"tokenizer": "file:t.json", "content": "c", "unit": "tokens", "languages": languages, "parity_to": None}
    console = Console(width=160, file=io.StringIO())
    for each in token_tables({"datasets": {"d": {"tokens": tokens}, "plain": {}}}):
        console.print(each)
    lines = [" ".join(line.split()) for line in console.file.getvalue().splitlines()]
    numbers = "1,200 1.500 0.250 0.125 50.00% 75.00%"
    for line in (f"not stated {numbers}", f"ta {numbers} 1.250", f"te {numbers}"):
        assert line in lines
    assert any(line.endswith("parity to -") for line in lines)
    assert "ta, selfish by its scores: share less (arXiv 2311.09071; the thresholds are ours)" in lines
    assert "te: share more (arXiv 2311.09071; the thresholds are ours)" in lines
