"""What is said of a name that isn't known: the known one that is most like it."""

from collections.abc import Iterable
from difflib import SequenceMatcher


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question about the known name that is most like this one; nothing where none is at all like it."""
    folded = shortened(name).casefold()
    scored = [(SequenceMatcher(None, folded, shortened(other).casefold()).ratio(), other) for other in known]
    best = max(scored, key=lambda pair: (pair[0], -len(pair[1])), default=(0.0, ""))
    return f"; did you mean {best[1]!r}?" if best[0] >= (0.6 if len(name) > 3 else 0.5) else ""


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return the message for a name that is not known: the nearest one, and all that are."""
    names = list(known)
    shown = ", ".join(names[:24]) + (", ..." if len(names) > 24 else "")
    hint = did_you_mean(name, names)
    return f"unknown {what} {shortened(name)!r}{hint} ({f'known: {shown}' if names else 'none is known'})"


def shortened(name: str) -> str:
    """Return as much of a name as a message shows."""
    return name if len(name) <= 60 else f"{name[:57]}..."
