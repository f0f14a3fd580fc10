import pytest

from transforms.augment.casing import title_case, upper_case


@pytest.mark.parametrize(
    ("text", "upper", "title"),
    [
        ("heLLo  big\nworld", "HELLO  BIG\nWORLD", "HeLLo  Big\nWorld"),
        ("straße ﬁn", "STRASSE FIN", "Straße FIn"),
        ("ßa", "SSA", "SSa"),
        ("«élan» l'été", "«ÉLAN» L'ÉTÉ", "«élan» L'été"),
        ("привет мир", "ПРИВЕТ МИР", "Привет Мир"),
        ("你好 2x", "你好 2X", "你好 2x"),
        ("", "", ""),
    ],
)
def test_cases(text: str, upper: str, title: str) -> None:
    assert (upper_case(text), title_case(text)) == (upper, title)
