"""Files that a recipe names: text, read from beside it."""

import os
from pathlib import Path

from pipeline.errors import KeyPath
from pipeline.language.document import Document
from transforms.files import read_bytes
from transforms.read.files import resolve


def read_text(name: str, document: Document, path: KeyPath) -> str:
    """Return a file's text in UTF-8, without a mark of byte order; a relative path is taken from the recipe's folder.

    RecipeError, at the value that names it (`path`), where it can't be read.
    """
    try:
        return read_bytes(str(resolve(document.folder, name))).decode("utf-8-sig")
    except OSError as error:
        raise document.error(path, f"{name} can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise document.error(path, f"{name} is not UTF-8") from None


def shown(name: str, document: Document) -> str:
    """Return a file's path as messages show it: beside the recipe's, as that was given."""
    return os.path.normpath(Path(document.file).parent / name)
