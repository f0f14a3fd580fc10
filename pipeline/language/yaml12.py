"""YAML 1.2 with the core schema and nothing else, as a tree that remembers its lines.

Scalars are those of https://yaml.org/spec/1.2.2/#103-core-schema: `no`, `on` and `2024-01-31` are text, `12:30` is too.
Tags, merge keys (`<<`, which YAML 1.2 does not have), duplicate keys and several documents are errors. Aliases are
fine, within bounds: a file has at most MAX_CHARACTERS, and a tree MAX_NODES and MAX_DEPTH once they are followed.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml import events as yaml_events
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from pipeline.errors import Problem, RecipeError
from pipeline.language.yaml_mistakes import mistake
from transforms.key_path import KeyPath

MAX_CHARACTERS = 1 << 20
MAX_NODES = 50_000
MAX_DEPTH = 50

INT = re.compile(r"[-+]?[0-9]+")
OCTAL = re.compile(r"0o[0-7]+")
HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
SPECIAL = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
SHIELD = ("\U000fff01\U000fff02", "\U000fff03")
"""What stands for `${` and `}` while a text is parsed: private-use characters."""

SHIELDS_WRITTEN = re.compile(r"[\U000fff01-\U000fff03]|\\U000fff0[1-3]|\\udbbf\\udf0[1-3]", re.IGNORECASE)
"""The characters of SHIELD in a text, as they are or escaped."""


@dataclass(frozen=True)
class Scalar:
    """A scalar as it is written.

    Attributes:
      text: its text, after quotes and escapes.
      plain: whether it was written without quotes, so that it may be more than text.
      line: its line, from 1.
      span: where it begins and ends in the file, in characters, quotes included.
    """

    text: str
    plain: bool
    line: int
    span: tuple[int, int]


@dataclass(frozen=True)
class Sequence:
    """A list, and the line on which it begins."""

    items: "tuple[Node, ...]"
    line: int


@dataclass(frozen=True)
class Mapping:
    """Pairs of key and value in the order of the file, and the line on which it begins."""

    items: "tuple[tuple[Scalar, Node], ...]"
    line: int


Node = Scalar | Sequence | Mapping


def parse(text: str, file: str) -> Node:
    """Return the tree of the only document in a text; RecipeError where it isn't YAML 1.2 within bounds."""
    if len(text) > MAX_CHARACTERS:
        raise RecipeError(Problem(f"a recipe has at most {MAX_CHARACTERS} characters, this one {len(text)}", file))
    return _Composer(text, file).document()


def plain(node: Node, path: KeyPath, lines: dict[KeyPath, int]) -> Any:
    """Return the tree as plain data, and note the line of each value; ValueError for a number that is too long."""
    lines.setdefault(path, node.line)
    if isinstance(node, Scalar):
        return typed(node.text) if node.plain else node.text
    if isinstance(node, Sequence):
        return [plain(item, (*path, at), lines) for at, item in enumerate(node.items)]
    found = {}
    for key, value in node.items:
        lines[(*path, key.text)] = key.line
        found[key.text] = plain(value, (*path, key.text), lines)
    return found


def typed(text: str) -> Any:
    """Return what a plain scalar means by the core schema; ValueError for a number that is too long to be one."""
    if text in SPECIAL:
        return SPECIAL[text]
    if len(text) > 400 and FLOAT.fullmatch(text):
        raise ValueError(f"a number of {len(text)} digits is too long; put it in quotes if it is text")
    if INT.fullmatch(text):
        return int(text)
    if OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    return float(text) if FLOAT.fullmatch(text) else text


def _shielded(text: str) -> str:
    """Return the text with `${name}` in characters that no recipe has, so that `[${a}, ${b}]` reads as it looks.

    In YAML, `{` ends a plain scalar within a flow collection. Lengths stay, and with them all places.
    """
    return VARIABLE.sub(rf"{SHIELD[0]}\1{SHIELD[1]}", text)


def _unshielded(text: str) -> str:
    return text.replace(SHIELD[0], "${").replace(SHIELD[1], "}")


