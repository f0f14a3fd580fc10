"""`langloom show`: an output folder at a glance."""

from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import category

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.tables import new_table
from pipeline.token_tables import token_tables
from sinks.report.dataset import view
from sinks.report.kinds import COLUMNS, Kind
from sinks.written import known_manifest
from transforms.example import TEXT

CUT = 400
"""Characters of a field that are shown."""

NARROWEST = 32
"""Columns of the terminal for each rendering, at least: those that have no place beside the others stand below them."""

SHOWN = "\n\t\u200c\u200d"
"""What Python doesn't call printable, and text needs: Persian and Indic scripts are wrong without joiners."""

Items = Sequence[Sequence[Mapping[str, Any]]]
"""Items, each as its renderings."""


def as_json(folder: str, examples: int) -> dict[str, Any]:
    """Return the manifest, and for each dataset some items, each as a list of its renderings."""
    with known_manifest(folder) as manifest:
        shown = {name: _items(folder, manifest, name, examples) for name in manifest["datasets"]}
        return {**manifest, "examples": shown}


def show(folder: str, examples: int, console: Console) -> None:
    """Print the datasets' sizes, the funnel of every stream, what was translated, and some items of each dataset.

    Args:
      folder: the output folder.
      examples: how many items of each dataset are shown, each with its renderings side by side.
      console: where to print it.
    """
    with known_manifest(folder) as manifest:
        _show(folder, manifest, examples, console)


def _show(folder: str, manifest: Mapping[str, Any], examples: int, console: Console) -> None:
    console.print(_datasets(manifest))
    console.print(funnel(manifest, "what became of every example"))
    if manifest["translation"]:
        console.print(_translation(manifest))
    for shown in token_tables(manifest):
        console.print(shown)
    for name in manifest["datasets"]:
        _show_items(name, _items(folder, manifest, name, examples), console)
    state = "complete" if manifest["complete"] else f"incomplete: {manifest['deferred']} examples left for later"
    console.print(Text(f"{folder}: {state}; {manifest['signature']}"), soft_wrap=True)


def _datasets(manifest: Mapping[str, Any]) -> Table:
    table = new_table("datasets", "dataset", "split", "rows", "shards", "drawn from", numbers=0)
    for name, dataset in manifest["datasets"].items():
        for split, described in dataset["splits"].items():
            shards = sum(file["path"].endswith(".parquet") for file in described["files"])
            drawn = ", ".join(f"{stream} {draws['drawn']:,}" for stream, draws in dataset["draws"].items())
            left = ", ".join(f"{s} {d['unused']:,}" for s, d in dataset["draws"].items() if d["unused"])
            drawn += f" (unused: {left})" if left else ""
            table.add_row(name, split, f"{described['rows']:,}", str(shards), drawn if split == "train" else "")
    return table


def funnel(manifest: Mapping[str, Any], title: str) -> Table:
    """Return for each step of each stream what comes in, goes out, and is rejected for which reason."""
    table = new_table(f"\n{title}", "stream", "step", "reason", "in", "out", "rejected", numbers=3)
    for stream, described in manifest["streams"].items():
        for step in described["steps"]:
            rejected = sum(step["rejected"].values())
            gone = f"{rejected:,}" if rejected else ""
            table.add_row(stream, step["step"], "", f"{step['in']:,}", f"{step['out']:,}", gone)
            for reason, number in sorted(step["rejected"].items(), key=lambda item: (-item[1], item[0])):
                table.add_row("", "", reason, "", "", f"{number:,}")
            for reason, number in step.get("passed", {}).items():
                table.add_row("", "", f"{reason}: as it came", "", f"{number:,}", "")
    return table


def _translation(manifest: Mapping[str, Any]) -> Table:
    names = ["segments", "unique", "from_memory", "asked", "failed", "input_tokens", "output_tokens"]
    used = [numbers for languages in manifest["translation"].values() for numbers in languages.values()]
    names += [name for name in ("deferred", "usd", "usd_unanswered") if any(numbers.get(name) for numbers in used)]
    table = new_table("\ntranslation", "engine", "to", *(name.replace("_", " ") for name in names), numbers=len(names))
    for engine, languages in manifest["translation"].items():
        for language, numbers in languages.items():
            table.add_row(engine, language, *(_number(name, numbers.get(name, 0)) for name in names))
    return table


def _number(name: str, number: float) -> str:
    return f"{number:,.4f}" if name.startswith("usd") else f"{number:,}"


def _show_items(dataset: str, items: Items, console: Console) -> None:
    if items:
        console.print(Text(f"\n{dataset}: examples, renderings of an item side by side", style="bold"))
    beside = max(1, console.width // NARROWEST)
    for number, renderings in enumerate(items, 1):
        for start in range(0, len(renderings), beside):
            console.print(_item(number, renderings[start : start + beside]))
        console.print()


def _items(folder: str, manifest: Mapping[str, Any], dataset: str, number: int) -> Items:
    return view(folder, dataset, manifest["datasets"][dataset], number).examples if number else []


def _item(number: int, renderings: Sequence[Mapping[str, Any]]) -> Table:
    """Return renderings of one item, each in a column of its own."""
    table = Table(box=None, pad_edge=False, show_header=False, expand=True)
    table.add_column(style="dim", no_wrap=True)
    for _ in renderings:
        table.add_column(ratio=1, overflow="fold")
    _add(table, str(number), [_line(_kind(row)) for row in renderings], "bold")
    for turn in range(max(len(row["history"]) for row in renderings)):
        for side in ("user", "assistant"):
            _add(table, side, [turns[turn][side] if turn < len(turns := row["history"]) else "" for row in renderings])
    for name in TEXT:
        _add(table, name, [row[name] for row in renderings])
    _add(table, "", [_line(_measured(row)) for row in renderings], "dim")
    return table


def _add(table: Table, name: str, texts: Sequence[str], style: str = "") -> None:
    if any(texts):
        table.add_row(name, *(Text(_cut(text), style) for text in texts))


def _kind(row: Mapping[str, Any]) -> str:
    kind = Kind(**{name: row[name] for name in COLUMNS})
    return f"{kind.task} {kind.languages} from {kind.source}"


def _measured(row: Mapping[str, Any]) -> str:
    scores = ", ".join(f"{score['name']} {score['value']:g}" for score in row["scores"])
    return "; ".join(part for part in (row["origin"], row["template"], scores) if part)


def _line(text: str) -> str:
    return _cut(" ".join(text.split()))


def _cut(text: str) -> str:
    first = text[: 2 * CUT + 2].replace("\r\n", "\n")  # a field may have megabytes
    shown = "".join(c if c in SHOWN or c.isprintable() or category(c) == "Zs" else "�" for c in first)
    return shown if len(shown) <= CUT else shown[:CUT] + " [...]"
