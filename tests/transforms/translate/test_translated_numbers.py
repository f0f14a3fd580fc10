import pytest

from transforms.translate.numbers import missing_numbers, number_spans


@pytest.mark.parametrize(
    ("source", "answer", "missing"),
    [
        ("1,234 and 5", "1.234 y 5", []),
        ("3.5 litres", "3,5 litros", []),
        ("2 friends", "dois amigos", ["2"]),
        ("no number", "n\u00famero 7", []),
        ("\uff15 and \u0665", "5", []),
        ("X12X costs 3", "X12X custa 3", []),
        ("X12X has 12", "X12X tem", ["12"]),
        ("3X0X5", "3 5", []),
        ("3 5", "3X0X5", []),
    ],
)
def test_missing_numbers(source: str, answer: str, missing: list[str]) -> None:
    assert missing_numbers(source, answer) == missing


def test_where_numbers_stand() -> None:
    text = "X2X has 2 of 1,234 and 22"
    assert [text[a:b] for a, b in number_spans(text, ["2", "1234"])] == ["2", "1,234"]


@pytest.mark.parametrize("text", ["It cost 12 345 in 2020 300 times", "It cost 12\u00a0345 in 2020 300 times"])
def test_a_number_whose_thousands_are_spaced_is_shielded(text: str) -> None:
    missing = missing_numbers(text, "nothing")
    assert missing == ["12345", "2020", "300"]
    assert [text[a:b] for a, b in number_spans(text, missing)] == [text[8:14], "2020", "300"]
