"""Codes that no language has are told, with what was most likely meant."""

import pytest
from small_recipe import Load, changed


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", []),
        ("[pt-BR, zh-Hant]", []),
        ("iw", []),
        ("sh", []),
        ("[quy, fil]", []),
        ("sp", ["'sp' is no language: ISO 639-1 has no 'sp'; did you mean 'es'?"]),
        ("[jp-JP, en]", ["'jp-JP' is no language: ISO 639-1 has no 'jp'; did you mean 'ja'?"]),
        ("ns", ["'ns' is no language: ISO 639-1 has no 'ns'; did you mean 'nso'?"]),
        ("zht", ["'zht' is no language: ISO 639 has no 'zht'; did you mean 'zh-Hant'?"]),
        ("[xx, xx]", ["'xx' is no language: ISO 639-1 has no 'xx'"]),
    ],
)
def test_languages_of_sources(lang: str, said: list[str], loaded: Load) -> None:
    warnings = loaded(changed("lang: en", f"lang: {lang}")).warnings
    assert [warning.partition("sources.a.lang: ")[2] for warning in warnings] == said


def test_languages_to_translate_into(loaded: Load) -> None:
    steps = "s: {from: a, steps: [{translate: {to: [pt, cz], engine: e}}]}"
    text = changed("s: {from: a}", steps) + "engines:\n  e: {identity: {}}\n"
    (warning,) = loaded(text).warnings
    assert "translate.to: 'cz' is no language: ISO 639-1 has no 'cz'; did you mean 'cs'?" in warning
