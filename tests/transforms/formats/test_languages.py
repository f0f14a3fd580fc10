import string
import tomllib
from importlib.resources import files
from itertools import product

import pytest

from transforms.formats.languages import language_name

WITHDRAWN = {"in", "iw", "ji", "jw", "mo"}


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
        ("pt_PT", "Portuguese", "European Portuguese"),
        ("por-BR", "Portuguese", "Brazilian Portuguese"),
        ("ES-419", "Spanish", "Latin American Spanish"),
        ("es-AR", "Spanish", "Spanish"),
        ("zh_TW", "Chinese", "Traditional Chinese"),
        ("zho_Hant", "Chinese", "Traditional Chinese"),
        ("zho_Hans", "Chinese", "Simplified Chinese"),
        ("yue-Hant", "Yue Chinese", "Cantonese"),
        ("sr-Latn", "Serbian", "Serbian in Latin script"),
        ("srp_Cyrl", "Serbian", "Serbian in Cyrillic script"),
        ("kas_Deva", "Kashmiri", "Kashmiri in Devanagari script"),
        ("sat_Olck", "Santali", "Santali in Ol Chiki script"),
        ("deu_Latn", "German", "German"),
        ("ja-Jpan", "Japanese", "Japanese"),
        ("ko-Kore", "Korean", "Korean"),
        ("ary_Arab", "Moroccan Arabic", "Moroccan Arabic"),
        ("iw", "Hebrew", "Hebrew"),
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
    assert len(set(named) - WITHDRAWN) == 184  # as many as iso-639 0.4.5 has in ISO 639-1
    assert set(named) >= WITHDRAWN
    assert all((language_name(code, "plain") or "(").isprintable() for code in named)
    assert not [code for code in named if "(" in (language_name(code, "plain") or "(")]


def test_all_languages_that_engines_have_codes_for_have_names() -> None:
    codes = tomllib.loads(files("transforms.translate.engines").joinpath("codes.toml").read_text("utf-8"))["languages"]
    assert [code for code in codes if language_name(code, "plain") is None] == ["ber", "sh"]  # groups of languages
