import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from transforms.translate.engines import Answer, Query
from transforms.translate.objections import objection
from transforms.translate.prompts import Prompt, load_prompt, resolve_prompt
from transforms.translate.replies import bare, read_reply

PROMPT = Prompt("Translate from {source} to {target}.", "Put this into {target}, and add nothing:", "All of these:")


def reply(content: Any, finish: str = "stop", **message: Any) -> dict[str, Any]:
    usage = {"prompt_tokens": 7, "completion_tokens": 9}
    return {"choices": [{"message": {"content": content, **message}, "finish_reason": finish}], "usage": usage}


OLA = Answer("Ola", None, 7, 9)


def misformed(said: str) -> list[Answer]:
    return [Answer(said, "reply_format", 7, 9), Answer(said, "reply_format")]


def query(*texts: str) -> Query:
    return Query(texts, "en", "pt")


@pytest.mark.parametrize(
    ("given", "texts", "answers"),
    [
        (reply("Ola"), ["Hello"], [Answer("Ola", None, 7, 9)]),
        (reply("Ol", "length"), ["Hello"], [Answer("Ol", "cut", 7, 9)]),
        (reply(None, "content_filter"), ["Hello"], [Answer("", "filtered", 7, 9)]),
        (reply("Ol", "insufficient_system_resource"), ["Hello"], [Answer("Ol", "cut", 7, 9)]),
        (reply("Ol", "error"), ["Hello"], [Answer("Ol", "cut", 7, 9)]),
        (reply("Ol", "MAX_TOKENS"), ["Hello"], [Answer("Ol", "cut", 7, 9)]),
        (reply("Ola", "eos_token"), ["Hello"], [Answer("Ola", None, 7, 9)]),
        (reply(None, refusal="no"), ["Hello"], [Answer("no", "refusal", 7, 9)]),
        (reply(None), ["Hello"], [Answer("", None, 7, 9)]),
        (reply([{"type": "thinking", "thinking": []}, {"type": "text", "text": "Ola"}]), ["Hello"], [OLA]),
        (
            reply([{"type": "text", "text": "O"}, {"type": "text", "text": "la"}, "?", {"type": "text"}]),
            ["Hello"],
            [OLA],
        ),
        (reply({"text": "Ola"}), ["Hello"], [Answer("", None, 7, 9)]),
        ({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 9}}, ["Hello"], [Answer("", None, 7, 9)]),
        (reply('["Ola", "Tchau"]'), ["Hello", "Bye"], [Answer("Ola", None, 7, 9), Answer("Tchau")]),
        (reply('```json\n["Ola", "Tchau"]\n```'), ["Hello", "Bye"], [Answer("Ola", None, 7, 9), Answer("Tchau")]),
        (reply('["Ola"]'), ["a", "b"], misformed('["Ola"]')),
        (reply('["Ola", 3]'), ["a", "b"], misformed('["Ola", 3]')),
        (reply("Ola, Tchau"), ["a", "b"], misformed("Ola, Tchau")),
    ],
)
def test_replies(given: Any, texts: list[str], answers: list[Answer]) -> None:
    assert read_reply(given, query(*texts), PROMPT) == answers


@pytest.mark.parametrize(
    ("usage", "used"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 9, "total_tokens": 16}, (7, 9)),
        ({"prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 399}, (12, 387)),  # xAI's thoughts stand apart
        ({"prompt_tokens": 21, "completion_tokens": 0, "total_tokens": 81}, (21, 60)),  # Gemini's
        ({"prompt_tokens": 7, "completion_tokens": 9, "total_tokens": None}, (7, 9)),
        ({"prompt_tokens": -7, "completion_tokens": -9}, (23, 1)),  # a budget isn't given more
        ({"prompt_tokens": 7, "completion_tokens": 9, "total_tokens": 3}, (7, 9)),
        ({"total_tokens": 50}, (23, 1)),  # no telling which: both are estimated, the prompt with what it says around
        (None, (23, 1)),
    ],
)
def test_thoughts_are_output(usage: Any, used: tuple[int, int]) -> None:
    assert read_reply({**reply("Ola"), "usage": usage}, query("Hello"), PROMPT) == [Answer("Ola", None, *used)]


@pytest.mark.parametrize("given", [{}, {"choices": []}, {"choices": [{}]}, [], {"choices": None}, None])
def test_what_isnt_a_chat_completion_is_told(given: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, IndexError, AttributeError)):
        read_reply(given, query("Hello"), PROMPT)


