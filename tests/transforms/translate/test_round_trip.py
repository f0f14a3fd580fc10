from pathlib import Path
from typing import Any

import pytest

from tests.transforms.translate.test_translate_step import applied, rows
from transforms.translate.answers import Answers, Found, range_of, segment_key, write_answers
from transforms.translate.cutting import Cutting
from transforms.translate.round_trip import RoundTrip
from transforms.translate.step import Translate

BACK = {
    "PT: Tell me about the sea": Found("Tell me about the sea", "mt:e", True),
    "PT: Count the boats": Found("Something else entirely was said", "mt:e", True),
    "PT: It is deep": Found("It is deep", "mt:e", True),
    "PT: Name a fish": Found("", "", True, "refusal", "Fish? No."),
    "PT: Name a bird": Found("", "", True, "deferred:budget"),
}


def judged(step: RoundTrip, batch: Any, work: Path) -> Any:
    found: dict[int, dict[bytes, Found]] = {at: {} for at in range(2)}
    for request in step.wanted(batch, Cutting()):
        assert (request.source, request.target) == ("pt", "en")
        found[range_of(segment_key(request), 2)][segment_key(request)] = BACK[request.text]
    files = {at: write_answers(str(work), each) for at, each in found.items()}
    return step.apply(batch, Cutting(), Answers(files, 2), "stream", "round_trip")


def test_what_comes_back_otherwise_is_rejected_and_measured(tmp_path: Path) -> None:
    batch = rows(
        {"instruction": "Tell me about the sea", "output": "It is deep"},
        {"instruction": "Count the boats", "output": "It is deep"},
        {"instruction": "Name a fish"},
        {"instruction": "Name a bird"},
        {"instruction": "Ola amigo", "input_lang": "pt"},
    )
    translated = applied(Translate(("pt",), "e"), batch, tmp_path / "a").batch
    outcome = judged(RoundTrip("e", min_chrf=60.0), translated, tmp_path / "b")
    assert outcome.batch.column("instruction").to_pylist() == ["PT: Tell me about the sea", "Ola amigo"]
    assert outcome.batch.column("scores").to_pylist() == [[{"name": "chrf_roundtrip", "value": 100.0}], []]
    told = {row["instruction"]: (row["reason"], row["detail"]) for row in outcome.rejects.to_pylist()}
    assert told["PT: Count the boats"][0] == "round_trip"
    assert told["PT: Count the boats"][1].startswith("instruction: ")
    assert told["PT: Name a fish"] == ("round_trip:failed", "instruction: refusal: PT: Name a fish -> Fish? No.")
    assert told["PT: Name a bird"] == ("deferred:budget", "instruction: deferred:budget: PT: Name a bird")
    low = judged(RoundTrip("e", min_chrf=0.0), translated, tmp_path / "b")
    assert low.batch.num_rows == 3


def test_of_a_history_only_what_was_translated_goes_back(tmp_path: Path) -> None:
    turns = [{"user": "Tell me about the sea", "assistant": "Profundo"}]
    batch = rows({"history": turns, "input_lang": "en", "output_lang": "pt"})
    translated = applied(Translate(("pt",), "e"), batch, tmp_path / "a").batch
    step = RoundTrip("e")
    assert [request.text for request in step.wanted(translated, Cutting())] == ["PT: Tell me about the sea"]
    outcome = judged(step, translated, tmp_path / "b")
    assert outcome.batch.column("scores").to_pylist() == [[{"name": "chrf_roundtrip", "value": 100.0}]]


def test_what_wasnt_translated_isnt_judged(tmp_path: Path) -> None:
    batch = rows({"instruction": "Tell me about the sea"})
    step = RoundTrip("e")
    assert step.wanted(batch, Cutting()) == {}
    files = {at: write_answers(str(tmp_path), {}) for at in range(2)}
    assert step.apply(batch, Cutting(), Answers(files, 2), "s", "r").batch.num_rows == 1


@pytest.mark.parametrize("wrong", [{"engine": "e", "min_chrf": 101.0}, {"engine": ()}, {"engine": ""}])
def test_parameters(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"min_chrf|engine"):
        RoundTrip(**wrong)
