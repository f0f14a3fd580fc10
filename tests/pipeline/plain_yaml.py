"""A document of YAML as plain data, with the types of its core schema, for the tests of its reader."""

from typing import Any

from pipeline.language.yaml12 import Node, Scalar, Sequence, typed


def plain(node: Node) -> Any:
    """Return what a node says; a scalar in quotes, or in a block, is text."""
    if isinstance(node, Scalar):
        return typed(node.text) if node.plain else node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.items}
