"""The dataset card: README.md of an output, for people and for the Hub.

Names, licences and reasons come from recipes and data: they are shown, never interpreted.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sinks.front_matter import filled_splits, front_matter
from sinks.licenses import HUB_LICENSES, conflicts, roll_up
from transforms.tokens.statistics import alike

SOMEWHERE = "path/to/this/folder"
"""Where `load_dataset` finds an output that isn't published."""

MOST = 40
"""Languages or licences that are listed in one place; the manifest has all."""

LONGEST = 100
"""Characters of a language or a licence that are shown: they may come from the data's rows."""

_SECRET = re.compile(
    r"""([\w-]*(?:key|token|secret)["']?[ \t]*:[ \t]+)("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"'{\[#,|>&*][^\n,}]*)""",
    re.IGNORECASE,
)


TOKENS = (
    "Of all examples that the streams hold, each once, without special tokens. A word is what white space separates, "
    "which says little where a language has no spaces. Byte pieces are tokens that stand for a part of a character; "
    "characters in bytes are those that no single token holds whole. Parity is the ratio of tokens over the same "
    "renderings."
)
"""What the numbers of a tokenizer mean."""


def card(manifest: Mapping[str, Any], recipe: str) -> str:
    """Return the text of the card.

    Args:
      manifest: `manifest.json`. Read are name, signature, seed, settings, complete, deferred, versions, datasets
        (ordered; splits: rows, languages, licenses {licence: rows}, sources {source: rows}; draws; tokens),
        streams, translation and sources (kind, license, license_column).
      recipe: the recipe's text. Values of keys that end in key, token or secret are masked, unless they only name where
        the secret is (`env:`, `file:`, `${...}`).
    """
    sections = [
        _title(manifest),
        _datasets(manifest),
        _order(manifest),
        _making(manifest),
        _tokens(manifest),
        _sources(manifest),
        _license(manifest),
        _translation(manifest),
        _reproducing(manifest, recipe),
    ]
    return front_matter(manifest) + "".join(f"\n{section}\n" for section in sections if section)


def for_repository(text: str, repo: str) -> str:
    """Return a card whose examples load from a repository of the Hub instead of a folder."""
    return text.replace(f"load_dataset({SOMEWHERE!r}, ", f"load_dataset({repo!r}, ")


def _title(manifest: Mapping[str, Any]) -> str:
    lines = [f"# {_text(manifest['name'])}", "", "Cross-lingual training data, made by langloom from one recipe.", ""]
    if not manifest["complete"]:
        waiting = f"{manifest['deferred']:,} examples wait for a translation"
        lines += [f"**Incomplete:** {waiting}; running the recipe again goes on from here.", ""]
    return "\n".join([*lines, "Signature:", "", _block(str(manifest["signature"]))])


def _datasets(manifest: Mapping[str, Any]) -> str:
    rows, snippet = [], ["from datasets import load_dataset", ""]
    for name, dataset in manifest["datasets"].items():
        for split, each in dataset["splits"].items():
            languages = listed([_code(short(tag)) for tag in sorted(filter(None, each["languages"]))])
            rows.append([_code(name), _code(split), each["rows"], len(each["files"]), languages])
        if filled_splits(dataset):
            snippet.append(f"dataset = load_dataset({SOMEWHERE!r}, {name!r})")
    table = _table(["dataset", "split", "rows", "files", "languages"], rows)
    return "\n".join(["## Datasets", "", table, "", _block("\n".join(snippet), "python")])


def _order(manifest: Mapping[str, Any]) -> str:
    ordered = [_code(name) for name, dataset in manifest["datasets"].items() if dataset["ordered"]]
    if not ordered:
        return ""
    return (
        "## The order matters\n\n"
        f"{', '.join(ordered)}: the rows of `train` follow a schedule, which is what reading the files in the order of "
        "their names gives. **A trainer that shuffles loses it**: turn shuffling off, in the sampler too."
    )


def _making(manifest: Mapping[str, Any]) -> str:
    steps = [
        [_code(stream), _text(step["step"]), step["in"], step["out"], _reasons(step["rejected"])]
        for stream, each in manifest["streams"].items()
        for step in each["steps"]
    ]
    draws = [
        [_code(name), _code(stream), draw["available"], draw["drawn"], draw["epochs"], draw["unused"]]
        for name, dataset in manifest["datasets"].items()
        for stream, draw in dataset["draws"].items()
    ]
    lines = ["## How it was made"]
    if steps:
        lines += ["", "Examples into each step, out of it, and rejected by reason:", ""]
        lines.append(_table(["stream", "step", "in", "out", "rejected"], steps))
    if draws:
        lines += ["", "What each dataset drew from its streams:", ""]
        lines.append(_table(["dataset", "stream", "available", "drawn", "epochs", "unused"], draws))
    return "\n".join(lines) if len(lines) > 1 else ""


def _tokens(manifest: Mapping[str, Any]) -> str:
    rows, notes = [], []
    for datasets, tokens in alike(manifest["datasets"]):
        names = ", ".join(map(_code, datasets))
        for language, told in tokens["languages"].items():
            ratios = [f"{told[key]:.3f}" for key in ("per_word", "per_character", "per_byte")]
            shares = [f"{told[key]:.2%}" for key in ("byte_piece_share", "byte_character_share")]
            to = f"{told['parity']:.3f} to {_text(tokens['parity_to'])}" if "parity" in told else ""
            named = _code(language) or "not stated"
            rows.append([names, _code(tokens["tokenizer"]), named, told["tokens"], *ratios, *shares, to])
            if "advice" in told:
                quadrant = f" ({_text(told['quadrant'])}, by the scores in the recipe)" if "quadrant" in told else ""
                notes.append(f"- {names}, {named}{quadrant}: {_text(told['advice'])}.")
    if not rows:
        return ""
    per = ["a word", "a character", "a byte"]
    head = ["datasets", "tokenizer", "language", "tokens", *per, "byte pieces", "characters in bytes", "parity"]
    lines = ["## Tokens", "", TOKENS, "", _table(head, rows)]
    if notes:
        lines += [
            "",
            "What the study of vocabulary sharing (arXiv 2311.09071) advises; the thresholds are ours:",
            "",
            *notes,
        ]
    return "\n".join(lines)