@pytest.mark.parametrize(
    ("said", "text", "translation"),
    [
        ("<think>hm, Ola?</think>\nOla", "Hello", "Ola"),
        ("Okay, the user\nsays hello.\n</think>\n\nOla", "Hello", "Ola"),  # the prompt of R1 opens it
        ("Fecha com </think> aqui", "Close with </think> here", "Fecha com </think> aqui"),
        ("```\nOla\n```", "Hello", "Ola"),
        ("```\nOla\n```", "```\nHello\n```", "```\nOla\n```"),
        ("```\nOla\n```\nTchau", "Hello", "```\nOla\n```\nTchau"),
        ('"Ola"', "Hello", "Ola"),
        (' "Ola"\n', "Hello", "Ola"),
        ('"Ola', "Hello", '"Ola'),
        ('Ola"', "Hello", 'Ola"'),
        ('"O"', "Or", "O"),
        ("\u00abOla\u00bb e tchau\u00bb", "Hello", "\u00abOla\u00bb e tchau\u00bb"),
        ("\u00abOla e \u00abtchau\u00bb", "Hello", "\u00abOla e \u00abtchau\u00bb"),
        ('"Ola"', '"Hello"', '"Ola"'),
        ('"Ola" e "tchau"', "Hello and bye", '"Ola" e "tchau"'),
        ("\u00abOla\u00bb", "Hello", "Ola"),
        ("\u201eOla\u201c", "Hello", "Ola"),
        ("\u300cOla\u300d", "Hello", "Ola"),
        ("\u300cOla\u300d", "\u300eHello\u300f", "\u300cOla\u300d"),
        ("\u201eAhoj\u201c", "\u201eHallo\u201c", "\u201eAhoj\u201c"),
    ],
)
def test_what_models_put_around_a_translation(said: str, text: str, translation: str) -> None:
    assert bare(said, text) == translation


def test_blanks_without_end_take_no_time() -> None:
    start = time.process_time()
    bare("\n" * 100_000, "Hello")
    objection("Hello there " * 2000, "I" + " " * 20_000, "en", "pt", prompted=True)
    assert time.process_time() - start < 3  # a quadratic pattern takes a minute


def test_the_text_stands_last_after_a_blank_line_and_terms_before_it() -> None:
    prompt = load_prompt("default")
    system, user = prompt.messages(Query(("Sign the contract {x}.",), "en", "pt", (("contract", "contrato"),)))
    assert system["role"] == "system"
    assert "from English to Portuguese" in user["content"]
    assert user["content"].endswith("contract = contrato\n\nSign the contract {x}.")
    assert prompt.messages(query("a", "b"))[-1]["content"].endswith('\n\n["a", "b"]')


def test_a_model_is_told_why_it_is_asked_again() -> None:
    first = load_prompt("default").messages(query("Hello there"))[-1]["content"]
    again = load_prompt("default").messages(replace(query("Hello there"), again="placeholder_lost"))[-1]["content"]
    assert "a marker was missing" in again
    assert again.endswith("\n\nHello there")
    assert len(first) < len(again)


def test_a_prompt_in_a_file_is_read_once_and_travels(tmp_path: Path) -> None:
    file = tmp_path / "prompts.toml"
    file.write_text('[few]\nsystem = ""\nuser = "Put into {target}:"\nseveral = "All into {target}:"\n')
    resolved = resolve_prompt("prompts.toml:few", str(tmp_path))
    file.unlink()
    assert load_prompt(resolved).messages(query("a")) == [{"role": "user", "content": "Put into Portuguese:\n\na"}]
    assert resolve_prompt(resolved, str(tmp_path)) == resolved
    assert resolve_prompt("default", str(tmp_path)) == "default"


def test_an_unknown_prompt_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="prompt is 'no_such': there are default"):
        load_prompt("no_such")
    with pytest.raises(ValueError, match=r"no/such.toml can't be read"):
        resolve_prompt("no/such.toml:default", str(tmp_path))
    (tmp_path / "p.toml").write_text("[x]\nuser = 'u'\n")
    with pytest.raises(ValueError, match="must have system, user and several"):
        resolve_prompt("p.toml:x", str(tmp_path))
    with pytest.raises(ValueError, match="there are x"):
        resolve_prompt("p.toml:y", str(tmp_path))
    (tmp_path / "p.toml").write_text("[x]\nsystem = ''\nuser = 1\nseveral = 's'\n")
    with pytest.raises(ValueError, match="has user = 1: it must be text"):
        resolve_prompt("p.toml:x", str(tmp_path))
