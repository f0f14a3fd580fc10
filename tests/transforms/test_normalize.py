import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.example import CONTENT, make_batch
from transforms.normalize import Normalize, _mend

ALL = Normalize(spaces=True, entities=True, ftfy=True)
TANGLED = st.text(st.sampled_from("aé́&;#x38ampltgÃ¼ \t\n\r\x00\x07\x85\u00a0\u037e​ﬁ，0"), max_size=40)


@pytest.mark.parametrize(
    ("options", "text", "normal"),
    [
        ({}, "two  spaces &amp; é", "two  spaces &amp; é"),
        ({}, "e\u0301", "é"),
        ({}, "ﬁ ½ ，", "ﬁ ½ ，"),
        ({}, "a\x00b\x07c\x7fd\x9fe", "abcde"),
        ({}, "\ta\r\nb\rc\x0bd\x85e\n", "\ta\nb\nc\nd\ne\n"),
        ({}, "می\u200cخواهم \ufeff", "می\u200cخواهم \ufeff"),
        ({"spaces": True}, "  a  b\t\tc \n\n  d\u00a0\u00a0e  ", "a b c\n\n  d e"),
        ({"spaces": True}, "a\u00a0: b\u3000c", "a\u00a0: b\u3000c"),
        ({"spaces": True}, "def f():\n    return  1\n", "def f():\n    return 1"),
        ({"entities": True}, "&lt;b&gt; &amp;amp;quot; &#39; AT&T", "<b> \" ' AT&T"),
        ({"entities": True}, "a&#13;b&#2;", "a\nb"),
        ({"ftfy": True}, "schÃ¶n “so” ﬁ ，", "schön “so” ﬁ ，"),
        ({"spaces": True, "entities": True}, "a&nbsp;&nbsp;b", "a b"),
    ],
)
def test_texts(options, text, normal):
    assert Normalize(**options).normalize(text) == normal
    batch = Normalize(**options).rewrite(make_batch(2, {"output": [text, "plain"]}))
    assert batch["output"].to_pylist() == [normal, "plain"]


@pytest.mark.parametrize("rule", [Normalize(), Normalize(spaces=True), Normalize(entities=True), ALL])
@given(text=st.text() | TANGLED)
def test_normalising_twice_is_normalising_once(rule, text):
    once = rule.normalize(text)
    assert rule.normalize(once) == once


@given(text=st.text() | TANGLED)
def test_the_result_is_nfc_and_has_no_control_characters(text):
    normal = Normalize().normalize(text)
    assert unicodedata.is_normalized("NFC", normal)
    assert not {c for c in normal if unicodedata.category(c) == "Cc"} - {"\n", "\t"}


@pytest.mark.parametrize("rule", [Normalize(), Normalize(spaces=True), Normalize(entities=True), ALL])
@given(texts=st.lists(st.text() | TANGLED, max_size=5))
def test_no_text_in_need_is_passed_over(rule, texts):
    batch = rule.rewrite(make_batch(len(texts), {"input": texts}))
    assert batch["input"].to_pylist() == [rule.normalize(text) for text in texts]


def test_all_content_columns_are_normalised_history_included():
    history = [[], [{"user": "a\x00", "assistant": "e\u0301"}, {"user": "b", "assistant": ""}], []]
    columns = {name: ["x", "\x00y", "z"] for name in CONTENT if name != "history"}
    batch = make_batch(3, {**columns, "history": history, "meta": ["{}", "\x00", "{}"]})
    for part, rows in ((batch, slice(0, 3)), (batch.slice(1, 2), slice(1, 3))):
        new = Normalize().rewrite(part)
        assert new.schema == batch.schema
        expected = [[], [{"user": "a", "assistant": "é"}, {"user": "b", "assistant": ""}], []][rows]
        assert new["history"].to_pylist() == expected
        for name in columns:
            assert new[name].to_pylist() == ["x", "y", "z"][rows]
        assert new["meta"].to_pylist() == ["{}", "\x00", "{}"][rows]


def test_only_the_fields_that_are_named_are_normalised():
    batch = Normalize(fields=("output",)).rewrite(make_batch(1, {"input": ["\x00a"], "output": ["\x00b"]}))
    assert (batch["input"].to_pylist(), batch["output"].to_pylist()) == (["\x00a"], ["b"])


def test_a_batch_with_nothing_to_do_is_handed_back():
    batch = make_batch(2, {"input": ["Größe", "size"], "history": [[], [{"user": "é", "assistant": "a"}]]})
    assert Normalize().rewrite(batch) is batch
    assert ALL.rewrite(batch) is batch


def test_ftfy_that_is_not_there_is_one_sentence(monkeypatch):
    _mend.cache_clear()
    monkeypatch.setitem(sys.modules, "ftfy", None)
    with pytest.raises(ImportError, match=r'pip install "langloom\[text\]"'):
        Normalize(ftfy=True).rewrite(make_batch(1, {"input": ["é"]}))


def test_a_field_that_is_not_content_is_refused():
    with pytest.raises(ValueError, match="'meta' is not a content column"):
        Normalize(fields=("meta",))
