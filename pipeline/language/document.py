"""A recipe's file as plain data: variables put in, the line of each value kept, secrets kept out of sight."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import Problem, RecipeError
from pipeline.language import yaml12
from pipeline.language.declared import declared_in, set_lists
from pipeline.language.variables import MASK, VariableError, Variables, is_secret, scrub, used, whole
from pipeline.language.yaml12 import Node, Scalar
from transforms.files import is_local, open_stored
from transforms.key_path import KeyPath
from transforms.suggestions import unknown

MAX_BYTES = 4 * yaml12.MAX_CHARACTERS
SHOWN = 80
LENGTH_OF_VALUE = 16
"""What each value of a list variable counts for where it is put in, beside its text: recipes are bounded."""

SECRET = re.compile(r"(api_?key|token|secret|password)$", re.IGNORECASE)


@dataclass
class Document:
    """A recipe as read.

    Attributes:
      file: its path, as given.
      text: its text, the values of secret `vars` replaced by `***`.
      data: what it says, after variables.
      masked: the same, with `***` for what must not be shown.
      lines: the line of each value, by its path.
      secrets: texts that no message may hold, the longest first.
      problems: what was found wrong so far.
      warnings: what is doubtful.
    """

    file: str
    text: str = ""
    data: Any = None
    masked: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list, repr=False)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def folder(self) -> str:
        """Return the folder that it lies in, from which relative paths are taken."""
        return str(Path(self.file).resolve().parent) if is_local(self.file) else posixpath.dirname(self.file)

    def error(self, path: KeyPath, message: str) -> RecipeError:
        """Return the error for a value, with the line of it or of what it stands in."""
        return RecipeError(self._problem(path, message))

    def note(self, path: KeyPath, message: str, line: int | None = None) -> None:
        """Note what is wrong with a value, and go on: one pass finds all of a kind."""
        self.problems.append(self._problem(path, message, line))

    def warn(self, path: KeyPath, message: str) -> None:
        """Note what is doubtful, but no error."""
        self.warnings.append(str(self._problem(path, message)))

    def _problem(self, path: KeyPath, message: str, line: int | None = None) -> Problem:
        """Return a problem without secrets, on the line of the value or of what it stands in, unless one is given."""
        if line is None:
            at = path
            while at and at not in self.lines:
                at = at[:-1]
            line = self.lines.get(at, 0)
        clean = tuple(self.scrub(step) if isinstance(step, str) else step for step in path)
        return Problem(self.scrub(message), self.file, line, clean)

    def shown(self, value: Any, path: KeyPath) -> str:
        """Return a value as messages show it: short, and nothing that is secret."""
        if any(_is_hidden(path[: at + 1]) for at in range(len(path))):
            return "a value that is not shown"
        text = self.scrub(yaml12.flow(value))
        return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."

    def scrub(self, text: str) -> str:
        """Return the text without secrets."""
        return str(scrub(text, self.secrets))

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Note errors and go on, so that one pass finds all of a kind."""
        try:
            yield
        except RecipeError as error:
            self.problems.extend(error.problems)

    def stop_if_wrong(self) -> None:
        """Raise what was collected, if anything."""
        if self.problems:
            raise RecipeError(sorted(self.problems, key=lambda problem: problem.line)) from None


def read(path: str, settings: Mapping[str, str], environ: Mapping[str, str]) -> Document:
    """Read a recipe's file; RecipeError where it can't be read, isn't YAML, or uses variables that aren't set."""
    text = _text(path)
    document = Document(path, text)
    tree = yaml12.parse(text, path)
    if not isinstance(tree, yaml12.Mapping):
        raise RecipeError(Problem("a recipe is a mapping of keys such as `sources` and `streams`", path, tree.line))
    declared, lists = declared_in(document, tree)
    lists |= set_lists(document, lists, settings)
    rest = {name: value for name, value in settings.items() if name not in lists}
    texts = {name: scalar.text for name, scalar in declared.items()}
    _Reading(document, Variables(rest, texts, environ, frozenset(lists)), declared, lists).read(tree)
    document.stop_if_wrong()
    return document


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") if is_local(path) else open_stored(path) as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise RecipeError(Problem("there is no such file", path)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name is no file name"
        raise RecipeError(Problem(f"can't be read: {reason}", path)) from None
    if len(data) > MAX_BYTES:
        raise RecipeError(Problem(f"a recipe has at most {MAX_BYTES} bytes", path))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RecipeError(Problem("the file is not UTF-8", path, line)) from None


