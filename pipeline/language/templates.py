"""Templates of a recipe's own: `format: {file: my_templates.yaml, template: NAME}` reads them from a YAML file."""

from pipeline.language.named_files import read_yaml
from pipeline.language.place import Place
from transforms.formats.template import Format
from transforms.formats.template_file import make_templates
from transforms.suggestions import unknown


def with_templates(step: Format, place: Place) -> Format:
    """Return the step with its template read; a relative path is taken from the recipe's folder.

    RecipeError names the file, the line and the key where it holds no such templates.
    """
    if not step.file:
        return step
    templates = read_yaml(step.file, place.at("file"), make_templates)
    if step.template not in templates:
        message = f"{step.file}: {unknown('template', step.template, templates)}"
        raise place.at("template").error(message)
    try:
        return step.with_templates(templates)
    except ValueError as error:
        raise place.error(str(error)) from None
