"""The entry of a Dataflow Flex Template: its parameters become the words of `langloom run`.

Google's launcher runs it with a word `--NAME=VALUE` for each parameter, and with options of its own, among them a
`--template_location`: the graph is written there, the service starts the job, and the job writes the output itself.
"""

import sys
from collections.abc import Iterator, Sequence

from pipeline.cli import main
from pipeline.status import WRONG, fail

VALUES = ("output", "work", "limit")
"""Parameters that are arguments of `langloom run`."""

SWITCHES = ("force", "fresh")
"""Parameters that are `true` or `false`."""


class ParameterError(ValueError):
    """A parameter is missing, or isn't what it should be; the message names it."""


def command(words: Sequence[str]) -> list[str]:
    """Return the words of the command; ParameterError where the recipe isn't named, or a switch is neither.

    `set` holds assignments NAME=VALUE with semicolons in between. What isn't an argument of langloom's goes to Beam.
    """
    recipe, mine, beam = "", list[str](), list[str]()
    for word in words:
        name, _, value = word.removeprefix("--").partition("=")
        if not word.startswith("--"):
            raise ParameterError(f"expected --NAME=VALUE, got {word!r}")
        if name == "recipe":
            recipe = value
        elif name in VALUES:
            mine += [f"--{name}", value]
        elif name == "set":
            mine += _settings(value)
        elif name in SWITCHES:
            mine += _switch(name, value)
        else:
            beam.append(word)
    if not recipe:
        raise ParameterError("the parameter 'recipe' is missing: name a recipe, such as gs://BUCKET/recipe.yaml")
    if not any(word.startswith("--runner=") for word in beam):
        beam.insert(0, "--runner=DataflowRunner")
    return ["run", recipe, *mine, "--", *beam]


def _settings(value: str) -> Iterator[str]:
    for assignment in filter(None, value.split(";")):
        yield from ("--set", assignment)


def _switch(name: str, value: str) -> list[str]:
    if value not in ("true", "false"):
        raise ParameterError(f"the parameter {name!r} is true or false, not {value!r}")
    return [f"--{name}"] if value == "true" else []


def launch(words: Sequence[str] | None = None) -> int:
    """Run the command for these parameters (those of the process by default) and return the exit status."""
    try:
        return main(command(sys.argv[1:] if words is None else words))
    except ParameterError as error:
        return fail(WRONG, str(error))
