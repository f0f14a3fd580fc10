import pytest

from transforms.rules.language_codes import TAG, counts_as, label_language, language


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("pt-BR", "pt"),
        ("zh-Hant-TW", "zh"),
        ("cmn", "zh"),
        ("yue", "yue"),
        ("eng", "en"),
        ("ger", "de"),
        ("deu_Latn", "de"),
        ("arb", "ar"),
        ("arz", "arz"),
        ("swh", "sw"),
        ("iw", "he"),
        ("nb", "no"),
        ("nn", "nn"),
        ("fil", "tl"),
        ("als", "sq"),
        ("EN", "en"),
        ("xyz", "xyz"),
        ("", ""),
    ],
)
def test_tags_are_reduced_to_the_shortest_code_of_the_language(tag, code):
    assert language(tag) == code


@pytest.mark.parametrize(
    ("label", "code"), [("als", "gsw"), ("als_Latn", "sq"), ("bh", "bho"), ("no", "no"), ("arb_Arab", "ar")]
)
def test_labels_without_a_script_are_wikipedias(label, code):
    assert label_language(label) == code


@pytest.mark.parametrize(
    ("code", "codes"), [("de", {"de"}), ("no", {"no", "nn"}), ("zh", {"zh", "yue", "wuu"}), ("yue", {"yue"})]
)
def test_languages_count_as_what_they_are_confused_with(code, codes):
    assert counts_as(code) == codes


@pytest.mark.parametrize("tag", ["fil", "pt-BR", "zh_Hant_TW", "de-CH-1901"])
def test_tags(tag: str) -> None:
    assert TAG.fullmatch(tag)


@pytest.mark.parametrize("other", ["", "p", "german", "pt-", "pt-B", "pt-abcdefghi", "pt BR"])
def test_what_is_no_tag(other: str) -> None:
    assert not TAG.fullmatch(other)
