"""The step `translate`: examples into other languages, each whole or not at all."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, ClassVar, Literal, NamedTuple, Self

import pyarrow as pa

from transforms.example import CONTENT, derived_id
from transforms.read.files import resolve
from transforms.rules.language_codes import TAG, TAG_SHAPE, language, normalized_tag
from transforms.rules.untranslatable import LANGUAGE_BOUND, untranslatable
from transforms.steps import Outcome
from transforms.translate.answers import Answers, Found
from transforms.translate.best_of import BestOf
from transforms.translate.budget import Budget
from transforms.translate.chain import chain_of
from transforms.translate.cutting import Cutting
from transforms.translate.fields import Said, shaped, texts_of
from transforms.translate.judge import Request
from transforms.translate.quoted import shared
from transforms.translate.segments import Cut
from transforms.translate.terms import Glossary, Terms, glossary_of, read_terms, with_files_read, within
from transforms.translate.translated_batch import TranslatedBatch
from transforms.translate.wanted import Want, add_want
from transforms.translate.whole_texts import cut_text, translated


@dataclass(frozen=True)
class Translate:
    """Translates examples: one for each language in `to`, in place of the one that came.

    Code, LaTeX, URLs, placeholders and the like stay as they are, and so does what an example's prose quotes of its
    code. Equal segments are asked once, what the translation memory holds is never asked again, and an example is
    translated whole or rejected whole. Where it already is in the language it is passed on as it is.

    Parameters:
      to: the languages (BCP-47).
      fields: which of system, history, instruction, input and output to translate; all by default.
      engine: an engine of the recipe, or several: what one can't do goes to the next.
      keep_source: keep the example that came, too.
      glossary: for each language pairs of a term and its translation, or a file of them (a term, a tab, its translation
        on each line). Language models are told those that a text has; what lacks one all the same fails (`glossary`).
      keep_terms: words and phrases that stay as they are wherever they stand as whole words, or a file of them (one a
        line).
      best_of: have each segment translated several times, and take the best.
      untranslatable: what becomes of tasks that are bound to English, as the rule `translatable` finds them (grammar,
        rhymes, word puzzles): `translate`, or `pass` for once, as they came. `keep: {translatable: {}}` before this
        step keeps them out.
      budget: what may be spent in one run. The rest is left for later: the run ends with exit status 3, and the same
        command goes on.

    Reads the fields, `input_lang` and `output_lang`, the latter for `output` and what the assistant said in `history`.
    Writes the fields; `input_lang` where a field of the prompt's side or a user's turn is translated, `output_lang`
    where `output` or an assistant's turn is; `origin` (`mt:<engine>`, joined by `+` where several took part); the score
    `digits`, 0 where a number is missing from the translation; and `_source`, for steps that compare.

    Rejects, with the language, the segment and, after an arrow, the beginning of what the engine said instead of a
    translation: `language_unknown` (the example doesn't say its own), `unsupported_pair`, what the engines failed with,
    such as `placeholder_lost`, `echo` or `empty`, and `deferred:...` for what is left for later.
    """

    to: tuple[str, ...]
    engine: tuple[str, ...] | str
    fields: tuple[str, ...] = CONTENT
    keep_source: bool = False
    glossary: Glossary = field(default_factory=dict)
    keep_terms: tuple[str, ...] | str = ()
    best_of: BestOf | None = None
    untranslatable: Literal["translate", "pass"] = "translate"
    budget: Budget | None = None

    backwards: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not self.to or len(set(map(normalized_tag, self.to))) < len(self.to):
            raise ValueError(f"to is {list(self.to)}: name one language or more, each once")
        if wrong := [tag for tag in self.to if not TAG.fullmatch(tag)]:
            raise ValueError(f"to has {wrong[0]!r}: {TAG_SHAPE}")
        if not self.fields or not set(self.fields) <= set(CONTENT) or len(set(self.fields)) < len(self.fields):
            raise ValueError(f"fields is {list(self.fields)}: must be some of {', '.join(CONTENT)}, each once")
        if not self.chain:
            raise ValueError("engine is empty: name an engine of the recipe")
        for tag, pairs in self.glossary.items():
            for term, said in () if isinstance(pairs, str) else pairs.items():
                if not (term.strip() and said.strip()):
                    raise ValueError(f"glossary for {tag} has {term!r}: {said!r}: give a term and its translation")

    @property
    def chain(self) -> tuple[str, ...]:
        """Return the names of the engines, in order."""
        return chain_of(self.engine)

    def resolved(self, base: str) -> Self:
        """Return the step with its files read, relative ones from a folder; OSError or ValueError where that fails."""
        glossary = with_files_read(self.glossary, base)
        terms = read_terms(str(resolve(base, self.keep_terms))) if isinstance(self.keep_terms, str) else self.keep_terms
        return dataclasses.replace(self, glossary=glossary, keep_terms=terms)

    def content(self) -> Any:
        """Return what was read of files, for the run signature."""
        return dict(self.glossary), self.keep_terms

    def decide(self, parts: Any, context: Any) -> Any:
        """Return (part, answers) for each part: see `transforms/translate/graph.py`."""
        from transforms.translate.graph import decide

        return decide(self, parts, context)

    def wanted(self, batch: pa.RecordBatch, how: Cutting) -> dict[Request, Want]:
        """Return the distinct segments of a batch, and how much each is wanted."""
        found: dict[Request, Want] = {}
        for task in self._tasks(batch, how):
            want = Want(1, task.row["id"])
            for request in task.requests():
                add_want(found, request, want)
        return found

    def _tasks(self, batch: pa.RecordBatch, how: Cutting) -> Iterator["_Task"]:
        """Yield what is to be done about each example."""
        assert not isinstance(self.keep_terms, str), "`resolved` reads the file"
        how = how.keeping(self.keep_terms)
        names = ["id", *CONTENT, "input_lang", "output_lang", "origin"]
        for row in batch.select(names).to_pylist():
            if bound := self._bound(row):
                yield _Task(row, bound, {})
                continue
            said = {name: texts_of(name, row[name]) for name in CONTENT if row[name]}
            every = chain.from_iterable(said.values())
            quotations = shared(cut_text(text, how, row[side] or "") for text, side in every)
            cutting = dataclasses.replace(how, quotations=quotations) if quotations else how
            mine = {name: said[name] for name in self.fields if name in said}
            yield _Task(row, None, {target: self._todo(row, mine, target, cutting) for target in self.to})

    def _todo(
        self, row: Mapping[str, Any], fields: Mapping[str, Sequence[Said]], target: str, how: Cutting
    ) -> dict[str, list["_Text"]] | None:
        """Return the fields in which something is to be translated; None where a text's language is unknown.

        What is in the target's language already stays, and so does what is empty.
        """
        if not all(row[side] for texts in fields.values() for text, side in texts if text):
            return None
        found = {}
        for name, texts in fields.items():
            todo = [self._text(text, side, row[side], target, how) for text, side in texts]
            if any(each.parts is not None for each in todo):
                found[name] = todo
        return found

    def _text(self, text: str, side: str, source: str, target: str, how: Cutting) -> "_Text":
        if not text or normalized_tag(source) == normalized_tag(target):
            return _Text(text, side)
        parts, terms = cut_text(text, how, source), self._terms[target]
        requests = [
            Request(segment.text, source, target, within(terms, segment.text) if terms else ())
            for segment in parts.segments
        ]
        return _Text(text, side, parts, requests)

    def _bound(self, row: Mapping[str, Any]) -> str | None:
        """Return why an example is passed on as it came, or None."""
        if self.untranslatable != "pass" or language(row["input_lang"] or "") != "en":
            return None
        found = untranslatable(row["instruction"], row["input"], row["output"])
        return found if found in LANGUAGE_BOUND else None

    @cached_property
    def _terms(self) -> dict[str, Terms]:
        """The glossary for each language."""
        return {target: glossary_of(self.glossary, target) for target in self.to}

    def apply(self, batch: pa.RecordBatch, how: Cutting, answers: Answers, stream: str, step: str) -> Outcome:
        """Translate a batch whose segments have been asked."""
        made, tasks = TranslatedBatch(batch), list(self._tasks(batch, how))
        found = answers.find(chain.from_iterable(task.requests() for task in tasks))
        for at, (row, bound, todo) in enumerate(tasks):
            if bound:
                made.keep(at, row)
                made.passed[bound] += 1
                continue
            if self.keep_source:
                made.keep(at, row)
            for target, fields in todo.items():
                self._translate(made, at, row, target, fields, found)
        return made.outcome(stream, step)

    def _translate(
        self,
        made: TranslatedBatch,
        at: int,
        row: Mapping[str, Any],
        target: str,
        todo: Mapping[str, Sequence["_Text"]] | None,
        found: Mapping[Request, Found],
    ) -> None:
        if todo is None:
            made.reject(at, "language_unknown", f"{target}: the example doesn't say what language it is in")
            return
        changed: dict[str, Any] = {}
        spoken: list[str] = []
        used: list[Found] = []
        for name, texts in todo.items():
            before, translations = len(used), list[str]()
            for text, side, parts, requests in texts:
                if parts is None:
                    translations.append(text)
                    continue
                whole, reason, detail = translated(parts, requests, found)
                if reason:
                    made.reject(at, reason, f"{target}: {name}: {detail}")
                    return
                translations.append(whole)
                changed[side] = target
                used += [found[request] for request in requests]
            changed[name] = shaped(row[name], translations)
            if len(used) > before:
                spoken.append(name)
        partial = () if set(self.fields) == set(CONTENT) else tuple(sorted(self.fields))
        name = derived_id(row["id"], "translate", target, *partial)  # parts of one example may meet again in a union
        made.add(at, {**row, "id": name}, changed, spoken, used)


class _Text(NamedTuple):
    """A text of an example, the column that has its language, and, where it is translated, what it is made of."""

    text: str
    side: str
    parts: Cut | None = None
    requests: Sequence[Request] = ()


class _Task(NamedTuple):
    """What is to be done about an example: why it is passed on as it came, or the fields to translate by language."""

    row: Mapping[str, Any]
    bound: str | None
    todo: Mapping[str, Mapping[str, Sequence[_Text]] | None]

    def requests(self) -> Iterator[Request]:
        """Yield what is asked for it."""
        for fields in self.todo.values():
            for text in chain.from_iterable((fields or {}).values()):
                yield from text.requests
