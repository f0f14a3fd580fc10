import gzip
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import tm
from pipeline.cli import main
from transforms.example import digest
from transforms.translate.ask import ask, remembered_entries
from transforms.translate.engines.identity import Identity
from transforms.translate.entries import HUMAN, Entry, to_line
from transforms.translate.exchange.pairs import Unmatched, entries_of
from transforms.translate.exchange.reading import LeftOut, read_entries
from transforms.translate.exchange.writing import export
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.wanted import Wanted

ENTRIES = [
    Entry("en", "pt", "Open X0X & <close>", "Abra X0X & <feche>", "llm:gpt", "openai:m:1"),
    Entry("en", "pt", "Two\nlines", "Duas\nlinhas", HUMAN, HUMAN, digits=False),
    Entry("en", "zh-Hans", "Hello", "你好", "mt:local", "firefox:1"),
]


def held(path: Path) -> list[Entry]:
    return list(Memory(str(path)).entries())


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    path = tmp_path / "memory"
    with Memory(str(path)).journal() as journal:
        journal.append(ENTRIES)
    return path


@pytest.mark.parametrize("form", ["jsonl", "parquet", "tmx", "jsonl.gz", "tmx.gz"])
def test_what_is_exported_is_taken_in_again(memory: Path, tmp_path: Path, form: str) -> None:
    file, other = tmp_path / f"tm.{form}", tmp_path / "other"
    assert main(["tm", "export", str(memory), str(file)]) == 0
    assert file.read_bytes().startswith(b"\x1f\x8b") == form.endswith(".gz")
    assert main(["tm", "import", str(other), str(file)]) == 0
    assert held(other) == held(memory) == sorted(ENTRIES, key=lambda entry: entry.key)


def test_tmx_is_read_by_others(memory: Path, tmp_path: Path) -> None:
    file = tmp_path / "tm.tmx"
    assert main(["tm", "export", str(memory), str(file), "--target", "pt"]) == 0
    units = list(ElementTree.parse(file).iter("tu"))
    texts = {tuple(seg.text for seg in unit.iter("seg")) for unit in units}
    assert texts == {(entry.text, entry.translation) for entry in ENTRIES[:2]}
    assert {prop.text for prop in units[0].iter("prop")} & {"llm:gpt", "human"}


def test_what_xml_cant_hold_is_counted(tmp_path: Path) -> None:
    nasty = [Entry("en", "pt", f"a{c}b", "x", HUMAN, HUMAN) for c in "\x00\x0b\ufffe\r"]
    assert export([*nasty, *ENTRIES], str(tmp_path / "a.tmx"), "tmx") == (3, 4)
    ElementTree.parse(tmp_path / "a.tmx")


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="Xx\n"), min_size=1)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXT, TEXT, st.booleans()), max_size=10), st.sampled_from(["jsonl", "parquet"]))
def test_any_text_survives(tmp_path: Path, pairs: list[tuple[str, str, bool]], form: str) -> None:
    entries = [Entry("en", "pt", f"{text}\nX0X", f"{said}\nX0X", "mt:e", "s", digits) for text, said, digits in pairs]
    export(entries, str(tmp_path / "any"), form)
    left_out = LeftOut()
    assert list(read_entries(str(tmp_path / "any"), form, left_out)) == [
        entry for entry in entries if entry.translation.lstrip().count("\n") == 1
    ]
    assert left_out.total() == sum(entry.translation.lstrip().count("\n") == 0 for entry in entries)


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_what_an_editor_has_damaged_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    """In the memory it would fail its examples in every run, and never be asked for again."""
    good = Entry("en", "pt", "Open X0X now", "Abra X0X logo", HUMAN, HUMAN)
    lost = Entry("en", "pt", "Close X0X now", "Feche logo", HUMAN, HUMAN)
    lines = Entry("en", "pt", "Two\nlines", "Duas linhas", HUMAN, HUMAN)
    export([good, lost, lines], str(tmp_path / f"a.{form}"), form)
    assert main(["tm", "import", str(tmp_path / "memory"), str(tmp_path / f"a.{form}")]) == 0
    assert held(tmp_path / "memory") == [good]
    assert "2 entries left out: damaged" in capsys.readouterr().err


