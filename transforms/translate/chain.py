"""Chains of engines, as steps name them: what one can't do goes to the next."""

from collections.abc import Sequence


def chain_of(engine: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names of the engines in a step's parameter `engine`, in order: one name, or several."""
    return (engine,) if isinstance(engine, str) and engine else tuple(engine)
