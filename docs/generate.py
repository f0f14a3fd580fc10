"""Makes docs/reference.md from the code: the command's help, and everything that a recipe may name.

`python docs/generate.py` writes it; with `--check` it only says whether the file is up to date (exit status 1: not).
"""

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).with_name("reference.md")
TITLES = {
    "source": "Sources",
    "rule": "Rules of `keep`",
    "step": "Steps",
    "engine": "Engines",
    "sink": "Sinks of `write`",
    "format": "Formats",
}


def page() -> str:
    """Return the whole page."""
    from pipeline.steps import catalogue

    lines = [
        "# Reference",
        "",
        "Made from the code by `make docs`; `langloom steps NAME` says the same in a terminal.",
        "",
    ]
    lines += ["## The command", ""]
    lines += [line for parser in _parsers() for line in ("```", parser.format_help().rstrip(), "```", "")]
    entries = catalogue()
    for kind, title in TITLES.items():
        lines += [f"## {title}", ""]
        for entry in entries:
            if entry["kind"] == kind:
                lines += _entry(entry)
    return "\n".join(lines).rstrip() + "\n"


def _parsers() -> Iterator[argparse.ArgumentParser]:
    from pipeline.arguments import make_parser

    parser = make_parser()
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _entry(entry: dict[str, object]) -> Iterator[str]:
    yield from (f"### `{entry['name']}`", "", str(entry["documentation"]).strip(), "")
    parameters = entry["parameters"]
    if parameters and isinstance(parameters, list):
        yield "```"
        yield from (f"{each['name']}: {each['type']}{each['default']}" for each in parameters)
        yield from ("```", "")


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
