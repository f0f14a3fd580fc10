"""What a recipe calls a tokenizer: one string that says where it comes from."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, get_args

from transforms.read.files import resolve

Kind = Literal["tiktoken", "file", "hub", "package"]

DEFAULT_TOKENIZER = "tiktoken:o200k_base"
"""The tokenizer that is used where a recipe names none: its vocabulary comes in a package that langloom installs."""

FORMS = "`tiktoken:o200k_base`, `file:PATH/tokenizer.json`, `hub:OWNER/NAME[@REVISION]` or `package:NAME`"

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_REVISION = re.compile(r"[\w./-]+", re.ASCII)


class TokenizerError(ValueError):
    """A tokenizer's name is wrong, or what it names isn't there."""


@dataclass(frozen=True)
class TokenizerName:
    """A tokenizer's name, taken apart.

    Attributes:
      kind: where it comes from.
      name: an encoding of tiktoken; a path; a repository of the Hub; or a Python package.
      inside: the revision of the repository, or the path of the file in the package; may be empty.
    """

    kind: Kind
    name: str
    inside: str = ""

    def __str__(self) -> str:
        mark = {"hub": "@", "package": "/"}.get(self.kind, "")
        return f"{self.kind}:{self.name}{mark if self.inside else ''}{self.inside}"


def parse(text: str) -> TokenizerName:
    """Take a tokenizer's name apart; TokenizerError where it isn't one. Nothing is looked up."""
    kind, colon, rest = text.partition(":")
    if not colon or kind not in get_args(Kind) or not rest.strip() or not rest.isprintable():
        raise TokenizerError(f"{text!r} is no tokenizer: write {FORMS}")
    if kind == "hub":
        return _hub(text, *rest.partition("@"))
    if kind == "package":
        name, _, inside = rest.partition("/")
        if not name.isidentifier() or ".." in PurePosixPath(inside).parts or inside.startswith("/"):
            message = "a package is named as Python imports it, with the path of a file in it or none"
            raise TokenizerError(f"{text!r}: {message} (package:NAME/PATH)")
        return TokenizerName("package", name, inside)
    return TokenizerName("tiktoken" if kind == "tiktoken" else "file", rest)


def _hub(text: str, repository: str, at: str, revision: str) -> TokenizerName:
    if not _REPOSITORY.fullmatch(repository):
        raise TokenizerError(f"{text!r}: a repository of the Hub is named OWNER/NAME")
    if at and not _REVISION.fullmatch(revision):
        raise TokenizerError(f"{text!r}: after @ stands a branch, a tag or a commit")
    return TokenizerName("hub", repository, revision)


def resolved(text: str, base: str) -> str:
    """Return the name with a relative path taken from the folder `base`."""
    name = parse(text)
    return f"file:{resolve(base, name.name)}" if name.kind == "file" else text
