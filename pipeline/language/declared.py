"""What a recipe's `vars` declare: single values, and lists such as `languages: [de, sw]`.

A list is put in where `${languages}` is a whole value. Only `vars` make a variable a list, so that a recipe alone says
what is one; a setting of its name is a list too, as YAML writes it (`--set 'languages=[de, sw]'`), and takes its place.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.errors import Problem, RecipeError
from pipeline.language import yaml12
from pipeline.language.variables import is_secret, used
from pipeline.language.yaml12 import Node, Scalar

if TYPE_CHECKING:
    from pipeline.language.document import Document

Lists = dict[str, tuple[Scalar, ...]]


def declared_in(document: "Document", tree: yaml12.Mapping) -> tuple[dict[str, Scalar], Lists]:
    """Return the recipe's variables: those that are single values, and those that are lists."""
    found: dict[str, Scalar] = {}
    lists: Lists = {}
    for key, value in tree.items:
        if key.text != "vars" or (isinstance(value, Scalar) and value.plain and not value.text):
            continue
        if not isinstance(value, yaml12.Mapping):
            raise RecipeError(Problem("expected a mapping of names to values", document.file, key.line, ("vars",)))
        for name, inner in value.items:
            document.lines["vars", name.text] = name.line
            if wrong := _wrong(name.text, inner):
                document.note(("vars", name.text), wrong)
            elif isinstance(inner, Scalar):
                found[name.text] = inner
            else:
                lists[name.text] = _items(inner)
    document.stop_if_wrong()
    return found, lists


def _wrong(name: str, value: Node) -> str:
    """Say why a variable can't have this name or this value; empty where it can."""
    if used(f"${{{name}}}") != {name}:
        return f"{name!r} can't be a variable's name: letters, digits and _ only, no digit first"
    if isinstance(value, yaml12.Mapping):
        return "a variable is a text, a number, true or false, or a list of them; not a mapping"
    if isinstance(value, yaml12.Sequence):
        if is_secret(name):
            return "a variable whose name makes it a secret is a text, not a list"
        if len(_items(value)) < len(value.items):
            return "a list in vars holds texts, numbers, true and false; no list or mapping"
    return ""


def set_lists(document: "Document", lists: Mapping[str, Any], settings: Mapping[str, str]) -> Lists:
    """Return the lists that the command line sets in place of those of `vars`; RecipeError where one isn't a list."""
    found: Lists = {}
    for name in sorted(set(lists) & set(settings)):
        try:
            node = yaml12.parse(settings[name], "--set")
        except RecipeError:
            node = None
        if isinstance(node, yaml12.Sequence) and len(_items(node)) == len(node.items):
            found[name] = _items(node)
        else:
            message = f"--set {name}: {name!r} is a list of texts: write '{name}=[one, other]', with the brackets"
            document.note((), message, 0)
    document.stop_if_wrong()
    return found


def _items(node: Node | None) -> tuple[Scalar, ...]:
    """Return the single values of a list."""
    return tuple(item for item in node.items if isinstance(item, Scalar)) if isinstance(node, yaml12.Sequence) else ()
