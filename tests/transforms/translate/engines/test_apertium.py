import multiprocessing
import random
import shutil
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from transforms.translate.engines import Answer, MissingExtra, UnsupportedPair, apertium
from transforms.translate.engines.apertium import Apertium, escaped, unescaped
from transforms.translate.segments import verified

real = pytest.mark.skipif(
    shutil.which("apertium-tagger") is None or not Path("/usr/share/apertium/modes/eng-cat.mode").is_file(),
    reason="Apertium isn't installed (apt-get install apertium-eng-cat)",
)

STAGE = """
import sys, time

null, how, seen = "-z" in sys.argv, sys.argv[-1], 0


def read():
    text = b""
    while (byte := sys.stdin.buffer.read(1)) and not (null and byte == b"\\0"):
        text += byte
    if byte or text and not null:
        return text
    sys.exit()


while True:
    text = read()
    seen += 1
    if b"die" in text:
        sys.exit(1)
    if b"sleep" in text:
        time.sleep(60)
    if how == "upper":
        text = text.upper()
    if how == "count":
        text = b"%d " % seen + text
    if how == "twice":
        text += b"\\0" + text
    sys.stdout.buffer.write(text + (b"\\0" if null else b""))
    sys.stdout.buffer.flush()
"""
"""A stage that honours null flush, changes texts in the way that its last argument says, dies and hangs."""


def make_stage(folder: Path, name: str) -> Path:
    script = folder / name
    script.write_text(f"#!{sys.executable} -S\n{STAGE}", "utf-8")
    script.chmod(0o755)
    return script


def make_mode(folder: Path, name: str, command: str) -> None:
    (folder / "modes").mkdir(exist_ok=True)
    (folder / "modes" / f"{name}.mode").write_text(command, "utf-8")


@pytest.fixture(autouse=True)
def end_pipelines() -> Iterator[None]:
    yield
    pipelines = getattr(apertium._OPEN, "pipelines", {})
    while pipelines:
        pipelines.popitem()[1].close()


@pytest.fixture
def modes(tmp_path: Path) -> Path:
    stage, tagger = (make_stage(tmp_path, name) for name in ("stage", "apertium-tagger"))
    make_mode(tmp_path, "eng-spa", f"'{stage}' $2 'upper' | {stage} $1 same\n")
    make_mode(tmp_path, "eng-cat", f"{stage} same | {tagger} -g $2 count | {stage} upper | {stage} same")
    make_mode(tmp_path, "eng-cat_valencia", f"{stage} same | {tagger} -gx $2 count")
    make_mode(tmp_path, "en-gl", f"{stage} twice")
    return tmp_path


def test_stages_are_joined_without_a_shell(modes: Path) -> None:
    assert Apertium(str(modes)).translate(["hello; `ls` $HOME"], "en", "es") == [Answer("HELLO; `LS` $HOME")]


def test_a_mode_is_parsed(tmp_path: Path) -> None:
    make_mode(
        tmp_path, "eng-spa", "lt-proc -w '/a b/c.bin' |apertium-tagger -g $2 x.prob| lt-proc $1 \"d|e.bin\" # f\n"
    )
    assert apertium._stages(tmp_path / "modes" / "eng-spa.mode") == (
        ("lt-proc", "-w", "/a b/c.bin"),
        ("apertium-tagger", "-g", "x.prob"),
        ("lt-proc", "-n", "d|e.bin", "#", "f"),
    )


@pytest.mark.parametrize("command", ["", "\n", "$2", "| |"])
def test_what_is_no_mode_is_refused(tmp_path: Path, command: str) -> None:
    make_mode(tmp_path, "eng-spa", command)
    with pytest.raises(ValueError, match=r"eng-spa\.mode is no mode"):
        Apertium(str(tmp_path)).check("en", "es")


def test_a_stage_that_remembers_is_started_anew(modes: Path) -> None:
    texts = ["one", "two", "three"]
    answers = Apertium(str(modes)).translate(texts, "en", "ca")
    assert [answer.text for answer in answers] == ["1 ONE", "1 TWO", "1 THREE"]
    answers = Apertium(str(modes)).translate(texts, "en", "ca-valencia")  # a tagger that learns nothing is kept open
    assert [answer.text for answer in answers] == ["1 one", "2 two", "3 three"]


@pytest.mark.parametrize("target", ["es", "ca"])
def test_what_dies_is_started_again(modes: Path, target: str) -> None:
    answers = Apertium(str(modes)).translate(["one", "die", "two"], "en", target)
    assert [answer.failure for answer in answers] == [None, "crash", None]
    assert answers[2].text.endswith("TWO")


@pytest.mark.parametrize("target", ["es", "ca"])
def test_what_hangs_is_ended(modes: Path, target: str) -> None:
    began = time.monotonic()
    answers = Apertium(str(modes), timeout=1.5).translate(["one", "sleep", "two"], "en", target)
    assert [answer.failure for answer in answers] == [None, "timeout", None]
    assert time.monotonic() - began < 30


def test_a_pipeline_that_died_meanwhile_is_no_failure(modes: Path) -> None:
    engine = Apertium(str(modes))
    engine.translate(["one"], "en", "es")
    for pipeline in apertium._OPEN.pipelines.values():
        pipeline._parts[0]._processes[0].kill()
        pipeline._parts[0]._processes[0].wait()
    assert engine.translate(["two"], "en", "es") == [Answer("TWO")]


def test_answers_out_of_step_are_never_taken(modes: Path) -> None:
    answers = Apertium(str(modes)).translate(["one", "two"], "en", "gl")
    assert {answer.text for answer in answers} <= {"", "one", "two"}
    assert [answer.text for answer in answers] in (["", ""], ["one", ""], ["", "two"], ["one", "two"])