def flow(value: Any) -> str:
    """Return plain data as it would be written on one line: `{a: [1, true]}`; text in quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, float) and not isfinite(value):
        return ".nan" if isnan(value) else ".inf" if value > 0 else "-.inf"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str) and ("\\" in value or not value.isprintable()):
        return json.dumps(value, ensure_ascii=False)  # Python's escapes aren't YAML's within single quotes
    return repr(value)


class _Composer:
    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._shields = not SHIELDS_WRITTEN.search(text)  # or what is written would be taken for a variable
        self._events = self._read(_shielded(text) if self._shields else text)
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        self._used = 0

    def _read(self, text: str) -> Iterator[Any]:
        line = 1
        try:
            for event in YAML(typ="safe", pure=True).parse(text):
                line = event.start_mark.line + 1
                yield event
        except MarkedYAMLError as error:
            message, at = mistake(error, text)
            said = message.replace(repr(SHIELD[0][0])[1:-1], "$")
            raise self._error(f"not YAML: {said}", at or line) from None
        except ReaderError as error:
            at = text.count("\n", 0, int(error.position)) + 1
            raise self._error(f"not YAML: the character U+{int(error.character):04X} isn't allowed", at) from None
        except (YAMLError, ValueError, OverflowError):
            # The scanner lets Python's own errors out for escapes such as "\UFFFFFFFF".
            raise self._error(
                "not YAML: a scalar near this line can't be read (an escape that is none?)", line
            ) from None

    def _error(self, message: str, line: int, path: KeyPath = ()) -> RecipeError:
        return RecipeError(Problem(message, self._file, line, path))

    def document(self) -> Node:
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml_events.StreamEndEvent):
            raise self._error("the recipe is empty", 0)
        if event.version not in (None, (1, 2)):
            raise self._error("recipes are YAML 1.2: remove the %YAML line", event.start_mark.line + 1)
        node = self._node(next(self._events), (), 0)
        next(self._events)
        event = next(self._events)
        if not isinstance(event, yaml_events.StreamEndEvent):
            raise self._error("a recipe is one document, and here another begins", event.start_mark.line + 1)
        return node

    def _node(self, event: Any, path: KeyPath, depth: int) -> Node:
        line = event.start_mark.line + 1
        if isinstance(event, yaml_events.AliasEvent):
            return self._alias(event, path, depth, line)
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            raise self._error(f"tags such as {tag} aren't used in recipes (quotes make text)", line, path)
        self._spend(1, depth, line, path)
        before = self._used
        node: Node
        if isinstance(event, yaml_events.ScalarEvent):
            node = self._scalar(event, path)
        elif isinstance(event, yaml_events.SequenceStartEvent):
            node = Sequence(tuple(self._items(path, depth)), line)
        else:
            node = Mapping(tuple(self._pairs(path, depth)), line)
        if event.anchor is not None:
            self._anchors[event.anchor] = node, self._used - before + 1, _depth(node)
        return node

    def _scalar(self, event: Any, path: KeyPath) -> Scalar:
        line = event.start_mark.line + 1
        try:
            # JSON, which YAML 1.2 takes in, spells characters as pairs of surrogates; halves are none.
            text = str(event.value).encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise self._error("half a surrogate pair is no character", line, path) from None
        span = (int(event.start_mark.index), int(event.end_mark.index))
        return Scalar(_unshielded(text) if self._shields else text, event.style is None, line, span)

    def _items(self, path: KeyPath, depth: int) -> Iterator[Node]:
        number = 0
        while not isinstance(event := next(self._events), yaml_events.SequenceEndEvent):
            yield self._node(event, (*path, number), depth + 1)
            number += 1

    def _pairs(self, path: KeyPath, depth: int) -> Iterator[tuple[Scalar, Node]]:
        lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml_events.MappingEndEvent):
            line = event.start_mark.line + 1
            key = self._node(event, path, depth + 1)
            if not isinstance(key, Scalar):
                raise self._error("a key is a list or a mapping; keys are names", line, path)
            if key.text == "<<" and key.plain:
                raise self._error("merge keys (<<) aren't YAML 1.2; write the keys out, or alias a value", line, path)
            if key.text in lines:
                message = f"the key {key.text!r} is given twice (first on line {lines[key.text]})"
                raise self._error(message, line, (*path, key.text))
            lines[key.text] = line
            yield key, self._node(next(self._events), (*path, key.text), depth + 1)

    def _alias(self, event: Any, path: KeyPath, depth: int, line: int) -> Node:
        if event.anchor not in self._anchors:
            raise self._error(f"there is no finished anchor &{event.anchor} before *{event.anchor}", line, path)
        node, size, levels = self._anchors[event.anchor]
        self._spend(size, depth + levels, line, path)
        return node

    def _spend(self, nodes: int, depth: int, line: int, path: KeyPath) -> None:
        self._used += nodes
        if self._used > MAX_NODES:
            raise self._error(f"a recipe has at most {MAX_NODES} values, aliases followed", line)
        if depth > MAX_DEPTH:
            raise self._error(f"a recipe is at most {MAX_DEPTH} levels deep", line, path[:3])


def _depth(node: Node) -> int:
    if isinstance(node, Scalar):
        return 0
    inner = node.items if isinstance(node, Sequence) else [value for _, value in node.items]
    return 1 + max((_depth(item) for item in inner), default=0)
