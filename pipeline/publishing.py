"""A recipe whose datasets are written to the Hub: what must hold before a run, and what happens after it."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from pipeline.errors import Path
from pipeline.language.document import Document
from pipeline.model import Dataset, Recipe
from transforms.files import is_local


def check_published(
    document: Document, sources: Mapping[str, Any], datasets: Mapping[str, Dataset], output: str
) -> None:
    """Collect in the document what is wrong or doubtful about `write: hub`."""
    wanted = {name: dataset.write.hub for name, dataset in datasets.items()}
    first = next((name for name in wanted if wanted[name]), None)
    if not first:
        return
    path: Path
    for name, hub in wanted.items():
        if hub != wanted[first]:
            path = ("datasets", name, "write", *(["hub"] if hub else []))
            message = f"a repository holds the whole output: give every dataset the same `hub` as {first}"
            document.note(path, message)
    if not is_local(output):
        path = ("datasets", first, "write", "hub")
        message = f"only local folders are published; {output} isn't on this machine"
        document.note(path, message)
    for name, source in sources.items():
        if not source.license and "license" not in {*source.columns, *source.constants}:
            document.warn(
                ("sources", name), "states no `license`; an output with examples of unknown licence isn't published"
            )


def publish_output(recipe: Recipe, output: str, limit: int | None, console: Console) -> None:
    """Publish the output where the recipe says so; errors are those of `pipeline.publish.publish`.

    What came of a part of the sources (--limit) is a trial, and stays here.
    """
    if not (hub := recipe.hub):
        return
    if limit is not None:
        console.print(f"{hub.repo}: not published, since --limit left examples out", soft_wrap=True)
        return
    from pipeline.publish import PublishOptions, publish, show_published  # huggingface_hub takes a while to import
    from sinks.hub.errors import HubError

    options = PublishOptions(
        output, hub.repo, hub.public, hub.revision, hub.tag, dry_run=False, with_rejects=hub.with_rejects
    )
    try:
        show_published(publish(options, console), console)
    except HubError as error:
        said = f"{error}\n{output} is complete: run the same command to publish it"
    else:
        return
    raise HubError(said)
