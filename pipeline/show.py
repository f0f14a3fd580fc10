"""`langloom show`: an output folder at a glance."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.output.folder import known_manifest
from pipeline.output.token_report import token_tables
from pipeline.tables import TitledTable, new_table
from sinks.written import opened, parquet_shards
from transforms.example import SCHEMA, TEXT

CUT = 400
"""Characters of a field that are shown."""


def as_json(folder: str, examples: int) -> dict[str, Any]:
    """Return the manifest, and the first examples of each dataset's splits."""
    with known_manifest(folder) as manifest:
        shown = {name: _examples(folder, manifest, name, examples) for name in manifest["datasets"]}
        return {**manifest, "examples": shown}


def show(folder: str, examples: int, console: Console) -> None:
    """Print the datasets' sizes, the funnel of every stream, what was translated, and some examples of each dataset."""
    with known_manifest(folder) as manifest:
        _show(folder, manifest, examples, console)


def _show(folder: str, manifest: Mapping[str, Any], examples: int, console: Console) -> None:
    console.print(_datasets(manifest))
    console.print(funnel(manifest, "what became of every example"))
    if manifest["translation"]:
        console.print(_translation(manifest))
    for shown in token_tables(manifest):
        console.print(shown)
    for name in manifest["datasets"] if examples else ():
        for row in _examples(folder, manifest, name, examples):
            console.print(_example(name, row))
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


def _examples(folder: str, manifest: Mapping[str, Any], dataset: str, number: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for described in manifest["datasets"][dataset]["splits"].values():
        for path in parquet_shards(described):
            if len(rows) < number:
                with opened(folder, path, SCHEMA) as parquet:
                    rows += next(parquet.iter_batches(number - len(rows))).to_pylist()
    return rows


def _example(dataset: str, row: Mapping[str, Any]) -> Table:
    languages = ">".join(dict.fromkeys((row["input_lang"], row["output_lang"])))
    title = f"{dataset}: {row['task']} {languages} from {row['source']}"
    table = TitledTable(Text("\n" + _line(title)), header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for turn in row["history"]:
        table.add_row("user", Text(_cut(turn["user"])))
        table.add_row("assistant", Text(_cut(turn["assistant"])))
    for name in TEXT:
        if row[name]:
            table.add_row(name, Text(_cut(row[name])))
    scores = ", ".join(f"{score['name']} {score['value']:g}" for score in row["scores"])
    measured = "; ".join(part for part in (row["origin"], row["template"], scores) if part)
    table.add_row("", Text(_line(measured), style="dim"))
    return table


def _line(text: str) -> str:
    return _cut(" ".join(text.split()))


def _cut(text: str) -> str:
    shown = "".join(c if c in "\n\t" or c.isprintable() else "�" for c in text)
    return shown if len(shown) <= CUT else shown[:CUT] + " [...]"
