"""What must hold between the parts of a recipe: names that exist, no cycles; what nothing uses is told."""

from collections.abc import Mapping

from pipeline.language.document import Document
from pipeline.language.engine_checks import named_engines
from pipeline.language.hub_checks import check_published
from pipeline.language.known_examples import Known, check_steps, known_of
from pipeline.language.language_tags import warn_of_tags
from pipeline.language.line_order import warn_of_joined
from pipeline.model import Recipe, Stream
from transforms.optional_methods import Linkable
from transforms.suggestions import unknown


def check(document: Document, recipe: Recipe) -> None:
    """Collect in the document what is wrong or doubtful."""
    sources, streams = recipe.sources, recipe.streams
    for stream in streams.values():
        for name in stream.inputs:
            if name not in sources and name not in streams:
                others = [*sources, *(other for other in streams if other != stream.name)]
                document.note(("streams", stream.name, "from"), unknown("source or stream", name, others))
    document.stop_if_wrong()
    order = _sorted(document, streams)
    for stream in streams.values():
        for step in stream.steps:
            for engine in named_engines(step):
                if engine not in recipe.engines:
                    document.note(step.path, unknown("engine", engine, recipe.engines))
    document.stop_if_wrong()
    known: dict[str, frozenset[Known]] = {name: frozenset([known_of(source)]) for name, source in sources.items()}
    for name in order:
        stream = streams[name]
        read = frozenset[Known]().union(*(known[name] for name in stream.inputs))
        known[name] = check_steps(document, stream, read, recipe.engines)
    warn_of_tags(document, recipe)
    warn_of_joined(document, recipe)
    _warn_of_unused(document, recipe)
    check_published(document, recipe)


def _sorted(document: Document, streams: Mapping[str, Stream]) -> list[str]:
    """Return the streams, each after those it reads; RecipeError names a cycle."""
    done: list[str] = []
    for first in streams:
        trail = [(first, iter(streams[first].inputs))]
        while trail and first not in done:
            name, inputs = trail[-1]
            following = next((other for other in inputs if other in streams and other not in done), None)
            if following is None:
                done.append(name)
                trail.pop()
                continue
            names = [entry for entry, _ in trail]
            if following in names:
                cycle = " -> ".join([*names[names.index(following) :], following])
                raise document.error(("streams", following, "from"), f"streams read each other in a cycle: {cycle}")
            trail.append((following, iter(streams[following].inputs)))
    return done


def _warn_of_unused(document: Document, recipe: Recipe) -> None:
    streams = recipe.streams.values()
    read = {name for stream in streams for name in stream.inputs}
    drawn = {name for dataset in recipe.datasets.values() for name in dataset.streams}
    asked = {name for stream in streams for step in stream.steps for name in named_engines(step)}
    asked |= {engine.of for name in asked if isinstance(engine := recipe.engines[name], Linkable)}
    for section, names, used, verb in (
        ("sources", recipe.sources, read, "no stream reads it"),
        ("engines", recipe.engines, asked, "no step asks it"),
        ("streams", recipe.streams, read | drawn, "no dataset and no stream reads it"),
    ):
        for name in names:
            if name not in used:
                document.warn((section, name), f"is not used: {verb}")