def test_long_texts_pass(modes: Path) -> None:
    text = "word " * 15_000  # more than pipes hold
    assert Apertium(str(modes)).translate([text], "en", "es") == [Answer(text.upper())]
    assert Apertium(str(modes)).translate([text], "en", "ca") == [Answer("1 " + text.upper())]


@pytest.mark.parametrize(
    ("text", "stream"),
    [
        ("plain, text.", b"plain, text."),
        (r"a\b ^c$ d/e <f> {g} [h] i@j", rb"a\\b \^c\$ d\/e \<f\> \{g\} \[h\] i\@j"),
        ("~5\tand\n6", b"[~]5[\t]and[\n]6"),
        ("X0X and Z0Q, Z12Q; AZ0Q", b"X0X and [Z0Q], [Z12Q]; AZ0Q"),
        ("", b""),
    ],
)
def test_the_stream_format(text: str, stream: bytes) -> None:
    assert escaped(text) == stream + b"[][\n]"
    assert unescaped(escaped(text)) == text


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_the_programs_cant_be_given(modes: Path, text: str) -> None:
    assert Apertium(str(modes)).translate([text, "", " "], "en", "es") == [
        Answer("", "unencodable"),
        Answer(""),
        Answer(" "),
    ]


def test_check_says_what_there_is(modes: Path, tmp_path: Path) -> None:
    engine = Apertium(str(modes))
    engine.check("en", "es-MX")
    engine.check("eng", "ca-valencia")
    with pytest.raises(UnsupportedPair, match=r"en to de: .* has en-gl, eng-cat, eng-cat_valencia, eng-spa"):
        engine.check("en", "de")
    with pytest.raises(UnsupportedPair, match="es to en"):
        engine.check("es", "en")
    with pytest.raises(MissingExtra, match=r"has none: apt-get install apertium-eng-cat"):
        Apertium(str(tmp_path / "none")).check("en", "es")
    make_mode(tmp_path, "eng-ita", "no-such-program x.bin")
    with pytest.raises(MissingExtra, match="needs the program no-such-program: apt-get install"):
        engine.check("en", "it")
    with pytest.raises(MissingExtra, match="needs the program no-such-program"):
        engine.translate(["one"], "en", "it")


def test_the_signature_is_the_contents(tmp_path: Path) -> None:
    signatures: list[str] = []
    for name, data in [("a", b"1"), ("b", b"1"), ("c", b"2")]:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "eng-spa.bin").write_bytes(data)
        make_mode(folder, "eng-spa", f"lt-proc $1 '{folder}/eng-spa.bin'")
        signatures.append(Apertium(str(folder), shards=len(signatures) + 1).signature_of("en", "es"))
    assert signatures[0] == signatures[1] != signatures[2]
    make_mode(tmp_path / "a", "eng-spa", f"lt-proc -w '{tmp_path}/a/eng-spa.bin'")
    assert Apertium(str(tmp_path / "a")).signature_of("en", "es") != signatures[0]


def test_each_thread_has_its_own_pipeline(modes: Path) -> None:
    found: list[list[Answer]] = []
    engine = Apertium(str(modes))
    here = engine.translate(["one"], "en", "es")
    thread = threading.Thread(target=lambda: found.append(engine.translate(["one"], "en", "es")))
    thread.start()
    thread.join()
    assert found == [here]


def test_a_forked_process_has_its_own_pipeline(modes: Path) -> None:
    engine = Apertium(str(modes))
    engine.translate(["one"], "en", "ca-valencia")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks in processes with threads
        with multiprocessing.get_context("fork").Pool(1) as pool:
            (answer,) = pool.apply(engine.translate, (["one"], "en", "ca-valencia"))
    assert answer.text == "1 one"
    assert engine.translate(["two"], "en", "ca-valencia") == [Answer("2 two")]


def test_parameters() -> None:
    with pytest.raises(ValueError, match="shards is 0"):
        Apertium(shards=0)
    with pytest.raises(ValueError, match="timeout is 0"):
        Apertium(timeout=0)
    assert (Apertium().groups(4), Apertium(shards=2).groups(4)) == (4, 2)


@real
def test_the_real_one_translates() -> None:
    engine = Apertium()
    engine.check("en", "ca")
    texts = ["The price of X0X is X1X.", "Hello, I am a foobarx.", "He is #1 at [home] <b> ~ {x} a/b c\\d ^e$."]
    answers = engine.translate(texts, "en", "ca")
    assert answers[0] == Answer("El preu de X0X és X1X.")
    assert "foobarx" in answers[1].text
    assert not any(mark in answers[1].text for mark in "*@#")
    assert all(kept in answers[2].text for kept in ("#1", "[", "]", "<b>", "~", "{x}", "c\\d", "^e$"))
    (blank,) = engine.translate(["The price of Z0Q is Z1Q."], "en", "ca")
    assert blank.text.count("Z0Q") == blank.text.count("Z1Q") == 1


@real
def test_the_same_text_always_has_the_same_answer(shared: Path) -> None:
    texts = (shared / "tatoeba" / "tatoeba.spa-eng.eng").read_text("utf-8").splitlines()[:50]
    installed = Path("/usr/share/apertium/modes")
    for target, mode in [("ca", "eng-cat"), ("es", "eng-spa"), ("gl", "en-gl")]:
        if not (installed / f"{mode}.mode").is_file():
            continue
        engine = Apertium()
        first = dict(zip(texts, engine.translate(texts, "en", target), strict=True))
        shuffled = random.Random(1).sample(texts, len(texts))
        assert dict(zip(shuffled, engine.translate(shuffled, "en", target), strict=True)) == first
        for text, answer in first.items():
            verified(text, answer.text)
