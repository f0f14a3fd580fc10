"""Files that a recipe names, text or YAML: relative paths are taken from the recipe's folder."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import Problem, RecipeError
from pipeline.language import yaml12
from pipeline.language.document import Document
from pipeline.language.place import Place
from transforms.files import read_bytes
from transforms.key_path import MalformedError
from transforms.read.files import resolve

T = TypeVar("T")


def read_text(name: str, place: Place) -> str:
    """Return a file's text in UTF-8, without a byte order mark.

    RecipeError, at the place that names the file, where it can't be read.
    """
    try:
        return read_bytes(str(resolve(place.document.folder, name))).decode("utf-8-sig")
    except OSError as error:
        raise place.error(f"{name} can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise place.error(f"{name} is not UTF-8") from None


def read_yaml(name: str, place: Place, make: Callable[[Any], T]) -> T:
    """Return what `make` makes of the plain data in a YAML file (None where the file is empty).

    RecipeError where the file can't be read or isn't YAML, and, with its line, where `make` raises MalformedError.
    """
    text, file = read_text(name, place), _shown(name, place.document)
    theirs = Document(file)
    try:
        return make(yaml12.plain(yaml12.parse(text, file), (), theirs.lines) if text.strip() else None)
    except MalformedError as error:
        raise theirs.error(error.path, error.message) from None
    except ValueError as error:
        raise RecipeError(Problem(str(error), file)) from None


def _shown(name: str, document: Document) -> str:
    """Return a file's path as messages show it: beside the recipe's, as that was given."""
    return os.path.normpath(Path(document.file).parent / name)
