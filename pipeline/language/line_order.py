"""What depends on the order of a file's lines: told at `check`, since nothing else in langloom does."""

from collections.abc import Iterable, Mapping

from pipeline.language.document import Document
from pipeline.model import Recipe, Step, Stream

UNNUMBERED = (
    "choice: line needs the numbers of the lines: read them with `lines: {path: [...], numbered: true}`, and let no "
    "step before it make examples of examples (translate, pair)"
)


def check_choice(document: Document, step: Step, numbered: bool) -> None:
    """Check that lines are numbered where a template is chosen by them, and warn that their order decides."""
    if getattr(step.step, "choice", None) != "line":
        return
    if not numbered:
        document.note((*step.path, "choice"), UNNUMBERED)
        return
    message = "choice: line goes by the order of the file's lines: sorted, cut or filtered, it gives other examples"
    document.warn((*step.path, "choice"), message)


def warn_of_joined(document: Document, recipe: Recipe) -> None:
    """Warn of splits of joined lines: neighbours share lines, and may fall on different sides."""
    for dataset in recipe.datasets.values():
        if not dataset.split:
            continue
        for name in sorted(_sources(dataset.streams, recipe.streams)):
            if getattr(recipe.sources[name].reader, "join", 1) > 1:
                message = f"neighbours in the source {name!r} share lines (join), so that a split isn't clean"
                document.warn(("datasets", dataset.name, "split"), message)


def _sources(names: Iterable[str], streams: Mapping[str, Stream]) -> set[str]:
    """Return the sources that these streams read."""
    found, todo = set[str](), list(names)
    while todo:
        name = todo.pop()
        if name in streams:
            todo += streams[name].inputs
        else:
            found.add(name)
    return found
