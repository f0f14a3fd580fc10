import string
from itertools import product

import pytest

from transforms.formats.languages import language_name


@pytest.mark.parametrize(
    ("tag", "iso639", "plain"),
    [
        ("sw", "Swahili (macrolanguage)", "Swahili"),
        ("el", "Modern Greek (1453-)", "Greek"),
        ("zh", "Chinese", "Chinese"),
        ("bn", "Bengali", "Bengali"),
        ("de", "German", "German"),
        ("es", "Spanish", "Spanish"),
        ("fr", "French", "French"),
        ("ja", "Japanese", "Japanese"),
        ("ru", "Russian", "Russian"),
        ("th", "Thai", "Thai"),
        ("ar", "Arabic", "Arabic"),
        ("hi", "Hindi", "Hindi"),
        ("tr", "Turkish", "Turkish"),
        ("vi", "Vietnamese", "Vietnamese"),
        ("te", "Telugu", "Telugu"),
        ("no", "Norwegian", "Norwegian"),
        ("nb", "Norwegian Bokmål", "Norwegian Bokmål"),
        ("or", "Oriya (macrolanguage)", "Odia"),
        ("pt-BR", "Portuguese", "Brazilian Portuguese"),
        ("pt_PT", "Portuguese", "Portuguese"),
        ("ES-419", "Spanish", "Spanish"),
        ("zh-Hant-TW", "Chinese", "Traditional Chinese"),
        ("deu", "German", "German"),
        ("swh", "Swahili (individual language)", "Swahili"),
        ("yue", "Yue Chinese", "Cantonese"),
        ("xx", None, None),
        ("sh", None, None),
        ("und", None, None),
        ("", None, None),
        ("-", None, None),
    ],
)
def test_language_name(tag: str, iso639: str | None, plain: str | None) -> None:
    assert language_name(tag, "iso639") == iso639
    assert language_name(tag, "plain") == plain


def test_all_two_letter_codes_have_both_names() -> None:
    codes = ["".join(pair) for pair in product(string.ascii_lowercase, repeat=2)]
    named = [code for code in codes if language_name(code)]
    assert len(named) == 184  # as many as iso-639 0.4.5 has in ISO 639-1
    assert all((language_name(code, "plain") or "(").isprintable() for code in named)
    assert not [code for code in named if "(" in (language_name(code, "plain") or "(")]
