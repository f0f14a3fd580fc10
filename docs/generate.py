"""Makes docs/reference.md from the code: the command's help, and everything that a recipe may name.

`python docs/generate.py` writes it; with `--check` it only says whether the file is up to date (exit status 1: not).
"""

import argparse
import dataclasses
import inspect
import logging
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

PAGE = Path(__file__).with_name("reference.md")
TITLES = {
    "source": "Sources",
    "rule": "Rules of `keep`",
    "step": "Steps",
    "engine": "Engines",
    "sink": "Sinks of `write`",
    "format": "Formats",
}
SECTION = re.compile(r"^(?:Parameters|Attributes):\n((?:  .*\n?)+)", re.MULTILINE)
"""The part of a docstring that has a line for each parameter."""
MODULE = re.compile(r"\b(?:[a-z_0-9]+\.)+(?=[A-Z])")
"""What stands before the name of a class in a type."""


def page() -> str:
    """Return the whole page."""
    from pipeline.arguments import make_parser
    from pipeline.steps import catalogue

    made = "Made from the code by `make docs`; `langloom steps NAME` says the same in a terminal."
    lines = ["# Reference", "", made, "", "## The command", ""]
    for parser in _parsers(make_parser()):
        lines += ["```", parser.format_help().rstrip(), "```", ""]
    entries = catalogue()
    for kind, title in TITLES.items():
        lines += [f"## {title}", ""]
        for entry in entries:
            if entry["kind"] == kind:
                lines += _entry(entry)
    return "\n".join(lines).rstrip() + "\n"


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a command's parser and those of the commands within it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _parsers(inner)


def _entry(entry: dict[str, Any]) -> Iterator[str]:
    yield from (f"### `{entry['name']}`", "", _markdown(entry["documentation"]), "")
    for name, documentation in _nested(entry["kind"], entry["name"]):
        yield from (f"`{name}`: {_markdown(documentation)}", "")
    if entry["parameters"]:
        yield "```"
        yield from (f"{each['name']}: {MODULE.sub('', each['type'])}{each['default']}" for each in entry["parameters"])
        yield from ("```", "")


def _markdown(documentation: str) -> str:
    """Return a docstring with its parameters as a list: Markdown would run them together."""
    return SECTION.sub(lambda section: f"Parameters:\n\n{_listed(section[1])}", documentation).strip()


def _listed(lines: str) -> str:
    listed = []
    for line in lines.splitlines():
        names, _, text = line.strip().partition(": ")
        is_new = line[2:3] != " "  # further lines of a parameter are indented
        listed.append(f"* {re.sub('[a-z_]+', _code, names)}: {text}" if is_new else line[2:])
    return "\n".join(listed) + "\n"


def _code(name: re.Match[str]) -> str:
    return f"`{name[0]}`"


def _nested(kind: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters that are mappings of further parameters, with the documentation of these."""
    from transforms import find

    if kind == "format":
        return
    made = find(f"{kind}s", name)
    hints = get_type_hints(made)
    for field in dataclasses.fields(made):
        for part in (hints[field.name], *get_args(hints[field.name])):
            documentation = inspect.cleandoc(part.__doc__ or "") if dataclasses.is_dataclass(part) else ""
            if field.init and SECTION.search(documentation):
                yield field.name, documentation


def main() -> int:
    """Write the page, or compare it."""
    os.environ["COLUMNS"] = "100"  # argparse wraps its help by this
    logging.basicConfig(level=logging.ERROR)  # Beam warns as it is imported
    made = page()
    if "--check" in sys.argv[1:]:
        if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != made:
            sys.stderr.write("docs/reference.md is not what the code says: run `make docs`\n")
            return 1
        return 0
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
