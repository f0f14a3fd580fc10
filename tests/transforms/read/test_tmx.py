import gzip
from pathlib import Path

import pytest
from source_reading import Result, read

from transforms.read import block
from transforms.read.files import SourceError
from transforms.read.tmx import Tmx

HEAD = '<?xml version="1.0" encoding="{}"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4"><header/><body>\n'
TAIL = "</body></tmx>\n"


def unit(**texts: str) -> str:
    return (
        "<tu>" + "".join(f'<tuv xml:lang="{lang}"><seg>{text}</seg></tuv>' for lang, text in texts.items()) + "</tu>\n"
    )


def write(folder: Path, body: str, encoding: str = "utf-8", name: str = "a.tmx") -> Tmx:
    data = (HEAD.format(encoding) + body + TAIL).encode(encoding)
    (folder / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    return Tmx(str(folder / name), ("en", "pt"))


def texts(result: Result) -> list[tuple[str, str]]:
    return list(zip(result.column("input"), result.column("output"), strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
@pytest.mark.parametrize("name", ["a.tmx", "a.tmx.gz"])
def test_units_become_pairs(tmp_path: Path, encoding: str, name: str) -> None:
    result = read(write(tmp_path, unit(en="a &lt; b", pt="é") + unit(pt="ç", en="d", fr="x"), encoding, name))
    assert texts(result) == [("a < b", "é"), ("d", "ç")]
    assert {(row["input_lang"], row["output_lang"]) for row in result.rows} == {("en", "pt")}


@pytest.mark.parametrize(
    ("segment", "text"),
    [
        ("plain", "plain"),
        ("<![CDATA[a & b]]>", "a & b"),
        ('<bpt i="1">&lt;b&gt;</bpt>bold<ept i="1">&lt;/b&gt;</ept> text', "bold text"),
        ("a<ph/>b<ph>{0}</ph>c", "abc"),
        ('see <hi type="x">this <it pos="begin">[</it>word</hi>.', "see this word."),
        ("x<ph>[<sub>footnote</sub>]</ph>y", "xy"),
        (" two  spaces\n ", " two  spaces\n "),
        ("&#x1F600;&amp;", "😀&"),
        ("", ""),
    ],
)
def test_inline_elements_leave_their_text(tmp_path: Path, segment: str, text: str) -> None:
    assert texts(read(write(tmp_path, unit(en=segment, pt="y")))) == [(text, "y")]


def test_languages_are_found_by_tag_and_then_by_its_beginning(tmp_path: Path) -> None:
    def of(*langs: str) -> str:
        return "<tu>" + "".join(f'<tuv xml:lang="{lang}"><seg>{lang}</seg></tuv>' for lang in langs) + "</tu>"

    body = of("EN-us", "pt_BR") + of("en-GB", "en", "PT") + of("enx", "pt") + of("en-US", "en-GB", "pt-PT", "pt-BR")
    body += "<tu><tuv lang='en'><seg>old</seg></tuv><tuv lang='pt'><seg>velho</seg></tuv></tu>" + of("en") + of()
    result = read(write(tmp_path, body))
    assert texts(result) == [("EN-us", "pt_BR"), ("en", "PT"), ("en-US", "pt-PT"), ("old", "velho")]
    assert result.reasons() == ["missing_column"] * 3
    assert result.details()[0] == "a.tmx:4: no segment in en for input; the unit has enx, pt"
    assert result.details()[1] == "a.tmx:4: no segment in pt for output; the unit has en"


def test_undefined_entities_and_long_segments_are_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block, "MAX_ROW_BYTES", 100)
    body = unit(en="a&nbsp;b", pt="x") + unit(en="ok", pt="y") + unit(en="x" * 500, pt="z")
    result = read(write(tmp_path, body))
    assert texts(result) == [("ok", "y")]
    assert result.reasons() == ["malformed", "too_large"]
    assert "a.tmx:4: the entity &nbsp; isn't defined" in result.details()


BOMB = """<?xml version="1.0"?><!DOCTYPE tmx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<tmx><body><tu><tuv xml:lang="en"><seg>&b;</seg></tuv></tu></body></tmx>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE tmx [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<tmx><body><tu><tuv xml:lang="en"><seg>&a;</seg></tuv></tu></body></tmx>"""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (BOMB, "a.tmx: it declares the entity 'a', which isn't allowed"),
        (OUTSIDE, "a.tmx: it declares the entity 'a', which isn't allowed"),
        (HEAD.format("utf-8") + unit(en="a", pt="b") + "<tu></body>", "a.tmx:5: not well-formed XML: mismatched tag"),
        (HEAD.format("utf-8") + unit(en="a", pt="b"), "a.tmx:5: not well-formed XML: no element found"),
        ("<html/>", "a.tmx isn't TMX: its root element is <html>"),
        ("text", "a.tmx:1: not well-formed XML"),
        ("", "there are no rows"),
        (HEAD.format("utf-8") + TAIL, "there are no rows"),
    ],
)
def test_files_that_cannot_be_read_are_errors_before_the_run(tmp_path: Path, data: str, message: str) -> None:
    (tmp_path / "a.tmx").write_text(data)
    with pytest.raises(SourceError, match="source 's': .*" + message):
        read(Tmx(str(tmp_path / "a.tmx"), ("en", "pt")))


def test_bad_utf8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.tmx").write_bytes(HEAD.format("utf-8").encode() + b"<tu>\xff</tu>" + TAIL.encode())
    with pytest.raises(SourceError, match=r"a.tmx:4: not well-formed XML"):
        read(Tmx(str(tmp_path / "a.tmx"), ("en", "pt")))


def test_large_files_are_streamed(tmp_path: Path) -> None:
    result = read(write(tmp_path, "".join(unit(en=f"a {n}", pt="b" * 50) for n in range(20_000))), limit=15_000)
    assert result.column("input") == [f"a {n}" for n in range(15_000)]


def test_two_languages_are_needed() -> None:
    with pytest.raises(ValueError, match="needs input's and output's language"):
        Tmx("a.tmx")