def _sources(manifest: Mapping[str, Any]) -> str:
    written: dict[str, int] = {}
    for dataset in manifest["datasets"].values():
        for split in dataset["splits"].values():
            for name, number in split["sources"].items():
                written[name] = written.get(name, 0) + number
    rows = [
        [_code(name), _text(source["kind"]), _stated(source), written.get(name, 0)]
        for name, source in manifest["sources"].items()
    ]
    return f"## Sources\n\n{_table(['source', 'kind', 'licence', 'rows written'], rows)}" if rows else ""


def _stated(source: Mapping[str, Any]) -> str:
    if column := source.get("license_column"):
        return f"each row's own, from {_code(column)}"
    return _text(short(source["license"] or "not stated"))


def _license(manifest: Mapping[str, Any]) -> str:
    licenses = roll_up(manifest)
    stated = [name for name in licenses if name]
    if not stated:
        said = (
            "No source states a licence, so this card names none. Check what the sources allow before you share this."
        )
    elif len(licenses) == 1 and stated[0] in HUB_LICENSES and not conflicts(stated):
        said = f"All sources are under {_code(stated[0])}."
    else:
        several = listed(
            [f"{_text(short(name) or 'not stated')} ({number:,} rows)" for name, number in licenses.items()]
        )
        said = f"**To be checked before sharing:** the sources state {several}."
    if against := conflicts(stated):
        said += f" **These don't go together:** {_text('; '.join(against))}."
    return (
        f"## Licence\n\n{said} The column `license` says which row is under which. Translations and selections carry "
        "the terms of what they were made from."
    )


def _translation(manifest: Mapping[str, Any]) -> str:
    keys = ["segments", "unique", "from_memory", "asked", "failed", "input_tokens", "output_tokens", "usd"]
    rows = [
        [_code(engine), _code(language), *(numbers.get(key, "") for key in keys)]
        for engine, languages in manifest["translation"].items()
        for language, numbers in languages.items()
    ]
    if not rows:
        return ""
    return f"## Translation\n\n{_table(['engine', 'language', *(key.replace('_', ' ') for key in keys)], rows)}"


def _reproducing(manifest: Mapping[str, Any], recipe: str) -> str:
    versions = ", ".join(f"{_text(name)} {_text(number)}" for name, number in sorted(manifest["versions"].items()))
    return "\n".join(
        [
            "## How to make it again",
            "",
            "The same recipe, inputs, translation memory and versions give the same bytes. Save the recipe as "
            "`recipe.yaml`, then:",
            "",
            _block(_command(manifest), "sh"),
            "",
            f"Seed {_text(manifest['seed'])}; {versions}.",
            "",
            _block(_masked(recipe), "yaml"),
        ]
    )


def limit_of(manifest: Mapping[str, Any]) -> str:
    """Return how many rows of each source were taken (`--limit`), in digits; empty where all were."""
    limits = [field.partition(":")[2] for field in str(manifest["signature"]).split("|") if field.startswith("limit:")]
    return limits[-1] if limits and limits[-1].isdecimal() else ""


def _command(manifest: Mapping[str, Any]) -> str:
    """Return the command, with what was given beside the recipe; values of variables aren't told, only their names."""
    limit = limit_of(manifest)
    words = [f" --limit {limit}"] if limit else []
    words += [f" --set {name}=..." for name in map(_line, manifest["settings"])]
    return f"langloom run recipe.yaml{''.join(words)}"


def _masked(recipe: str) -> str:
    def mask(found: re.Match[str]) -> str:
        named = found[2].lstrip("\"'").startswith(("env:", "file:", "${"))
        return found[0] if named else f'{found[1]}"***"'

    return _SECRET.sub(mask, recipe)


def _reasons(rejected: Mapping[str, int]) -> str:
    return ", ".join(f"{_text(reason)} {number:,}" for reason, number in sorted(rejected.items()))


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(_cells(row))} |" for row in [head, rule, *rows])


def _cells(row: Sequence[Any]) -> Iterator[str]:
    for cell in row:
        yield (cell if isinstance(cell, str) else f"{cell:,}").replace("|", r"\|")


def listed(shown: Sequence[str]) -> str:
    """Return a list, as far as a reader can take it in: MOST of it, and how many more there are."""
    more = len(shown) - MOST
    return ", ".join(shown[:MOST]) + (f" and {more:,} more" if more > 0 else "")


def short(text: str) -> str:
    """Return what is shown of a name that comes from data."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _text(value: Any) -> str:
    """Return the value as Markdown that shows it as it is, on one line."""
    line = _line(value).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_\[\]#~!])", r"\\\1", line)


def _code(value: Any) -> str:
    """Return the value as a code span."""
    line = _line(value)
    if not line:
        return ""
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    pad = " " if "`" in line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _block(text: str, language: str = "") -> str:
    fence = "`" * max(3, max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _line(value: Any) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in str(value)).split())
