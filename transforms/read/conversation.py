"""Conversations, as OpenAI (`role`, `content`) and ShareGPT (`from`, `value`) write them.

Content is a text, or a list of parts: all must be text then, and each goes on a line of its own.
"""

from dataclasses import dataclass
from typing import Any

KEYS = (("role", "content"), ("from", "value"))
ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "bot", "model"), "assistant"),
}
TEXT_PARTS = ("text", "input_text", "output_text")


class NotConversationError(ValueError):
    """The messages aren't an optional system message and then turns of user and assistant, in pairs."""


@dataclass(frozen=True)
class Conversation:
    """The system message (or nothing), the turns before the last as pairs, and the last turn."""

    system: str
    history: tuple[tuple[str, str], ...]
    instruction: str
    output: str


def parse(messages: Any) -> Conversation:
    """Divide a list of messages into system, history and last turn; NotConversationError says why that can't be."""
    if not isinstance(messages, list | tuple):
        raise NotConversationError("not a list of messages")
    turns = [_turn(message, number) for number, message in enumerate(messages, 1)]
    system = turns.pop(0)[1] if turns and turns[0][0] == "system" else ""
    first = 1 + len(messages) - len(turns)
    for at, (role, _) in enumerate(turns):
        expected = "assistant" if at % 2 else "user"
        if role != expected:
            raise NotConversationError(f"message {first + at} is the {role}'s where the {expected}'s is expected")
    if not turns:
        raise NotConversationError("no messages" if not messages else "nothing after the system message")
    if len(turns) % 2:
        raise NotConversationError("the last message is the user's")
    pairs = [(turns[at][1], turns[at + 1][1]) for at in range(0, len(turns), 2)]
    return Conversation(system, tuple(pairs[:-1]), *pairs[-1])


def _turn(message: Any, number: int) -> tuple[str, str]:
    if not isinstance(message, dict):
        raise NotConversationError(f"message {number} isn't an object")
    for role_key, text_key in KEYS:
        # In Parquet every message has all keys that any has, so a null one counts as absent.
        if message.get(role_key) is not None:
            role, text = message[role_key], message.get(text_key)
            break
    else:
        raise NotConversationError(f"message {number} has neither `role` nor `from`")
    if not isinstance(role, str) or role not in ROLES:
        raise NotConversationError(f"message {number} has the role {role!r:.60}; known: {', '.join(ROLES)}")
    if isinstance(text, list | tuple) and text:
        text = "\n".join(_part(part, number, text_key) for part in text)
    if not isinstance(text, str):
        raise NotConversationError(f"message {number} has no text in `{text_key}`")
    return ROLES[role], text


def _part(part: Any, number: int, text_key: str) -> str:
    """Return the text of one part of a message's content, which OpenAI also writes as {type: text, text: ...}."""
    if not isinstance(part, dict) or part.get("type") not in TEXT_PARTS:
        kind = part.get("type") if isinstance(part, dict) else part
        raise NotConversationError(f"message {number} has a part in `{text_key}` that isn't text: {kind!r:.60}")
    if not isinstance(part.get("text"), str):
        raise NotConversationError(f"message {number} has a part in `{text_key}` without text")
    text: str = part["text"]
    return text
