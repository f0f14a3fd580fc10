"""Template files: texts with placeholders as data.

`source` says where the templates of a file are from, and each table is a template, with a pattern
(`transforms/formats/pattern.py`) for any of `instruction`, `input` and `output`; a column without one stays as it is.
A list of patterns is a choice, of which each example gets one. `needs` lists the columns that must hold text, `blank`
those that must hold none, since the form has no place for it, and `meta` further raw columns, which a source keeps in
`meta`, that are placeholders too. langloom's own files are TOML; those of a recipe come in as plain data.
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
from transforms.key_path import KeyPath, MalformedError
from transforms.suggestions import unknown

COLUMNS = ("instruction", "input", "output")
LANGUAGES = {"source_lang": "input_lang", "target_lang": "output_lang"}
PLACEHOLDERS = (*LANGUAGES, *COLUMNS)
KEYS: dict[str, tuple[type | UnionType, str]] = {
    "about": (str, "text"),
    "names": (str, "text"),
    "strip": (bool, "true or false"),
    "needs": (list, "a list"),
    "blank": (list, "a list"),
    "meta": (list, "a list"),
    **dict.fromkeys(COLUMNS, (str | list, "text or a list of texts")),
}
"""The keys of a template: the types that their values may have, and what to call those."""


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
      blank: the columns that an example must have no text in: it would be lost.
      meta: the keys of `meta` that are placeholders, and must hold text.
    """

    patterns: Mapping[str, tuple[Pattern, ...]]
    about: str = ""
    source: str = ""
    names: Style = "iso639"
    strip: bool = False
    needs: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    meta: tuple[str, ...] = ()

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
        there = f"there are template files {', '.join(sorted(known('formats')))}"
        raise ValueError(f"no format {name!r}: {there}; one of your own is {{file: FILE, template: NAME}}")
    templates = load(known("formats")[file])
    if table not in templates:
        raise ValueError(f"no format {name!r}: there are {', '.join(f'{file}.{each}' for each in templates)}")
    return templates[table]


@cache
def load(location: str) -> Mapping[str, Template]:
    """Read a template file that is registered as `package:file.toml`; ValueError says what is wrong in it."""
    package, _, file = location.partition(":")
    try:
        text = files(package).joinpath(file).read_text("utf-8")
    except Exception as error:  # a package of others is imported
        raise ValueError(f"template file {location}: {error}") from error
    try:
        return read_templates(text)
    except ValueError as error:
        raise ValueError(f"template file {location}: {error}") from None


def read_templates(text: str) -> Mapping[str, Template]:
    """Read the text of a TOML template file; ValueError (TOML's own included) says what is wrong and where."""
    return make_templates(tomllib.loads(text))


def make_templates(tables: Any) -> Mapping[str, Template]:
    """Return the templates that a file's plain data describes; MalformedError says what is wrong and where."""
    if not isinstance(tables, Mapping):
        raise MalformedError((), "expected a mapping of templates by name, each with patterns")
    source = tables.get("source", "")
    if not isinstance(source, str):
        raise MalformedError(("source",), f"expected text, got {source!r}")
    return {name: _template(name, table, source) for name, table in tables.items() if name != "source"}


def _template(name: str, table: Any, source: str) -> Template:
    if not isinstance(table, Mapping):
        raise MalformedError((name,), f"a template is a table of {', '.join(KEYS)}, not {table!r}")
    for key, value in table.items():
        if key not in KEYS:
            raise MalformedError((name, key), unknown("key", str(key), KEYS))
        if not isinstance(value, KEYS[key][0]):
            quotes = "; text that begins with { needs quotes" if isinstance(value, Mapping) else ""
            raise MalformedError((name, key), f"can't be {value!r}: expected {KEYS[key][1]}{quotes}")
    if table.get("names", "iso639") not in STYLES:
        raise MalformedError((name, "names"), f"{table['names']!r} is not one of {', '.join(STYLES)}")
    meta = _meta(name, table.get("meta", ()))
    patterns = {key: _patterns((name, key), table[key], (*PLACEHOLDERS, *meta)) for key in COLUMNS if key in table}
    template = Template(
        patterns,
        source=source,
        needs=_columns((name, "needs"), table.get("needs", ())),
        blank=_columns((name, "blank"), table.get("blank", ())),
        meta=meta,
        **{key: table[key] for key in ("about", "names", "strip") if key in table},
    )
    _check(name, template)
    return template


def _columns(where: KeyPath, written: Any) -> tuple[str, ...]:
    for at, column in enumerate(written):
        if column not in COLUMNS:
            raise MalformedError((*where, at), unknown("column", str(column), COLUMNS))
    return tuple(written)


def _meta(name: str, written: Any) -> tuple[str, ...]:
    for at, key in enumerate(written):
        if not (isinstance(key, str) and key.isidentifier()):
            raise MalformedError((name, "meta", at), f"{key!r} can't be a placeholder: letters, digits and _ only")
        if key in PLACEHOLDERS:
            raise MalformedError((name, "meta", at), f"{key!r} is a placeholder already: the column of that name")
    return tuple(written)


def _patterns(where: KeyPath, value: str | list[Any], placeholders: tuple[str, ...]) -> tuple[Pattern, ...]:
    written = [value] if isinstance(value, str) else value
    if not written or not all(isinstance(each, str) for each in written):
        raise MalformedError(where, "must be a string or a list of strings")
    found = []
    for at, each in enumerate(written):
        try:
            found.append(parse(each, placeholders))
        except ValueError as error:
            raise MalformedError(where if isinstance(value, str) else (*where, at), str(error)) from None
    return tuple(found)


def _check(name: str, template: Template) -> None:
    """Check that a template writes something, and loses nothing of what it needs."""
    patterns = template.patterns
    if not patterns:
        raise MalformedError((name,), f"writes nothing: give a pattern for any of {', '.join(COLUMNS)}")
    if len({len(each) for each in patterns.values() if len(each) > 1}) > 1:
        raise MalformedError((name,), "lists of patterns must be equally long")
    if not all(pattern.names for pattern in patterns.get("output", ())):
        raise MalformedError((name, "output"), "holds no placeholder, so that all examples would have the same output")
    if unused := [key for key in template.meta if key not in template.placeholders]:
        raise MalformedError((name, "meta"), f"no pattern holds {{{unused[0]}}}")
    for column in template.blank:
        if column in template.needs or column in template.placeholders:
            how = "needed" if column in template.needs else "held by a pattern"
            raise MalformedError((name, "blank"), f"{column} can't be {how} and blank")
    for column in template.needs:
        for number in range(template.variants):
            held = [each[number % len(each)].names for each in patterns.values()]
            if column in patterns and not any(column in names for names in held):
                where = f" (those numbered {number})" if template.variants > 1 else ""
                raise MalformedError((name, "needs"), f"{column} is needed, but no pattern{where} holds {{{column}}}")
