import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.read import block
from transforms.translate.entries import HUMAN, Entry
from transforms.translate.exchange.reading import LeftOut, Malformed, read_tmx
from transforms.translate.exchange.writing import export

HEAD = '<?xml version="1.0"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4"><header srclang="en"/><body>\n'
TAIL = "</body></tmx>\n"


def variants(*texts: tuple[str, str]) -> str:
    return "".join(f'<tuv xml:lang="{lang}"><seg>{text}</seg></tuv>' for lang, text in texts)


def unit(*texts: tuple[str, str]) -> str:
    return f"<tu>{variants(*texts)}</tu>\n"


def taken(folder: Path, body: str, languages: tuple[str, str] | None = None) -> tuple[set[Entry], LeftOut]:
    (folder / "a.tmx").write_text(HEAD + body + TAIL, "utf-8")
    left_out = LeftOut()
    return set(read_tmx(str(folder / "a.tmx"), languages, left_out)), left_out


def human(source: str, target: str, text: str, translation: str) -> Entry:
    return Entry(source, target, text, translation, HUMAN, HUMAN)


IN_XML = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\t"), min_size=1).filter(str.strip)
ENTRIES = st.builds(
    lambda text, translation, origin, signature, digits: Entry(
        "en", "pt", f"X0X {text}", f"{translation} X0X", origin, signature, digits
    ),
    *(IN_XML, IN_XML, IN_XML, IN_XML, st.booleans()),
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ENTRIES, max_size=5))
def test_what_is_exported_comes_back_exactly(tmp_path: Path, entries: list[Entry]) -> None:
    written, _ = export(entries, str(tmp_path / "a.tmx"), "tmx")
    left_out = LeftOut()
    found = list(read_tmx(str(tmp_path / "a.tmx"), None, left_out))
    assert len(found) + left_out["units", "damaged"] == written  # a text may hold something like another placeholder
    assert [entry for entry in entries if entry in found] == found
    assert left_out["units", "damaged"] == 0 or any("X" in entry.text[3:] + entry.translation for entry in entries)


EXPORTED = (
    '<tu srclang="en">{}<prop type="x-langloom-signature">s</prop><prop type="x-langloom-digits">{}</prop>{}</tu>\n'
)
ORIGIN = '<prop type="x-langloom-origin">mt:e</prop>'
SIDES = ("en", "Go to X0X"), ("pt", "Vá a X0X")


@pytest.mark.parametrize(
    ("body", "entries"),
    [
        (EXPORTED.format(ORIGIN, 0, variants(*SIDES)), 1),
        (EXPORTED.format(ORIGIN, 0, variants(*reversed(SIDES))), 1),  # the unit says which is the source
        (EXPORTED.format("", 0, variants(*SIDES)), 0),
        (EXPORTED.format(ORIGIN, "yes", variants(*SIDES)), 0),
        (EXPORTED.format(ORIGIN, 0, variants(SIDES[0])), 0),
        (EXPORTED.format(ORIGIN, 0, variants(SIDES[0], ("pt", "Vá lá"))), 0),  # an editor lost the placeholder
        (EXPORTED.format(ORIGIN, 0, variants(SIDES[0], ("pt", " "))), 0),
    ],
)
def test_exported_units_that_others_changed(tmp_path: Path, body: str, entries: int) -> None:
    found, left_out = taken(tmp_path, body)
    assert found == {Entry("en", "pt", SIDES[0][1], SIDES[1][1], "mt:e", "s", digits=False)} if entries else not found
    assert left_out == ({} if entries else {("units", "damaged"): 1})


def test_peoples_units_in_each_ordered_pair_of_languages(tmp_path: Path) -> None:
    body = unit(("EN", "Hello there"), ("pt_br", "Olá"), ("zh-hans", "你好"), ("en", "Hi there"))
    body += unit(("en", "alone")) + unit() + unit(("en", "one"), ("en", "two")) + unit(("en", "text"), ("pt", " "))
    body += unit(("en", "Use `a`"), ("pt", "Use `b`"))
    found, left_out = taken(tmp_path, body)
    said = {"en": "Hello there", "pt-BR": "Olá", "zh-Hans": "你好"}
    assert found == {human(a, b, said[a], said[b]) for a in said for b in said if a != b}
    assert left_out == {("units", "not in two languages"): 4, ("pairs", "protected"): 2}


