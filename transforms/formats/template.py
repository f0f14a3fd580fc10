"""The step that rewrites examples by a template."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from transforms.example import digest, replace_columns, texts
from transforms.formats.languages import Style, language_name
from transforms.formats.pattern import Pattern
from transforms.formats.template_file import COLUMNS, LANGUAGES, Template, find_template
from transforms.read.values import WrongTypeError, as_text
from transforms.steps import Verdict


@dataclass(frozen=True)
class Format:
    """Rewrites `instruction`, `input` and `output` by a template.

    Parameters:
      template: its name: `file.template` for those of langloom (qalign.question, x_llama.translation) and of packages
        that register a TOML file in the entry point group `langloom.formats`; with `file`, the name it has there.
      file: a YAML file of templates of the recipe's own, relative to the recipe; see docs/recipes.md.
      choice: which of a template's patterns an example gets. `hash`: one by a hash of the template's name and the
        example's id, so that neither order nor runner matter (langloom's own). `line`: that of the line's number, from
        0, modulo the number of patterns: what x-LLM does, with 33. It depends on the order of the lines, so that a file
        that is sorted or filtered gives other examples; the source must number its lines (`lines: {numbered: true}`).
        A number: that one for all, counted from 0 (x-LLM has 0 outside training data).
      language_names: English names by language tag, which go before the built-in ones.

    Reads `instruction`, `input`, `output`, `id`, `input_lang` (as `{source_lang}`), `output_lang` (as `{target_lang}`),
    of `meta` the keys that the template names, and `_line` where the line decides; writes `instruction`, `input`,
    `output`, and into `template` the name (`file:template` for a file's), followed by `/` and the pattern's number
    where there are several. System text and history stay as they are.

    A language without a name is put in by its tag. Rejects `no_text` (a column that the
    template needs is blank; the detail names it), `no_place` (a column holds text that the template would lose; the
    detail names it) and `no_language` (it names one that the example doesn't state).

    Source: NJUNLP/QAlign@a65ee638 and NJUNLP/x-LLM@0bc91a2 for the templates of those names, byte by byte; others in
    their files.
    """

    template: str
    file: str = ""
    choice: int | Literal["hash", "line"] = "hash"
    language_names: dict[str, str] = field(default_factory=dict)
    own: Template | None = field(default=None, init=False)

    shorthand: ClassVar[str] = "template"

    def __post_init__(self) -> None:
        if not self.file:
            self._check_choice(find_template(self.template))

    def with_templates(self, templates: Mapping[str, Template]) -> Self:
        """Return the step with its template of the file's; KeyError where it isn't there, ValueError for its choice."""
        made = dataclasses.replace(self)
        made._check_choice(templates[self.template])
        object.__setattr__(made, "own", templates[self.template])  # no parameter: the recipe can't set it
        return made

    def content(self) -> Any:
        """Return what was read of a file, for the run signature; None where nothing was."""
        return dataclasses.asdict(self.own) if self.own else None

    def rewritten(self) -> frozenset[str]:
        """Return the columns into which the template puts other text than they hold."""
        same = {name: ((("", name),),) for name in COLUMNS}
        written = {name: tuple(each.pieces for each in patterns) for name, patterns in self._template.patterns.items()}
        return frozenset(name for name, pieces in written.items() if pieces != same[name])

    @property
    def label(self) -> str:
        """What `template` says of the examples: the name, after that of the file where there is one."""
        return f"{self.file.rpartition('/')[2]}:{self.template}" if self.file else self.template

    @property
    def _template(self) -> Template:
        if self.own:
            return self.own
        if self.file:
            raise ValueError(f"the templates of {self.file} haven't been read: see `with_templates`")
        return find_template(self.template)

    def _check_choice(self, template: Template) -> None:
        variants = template.variants
        wrong = (
            variants == 1 if self.choice == "line" else isinstance(self.choice, int) and not 0 <= self.choice < variants
        )
        if wrong:
            raise ValueError(f"choice {self.choice}: {self.label} has {variants} pattern(s), counted from 0")

    def rewrite(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        template = self._template
        columns = {name: batch.column(name) for name in COLUMNS}
        columns |= _kept(batch, template.meta)
        if template.strip:
            columns = {name: pc.utf8_trim_whitespace(column) for name, column in columns.items()}
        for placeholder, name in LANGUAGES.items():
            columns[placeholder] = self._named(batch.column(name), template.names)
        chosen = self._chosen(batch, template)
        written: dict[str, Any] = {"template": self._labels(chosen, template.variants)}
        for name, patterns in template.patterns.items():
            written[name] = _fill(patterns, chosen, columns, batch.num_rows)
        return replace_columns(batch, written)

    def refuse(self, batch: pa.RecordBatch) -> Verdict:
        """Say which examples the template has no use for."""
        template = self._template
        found: dict[int, tuple[str, str]] = {}
        wanted = [("no_text", name, batch.column(name)) for name in template.needs]
        wanted += [("no_text", f"meta.{name}", column) for name, column in _kept(batch, template.meta).items()]
        languages = [name for each, name in LANGUAGES.items() if each in template.placeholders]
        wanted += [("no_language", name, batch.column(name)) for name in languages]
        lost = [("no_place", name, batch.column(name)) for name in template.blank]
        for reason, name, column in wanted + lost:
            blank = pc.equal(pc.utf8_trim_whitespace(column), "").to_numpy(zero_copy_only=False)
            for at in np.flatnonzero(~blank if reason == "no_place" else blank):
                found.setdefault(int(at), (reason, name))
        return Verdict.of(batch.num_rows, found)

    def _name(self, tag: str, style: Style) -> str | None:
        return self.language_names.get(tag) or language_name(tag, style)

    def _named(self, tags: pa.Array, style: Style) -> pa.Array:
        encoded = tags.dictionary_encode()
        names = [self._name(tag, style) or tag for tag in encoded.dictionary.to_pylist()]
        return pa.array(names, pa.string()).take(encoded.indices)

    def _chosen(self, batch: pa.RecordBatch, template: Template) -> np.ndarray[Any, Any]:
        if template.variants == 1 or isinstance(self.choice, int):
            return np.full(batch.num_rows, self.choice if isinstance(self.choice, int) else 0)
        if self.choice == "line":
            if batch.schema.get_field_index("_line") < 0:
                raise ValueError(
                    f"{self.label}: choice is line, but lines aren't numbered: `lines: {{numbered: true}}`"
                )
            lines: np.ndarray[Any, Any] = batch.column("_line").to_numpy(zero_copy_only=False) % template.variants
            return lines
        numbers = (choose(self.label, each, template.variants) for each in texts(batch, "id"))
        return np.fromiter(numbers, np.int64, batch.num_rows)

    def _labels(self, chosen: np.ndarray[Any, Any], variants: int) -> pa.Array:
        labels = [f"{self.label}/{number}" for number in range(variants)] if variants > 1 else [self.label]
        return pa.array(labels, pa.string()).take(pa.array(chosen))


def choose(template: str, example: str, variants: int) -> int:
    """Return the number of the pattern that an example gets: a pure function of the template's name and its id."""
    return int.from_bytes(digest("template", template, example)[:8], "big") % variants


def _kept(batch: pa.RecordBatch, names: tuple[str, ...]) -> dict[str, pa.Array]:
    """Return these keys of `meta` as columns of text, empty where an example has none, or a list or an object."""
    if not names:
        return {}
    rows = [orjson.loads(text) for text in texts(batch, "meta")]
    return {name: pa.array(list(_spelled(rows, name)), pa.string()) for name in names}


def _spelled(rows: Iterable[Mapping[str, Any]], name: str) -> Iterator[str]:
    for row in rows:
        try:
            yield as_text(row.get(name))
        except WrongTypeError:
            yield ""


def _fill(
    patterns: tuple[Pattern, ...], chosen: np.ndarray[Any, Any], columns: Mapping[str, pa.Array], rows: int
) -> pa.Array:
    """Fill in for each row the pattern that was chosen for it."""
    if len(patterns) == 1:
        return patterns[0].fill_column(columns, rows)
    order = np.argsort(chosen, kind="stable")
    filled = []
    for number in np.unique(chosen):
        pattern, at = patterns[number], pa.array(np.flatnonzero(chosen == number))
        filled.append(pattern.fill_column({name: columns[name].take(at) for name in pattern.names}, len(at)))
    if not filled:
        return pa.array([], pa.string())
    return pa.concat_arrays(filled).take(pa.array(np.argsort(order, kind="stable")))
