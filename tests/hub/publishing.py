"""What tests of publishing share: the repository's name, and the command's answer."""

from collections.abc import Callable
from typing import NamedTuple

from tests.fakes.hub import Hub
from tests.fakes.hub_repositories import File

NAME = "me/demo"


class Said(NamedTuple):
    """What the command answered."""

    status: int
    out: str
    err: str


Publish = Callable[..., Said]


def held(hub: Hub, revision: str = "main") -> dict[str, File]:
    """Return the files of the repository, but for those that the Hub puts there."""
    tree = hub.repositories[NAME].tree(revision)
    return {path: file for path, file in tree.items() if path != ".gitattributes"}


def hashes(hub: Hub, revision: str = "main") -> dict[str, str]:
    """Return the SHA-256 of each shard in the repository."""
    return {path: file.sha256 for path, file in held(hub, revision).items() if path.startswith("data/")}