@dataclass
class _Reading:
    """Turns the YAML tree into plain data: puts variables in, notes the line of each value, and finds the secrets.

    Attributes:
      document: what is filled in.
      variables: the values to put in.
      declared, lists: the recipe's own variables (`vars`): single values, and lists.
      names: the variables that the recipe uses.
      hidden: the texts of secret parameters, such as `api_key`.
      length: how many characters putting variables in has made so far.
    """

    document: Document
    variables: Variables
    declared: Mapping[str, Scalar]
    lists: Mapping[str, tuple[Scalar, ...]]
    names: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    length: int = 0

    def read(self, tree: yaml12.Mapping) -> None:
        document, settings = self.document, self.variables.settings
        self._learn(tree)
        for values in self.lists.values():  # which the command line may have set
            self.names |= {name for value in values for name in used(value.text)}
        self._secrets()
        for name in sorted(set(settings) - self.names - set(self.declared)):
            document.note((), f"--set {name}: {unknown('variable', name, sorted(self.names | set(self.declared)))}", 0)
        document.data = self._plain(tree, (), masked=False)
        document.stop_if_wrong()
        document.masked = self._plain(tree, (), masked=True)
        document.secrets = _by_length({*document.secrets, *self.hidden})
        document.masked = scrub(document.masked, document.secrets)
        document.text = document.scrub(document.text)

    def _learn(self, node: Node) -> None:
        """Take note of the variables that a node uses."""
        if isinstance(node, Scalar):
            self.names |= used(node.text)
        elif isinstance(node, yaml12.Sequence):
            for item in node.items:
                self._learn(item)
        else:
            for key, value in node.items:
                self._learn(key)
                self._learn(value)

    def _secrets(self) -> None:
        """Learn which texts must not be shown."""
        names = {*self.declared, *self.variables.settings, *self.names}
        found = set()
        for name in filter(is_secret, names):
            try:
                value = self.variables.value(name)
            except VariableError:
                continue
            found |= _forms(value)
        self.document.secrets = _by_length(found)
        spans = sorted({scalar.span for name, scalar in self.declared.items() if is_secret(name)}, reverse=True)
        for start, end in spans:
            text = self.document.text
            end -= len(text[start:end]) - len(text[start:end].rstrip())
            self.document.text = f'{text[:start]}"{MASK}"{text[end:]}'

    def _plain(self, node: Node, path: KeyPath, masked: bool) -> Any:
        self.document.lines.setdefault(path, node.line)
        if path == ("vars",):
            return self._variables(masked)
        if isinstance(node, Scalar):
            return self._scalar(node, path, masked)
        if isinstance(node, yaml12.Sequence):
            return [self._plain(item, (*path, at), masked) for at, item in enumerate(node.items)]
        result: dict[str, Any] = {}
        for key, value in node.items:
            name = self._substituted(key, (*path, key.text), masked=False)
            inner = (*path, name)
            if name != self._substituted(key, (*path, key.text), masked=True):
                message = "a secret can't be part of a name: names are shown"
                self.document.note((*path, key.text), message, key.line)
            if name in result and not masked:
                message = f"the key {name!r} is given twice, once variables are put in"
                self.document.note(inner, message, key.line)
            self.document.lines[inner] = key.line
            result[name] = self._plain(value, inner, masked)
        return result

    def _variables(self, masked: bool) -> dict[str, Any]:
        values: dict[str, Any] = {name: self._list(name, ("vars", name), masked) for name in self.lists}
        for name, scalar in self.declared.items():
            try:
                values[name] = self.variables.value(name, masked)
            except VariableError as error:
                self.document.note(("vars", name), str(error), scalar.line)
        return values

    def _list(self, name: str, path: KeyPath, masked: bool) -> list[Any]:
        """Return what a list variable holds, put in at a path."""
        values = self.lists[name]
        self.length += len(values) * LENGTH_OF_VALUE
        if self.length > MAX_BYTES:
            raise self.document.error(path, f"variables make the recipe longer than {MAX_BYTES} characters")
        return [self._single(item, (*path, at), masked) for at, item in enumerate(values)]

    def _scalar(self, node: Scalar, path: KeyPath, masked: bool) -> Any:
        # A list in quotes too, as in JSON: within a text it would have no meaning.
        name = whole(node.text)
        return self._list(name, path, masked) if name in self.lists else self._single(node, path, masked)

    def _single(self, node: Scalar, path: KeyPath, masked: bool) -> Any:
        text = self._substituted(node, path, masked)
        if masked and _is_hidden(path) and not text.startswith(("env:", "file:")):
            self.hidden |= _forms(self._substituted(node, path, masked=False))
            return MASK
        if not node.plain or (text != node.text and not whole(node.text)):
            return text
        try:
            return yaml12.typed(text)
        except ValueError as error:
            self.document.note(path, str(error), node.line)
            return None

    def _substituted(self, node: Scalar, path: KeyPath, masked: bool) -> str:
        try:
            text = self.variables.substitute(node.text, masked)
            self.length += len(text)
            if self.length > MAX_BYTES:
                raise VariableError(f"variables make the recipe longer than {MAX_BYTES} characters")
            return text
        except VariableError as error:
            if not masked:
                self.document.note(path, str(error), node.line)
            return node.text


def _is_hidden(path: KeyPath) -> bool:
    """Tell whether a value, or the list that it is in, is a secret by the name of its parameter, such as `api_key`."""
    names = [step for step in path if isinstance(step, str)] or [""]
    depth = {"sources": 3, "engines": 3, "runner": 2}.get(names[0], len(names) + 1)
    return len(names) >= depth and SECRET.search(names[-1]) is not None


def _forms(secret: str) -> set[str]:
    return {secret, repr(secret)[1:-1], *secret.split("\n")}


def _by_length(secrets: set[str]) -> list[str]:
    # Up to three characters would blot out half of every message.
    return sorted((text for text in secrets if len(text) > 3), key=lambda text: (-len(text), text))
