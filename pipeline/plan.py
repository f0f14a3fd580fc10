"""What `langloom plan` prints: what a run would make, translate and spend, and the mixture drawn over progress."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import ascii_letters
from typing import Any

from rich.console import Console
from rich.text import Text

from pipeline.show import funnel
from pipeline.tables import new_table
from pipeline.token_tables import token_tables
from sinks.pictures.allocation import allocation_panel
from sinks.pictures.mixture import mixture_panel
from sinks.pictures.panel import picture
from transforms.order.schedule import largest_remainder
from transforms.write_errors import as_write_error

GLYPHS = "\u2588\u2592\u2593\u2591#=+-:." + ascii_letters
"""What streams are drawn with: more than a bar has cells."""

COLOURS = ("cyan", "magenta", "yellow", "green", "blue", "red")
WIDTH = 60


def show_plan(made: Mapping[str, Any], console: Console) -> None:
    """Print a plan (`pipeline.run.plan`)."""
    console.print(funnel(made, "what would become of every example"))
    if made["translation"]:
        console.print(_translation(made["translation"]))
        for name in made["unpriced"]:
            console.print(f"{name} has no price: what it may cost is not in these US dollars.")
        console.print("Rules on translations are not forecast: what follows is the most there can be.")
    for step, budget in made["budgets"].items():
        limits = ", ".join(f"{number:,g} {name}" for name, number in budget.items() if number is not None)
        console.print(f"{step} may spend {limits}: what that isn't enough for would be left for later.")
    if made["datasets"]:
        console.print(_datasets(made["datasets"]))
    for name, dataset in made["datasets"].items():
        if "allocation" in dataset:
            _show_allocation(name, dataset["allocation"], console)
    for shown in token_tables(made):
        console.print(shown)
    for name, moments in made["orders"].items():
        streams, in_tokens = list(made["datasets"][name]["draws"]), _in_tokens(made["datasets"][name])
        if len(streams) > 1:
            unit = ", by their tokens" if in_tokens else ""
            console.print(Text(f"\n{name}, from its first example to its last{unit}", style="bold"))
            console.print(_picture(streams, moments))


def draw_plan(made: Mapping[str, Any], path: str) -> None:
    """Write a plan's mixtures, and what allocations are made of, as one picture: a dataset below the other."""
    panels = []
    for name, moments in made["orders"].items():
        dataset = made["datasets"][name]
        panels.append(mixture_panel(name, list(dataset["draws"]), moments))
        if "allocation" in dataset:
            panels.append(allocation_panel(name, dataset["allocation"]))
    with as_write_error(path):
        Path(path).write_text(picture(panels), "utf-8")


def _translation(translation: Mapping[str, Any]) -> Any:
    columns = ("segments", "unique", "in memory", "to ask", "requests", "input tokens", "output tokens", "USD")
    shown = new_table("\ntranslation", "engine", "to", *columns, numbers=len(columns))
    total = 0.0
    for engine, languages in translation.items():
        for language, numbers in languages.items():
            names = ("segments", "unique", "from_memory", "asked", "requests", "input_tokens", "output_tokens")
            usd = numbers["usd"]
            total += usd
            shown.add_row(engine, language, *(f"{numbers[name]:,}" for name in names), f"{usd:,.4f}" if usd else "")
    if total:
        shown.add_row("all", "", *[""] * 7, f"{total:,.4f}")
    return shown


def _datasets(datasets: Mapping[str, Any]) -> Any:
    counted = ("tokens", "share") if any("tokens" in dataset for dataset in datasets.values()) else ()
    columns = ("has", "gives", "epochs", "left over", *counted)
    shown = new_table("\ndatasets", "dataset", "split", "rows", "stream", *columns, numbers=len(columns))
    shown.columns[2].justify = "right"
    for name, dataset in datasets.items():
        for split, described in dataset["splits"].items():
            shown.add_row(name, split, f"{described['rows']:,}")
            for stream, draws in dataset["draws"].items() if split == "train" else ():
                numbers = [f"{draws[key]:,}" for key in ("available", "drawn")]
                held = _held(dataset["draws"], stream) if "tokens" in dataset else ()
                shown.add_row("", "", "", stream, *numbers, f"{draws['epochs']:.2f}", f"{draws['unused']:,}", *held)
    return shown


def _show_allocation(name: str, allocation: Mapping[str, Any], console: Console) -> None:
    title = f"\n{name}: {allocation['budget']:,} pairs allocated by fitted scaling laws"
    columns = ("points", "scale", "exponent", "fit error", "floor", "cap", "pairs", "score")
    shown = new_table(title, "language", *columns, numbers=len(columns))
    for language, each in allocation["languages"].items():
        fitted = (len(each["points"]), _scale(each["log_scale"]), each["exponent"], each["fit_error"])
        bounds = (f"{each[key]:,}" for key in ("floor", "cap", "pairs"))
        score = "" if each["score"] is None else f"{each['score']:.2f}"
        shown.add_row(language, *(str(n) if isinstance(n, int | str) else f"{n:.4g}" for n in fitted), *bounds, score)
    console.print(shown)
    residual = allocation["kkt_residual"]
    told = "infinite" if residual is None else f"{residual:g}"
    console.print(
        f"score = {allocation['ceiling']:g} - scale * pairs ** -exponent; KKT residual {told}\n{allocation['whose']}",
        highlight=False,
    )


def _scale(logarithm: float) -> str:
    return f"{math.exp(logarithm):.4g}" if logarithm < 300 else f"e^{logarithm:.4g}"


def _held(draws: Mapping[str, Any], stream: str) -> tuple[str, str]:
    """Return the tokens that a stream gives, and their share of the dataset's."""
    mine, total = draws[stream]["tokens_drawn"], sum(each["tokens_drawn"] for each in draws.values())
    return f"{mine:,}", f"{mine / total:.2%}" if total else ""


def _in_tokens(dataset: Mapping[str, Any]) -> bool:
    return bool(dataset.get("tokens", {}).get("unit") == "tokens")


def _picture(streams: Sequence[str], moments: Sequence[Sequence[float]]) -> Text:
    """Return a bar for each moment of the run, divided as its examples are; one for all where they are the same."""
    drawn = Text()
    for at, stream in enumerate(streams):
        drawn.append(f"{_glyph(at)} {stream}   ", COLOURS[at % len(COLOURS)])
    drawn.append("\n")
    bars = [(f"{(number + 0.5) / len(moments):4.0%}", _cells(moments[number])) for number in range(0, len(moments), 2)]
    if all(cells == bars[0][1] for _, cells in bars):
        bars = [(" all", bars[0][1])]
    for moment, cells in bars:
        drawn.append(f"{moment} ")
        for at, cell in enumerate(cells):
            drawn.append(_glyph(at) * cell, COLOURS[at % len(COLOURS)])
        drawn.append("\n")
    return drawn


def _cells(shares: Sequence[float]) -> list[int]:
    return [int(cell) for cell in largest_remainder([share / (sum(shares) or 1) for share in shares], [WIDTH])[0]]


def _glyph(at: int) -> str:
    return GLYPHS[at % len(GLYPHS)]
