"""Templates of a recipe's own: `format: {file: my_templates.yaml, template: NAME}` reads them from a YAML file."""

from pipeline.errors import KeyPath, Problem, RecipeError, unknown
from pipeline.language import yaml12
from pipeline.language.document import Document
from pipeline.language.named_files import read_text, shown
from transforms.formats.template import Format
from transforms.formats.template_file import TemplateError, make_templates


def with_templates(step: Format, document: Document, path: KeyPath) -> Format:
    """Return the step with its template read; a relative path is taken from the recipe's folder.

    RecipeError names the file, the line and the key where it holds no such templates.
    """
    if not step.file:
        return step
    text, file = read_text(step.file, document, (*path, "file")), shown(step.file, document)
    theirs = Document(file)
    try:
        tables = yaml12.plain(yaml12.parse(text, file), (), theirs.lines) if text.strip() else None
        if not isinstance(tables, dict):
            raise TemplateError((), "expected a mapping of templates by name, each with patterns")
        templates = make_templates(tables)
    except TemplateError as error:
        raise theirs.error(error.path, error.message) from None
    except ValueError as error:
        raise RecipeError(Problem(str(error), file)) from None
    if step.template not in templates:
        message = f"{step.file}: {unknown('template', step.template, templates)}"
        raise document.error((*path, "template"), message)
    try:
        return step.with_templates(templates)
    except ValueError as error:
        raise document.error(path, str(error)) from None
