"""The page: whole, safe whatever the data holds, and in need of nothing else."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sinks.report.dataset import DRAWN, LISTED, view
from sinks.report.page import CUT, page
from sinks.report.rejected import Reason, sample_rejects
from tests.sinks.report.written_output import Row, example, write_manifest, write_rejects, write_shards

EVIL = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;{{ 7*7 }}\x00\x1b[31m\x85"
"""What would run, close what surrounds it, or not be HTML at all, were it not escaped."""

WHO = dict.fromkeys(("source", "task", "input_lang", "output_lang", "origin", "template", "license", "group"), EVIL)
SAID: Row = dict.fromkeys(("system", "instruction", "input", "output"), EVIL)
SAID["history"] = [{"user": EVIL, "assistant": EVIL}]
SAID["scores"] = [{"name": EVIL, "value": 0.5}]


class Parsed(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def made(folder: Path, rows: list[Row], rejects: int = 0, **changes: Any) -> str:
    manifest = write_manifest(folder, datasets={"d": write_shards(folder, "d", [rows])}, **changes)
    datasets = [view(str(folder), name, described, 6) for name, described in manifest["datasets"].items()]
    reasons = {
        Reason(stream, step["step"], reason): number
        for stream, described in manifest["streams"].items()
        for step in described["steps"]
        for reason, number in step["rejected"].items()
    }
    return page(manifest, datasets, sample_rejects(str(folder), reasons, rejects))


def hostile(folder: Path) -> str:
    write_rejects(folder, "part-00000-of-00001.parquet", [(EVIL, EVIL, EVIL, {**WHO, **SAID, "detail": EVIL})])
    step = {"step": EVIL, "in": 40, "out": 0, "rejected": {EVIL: 40}, "passed": {EVIL: 1}}
    numbers = dict.fromkeys(("segments", "unique", "from_memory", "asked", "failed"), 7)
    told = dict.fromkeys(("per_word", "per_character", "per_byte", "byte_piece_share", "byte_character_share"), 0.5)
    tokens = {"tokenizer": EVIL, "parity_to": EVIL, "languages": {EVIL: {"tokens": 9, **told, "advice": EVIL}}}
    draws = {EVIL: {"available": 9, "drawn": 45, "epochs": 5.0, "unused": 0}}
    rows = [example(0, **WHO, **SAID), example(1)]
    described = write_shards(folder, "d", [rows])
    described["splits"]["train"] |= {"languages": [EVIL], "licenses": {EVIL: 2}, "tokens": 9}
    manifest = write_manifest(
        folder,
        name=EVIL,
        signature=EVIL,
        settings=[EVIL],
        versions={EVIL: EVIL},
        datasets={EVIL: {**described, "draws": draws, "tokens": tokens}},
        streams={EVIL: {"from": [EVIL], "steps": [step]}},
        translation={EVIL: {EVIL: numbers}},
        sources={EVIL: {"kind": EVIL, "license": EVIL}, "b": {"kind": "x", "license_column": EVIL}},
    )
    datasets = [view(str(folder), name, each, 6) for name, each in manifest["datasets"].items()]
    return page(manifest, datasets, sample_rejects(str(folder), {Reason(EVIL, EVIL, EVIL): 40}, 3))


def test_whatever_the_data_holds_is_shown_and_does_nothing(tmp_path: Path) -> None:
    text = hostile(tmp_path)
    parsed = Parsed(text)
    assert parsed.open == []
    assert not {"script", "img", "iframe", "object", "form", "link", "base", "foreignobject"} & set(parsed.tags)
    assert not any(name.startswith("on") or name in ("src", "style") for _, name, _ in parsed.attributes)
    assert parsed.text.count("<script>alert(1)</script>") > 40
    assert "{{ 7*7 }}" in parsed.text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)


def test_nothing_is_fetched_and_nothing_may_be(tmp_path: Path) -> None:
    text = hostile(tmp_path)
    parsed = Parsed(text)
    links = {value for _, name, value in parsed.attributes if name in ("href", "src", "xlink:href")}
    assert {link for link in links if not re.fullmatch(r"#[a-z]+(-\d+)?", link)} == {"README.md", "manifest.json"}
    style = text[text.index("<style>") + 7 : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "://" not in text, "the data of this test has no addresses"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    contents = [value for tag, name, value in parsed.attributes if (tag, name) == ("meta", "content")]
    (policy,) = (value for value in contents if "src" in value)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_links_lead_somewhere(tmp_path: Path) -> None:
    parsed = Parsed(hostile(tmp_path))
    ids = [value for _, name, value in parsed.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for _, name, value in parsed.attributes if name == "href" and value[0] == "#"} == set(ids)


def test_an_item_that_is_repeated_stands_beside_no_copy_of_itself(tmp_path: Path) -> None:
    text = made(tmp_path, [example(0, group="g", instruction=f"Make {at}") for at in range(9)])
    assert text.count("<article>") == 1


def test_renderings_of_an_item_stand_beside_each_other_what_people_wrote_first(tmp_path: Path) -> None:
    rows = [
        example(0, group="g", output_lang="pt", input_lang="pt", origin="mt:local", instruction="Faça"),
        example(1, group="h", instruction="Alone"),
        example(2, group="g", origin="human", instruction="Make"),
    ]
    text = made(tmp_path, rows)
    groups = re.findall(r'<div class="renderings( several)?">(.*?)</div>', text, re.DOTALL)
    told = [(several, re.findall("(Make|Faça|Alone)</pre>", inner)) for several, inner in groups]
    assert sorted(told) == [("", ["Alone"]), (" several", ["Make", "Faça"])]


@pytest.mark.parametrize(
    ("language", "attribute"), [("pt-BR", "pt-BR"), ("zho_Hant", "zho-Hant"), ("", ""), ("en' x=", ""), ("e" * 99, "")]
)
def test_texts_say_their_language(language: str, attribute: str, tmp_path: Path) -> None:
    parsed = Parsed(made(tmp_path, [example(0, output_lang=language)]))
    assert [value for tag, name, value in parsed.attributes if (tag, name) == ("pre", "lang")] == ["en", attribute]
    assert ("pre", "dir", "auto") in parsed.attributes


def test_texts_are_whole_with_their_lines_and_cut_where_they_are_long(tmp_path: Path) -> None:
    parsed = Parsed(made(tmp_path, [example(0, instruction="\n  indented\r\nnext\tone", output="x" * (CUT + 1234))]))
    assert "\n\n  indented\nnext\tone" in parsed.text, "HTML drops one line end behind <pre>"
    assert "x" * CUT + " [... 1,234 more characters]" in parsed.text


def test_an_empty_output_is_a_page_too(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path, datasets={}, streams={}, translation={}, sources={})
    assert "Worth a look" not in page(manifest, [], {})
    split = {"rows": 0, "files": [], "bytes": 0, "languages": [], "licenses": {}}
    nothing = {"ordered": False, "splits": {"train": split}, "draws": {}}
    manifest = write_manifest(tmp_path, datasets={"d": nothing}, streams={"s": {"from": ["a"], "steps": []}})
    text = page(manifest, [view(str(tmp_path), "d", nothing, 6)], {})
    assert "d has no examples in its split train" in text


def test_what_a_manifest_lacks_is_told(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path, datasets={})
    del manifest["versions"]
    with pytest.raises(LookupError, match="versions"):
        page(manifest, [], {})


@pytest.mark.parametrize(("held", "shown"), [(("test", "train", "validation"), "train"), (("test",), "test")])
def test_what_is_looked_into_is_what_a_model_learns_from(held: tuple[str, ...], shown: str, tmp_path: Path) -> None:
    described = write_shards(tmp_path, "d", [[example(0, output="Of train")]])
    whole, none = described["splits"]["train"], {"rows": 0, "files": [], "bytes": 0, "languages": [], "licenses": {}}
    splits = {name: whole if name in held else none for name in ("test", "train", "validation")}
    assert view(str(tmp_path), "d", {**described, "splits": splits}, 6).split == shown


def test_of_many_kinds_the_table_tells_more_than_the_picture_and_the_lengths_of_the_rest(tmp_path: Path) -> None:
    rows = [example(at, output_lang=f"l{at:03}", output="x" * (at + 1)) for at in range(LISTED + 20)]
    shown = view(str(tmp_path), "d", write_shards(tmp_path, "d", [rows]), 6)
    assert shown.mixture.count("<polygon") == DRAWN
    assert [kind["name"] for kind in shown.kinds] == [*(f"en>l{at:03}" for at in range(LISTED - 1)), "other"]
    assert (shown.kinds[-1]["rows"], shown.kinds[-1]["answer"]["most"]) == (21, LISTED + 20)


def test_names_from_data_are_cut_where_they_are_long(tmp_path: Path) -> None:
    long = {"task": "t" * 5000, "output_lang": "l" * 5000, "origin": "o" * 5000, "template": "m" * 5000}
    text = made(tmp_path, [example(0, **long), example(1)])
    assert not re.search("(t|l|o|m){101}", text)
    assert "t" * 100 + "..." in text


def test_scores_may_be_many_since_sources_bring_them(tmp_path: Path) -> None:
    scores = [{"name": f"s{at:03}" + "n" * 500, "value": 1.0} for at in range(LISTED + 20)]
    rows = [example(0, scores=scores), example(1, scores=scores[-1:])]
    shown = view(str(tmp_path), "d", write_shards(tmp_path, "d", [rows]), 6).scores
    assert len(shown) == LISTED
    assert scores[-1]["name"] in [score["name"] for score in shown], "most have it"
    text = made(tmp_path, rows)
    assert "n" * 101 not in text
    assert text.count("s000n") == 2, "in the table and beside its example"
    assert text.count("s110n") == 0


def test_an_allocation_stands_apart_from_what_stands_where(tmp_path: Path) -> None:
    fitted = {"points": [[10, 5.0], [100, 9.0]], "pairs": 20, "score": 6.0, "log_scale": 4.5, "exponent": 0.01}
    allocation = {"budget": 20, "ceiling": 100.0, "languages": {"en": fitted}}
    described = write_shards(tmp_path, "d", [[example(0)]])
    manifest = write_manifest(tmp_path, datasets={"d": {**described, "allocation": allocation}})
    text = page(manifest, [view(str(tmp_path), "d", manifest["datasets"]["d"], 6)], {})
    assert "scores expected of 20 pairs" in text
    assert "as they are in the shards" not in text, "there is but one kind"


def test_a_stream_without_steps_says_so(tmp_path: Path) -> None:
    assert "It has no steps" in made(tmp_path, [example(0)], streams={"s": {"from": ["a", "b"], "steps": []}})


@pytest.mark.parametrize(
    ("licenses", "said"),
    [
        ({"mit": 3}, "<td>mit</td>"),
        ({"": 3}, "<td>not stated</td>"),
        ({"cc0-1.0": 1, "": 1200, "mit": 1}, "<td>not stated (1,200), cc0-1.0 (1), mit (1)</td>"),
        ({"x" * 500: 7, "mit": 8}, f"<td>mit (8), {'x' * 100}... (7)</td>"),
    ],
)
def test_licences_say_how_many_examples_have_them(licenses: dict[str, int], said: str, tmp_path: Path) -> None:
    described = write_shards(tmp_path, "d", [[example(0)]])
    described["splits"]["train"]["licenses"] = licenses
    manifest = write_manifest(tmp_path, datasets={"d": described})
    assert said in page(manifest, [view(str(tmp_path), "d", described, 0)], {})


def test_draws_tell_their_tokens_where_they_were_counted(tmp_path: Path) -> None:
    described = write_shards(tmp_path, "d", [[example(0)]])
    described["tokens"] = {"tokenizer": "t", "parity_to": "", "languages": {}}
    described["draws"]["questions"] |= {"tokens_available": 9000, "tokens_drawn": 7654}
    manifest = write_manifest(tmp_path, datasets={"d": described})
    text = page(manifest, [view(str(tmp_path), "d", described, 0)], {})
    assert '<th class="n">gives</th><th class="n">tokens, expected</th>' in text
    assert '<td class="n">7,654</td>' in text
