"""What can go wrong at an endpoint, and when it does: by a seeded hash of the request, not by the order of arrival."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tests.fakes.translations import PLACEHOLDER

STATUS = ("http_429", "http_429_retry_after", "http_500", "http_503")
"""Answers with an error status."""

BROKEN = ("timeout", "slow", "drop_before", "drop_within", "truncated_json")
"""No answer (until the client goes), a late one, a connection closed before or within the answer, half of its JSON."""

CONTENT = (
    "empty",
    "cut",
    "refusal",
    "echo",
    "placeholder_lost",
    "placeholder_doubled",
    "wrong_lines",
    "chatter",
    "answer",
    "runaway",
    "content_filter",
)
"""Answers with status 200 that are no translation."""

MIX = (*STATUS, *BROKEN, *CONTENT)
"""What `mix` spreads over. The others below stop a client for good, so that they must be asked for by name."""

KINDS = (*MIX, "insufficient_quota", "http_402", "unauthorized", "flagged", "http_400", "html")
"""All kinds of faults."""

REFUSALS = (
    "I'm sorry, but I can't translate this text.",
    "I'm sorry, I cannot assist with that request.",
    "As an AI language model, I am unable to translate this content.",
    "Sorry, but I can't help with that.",
    "I can't comply with this request, as it may violate our policies.",
)
CHATTER = ("Sure! Here is the translation:\n", "Here's the translated text:\n\n", "Of course. Translation: ")
ANSWER = "That's a good question! The answer is that it depends on what you have and what you want to do with it."


@dataclass(frozen=True)
class Reply:
    """The model's message.

    Attributes:
      texts: the translations; more than one if the request had several segments.
      several: whether the reply is a JSON array.
      around: text before the reply.
      instead: what is said in place of the reply, or None.
      finish: the reason for which the model stopped.
    """

    texts: tuple[str, ...]
    several: bool
    around: str = ""
    instead: str | None = None
    finish: str = "stop"


def number(seed: int, seen: int, body: bytes, purpose: str) -> float:
    """Return a number from 0 to below 1 that depends on nothing but the arguments."""
    key = f"{seed} {seen} {purpose}".encode()
    return int.from_bytes(hashlib.blake2b(body, digest_size=7, key=key).digest()) / 2**56


def check(faults: Mapping[str, float]) -> None:
    """Raise ValueError for an unknown kind, or for probabilities that aren't such."""
    for kind, share in faults.items():
        if kind not in (*KINDS, "mix"):
            raise ValueError(f"faults: {kind!r} is no kind of fault; these are mix, {', '.join(KINDS)}")
        if not 0 <= share <= 1:
            raise ValueError(f"faults: {kind} has the probability {share}, which is not from 0 to 1")
    if sum(faults.values()) > 1 + 1e-9:
        raise ValueError(f"faults: the probabilities {dict(faults)} sum to more than 1")


def spread(faults: Mapping[str, float]) -> dict[str, float]:
    """Return the probability of each kind, `mix` divided equally among those it covers."""
    each = faults.get("mix", 0.0) / len(MIX)
    shares = {kind: faults.get(kind, 0.0) + (each if kind in MIX else 0.0) for kind in KINDS}
    return {kind: share for kind, share in shares.items() if share}


def draw(shares: Mapping[str, float], at: float) -> str:
    """Return the kind that lies at a number from 0 to 1, or nothing."""
    for kind, share in shares.items():
        at -= share
        if at < 0:
            return kind
    return ""


def applies(kind: str, texts: Sequence[str]) -> bool:
    """Return whether these texts can suffer the fault: one without placeholders can't lose any."""
    if kind in ("placeholder_lost", "placeholder_doubled"):
        return any(PLACEHOLDER.search(text) for text in texts)
    if kind == "wrong_lines" and len(texts) == 1:
        return " " in texts[0].strip()
    return True


def spoil(kind: str, reply: Reply, source: Sequence[str], at: float) -> Reply:
    """Return the reply with a fault of `CONTENT`; `at`, from 0 to 1, chooses between variants."""
    if kind == "empty":
        return replace(reply, instead="")
    if kind in ("cut", "content_filter"):
        return replace(reply, finish="length" if kind == "cut" else "content_filter")
    if kind == "refusal":
        return replace(reply, instead=REFUSALS[int(at * len(REFUSALS))])
    if kind == "echo":
        return replace(reply, texts=tuple(source))
    if kind == "chatter":
        return replace(reply, around=CHATTER[int(at * len(CHATTER))])
    if kind == "answer":
        return replace(reply, instead=ANSWER)
    if kind == "wrong_lines":
        if len(reply.texts) > 1:
            return replace(reply, texts=reply.texts[:-1])
        return replace(reply, texts=(_broken(reply.texts[0]),))
    return replace(reply, texts=_spoiled(kind, reply.texts))


def _spoiled(kind: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Change the first of the texts that can be changed so."""
    changed = list(texts)
    for index, text in enumerate(texts):
        if kind == "runaway":
            last = (text.split() or ["..."])[-1]
            changed[index] = text + f" {last}" * 200
            break
        if match := PLACEHOLDER.search(text):
            more = f"{match[0]} {match[0]}" if kind == "placeholder_doubled" else ""
            changed[index] = text[: match.start()] + more + text[match.end() :]
            break
    return tuple(changed)


def _broken(text: str) -> str:
    """Break a line at the space that is nearest to the middle."""
    middle = len(text) // 2
    spaces = [at for at, character in enumerate(text) if character == " " and text[:at].strip() and text[at:].strip()]
    at = min(spaces, key=lambda space: abs(space - middle))
    return text[:at] + "\n" + text[at + 1 :]
