"""A rule on tasks that are bound to their language: corrections, rhymes, word puzzles.

"Correct the grammar", translated with its input and output, has nothing left to correct; what rhymes no longer does.
The patterns are in `untranslatable.toml`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa

from transforms.rules.language_codes import language
from transforms.steps import Verdict
from transforms.translate.code import code_lines

REASONS = (
    "translation",
    "grammar",
    "rhyme",
    "spelling",
    "anagram",
    "word_count",
    "wordplay",
    "english",
    "code_only",
)
"""Why a task can't be translated as it stands, in the order in which reasons are looked for."""

LANGUAGE_BOUND = tuple(reason for reason in REASONS if reason != "code_only")
"""The reasons for which neither the task nor its answer survives a translation."""

HEAD, TAIL = 700, 300
"""Characters at the beginning and end of an instruction that are read; what lies between is material, not a task."""

_QUOTED = re.compile(r"\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|‘[^’\n]{1,200}’(?!\w)|(?<!\w)'[^'\n]{1,200}'(?!\w)")
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Patterns:
    """What a reason goes by: hints are a cheap way to tell that the expression isn't worth searching for."""

    hints: tuple[str, ...]
    expression: re.Pattern[str]


@cache
def patterns() -> Mapping[str, Patterns]:
    """Read the patterns: those of each reason, in their order, and those of `programming`."""
    table = tomllib.loads(files("transforms.rules").joinpath("untranslatable.toml").read_text("utf-8"))
    languages = table["languages"].split()
    names = table["names"] | {"foreign": f"(?:{'|'.join(languages)})"}
    found = {"programming": Patterns(("",), _either(table["programming"]["patterns"], names))}
    for reason in LANGUAGE_BOUND:
        hints = []
        for hint in table["reasons"][reason]["hints"]:
            hints += [name.lower() for name in languages] if hint == "<foreign>" else [hint]
        found[reason] = Patterns(tuple(hints), _either(table["reasons"][reason]["patterns"], names))
    return found


def _either(expressions: list[str], names: Mapping[str, str]) -> "re.Pattern[str]":
    whole = "|".join(f"(?:{expression})" for expression in expressions)
    return re.compile(re.sub(r"<([a-z]+)>", lambda match: names[match[1]], whole), re.IGNORECASE)


def untranslatable(instruction: str, input: str, output: str) -> str | None:
    """Return why an English task can't be translated as it stands, one of `REASONS`, or None.

    * `translation`: it asks for a translation, for an answer in another language, or which language a text is in;
    * `grammar`: it corrects or analyses a sentence, or asks for a form of a word;
    * `rhyme`: it asks for words or verse that rhyme, or a form that does (limerick, sonnet, couplet);
    * `spelling`: it corrects or asks for spelling, capitals or pronunciation;
    * `anagram`: it plays with letters or the order of words: anagrams, palindromes, counting or sorting by letters;
    * `word_count`: it wants an exact number of words, letters or syllables, a haiku too, or counts them;
    * `wordplay`: puns, tongue twisters, acronyms, synonyms and antonyms, invented words, etymology;
    * `english`: it is about English words, idioms, or kinds of English;
    * `code_only`: the answer is nothing but code or literal data. The task may be translated, the answer must stay.

    The task is looked for in the instruction; where that is blank, in the input. Tasks on programs ("a function that
    counts the vowels") can be nothing but `code_only`. The rule would rather miss a task than object to a sound one;
    what it can't see is a task that only its input or output shows to be bound to English.
    """
    task = _without_quotations(instruction if instruction.strip() else input)
    found = _language_bound(task)
    if found and not patterns()["programming"].expression.search(task):
        return found
    return "code_only" if is_code(output) else None


def _language_bound(task: str) -> str | None:
    small = task.lower()
    for reason in LANGUAGE_BOUND:
        known = patterns()[reason]
        if any(hint in small for hint in known.hints) and known.expression.search(task):
            return reason
    return None


def is_code(text: str) -> bool:
    """Return whether a text is source code or literal data and nothing else, fenced or as `code_lines` finds it."""
    lines = [line for line in _FENCED.sub("", text).split("\n") if line.strip()]
    if not lines:
        return bool(text.strip())
    return all(code_lines(lines))


def _without_quotations(task: str) -> str:
    if len(task) > HEAD + TAIL:
        task = f"{task[:HEAD]}\n{task[-TAIL:]}"
    return _QUOTED.sub('""', task)


@dataclass(frozen=True)
class Translatable:
    """Keeps examples that can be translated; rejects tasks that hang on the words, letters or sounds of English.

    "Correct the grammar", "write a limerick", "how many vowels are in this word", "translate into French" mean nothing,
    or something else, after translation. They are recognised by what English instructions say (the input, where there
    is no instruction), so that examples whose `input_lang` is another language pass. Tasks on programs pass. By
    default `code_only` doesn't count: where an answer is nothing but code, `translate` keeps it as it is, and
    translates the task.

    Parameters:
      reasons: which reasons count: `translation`, `grammar`, `rhyme`, `spelling`, `anagram` (any puzzle on letters or
        the order of words), `word_count`, `wordplay`, `english`, `code_only`; by default all but the last.

    Reads `instruction`, `input`, `output`, `input_lang`. Rejects with `untranslatable:REASON`.
    """

    reasons: tuple[str, ...] = LANGUAGE_BOUND

    def __post_init__(self) -> None:
        for reason in self.reasons:
            if reason not in REASONS:
                raise ValueError(f"reasons: {reason!r} is not a reason; these are {', '.join(REASONS)}")
        if not self.reasons:
            raise ValueError("reasons: name at least one, or leave the rule out")

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        columns: list[list[Any]] = [
            batch.column(name).to_pylist() for name in ("instruction", "input", "output", "input_lang")
        ]
        return Verdict([self._judge(*row) for row in zip(*columns, strict=True)])

    def _judge(self, instruction: str, input: str, output: str, input_lang: str) -> str | None:
        if input_lang and language(input_lang) != "en":
            return None
        reason = untranslatable(instruction, input, output)
        return f"untranslatable:{reason}" if reason in self.reasons else None
