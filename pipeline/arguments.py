"""The arguments of the command `langloom`; the documentation is made of them too."""

import argparse
from collections.abc import Callable
from importlib.metadata import version
from typing import TypeAlias

from pipeline import commands

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

Act = Callable[[argparse.Namespace], int]
"""What a command does: from its arguments to the exit status."""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="langloom", description="Turn instruction, question and parallel data into cross-lingual training sets."
    )
    parser.add_argument("--version", action="version", version=f"langloom {version('langloom')}")
    verbs = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(verbs)
    check = _add(verbs, "check", commands.check, "validate a recipe and print its graph")
    _add_recipe(check)
    check.add_argument("--json", action="store_true", help="print the graph as JSON")
    plan = _add(
        verbs,
        "plan",
        commands.plan,
        "what a run would make, translate and spend",
        epilog="What follows -- goes to Beam.",
    )
    _add_recipe(plan)
    plan.add_argument("--limit", type=_count, metavar="N", help="take only the first N rows of each source")
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")
    plan.add_argument("--svg", metavar="FILE", help="draw the mixtures over progress, and allocations, too")
    steps = _add(verbs, "steps", commands.steps, "list sources, rules, steps, engines and formats")
    steps.add_argument("name", nargs="?", metavar="NAME", help="show the whole documentation of this one")
    steps.add_argument("--json", action="store_true", help="print JSON")
    engines = _add(verbs, "engines", commands.engines, "which runners and engines can be used here")
    engines.add_argument("--json", action="store_true", help="print JSON")
    show = _add(verbs, "show", commands.show, "sizes, funnel and some examples of an output, side by side")
    show.add_argument("folder", type=_folder, metavar="DIR", help="an output folder")
    show.add_argument("--examples", type=_number, default=3, metavar="N", help="items of each dataset (default: 3)")
    show.add_argument("--json", action="store_true", help="print the manifest and the examples as JSON")
    report = _add(verbs, "report", commands.report, "write report.html: an output on one page")
    report.add_argument("folder", type=_folder, metavar="DIR", help="an output folder, complete or not")
    report.add_argument("--examples", type=_number, default=6, metavar="N", help="items of each dataset (default: 6)")
    _add_publish(verbs)
    _add_tm(verbs)
    _add_order(verbs)
    return parser


def _add(verbs: Verbs, name: str, act: Act, about: str, epilog: str | None = None) -> argparse.ArgumentParser:
    """Add a command, which its own documentation describes."""
    parser = verbs.add_parser(name, help=about, description=act.__doc__, epilog=epilog, allow_abbrev=False)
    parser.set_defaults(act=act)
    return parser


def _add_run(verbs: Verbs) -> None:
    run = _add(
        verbs,
        "run",
        commands.run,
        "run a recipe",
        epilog="What follows -- goes to Beam: its runner and the runner's options.",
    )
    _add_recipe(run)
    run.add_argument("--output", type=_folder, metavar="DIR", help="write here instead of where the recipe says")
    run.add_argument("--work", type=_folder, metavar="DIR", help="keep unfinished work here (default: DIR.work)")
    run.add_argument("--limit", type=_count, metavar="N", help="take only the first N rows of each source")
    run.add_argument("--force", action="store_true", help="replace a complete output")
    run.add_argument("--fresh", action="store_true", help="begin anew: ignore unfinished work of earlier runs")


def _add_publish(verbs: Verbs) -> None:
    publish = _add(
        verbs,
        "publish",
        commands.publish,
        "send an output to the Hugging Face Hub",
        epilog="Exit status: 0 done, or nothing to do; 1 the Hub refused or can't be reached; 2 the folder or the "
        "arguments are wrong. HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE mean what they mean to huggingface_hub.",
    )
    publish.add_argument("folder", type=_folder, metavar="DIR", help="a complete output folder")
    publish.add_argument(
        "--repo", required=True, metavar="OWNER/NAME", help="the data set; created where it isn't there"
    )
    publish.add_argument("--public", action="store_true", help="let everybody see it (default: what is new is private)")
    publish.add_argument("--revision", default="main", metavar="BRANCH", help="the branch (default: main)")
    about = "tag the commit; `signature` stands for a name made of the run signature"
    publish.add_argument("--tag", default="", metavar="NAME", help=about)
    publish.add_argument("--with-rejects", action="store_true", help="send rejects/, too")
    publish.add_argument("--token", metavar="env:NAME", help="where the token is (default: the Hub's own login)")
    publish.add_argument("--dry-run", action="store_true", help="look, say what would be sent, and change nothing")
    publish.add_argument("--json", action="store_true", help="print JSON")


def _add_tm(verbs: Verbs) -> None:
    tm = _add(verbs, "tm", commands.tm, "look into a translation memory, export and import")
    inner = tm.add_subparsers(dest="verb", required=True, metavar="VERB")
    stats = _add_verb(inner, "stats", "what it holds")
    stats.add_argument("--json", action="store_true", help="print JSON")
    _add_verb(inner, "compact", "fold journals and merge shards")
    export = _add_verb(inner, "export", "write entries to a file")
    export.add_argument("file", metavar="FILE", help="the file to write")
    export.add_argument("--source", metavar="LANG", help="only entries from this language")
    export.add_argument("--target", metavar="LANG", help="only entries into this language")
    export.add_argument("--origin", help="only entries of this origin: human, mt:ENGINE, llm:ENGINE")
    about = "take in what was exported, or what people translated: TMX, or two aligned files"
    taking = _add_verb(inner, "import", about)
    taking.add_argument("files", metavar="FILE", nargs="+", help="the files to read")
    about = "languages of two aligned files, or those to take of TMX (default: each ordered pair)"
    taking.add_argument("--lang", nargs=2, metavar=("SOURCE", "TARGET"), help=about)
    about = "engines' entries whose translation differs from what the memory holds were corrected by people"
    taking.add_argument("--edited", action="store_true", help=about)
    for parser in (export, taking):
        parser.add_argument("--format", help="tmx, jsonl or parquet (default: by the file's ending)")


def _add_verb(verbs: Verbs, verb: str, about: str) -> argparse.ArgumentParser:
    """Add one of the commands of `tm`."""
    parser = verbs.add_parser(verb, help=about, description=f"{about[0].upper()}{about[1:]}.", allow_abbrev=False)
    parser.add_argument("path", metavar="PATH", help="the memory's folder")
    return parser


def _add_order(verbs: Verbs) -> None:
    order = _add(verbs, "order", commands.order, "write a dataset's schedule for another tool")
    inner = order.add_subparsers(dest="verb", required=True, metavar="VERB")
    export = _add(inner, "export", commands.order, "print it in the tool's form")
    _add_recipe(export)
    export.add_argument("--dataset", metavar="NAME", help="which dataset of the recipe (default: the only one)")
    forms = ("opustrainer", "llamafactory", "streaming", "seqio")
    export.add_argument("--as", dest="form", choices=forms, required=True, help="whose form")


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", metavar="RECIPE", help="a YAML file")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="set a variable of the recipe (repeatable)"
    )


def _folder(text: str) -> str:
    """Return a folder's name, without a slash at its end.

    An empty one, as of a shell's variable that isn't set, is not taken for none.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} names no folder")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"{text!r} isn't UTF-8, in which names travel to workers") from None
    return text.rstrip("/") or "/"


def _count(text: str) -> int:
    return _number(text, least=1)


def _number(text: str, least: int = 0) -> int:
    if not text.isdecimal() or not text.isascii() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of {least} or more")
    return int(text)
