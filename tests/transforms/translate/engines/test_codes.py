import re
import tomllib
from importlib.resources import files

import pytest

from transforms.rules.language_codes import language
from transforms.translate.engines.codes import EngineKind, codes

ROWS: dict[str, dict[str, str]] = tomllib.loads(
    files("transforms.translate.engines").joinpath("codes.toml").read_text("utf-8")
)["languages"]


@pytest.mark.parametrize(
    ("kind", "tag", "expected"),
    [
        ("nllb", "pt", "por_Latn"),
        ("nllb", "pt-BR", "por_Latn"),
        ("nllb", "por_Latn", "por_Latn"),
        ("nllb", "zh", "zho_Hans"),
        ("nllb", "zh-Hans-SG", "zho_Hans"),
        ("nllb", "zh-Hant", "zho_Hant"),
        ("nllb", "ZH_hant_hk", "zho_Hant"),
        ("nllb", "zh-TW", "zho_Hant"),
        ("nllb", "cmn-Hant", "zho_Hant"),
        ("nllb", "yue", "yue_Hant"),
        ("nllb", "sr", "srp_Cyrl"),
        ("nllb", "sr-Latn", None),
        ("nllb", "uz-Cyrl", None),
        ("nllb", "deu", "deu_Latn"),
        ("nllb", "sw", "swh_Latn"),
        ("nllb", "swh", "swh_Latn"),
        ("nllb", "ar", "arb_Arab"),
        ("nllb", "arz", "arz_Arab"),
        ("nllb", "fa", "pes_Arab"),
        ("nllb", "prs", "prs_Arab"),
        ("nllb", "no", "nob_Latn"),
        ("nllb", "nn", "nno_Latn"),
        ("nllb", "fil", "tgl_Latn"),
        ("nllb", "ks", "kas_Arab"),
        ("nllb", "ks-Deva", "kas_Deva"),
        ("nllb", "ko-Kore", "kor_Hang"),
        ("nllb", "sat-Olck", "sat_Beng"),
        ("nllb", "la", None),
        ("nllb", "tlh", None),
        ("m2m100", "pt-BR", "pt"),
        ("m2m100", "zh", "zh"),
        ("m2m100", "zh-Hant", None),
        ("m2m100", "nso", "ns"),
        ("m2m100", "nb", "no"),
        ("m2m100", "te", None),
        ("opus", "pt", "por"),
        ("opus", "pt-BR", "pob"),
        ("opus", "sr-Latn", "srp_Latn"),
        ("apertium", "ca", "cat"),
        ("apertium", "ca-valencia", "cat_valencia"),
        ("apertium", "pt-BR", "por_BR"),
        ("apertium", "hr", "hbs_HR"),
        ("apertium", "sr", None),
        ("apertium", "sr-Latn-RS", "hbs_SR"),
        ("apertium", "ja", None),
    ],
)
def test_a_language_has_the_engines_code(kind: EngineKind, tag: str, expected: str | None) -> None:
    assert codes(kind, tag)[:1] == ((expected,) if expected else ())


def test_there_may_be_several() -> None:
    assert codes("apertium", "en") == ("eng", "en")
    assert codes("opus", "zh-Hans") == ("cmn_Hans", "zho_Hans")
    assert codes("opus", "zh-Hant") == ("cmn_Hant", "zho_Hant")
    assert codes("apertium", "xx") == ()


def test_the_table_is_whole() -> None:
    nllb = {row["nllb"] for row in ROWS.values() if "nllb" in row}
    m2m100 = {row["m2m100"] for row in ROWS.values() if row.get("m2m100")}
    assert len(nllb) == 202
    assert len(m2m100) == 100
    assert list(ROWS) == sorted(ROWS)
    for tag, row in ROWS.items():
        assert set(row) <= {"nllb", "m2m100", "opus", "apertium"}, tag
        assert re.fullmatch(r"[a-z]{2,3}(-[a-z]{2,8})?", tag), tag
        for codes_of_kind in row.values():
            for one in codes_of_kind.split():
                assert re.fullmatch(r"[a-z]{2,3}(_[A-Za-z]+)?", one), tag


def test_rows_go_by_the_shortest_code() -> None:
    individual = {"ak", "aka", "nb", "prs"}  # rows of their own, although another code covers them elsewhere
    for tag in ROWS:
        first = tag.partition("-")[0]
        assert language(first) == first or first in individual or ROWS[tag].get("nllb", "").endswith("_Arab"), tag


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.get("nllb")], ids=lambda row: str(row["nllb"]))
def test_a_token_of_nllb_is_found_by_itself(row: dict[str, str]) -> None:
    token = row["nllb"]
    odd = {"sat_Beng": "sat-Olck", "kor_Hang": "ko"}
    assert codes("nllb", odd.get(token, token))[0] == token