def test_peoples_units_in_chosen_languages(tmp_path: Path) -> None:
    body = unit(("pt-BR", "Veja `x` em b"), ("en-US", "See `x` at b"), ("fr", "Voyez")) + unit(
        ("en", "a b"), ("fr", "c")
    )
    body += EXPORTED.format(ORIGIN, 1, variants(*SIDES)) + EXPORTED.format(ORIGIN, 1, variants(*SIDES[1:], *SIDES[:1]))
    body += EXPORTED.format(ORIGIN, 1, variants(("en", "Go"), ("fr", "Va")))
    body += unit(("en", "nothing said"), ("pt", " "))
    found, left_out = taken(tmp_path, body, ("en", "pt"))
    assert {entry for entry in found if entry.origin == HUMAN} == {human("en", "pt", "See X0X at b", "Veja X0X em b")}
    assert {entry.text for entry in found} == {"See X0X at b", "Go to X0X"}
    assert left_out == {("units", "not in both en and pt"): 3}


def test_editors_make_variants_of_languages(tmp_path: Path) -> None:
    body = EXPORTED.format(ORIGIN, 1, variants(("PT-BR", SIDES[1][1]), ("en-us", SIDES[0][1]))).replace(
        '"en"', '"EN-US"'
    )
    (found,), _ = taken(tmp_path, body, ("en", "pt"))
    assert found == Entry("en", "pt", SIDES[0][1], SIDES[1][1], "mt:e", "s")
    assert taken(tmp_path, body, ("pt", "en")) == (set(), {("units", "not in both pt and en"): 1})


def test_the_first_that_is_left_out_is_told(tmp_path: Path) -> None:
    bad = EXPORTED.format(ORIGIN, 0, variants(SIDES[0], ("pt", "Vá lá")))
    _, left_out = taken(tmp_path, unit(("en", "alone")) + "\n" + bad + "\n" + bad)
    assert left_out["units", "damaged"] == 2
    first = left_out.first["units", "damaged"]
    assert first.startswith(str(tmp_path)) and first.endswith(": placeholder_lost: X0X")


def test_what_is_wrong_with_a_unit_leaves_it_out(tmp_path: Path) -> None:
    found, left_out = taken(tmp_path, unit(("en", "a&nbsp;b"), ("pt", "x y")) + unit(("en", "good"), ("pt", "bom")))
    assert {entry.text for entry in found} == {"good", "bom"}
    assert left_out == {("units", "malformed"): 1}


def test_a_property_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block, "MAX_ROW_BYTES", 100)
    long = f'<prop type="x-langloom-origin">{"x" * 101}</prop>'
    found, left_out = taken(tmp_path, EXPORTED.format(long, 1, variants(*SIDES)))
    assert (found, left_out) == (set(), {("units", "too_large"): 1})


def test_a_gzipped_file(tmp_path: Path) -> None:
    data = (HEAD + unit(("en", "good"), ("pt", "bom")) + TAIL).encode()
    (tmp_path / "a.tmx.gz").write_bytes(gzip.compress(data))
    assert len(list(read_tmx(str(tmp_path / "a.tmx.gz"), None, LeftOut()))) == 2
    (tmp_path / "a.tmx.gz").write_bytes(gzip.compress(data)[:-20])
    with pytest.raises(Malformed, match=r"a\.tmx\.gz"):
        list(read_tmx(str(tmp_path / "a.tmx.gz"), None, LeftOut()))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (HEAD + unit(("en", "a"), ("pt", "b")) + "<tu></body>", "a.tmx:5: not well-formed XML: mismatched tag"),
        (HEAD, "a.tmx:4: not well-formed XML: no element found"),
        ("", "a.tmx:1: not well-formed XML: no element found"),
        ("<html/>", "isn't TMX"),
        (f'<!DOCTYPE tmx [<!ENTITY l0 "lol">{LAUGHS}]><tmx>&l9;</tmx>', "declares the entity 'l0'"),
        ('<!DOCTYPE tmx [<!ENTITY a SYSTEM "file:///etc/passwd">]><tmx>&a;</tmx>', "declares the entity 'a'"),
        ('<!DOCTYPE tmx [<!ENTITY % a SYSTEM "http://127.0.0.1/a">%a;]><tmx/>', "declares the entity 'a'"),
        ('<?xml version="1.0" encoding="shift_jis"?><tmx/>', "its encoding can't be read"),
        ('<?xml version="1.0" encoding="nonsense"?><tmx/>', "a.tmx"),
    ],
)
def test_files_that_cannot_be_taken(tmp_path: Path, data: str, said: str) -> None:
    (tmp_path / "a.tmx").write_text(data)
    with pytest.raises(Malformed, match=said):
        list(read_tmx(str(tmp_path / "a.tmx"), None, LeftOut()))
