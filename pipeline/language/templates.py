"""Templates of a recipe's own: `format: {file: my_templates.yaml, template: NAME}` reads them from a YAML file."""

from pipeline.errors import unknown
from pipeline.language.document import Document
from pipeline.language.named_files import read_yaml
from transforms.formats.template import Format
from transforms.formats.template_file import make_templates
from transforms.key_path import KeyPath


def with_templates(step: Format, document: Document, path: KeyPath) -> Format:
    """Return the step with its template read; a relative path is taken from the recipe's folder.

    RecipeError names the file, the line and the key where it holds no such templates.
    """
    if not step.file:
        return step
    templates = read_yaml(step.file, document, (*path, "file"), make_templates)
    if step.template not in templates:
        message = f"{step.file}: {unknown('template', step.template, templates)}"
        raise document.error((*path, "template"), message)
    try:
        return step.with_templates(templates)
    except ValueError as error:
        raise document.error(path, str(error)) from None
