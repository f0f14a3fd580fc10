"""The step that rewrites examples by a template."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.example import digest, replace, texts
from transforms.formats.languages import Style, language_name
from transforms.formats.pattern import Pattern
from transforms.formats.template_file import COLUMNS, LANGUAGES, Template, find_template
from transforms.steps import Verdict


@dataclass(frozen=True)
class Format:
    """Rewrites `instruction`, `input` and `output` by a template.

    Parameters:
      template: its name, `file.template`: qalign.question, qalign.response, x_llama.translation, or one of a package
        that registers a TOML file in the entry point group `langloom.formats`.
      choice: which of a template's patterns all examples get, counted from 0; by default each example gets one by a
        hash of the template's name and its id, so that neither order nor runner matter. (x-LLM takes the line's number
        modulo 33 for training data, and pattern 0 elsewhere. The hash is langloom's own.)
      language_names: English names by language tag, which go before the built-in ones.

    Reads `instruction`, `input`, `output`, `id`, `input_lang` (as `{source_lang}`) and `output_lang` (as
    `{target_lang}`); writes `instruction`, `input`, `output`, and into `template` its name, followed by `/` and the
    pattern's number where there are several. System text and history stay as they are.

    A language without a name is put in by its tag; `unnamed` tells in advance. Rejects `no_text` (a column that the
    template needs is blank; the detail names it) and `no_language` (it names one that the example doesn't state).

    Source: NJUNLP/QAlign@a65ee638 and NJUNLP/x-LLM@0bc91a2 for the templates of those names, byte by byte.
    """

    template: str
    choice: int | None = None
    language_names: dict[str, str] = field(default_factory=dict)

    shorthand: ClassVar[str] = "template"

    def __post_init__(self) -> None:
        variants = find_template(self.template).variants
        if self.choice is not None and not 0 <= self.choice < variants:
            raise ValueError(f"choice {self.choice}: {self.template} has {variants} pattern(s), counted from 0")

    def rewrite(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        template = find_template(self.template)
        columns = {name: batch.column(name) for name in COLUMNS}
        if template.strip:
            columns = {name: pc.utf8_trim_whitespace(column) for name, column in columns.items()}
        for placeholder, name in LANGUAGES.items():
            columns[placeholder] = self._named(batch.column(name), template.names)
        chosen = self._chosen(batch, template)
        written: dict[str, Any] = {"template": self._labels(chosen, template.variants)}
        for name, patterns in template.patterns.items():
            written[name] = _fill(patterns, chosen, columns, batch.num_rows)
        return replace(batch, written)

    def refuse(self, batch: pa.RecordBatch) -> Verdict:
        """Say which examples the template has no use for."""
        template = find_template(self.template)
        reasons: list[str | None] = [None] * batch.num_rows
        details: list[str | None] = [None] * batch.num_rows
        wanted = [("no_text", name) for name in template.needs]
        wanted += [("no_language", name) for each, name in LANGUAGES.items() if each in template.placeholders]
        for reason, name in wanted:
            blank = pc.equal(pc.utf8_trim_whitespace(batch.column(name)), "")
            for at in np.flatnonzero(blank.to_numpy(zero_copy_only=False)):
                reasons[at], details[at] = reasons[at] or reason, details[at] or name
        return Verdict(reasons, details)

    def unnamed(self, languages: Iterable[str]) -> tuple[str, ...]:
        """Return those of the languages that the template would have to put in by their tags, sorted."""
        template = find_template(self.template)
        if not template.placeholders & LANGUAGES.keys():
            return ()
        return tuple(sorted({tag for tag in languages if self._name(tag, template.names) is None}))

    def _name(self, tag: str, style: Style) -> str | None:
        return self.language_names.get(tag) or language_name(tag, style)

    def _named(self, tags: pa.Array, style: Style) -> pa.Array:
        encoded = tags.dictionary_encode()
        names = [self._name(tag, style) or tag for tag in encoded.dictionary.to_pylist()]
        return pa.array(names, pa.string()).take(encoded.indices)

    def _chosen(self, batch: pa.RecordBatch, template: Template) -> np.ndarray[Any, Any]:
        if template.variants == 1 or self.choice is not None:
            return np.full(batch.num_rows, self.choice or 0)
        numbers = (choose(self.template, each, template.variants) for each in texts(batch, "id"))
        return np.fromiter(numbers, np.int64, batch.num_rows)

    def _labels(self, chosen: np.ndarray[Any, Any], variants: int) -> pa.Array:
        labels = [f"{self.template}/{number}" for number in range(variants)] if variants > 1 else [self.template]
        return pa.array(labels, pa.string()).take(pa.array(chosen))


def choose(template: str, example: str, variants: int) -> int:
    """Return the number of the pattern that an example gets: a pure function of the template's name and its id."""
    return int.from_bytes(digest("template", template, example)[:8], "big") % variants


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
