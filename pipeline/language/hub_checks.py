"""What `write: hub` takes of the rest of a recipe: one repository, a local output, sources that state licences."""

from pipeline.language.document import Document
from pipeline.model import Recipe
from transforms.files import is_local
from transforms.key_path import KeyPath


def check_published(document: Document, recipe: Recipe) -> None:
    """Collect in the document what is wrong or doubtful about `write: hub`."""
    wanted = {name: dataset.write.hub for name, dataset in recipe.datasets.items()}
    first = next((name for name in wanted if wanted[name]), None)
    if not first:
        return
    path: KeyPath
    for name, hub in wanted.items():
        if hub != wanted[first]:
            path = ("datasets", name, "write", *(["hub"] if hub else []))
            message = f"a repository holds the whole output: give every dataset the same `hub` as {first}"
            document.note(path, message)
    if not is_local(recipe.output):
        path = ("datasets", first, "write", "hub")
        message = f"only local folders are published; {recipe.output} isn't on this machine"
        document.note(path, message)
    for name, source in recipe.sources.items():
        if not source.license and "license" not in {*source.columns, *source.constants}:
            document.warn(
                ("sources", name), "states no `license`; an output with examples of unknown licence isn't published"
            )
