import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.example import make_batch
from transforms.rules.script import Script
from transforms.rules.scripts import _codes, _table, in_han_alone, scripts


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("sw", ("Latn",)),
        ("swh", ("Latn",)),
        ("pt-BR", ("Latn",)),
        ("sr", ("Cyrl", "Latn")),
        ("sr-Latn", ("Latn",)),
        ("srp_Cyrl", ("Cyrl",)),
        ("zh-Hant-TW", ("Hant",)),
        ("zh-TW", ("Hant",)),
        ("zh_Hans_TW", ("Hans",)),
        ("cmn-CN", ("Hans",)),
        ("ja", ("Jpan",)),
        ("tlh", ()),
        ("Thai", ()),
        ("", ()),
    ],
)
def test_scripts_of_a_tag(tag: str, found: tuple[str, ...]) -> None:
    assert scripts(tag) == found


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("鸟浆 is 12", True),
        ("鸟 is", False),
        ("今日の朝食", False),
        ("東京タワー入場券", False),
        ("東京ﾀﾜｰ入場券", False),
        ("大學어", False),
        ("12", False),
    ],
)
def test_what_is_in_han_alone(text: str, alone: bool) -> None:
    assert in_han_alone(text) == alone


TEXTS = {
    "sw": "Habari ya asubuhi, rafiki yangu.",
    "th": "สวัสดีตอนเช้า เพื่อนของฉัน",
    "zh": "早上好，我的朋友。",
    "ja": "おはよう、私の友達。",
    "ko": "좋은 아침이야, 친구.",
    "ru": "Доброе утро, мой друг.",
    "el": "Καλημέρα, φίλε μου.",
    "hi": "सुप्रभात, मेरे दोस्त।",
    "bn": "শুভ সকাল, আমার বন্ধু।",
    "te": "శుభోదయం, నా స్నేహితుడా.",
    "ar": "صباح الخير يا صديقي",
    "am": "እንደምን አደርክ ወዳጄ",
    "ka": "დილა მშვიდობისა, მეგობარო",
}


@pytest.mark.parametrize("said", TEXTS)
@pytest.mark.parametrize("declared", TEXTS)
def test_text_is_told_by_its_letters(said: str, declared: str) -> None:
    verdict = Script().judge(make_batch(1, {"output": [TEXTS[said]], "output_lang": declared, "input_lang": "en"}))
    shared = said == declared or (said, declared) == ("zh", "ja")  # Japanese has Han letters too
    assert (verdict.reasons[0] is None) == shared, verdict.details


@pytest.mark.parametrize(
    ("rule", "output", "lang", "reason", "detail"),
    [
        (Script(), "สวัสดี hello", "th", "script:other", "output: 0.44 in Thai"),
        (Script(0.4), "สวัสดี hello", "th", None, None),
        (Script(), "GSM8K: สวัสดีตอนเช้า เพื่อนของฉัน", "th", None, None),
        (Script(), "1, 2, 3 + 4 = 10!", "th", None, None),
        (Script(), "abcd", "th", None, None),
        (Script(min_letters=4), "abcd", "th", "script:other", "output: 0.00 in Thai"),
        (Script(), "Qapla' batlh", "tlh", "script:unknown", "output: 'tlh'"),
        (Script(), "Dobro jutro", "sr-Cyrl", "script:other", "output: 0.00 in Cyrillic"),
        (Script(), "Dobro jutro", "sr", None, None),
        (Script(), "这是我们的国家", "zh", None, None),
        (Script(), "这是我们的国家", "zh-CN", None, None),
        (Script(), "这是我们的国家", "zh-TW", "script:other", "output: in Simplified Chinese"),
        (Script(), "這是我們的國家", "zho_Hans", "script:other", "output: in Traditional Chinese"),
        (Script(), "這是我們的國家「中国」", "zh-Hant", None, None),  # quotes a word
        (Script(), "上山下山大人", "zh-Hant", None, None),  # the same in both
        (
            Script(),
            "Luke，我是你的表妹。",
            "zh",
            None,
            None,
        ),  # of ten letters six are Chinese, and those are four words
        (Script(), "Koby和Cherie have 多少 fireworks", "zh", "script:other", "output: 0.27 in Han"),
        (Script(), "我的iPhone旧了，你的是新的", "zh-Hant", "script:other", "output: in Simplified Chinese"),
        (Script(), "내 친구 Alexander는 집에서 먹어요", "ko", None, None),
        (Script(), "Good morning", "ja", "script:other", "output: 0.00 in Han or Hiragana or Katakana"),
        (Script(fields=("input",)), "Good morning", "ja", None, None),
        (Script(), "スーパーマーケット", "ja", None, None),  # the marks of long vowels are letters of no script
        (Script(), "مـــرحـــبا بكم", "ar", None, None),
        (Script(), "ーーーーー Good", "ja", None, None),  # four letters
        (Script(), "ーーーーーーーー Hello", "ja", "script:other", "output: 0.00 in Han or Hiragana or Katakana"),
    ],
)
def test_what_is_kept(rule: Script, output: str, lang: str, reason: str | None, detail: str | None) -> None:
    verdict = rule.judge(make_batch(1, {"output": [output], "output_lang": lang, "input_lang": "en"}))
    assert verdict.details is not None
    assert (verdict.reasons[0], verdict.details[0]) == (reason, detail)


@given(st.lists(st.tuples(st.text(max_size=12), st.sampled_from(["th", "en", "tlh", "sr"])), max_size=8))
def test_rows_are_judged_alone(rows: list[tuple[str, str]]) -> None:
    def judged(some: list[tuple[str, str]]) -> list[str | None]:
        batch = make_batch(len(some), {"output": [text for text, _ in some], "output_lang": [lang for _, lang in some]})
        return list(Script(fields=("output",), min_letters=1).judge(batch).reasons)

    assert judged(rows) == [reason for row in rows for reason in judged([row])]


def test_the_table_holds_together() -> None:
    for codes in _codes("written").values():
        assert set(codes) <= set(_table("names"))
    assert len(_codes("written")) > 200


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"min_share": 1.5}, "1.5 is not a share"),
        ({"min_letters": 0}, "0 is less than 1"),
        ({"fields": ("answer",)}, "'answer' is not a content column"),
        ({"fields": ("history",)}, "'history' has text of two languages"),
    ],
)
def test_parameters_are_checked(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Script(**wrong)
