"""The step `augment`: modifiers by name, each with a probability."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
import pyarrow as pa

from transforms.augment.casing import title_case, upper_case
from transforms.augment.chance import Chance, check_probability, happens
from transforms.augment.merge import Merge, MergeExamples
from transforms.augment.prefix import Prefix
from transforms.augment.tags import Tags
from transforms.augment.typos import Typos
from transforms.example import derived_id, replace_columns

PROMPT = ("instruction", "input")
ANSWER = "output"
SIDES = (*PROMPT, ANSWER)
CASES = {"title_case": title_case, "upper_case": upper_case}

Row = dict[str, str]
"""The texts of an example, its id and the language of its answer."""


@dataclass(frozen=True)
class Augment:
    """Changes some examples, as OpusTrainer's modifiers change lines: each modifier by a probability of its own.

    Each modifier happens to an example or doesn't by a hash of `seed`, its name and the example's id, so that
    neither order nor runner matter. They follow each other in the order below, whatever their order in the recipe; for
    another order write several steps. The prompt's side is `instruction` and `input`, the answer's `output`; system
    text and history stay as they are.

    Parameters:
      merge: texts of several examples in one, a probability or `{probability, min_examples: 2, max_examples: 4,
        joint: " "}`. The probability is the share of what comes out; how many are merged is drawn evenly. This is a
        step of its own, `merge`, which comes first: see below.
      title_case: the first character of each word in upper case, on both sides; a probability.
      upper_case: all in upper case, on both sides; a probability.
      typos: misspellings on the prompt's side, a probability or `{probability, char_swap: 0.1, ...}`. Kinds, each at
        most once in a text: char_swap, missing_char, extra_char, nearby_char, similar_char, skipped_space,
        random_space, repeated_char, unichar. Without any given each has 0.1, else those not given have 0.
      tags: terms of a glossary marked in the prompt with their translation, where the answer has it: `{probability,
        glossary: {pt: FILE}, template: "__source__ {src} __target__ {trg} __done__"}`, the probability for each place.
      prefix: some words of the answer before the prompt, a probability or `{probability, min_words: 2, max_words: 5,
        template: "__start__ {trg} __end__ "}`.
      seed: another one makes other choices. Two steps with one seed make the same choice about an example that the
        first leaves as it is.

    Reads `id`, `instruction`, `input`, `output` and `output_lang`; writes the three texts, and where one changes the
    id, which is derived from the old one. `group` stays, and all else.

    `merge` joins examples that are alike in `source`, `task`, languages, `system`, `origin`, `template` and `license`,
    have no history, and are on the same side of every split, so that no text is on both. Of those chosen, neighbours
    by a hash go together; fewer than `min_examples` left over stay as they are. The merged example has the first one's
    group, an id derived from all, no scores, and in `meta` what all have in common, with their ids as `merged`. The
    others are rejected as `merged`, with its id as the detail: counts add up, and nothing is lost.

    Source: hplt-project/OpusTrainer 0.5, src/opustrainer/modifiers (README.md says otherwise of `TitleCase`, which
    leaves the rest of a word as it is). langloom's own: hashes in place of random state, that white space stays, which
    keys are beside each other, which characters alike, that `merge` keeps to what is alike, and `tags` by a glossary.
    """

    merge: Merge | None = None
    title_case: float | None = None
    upper_case: float | None = None
    typos: Typos | None = None
    tags: Tags | None = None
    prefix: Prefix | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_probability("title_case", self.title_case or 0.0)
        check_probability("upper_case", self.upper_case or 0.0)
        if not self.unfolded():
            raise ValueError("no modifier is given: merge, title_case, upper_case, typos, tags or prefix")

    def unfolded(self) -> dict[str, Any]:
        """Return the steps that this one is carried out as: `merge` apart, and the others under ''."""
        steps: dict[str, Any] = {}
        if self.merge is not None:
            steps["merge"] = MergeExamples(self.merge, self.seed)
        if any(each is not None for each in (self.title_case, self.upper_case, self.typos, self.tags, self.prefix)):
            steps[""] = replace(self, merge=None) if self.merge else self
        return steps

    def resolved(self, base: str) -> Self:
        """Return the step with its files read, relative ones from a folder; OSError or ValueError where that fails."""
        return replace(self, tags=self.tags.resolved(base)) if self.tags else self

    def content(self) -> Any:
        """Return what was read of files, for the run signature."""
        return dict(self.tags.glossary) if self.tags else {}

    def rewrite(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        ids = batch.column("id")
        chosen = {name: happens(self.seed, name, ids, often) for name, often in self._probabilities().items()}
        rows = np.flatnonzero(np.logical_or.reduce(list(chosen.values())))
        if not len(rows):
            return batch
        columns = {name: batch.column(name).to_pylist() for name in ("id", *SIDES)}
        languages = batch.column("output_lang").to_pylist()
        changed = False
        for at in rows:
            row = {**{name: column[at] for name, column in columns.items()}, "output_lang": languages[at]}
            names = [name for name, here in chosen.items() if here[at]]
            new = self._augmented(row, names)
            changed = changed or new is not row
            for name, column in columns.items():
                column[at] = new[name]
        if not changed:
            return batch
        return replace_columns(batch, {name: pa.array(column, pa.string()) for name, column in columns.items()})

    def _augmented(self, row: Row, names: list[str]) -> Row:
        """Return the row after the modifiers of these names, with a new id where any changed it."""
        done, now = [], row
        for name in names:
            new = {**now, **self._changes(name, now)}
            if new != now:
                done.append(self._described(name))
                now = new
        if not done:
            return row
        return {**now, "id": derived_id(row["id"], "augment", self.seed, *done)}

    def _probabilities(self) -> dict[str, float]:
        """Return how often each modifier is tried on an example, in their order."""
        return {
            "title_case": self.title_case or 0.0,
            "upper_case": self.upper_case or 0.0,
            "typos": self.typos.probability if self.typos else 0.0,
            "tags": 1.0 if self.tags else 0.0,  # each place has the probability
            "prefix": self.prefix.probability if self.prefix else 0.0,
        }

    def _changes(self, name: str, row: Row) -> Row:
        """Return the texts that a modifier makes of a row's."""
        if name in CASES:
            return {side: CASES[name](row[side]) for side in SIDES}
        return {"typos": self._misspelt, "tags": self._tagged, "prefix": self._prefixed}[name](row)

    def _described(self, name: str) -> str:
        """Return a modifier with its parameters: other parameters make other examples of one parent."""
        modifier = getattr(self, name)
        return json.dumps([name, asdict(modifier) if name not in CASES else None], sort_keys=True, default=dict)

    def _misspelt(self, row: Row) -> Row:
        assert self.typos is not None
        return {name: self.typos.apply(row[name], Chance(self.seed, "typos", name, row["id"])) for name in PROMPT}

    def _tagged(self, row: Row) -> Row:
        assert self.tags is not None
        if not (terms := self.tags.terms(row["output_lang"])):
            return {}
        tag = self.tags.apply
        return {name: tag(row[name], row[ANSWER], terms, Chance(self.seed, "tags", name, row["id"])) for name in PROMPT}

    def _prefixed(self, row: Row) -> Row:
        """Put the prefix before what the prompt begins with."""
        assert self.prefix is not None
        name = next((name for name in PROMPT if row[name]), None)
        if name is None:
            return {}
        return {name: self.prefix.apply(row[name], row[ANSWER], Chance(self.seed, "prefix", row["id"]))}
