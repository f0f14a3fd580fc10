"""Templates of a recipe's own: `format: {file: my_templates.yaml, template: NAME}` reads them from a YAML file."""

import os
from pathlib import Path as FilePath

from pipeline import yaml12
from pipeline.document import Document
from pipeline.errors import Path, Problem, RecipeError, unknown
from transforms.files import read_bytes
from transforms.formats.template import Format
from transforms.formats.template_file import TemplateError, make_templates
from transforms.read.files import resolve


def with_templates(step: Format, document: Document, path: Path) -> Format:
    """Return the step with its template read; a relative path is taken from the recipe's folder.

    RecipeError names the file, the line and the key where it holds no such templates.
    """
    if not step.file:
        return step
    text = _text(step.file, document, (*path, "file"))
    shown = os.path.normpath(FilePath(document.file).parent / step.file)
    theirs = Document(shown)
    try:
        tables = yaml12.plain(yaml12.parse(text, shown), (), theirs.lines) if text.strip() else None
        if not isinstance(tables, dict):
            raise TemplateError((), "expected a mapping of templates by name, each with patterns")
        templates = make_templates(tables)
    except TemplateError as error:
        raise theirs.error(error.path, error.message) from None
    except ValueError as error:
        raise RecipeError(Problem(str(error), shown)) from None
    if step.template not in templates:
        message = f"{step.file}: {unknown('template', step.template, templates)}"
        raise document.error((*path, "template"), message)
    try:
        return step.with_templates(templates)
    except ValueError as error:
        raise document.error(path, str(error)) from None


def _text(name: str, document: Document, path: Path) -> str:
    try:
        return read_bytes(str(resolve(document.folder, name))).decode("utf-8-sig")
    except OSError as error:
        raise document.error(path, f"{name} can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise document.error(path, f"{name} is not UTF-8") from None
