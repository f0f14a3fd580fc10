"""What a person should know of an output: what has few rows, none or no place, and engines that didn't answer."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from transforms.rules.language_codes import TAG, TAG_SHAPE

MOST, MOST_CHARACTERS = 3, 30
"""How many reasons, or languages, are named, and how much of a language's name is shown."""

MANY, NEARLY_ALL = 1000, 0.9
"""A step that rejects more than this share of so many rows, or more, is told."""

MISADDRESSED = {"connection", "malformed", "error_reply"}
"""Reasons for no answer that there are too where a base_url leads elsewhere."""


def remarks(made: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each, of a manifest."""
    for name, dataset in made["datasets"].items():
        yield from (f"{name}: {said}" for said in _of_dataset(dataset, made["streams"]))
    for name, stream in made["streams"].items():
        yield from _nearly_emptied(name, stream["steps"])
    for engine, languages in made["translation"].items():
        for said in sorted({said for numbers in languages.values() for said in numbers.get("retired", ())}):
            yield f"{engine}: {said.rstrip('.')}; it was asked no more"
    yield from _unanswered(made["translation"])


def about_damaged_lines(number: int, folder: str) -> Iterator[str]:
    """Yield what is to be said of lines of a memory's journals that are no entries, if there are any."""
    if number:
        kept = f"a fold keeps them in {folder}, for `langloom tm import` when they are mended, or to be removed"
        yield f"{number:,} lines of journals are damaged and don't count: {kept}"


def _of_dataset(dataset: Mapping[str, Any], streams: Mapping[str, Any]) -> Iterator[str]:
    for split, described in dataset["splits"].items():
        if not described["rows"]:
            yield f"the split {split} got no rows and isn't written"
        for form, left in _unexpressed(described).items():
            rows, out = described["rows"], sum(left.values())
            place = f"{out:,} of {rows:,} rows have no place in {form} ({_counted(left)})"
            unwritten = ", of which no file is written" if out == rows else ""
            yield f"{split}: {place}{unwritten}; the Parquet shards have them"
    for stream, draws in dataset["draws"].items():
        if draws["available"]:
            continue
        taken = _left(streams, stream)
        took = f"the other splits took all {taken:,} examples of the stream {stream}"
        yield took if taken else f"the stream {stream} is empty{_emptied(streams, stream)}"
    languages = {tag for described in dataset["splits"].values() for tag in described.get("languages", ())}
    if odd := sorted(tag for tag in languages if not TAG.fullmatch(tag)):
        shown = _first_few([repr(tag[:MOST_CHARACTERS]) for tag in odd])
        yield f"rows are in {shown}, and {TAG_SHAPE}; map a column that holds tags, or say the source's `lang`"


def _left(streams: Mapping[str, Any], name: str) -> int:
    """Return how many examples a stream ends in."""
    if steps := streams[name]["steps"]:
        return int(steps[-1]["out"])
    return sum(_left(streams, one) for one in streams[name]["from"] if one in streams)


def _emptied(streams: Mapping[str, Any], name: str) -> str:
    """Return which step left nothing of a stream, or of one that it is made of, and why."""
    for step in streams[name]["steps"]:
        if step["in"] and not step["out"]:
            hint = "; say the source's `lang`" if "language_unknown" in step["rejected"] else ""
            return f": {step['step']} kept none of {step['in']:,} ({_counted(step['rejected'])}){hint}"
    return next(filter(None, (_emptied(streams, one) for one in streams[name]["from"] if one in streams)), "")


def _nearly_emptied(stream: str, steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield which steps left hardly anything of a stream, and why."""
    for step in steps:
        rejected = sum(step["rejected"].values())
        whole = step["out"] + rejected
        if step["out"] and whole >= MANY and rejected > NEARLY_ALL * whole:
            foreign = 2 * step["rejected"].get("language:other", 0) > rejected
            hint = "; is the source's `lang` right?" if foreign else ""
            yield f"{stream}: {step['step']} kept {step['out']:,} of {whole:,} ({_counted(step['rejected'])}){hint}"


def _unanswered(translation: Mapping[str, Any]) -> Iterator[str]:
    """Yield why engines left something for later, or to the next: a line for each that gave no answer."""
    for engine, languages in translation.items():
        numbers = languages.values()
        reasons = sum((Counter(each.get("unanswered", {})) for each in numbers), Counter[str]())
        if not reasons or not any(each["deferred"] for each in numbers):
            continue
        mute = not any(each["output_tokens"] or each["from_memory"] for each in numbers)
        hint = "; is its base_url right?" if mute and reasons.keys() <= MISADDRESSED else ""
        yield f"{engine}: {reasons.total():,} requests got no answer ({_counted(reasons)}){hint}"


def _counted(numbers: Mapping[str, int]) -> str:
    ranked = sorted(numbers.items(), key=lambda one: (-one[1], one[0]))
    return _first_few([f"{reason} {number:,}" for reason, number in ranked])


def _first_few(shown: list[str]) -> str:
    return ", ".join(shown[:MOST] + (["..."] if len(shown) > MOST else []))


def _unexpressed(split: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return how many examples of a split a form has no place for, by form and reason."""
    found: dict[str, dict[str, int]] = {}
    for key, number in split.get("unexpressed", {}).items():
        form, colon, reason = key.partition(":")
        found.setdefault(form if colon else "the JSON lines", {})[reason or key] = number
    return found