def test_stats_and_compact(memory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tm", "stats", str(memory), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["journaled"] == 3
    assert main(["tm", "compact", str(memory)]) == 0
    assert capsys.readouterr().err == "3 lines of journals folded\n"
    assert main(["tm", "stats", str(memory)]) == 0
    assert "llm:gpt" in capsys.readouterr().out


def test_damaged_lines_are_told_and_taken_in_when_they_are_mended(
    memory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (journal,) = (memory / "journal").iterdir()
    journal.write_bytes(journal.read_bytes().replace(b"Hello", b"He\xffo"))
    told = f"1 lines of journals are damaged and don't count: a fold keeps them in {memory}/damaged"
    assert main(["tm", "stats", str(memory)]) == 0
    assert told in capsys.readouterr().out
    assert main(["tm", "compact", str(memory)]) == 0
    assert told in capsys.readouterr().err
    (kept,) = (memory / "damaged").iterdir()
    kept.write_bytes(kept.read_bytes().replace(b"He\xffo", b"Hello"))
    assert main(["tm", "import", str(memory), str(kept)]) == 0
    kept.unlink()
    assert held(memory) == sorted(ENTRIES, key=lambda entry: entry.key)
    assert main(["tm", "stats", str(memory), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["damaged"] == 0


def test_peoples_lines_win_over_an_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(tmp_path, "a.en").write_text("See `x` at https://a.b/c\nGood morning\nUse `y`\n")
    Path(tmp_path, "a.pt").write_text("Em https://a.b/c veja `x`\nBom dia\nUse isto\n")
    path = tmp_path / "memory"
    files = [str(tmp_path / "a.en"), str(tmp_path / "a.pt")]
    assert main(["tm", "import", str(path), *files, "--lang", "en", "pt"]) == 0
    said = capsys.readouterr().err
    assert "1 pairs left out: protected" in said
    memory = Memory(str(path))
    requests = [Request(text, "en", "pt") for text in ("Good morning", "See X0X at X1X")]
    report = ask({"e": Identity()}, map(Wanted, requests), memory)
    assert report.usage["human", "pt"].from_memory == 2
    entries = remembered_entries(memory, {"e": Identity()}, requests)
    found = {one.text: entry.translation for one, entry in entries.items()}
    assert found == {"Good morning": "Bom dia", "See X0X at X1X": "Em X1X veja X0X"}
    assert main(["tm", "import", str(path), *files, "--lang", "en", "pt"]) == 0  # again, and nothing changes
    assert len(held(path)) == 2


@pytest.mark.parametrize("form", ["jsonl", "tmx"])
def test_corrections_count_when_they_are_said_to_be_ones(
    memory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    file = tmp_path / f"tm.{form}"
    assert main(["tm", "export", str(memory), str(file)]) == 0
    file.write_text(file.read_text("utf-8").replace("你好", "您好 5"), "utf-8")
    assert main(["tm", "import", str(memory), str(file)]) == 0
    assert "1 of them differ from what it held, and may not count: --edited" in capsys.readouterr().err
    assert {entry.origin for entry in held(memory) if entry.target == "zh-Hans"} == {"mt:local"}
    assert main(["tm", "import", str(memory), str(file), "--edited"]) == 0
    assert "1 of them were changed since they were exported" in capsys.readouterr().err
    wanted = [Request(entry.text, entry.source, entry.target) for entry in ENTRIES]
    found = remembered_entries(Memory(str(memory)), {"e": Identity()}, wanted)
    assert (found[wanted[2]].translation, found[wanted[2]].origin) == ("您好 5", HUMAN)
    assert wanted[0] not in found  # was not changed, and is another engine's


def test_corrections_that_correct_nothing_are_told(
    memory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever sends the wrong file, or the one that was exported, would take the corrections for used."""
    file = tmp_path / "tm.tmx"
    assert main(["tm", "export", str(memory), str(file)]) == 0
    assert main(["tm", "import", str(memory), str(file), "--edited"]) == 0
    assert "nothing was taken for a correction" in capsys.readouterr().err
    file.write_text(file.read_text("utf-8").replace("你好", "您好"), "utf-8")
    assert main(["tm", "import", str(memory), str(file), "--edited"]) == 0
    said = capsys.readouterr().err
    assert "1 of them came as people's, changed or not" in said
    assert "langloom run RECIPE --force" in said
    assert "nothing was taken" not in said


def test_corrections_need_the_memory_that_they_correct(
    memory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where its name is misspelt, they would be the only ones in a memory that no run reads."""
    assert main(["tm", "export", str(memory), str(tmp_path / "tm.tmx")]) == 0
    assert main(["tm", "import", str(tmp_path / "memroy"), str(tmp_path / "tm.tmx"), "--edited"]) == 2
    assert "memroy is no translation memory" in capsys.readouterr().err
    assert not (tmp_path / "memroy").exists()


def test_an_export_without_entries_says_why(memory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tm", "export", str(memory), str(tmp_path / "gr.tmx"), "--target", "gr"]) == 0
    said = capsys.readouterr().err
    assert "0 entries written" in said
    assert f"none is of gr: `langloom tm stats {memory}` tells" in said


def test_a_mark_of_byte_order_is_no_text(tmp_path: Path) -> None:
    Path(tmp_path, "a.en").write_bytes(b"\xef\xbb\xbfGood morning\r\nGood night\r\n")
    Path(tmp_path, "a.pt").write_bytes(b"\xef\xbb\xbfBom dia\nBoa noite")
    path = tmp_path / "memory"
    assert main(["tm", "import", str(path), str(tmp_path / "a.en"), str(tmp_path / "a.pt"), "--lang", "en", "pt"]) == 0
    assert {(one.text, one.translation) for one in held(path)} == {
        ("Good morning", "Bom dia"),
        ("Good night", "Boa noite"),
    }


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: data[:-8], gzip.decompress])
@pytest.mark.parametrize("words", [["a.en.gz", "a.pt.gz", "--lang", "en", "pt"], ["tm.jsonl.gz"]])
def test_a_file_that_was_cut_off_is_not_taken_for_a_whole_one(
    memory: Path, tmp_path: Path, words: list[str], damage: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.en.gz", "a.pt.gz"):
        lines = "".join(f"{name} has line {digest(str(at)).hex()}\n" for at in range(2000))
        Path(tmp_path, name).write_bytes(damage(gzip.compress(lines.encode())))
    main(["tm", "export", str(memory), str(tmp_path / "tm.jsonl.gz")])
    file = tmp_path / "tm.jsonl.gz"
    file.write_bytes(damage(file.read_bytes()))
    capsys.readouterr()
    files = [str(tmp_path / word) if word.endswith(".gz") else word for word in words]
    assert main(["tm", "import", str(tmp_path / "other"), *files]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {files[0]}") and said.count("\n") == 1


def test_variants_of_the_memorys_languages_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    memory, file = str(tmp_path / "memory"), tmp_path / "a.tmx"
    variants = "<tuv lang='{}'><seg>Good day</seg></tuv><tuv lang='pt'><seg>Bom dia</seg></tuv>"
    for source, told in [("en", False), ("EN-US", True), ("EN-US", False), ("fr", False)]:
        file.write_text(f"<tmx><body><tu>{variants.format(source)}</tu></body></tmx>")
        assert main(["tm", "import", memory, str(file)]) == 0
        said = capsys.readouterr().err
        assert ("from en-US to pt: runs from en to pt don't find them\n`--lang en pt`" in said) is told


def test_languages_that_are_in_journals_only_are_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a run that was killed leaves them."""
    memory, file = Memory(str(tmp_path / "memory")), tmp_path / "a.tmx"
    with memory.journal() as journal:
        journal.append([Entry("en", "pt", "Good day", "Bom dia", "mt:local", "s")])
    variants = "<tuv lang='en-US'><seg>Good night</seg></tuv><tuv lang='pt'><seg>Boa noite</seg></tuv>"
    file.write_text(f"<tmx><body><tu>{variants}</tu></body></tmx>")
    assert main(["tm", "import", memory.path, str(file)]) == 0
    assert "from en-US to pt: runs from en to pt don't find them" in capsys.readouterr().err


def test_what_an_import_brings_twice_is_no_difference_from_the_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is what it has written looked through again and again."""
    monkeypatch.setattr(tm, "CHUNK", 1)
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"".join(to_line(Entry("en", "pt", "Hello", said, "mt:a", "s")) for said in ("Oi", "Alô")))
    assert main(["tm", "import", str(tmp_path / "memory"), str(file)]) == 0
    assert "differ" not in capsys.readouterr().err


DATA = Path(__file__).parents[3] / "shared/data/tatoeba"


@pytest.mark.usefixtures("shared")
def test_published_sentences_as_tmx_are_found_by_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [(DATA / f"tatoeba.por-eng.{name}").read_text("utf-8").splitlines() for name in ("eng", "por")]
    pairs = list(zip(*texts, strict=True))
    root = ElementTree.Element("tmx", version="1.4")
    body = ElementTree.SubElement(root, "body")
    for pair in [*pairs, ("alone",)]:
        unit = ElementTree.SubElement(body, "tu")
        for lang, text in zip(("en-US", "pt-PT"), pair, strict=False):
            variant = ElementTree.SubElement(unit, "tuv", {"xml:lang": lang})
            ElementTree.SubElement(variant, "seg").text = text
    ElementTree.ElementTree(root).write(tmp_path / "a.tmx", "utf-8")
    path = str(tmp_path / "memory")
    assert main(["tm", "import", path, str(tmp_path / "a.tmx"), "--lang", "en", "pt"]) == 0
    said = capsys.readouterr().err
    assert "1 units left out: not in both en and pt" in said
    found = {(entry.text, entry.translation) for entry in held(Path(path))}
    assert len(found & set(pairs)) > 0.95 * len({text for text, _ in pairs})
    requests = {Request(text, "en", "pt") for text, _ in pairs if text in dict(found)}
    report = ask({"e": Identity()}, map(Wanted, requests), Memory(path))
    assert report.usage["human", "pt"].from_memory == len(requests)


def test_white_space_around_a_side_is_no_matter() -> None:
    assert entries_of("Hello. ", "\u00a0Olá.\n", "en", "pt") == entries_of("Hello.", "Olá.", "en", "pt")


@pytest.mark.parametrize(
    ("text", "translation", "reason"),
    [("- one\n- two", "- um", "structure"), ("Use `a`", "Use `b`", "protected"), ("`a`", "`a`", "empty")],
)
def test_pairs_that_dont_correspond(text: str, translation: str, reason: str) -> None:
    with pytest.raises(Unmatched, match=reason):
        entries_of(text, translation, "en", "pt")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stats", "{0}/none"], "is no translation memory"),
        (["export", "{0}/memory", "{0}/a.doc"], "isn't one of jsonl, parquet, tmx"),
        (["export", "{0}/memory", "{0}/folder.tmx"], "folder.tmx is a folder; name a file in it"),
        (["import", "{0}/memory", "{0}/bad.jsonl"], "bad.jsonl:2: it has no source; an entry, as"),
        (["import", "{0}/memory", "{0}/list.jsonl"], "list.jsonl:1: not a JSON object; an entry, as"),
        (
            ["import", "{0}/memory", "{0}/number.jsonl"],
            "number.jsonl:1: translation is 5; an entry, as `langloom tm export` writes it, has the texts source, "
            "target, text, translation, origin, signature, and digits, which is true or false; what people translated",
        ),
        (["import", "{0}/memory", "{0}/short", "{0}/long", "--lang", "en", "pt"], "different numbers of lines"),
        (["import", "{0}/memory", "{0}/short", "--lang", "en", "pt"], "two aligned files"),
        (["import", "{0}/memory", "{0}/short", "{0}/short", "--lang", "en", "EN"], "--lang names en twice"),
        (["import", "{0}/memory", "{0}/short", "{0}/short", "--lang", "pt-BR", "pt_br"], "--lang names pt-BR twice"),
        (
            ["import", "{0}/memory", "{0}/short", "{0}/short", "--lang", "english", "pt"],
            "--lang 'english': a language is",
        ),
        (["import", "{0}/memory", "{0}/short", "{0}/short", "--lang", "en", ""], "--lang '': a language is a tag"),
        (["import", "{0}/memory", "{0}/short", "--format", "tmx"], "short:1: not well-formed XML"),
        (["import", "{0}/memory", "{0}/laughs.tmx", "--lang", "en", "pt"], "laughs.tmx: it declares the entity 'a'"),
        (["import", "{0}/memory", "{0}/none.tmx"], "none.tmx can't be read"),
        (["import", "{0}/memory", "{0}/nothing.jsonl"], "can't be read"),
        (["import", "{0}/memory", "{0}/short", "{0}/nothing", "--lang", "en", "pt"], "nothing can't be read: "),
    ],
)
def test_what_is_wrong_is_said(
    memory: Path, tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "good.jsonl"
    main(["tm", "export", str(memory), str(file)])
    Path(tmp_path, "bad.jsonl").write_bytes(file.read_bytes().splitlines(keepends=True)[0] + b'{"text": 1}\n')
    row = {**json.loads(file.read_bytes().splitlines()[0]), "translation": 5}
    Path(tmp_path, "number.jsonl").write_text(f"\ufeff{json.dumps(row)}")  # as some editors begin a file
    Path(tmp_path, "list.jsonl").write_text("[]\n")
    Path(tmp_path, "folder.tmx").mkdir()
    Path(tmp_path, "short").write_text("a line\n")
    Path(tmp_path, "laughs.tmx").write_text('<!DOCTYPE tmx [<!ENTITY a "b"><!ENTITY b "&a;&a;">]><tmx>&b;</tmx>')
    Path(tmp_path, "long").write_text("uma linha\noutra\n")
    capsys.readouterr()
    assert main(["tm", *(word.format(tmp_path) for word in words)]) == 2
    error = capsys.readouterr().err
    assert said in error and error.startswith("error: ") and error.count("\n") == 1


@pytest.mark.parametrize("words", [["stats"], ["compact"], ["export"]])
def test_a_shard_that_a_disk_lost_is_named(
    words: list[str], memory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Memory(str(memory)).fold()
    (shard,) = (memory / "shards").iterdir()
    shard.write_bytes(shard.read_bytes()[:-20])
    with Memory(str(memory)).journal() as journal:
        journal.append(ENTRIES)
    capsys.readouterr()
    assert main(["tm", *words, str(memory), *([str(tmp_path / "a.jsonl")] if words == ["export"] else [])]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {shard} is damaged (") and said.count("\n") == 1
    assert "move it away, and what it held is asked for again" in said
    assert not (tmp_path / "a.jsonl").exists()
