"""Template files: texts with placeholders as data.

A file is TOML: `source` says where its templates are from, and each table is a template, with a pattern
(`transforms/formats/pattern.py`) for any of `instruction`, `input` and `output`; a column without one stays as it is.
A list of patterns is a choice, of which each example gets one. `needs` lists the columns that must hold text.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import UnionType
from typing import Any

from transforms import known
from transforms.formats.languages import STYLES, Style
from transforms.formats.pattern import Pattern, parse

COLUMNS = ("instruction", "input", "output")
LANGUAGES = {"source_lang": "input_lang", "target_lang": "output_lang"}
PLACEHOLDERS = (*LANGUAGES, *COLUMNS)
KEYS: dict[str, type | UnionType] = {
    "about": str,
    "names": str,
    "strip": bool,
    "needs": list,
    **dict.fromkeys(COLUMNS, str | list),
}


@dataclass(frozen=True)
class Template:
    """One table of a template file.

    Attributes:
      patterns: for each column that it writes, the patterns to choose from (one, or as many as `variants`).
      about: what it is for, in a line.
      source: where it was published.
      names: how languages are named (`transforms/formats/languages.py`).
      strip: whether outer white space is taken off what the data holds.
      needs: the columns that an example must have text in, to be given this form.
    """

    patterns: Mapping[str, tuple[Pattern, ...]]
    about: str = ""
    source: str = ""
    names: Style = "iso639"
    strip: bool = False
    needs: tuple[str, ...] = ()

    @property
    def variants(self) -> int:
        """How many patterns an example may get."""
        return max((len(patterns) for patterns in self.patterns.values()), default=1)

    @property
    def placeholders(self) -> frozenset[str]:
        """The placeholders that its patterns hold."""
        return frozenset(name for patterns in self.patterns.values() for each in patterns for name in each.names)


def find_template(name: str) -> Template:
    """Return a template by its full name, `file.template`; ValueError names those there are."""
    file, _, table = name.partition(".")
    if file not in known("formats"):
        raise ValueError(f"no format {name!r}: there are template files {', '.join(sorted(known('formats')))}")
    templates = load(known("formats")[file])
    if table not in templates:
        raise ValueError(f"no format {name!r}: there are {', '.join(f'{file}.{each}' for each in templates)}")
    return templates[table]


@cache
def load(location: str) -> Mapping[str, Template]:
    """Read a template file that is registered as `package:file.toml`; ValueError says what is wrong in it."""
    package, _, file = location.partition(":")
    try:
        return read_templates(files(package).joinpath(file).read_text("utf-8"))
    except (OSError, ModuleNotFoundError) as error:
        raise ValueError(f"template file {location}: {error}") from error
    except ValueError as error:
        raise ValueError(f"template file {location}: {error}") from None


def read_templates(text: str) -> Mapping[str, Template]:
    """Read the text of a template file; ValueError (TOML's own included) says what is wrong and where."""
    tables = tomllib.loads(text)
    source = tables.pop("source", "")
    return {name: _template(name, table, source) for name, table in tables.items()}


def _template(name: str, table: Any, source: str) -> Template:
    if not isinstance(table, dict):
        raise ValueError(f"{name}: a template is a table, not {table!r}")
    for key, value in table.items():
        if key not in KEYS:
            raise ValueError(f"{name}.{key}: not a key of templates, which are {', '.join(KEYS)}")
        if not isinstance(value, KEYS[key]):
            raise ValueError(f"{name}.{key}: can't be {value!r}")
    if table.get("names", "iso639") not in STYLES:
        raise ValueError(f"{name}.names: {table['names']!r} is not one of {', '.join(STYLES)}")
    patterns = {key: _patterns(f"{name}.{key}", table[key]) for key in COLUMNS if key in table}
    if len({len(each) for each in patterns.values() if len(each) > 1}) > 1:
        raise ValueError(f"{name}: lists of patterns must be equally long")
    if not set(table.get("needs", ())) <= set(COLUMNS):
        raise ValueError(f"{name}.needs: must be a list of {', '.join(COLUMNS)}")
    options = {key: value for key, value in table.items() if key not in COLUMNS}
    options["needs"] = tuple(table.get("needs", ()))
    return Template(patterns, source=source, **options)


def _patterns(where: str, value: str | list[Any]) -> tuple[Pattern, ...]:
    written = [value] if isinstance(value, str) else value
    if not written or not all(isinstance(each, str) for each in written):
        raise ValueError(f"{where}: must be a string or a list of strings")
    try:
        return tuple(parse(each, PLACEHOLDERS) for each in written)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
