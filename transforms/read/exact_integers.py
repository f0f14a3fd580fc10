"""Integers of JSON beyond 64 bits: they stay what they are, as text, where a parser makes rounded floats of them."""

import json
from typing import Any

from transforms.read.block import Bad

_LEAST, _MOST = -(1 << 63), (1 << 64) - 1
"""What orjson reads exactly."""


def may_be_rounded(value: Any) -> bool:
    """Say whether an object or array, as orjson read it, holds a float so large that it may have been an integer."""
    todo = [value]
    while todo:
        here = todo.pop()
        for inner in here.values() if type(here) is dict else here:
            kind = type(inner)
            if kind is float:
                if not _LEAST < inner < _MOST:
                    return True
            elif kind is dict or kind is list:
                todo.append(inner)
    return False


def exactly(data: bytes) -> Any:
    """Return the value of JSON that orjson takes, its integers beyond 64 bits as the text that they are written in.

    Bad where it is nested so deeply that only orjson can read it.
    """
    try:
        return json.loads(data, parse_int=_integer)
    except RecursionError:
        return Bad("malformed", "an integer beyond 64 bits in what is nested too deeply", data)


def _integer(text: str) -> int | str:
    if len(text) > 20:
        return text
    number = int(text)
    return number if _LEAST <= number <= _MOST else text
