"""The command `langloom`."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from pipeline import interrupts
from pipeline.lean import import_beam
from pipeline.terminal import messages, results

DONE, FAILED, WRONG = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (those of the process by default) and return the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if argv is None:
        interrupts.listen()
    beam: list[str] = []
    if "--" in words:
        at = words.index("--")
        words, beam = words[:at], words[at + 1 :]
    parser = make_parser()
    try:
        arguments = parser.parse_args(words)
    except SystemExit as over:
        return int(over.code or 0)
    arguments.beam = beam
    if beam and arguments.command not in ("run", "plan"):
        return _fail(WRONG, f"langloom {arguments.command} takes no Beam options after --")
    return _guarded(arguments.act, arguments)


def _guarded(act: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    """Turn the errors that a person can act on into a message and an exit status."""
    logging.basicConfig(level=logging.ERROR)  # before Beam is imported, which warns of what it can't import itself
    import_beam()
    for library in ("DATASETS", "HUB"):
        os.environ.setdefault(f"HF_{library}_DISABLE_PROGRESS_BARS", "1")  # they would cross the live display
    from pipeline.errors import RecipeError
    from pipeline.output import OutputError
    from pipeline.run import RunError
    from pipeline.runners import RunnerError
    from pipeline.tm import ExchangeError
    from sinks.hub.errors import HubError, PublishError
    from transforms.read.files import SourceError

    try:
        return act(arguments)
    except (RecipeError, SourceError, OutputError, ExchangeError, PublishError, RunnerError) as error:
        return _fail(WRONG, str(error))
    except (RunError, HubError) as error:
        return _fail(FAILED, str(error))
    except OSError as error:
        return _fail(FAILED, f"{error.strerror or error}: {error.filename}" if error.filename else str(error))
    except KeyboardInterrupt:
        _fail(FAILED, interrupts.MESSAGE)
        interrupts.leave(FAILED)


def _fail(status: int, message: str) -> int:
    sys.stderr.write(f"error: {message}\n")
    return status


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; the documentation is made of it too."""
    parser = argparse.ArgumentParser(
        prog="langloom", description="Turn instruction, question and parallel data into cross-lingual training sets."
    )
    parser.add_argument("--version", action="version", version=f"langloom {version('langloom')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    check = commands.add_parser(
        "check", help="validate a recipe and print its graph", description=_check.__doc__, allow_abbrev=False
    )
    _add_recipe(check)
    check.add_argument("--json", action="store_true", help="print the graph as JSON")
    check.set_defaults(act=_check)
    plan = commands.add_parser(
        "plan",
        help="what a run would make, translate and spend",
        description=_plan.__doc__,
        epilog="What follows -- goes to Beam.",
        allow_abbrev=False,
    )
    _add_recipe(plan)
    plan.add_argument("--limit", type=_count, metavar="N", help="take only the first N rows of each source")
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")
    plan.add_argument("--svg", metavar="FILE", help="draw the mixtures over progress, and allocations, too")
    plan.set_defaults(act=_plan)
    steps = commands.add_parser(
        "steps", help="list sources, rules, steps, engines and formats", description=_steps.__doc__, allow_abbrev=False
    )
    steps.add_argument("name", nargs="?", metavar="NAME", help="show the whole documentation of this one")
    steps.add_argument("--json", action="store_true", help="print JSON")
    steps.set_defaults(act=_steps)
    engines = commands.add_parser(
        "engines", help="which runners and engines can be used here", description=_engines.__doc__, allow_abbrev=False
    )
    engines.add_argument("--json", action="store_true", help="print JSON")
    engines.set_defaults(act=_engines)
    show = commands.add_parser(
        "show", help="sizes, funnel and some examples of an output", description=_show.__doc__, allow_abbrev=False
    )
    show.add_argument("folder", metavar="DIR", help="an output folder")
    show.add_argument("--examples", type=int, default=3, metavar="N", help="examples of each data set (default: 3)")
    show.add_argument("--json", action="store_true", help="print the manifest and the examples as JSON")
    show.set_defaults(act=_show)
    _add_publish(commands)
    _add_tm(commands)
    _add_order(commands)
    return parser


def _add_publish(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    publish = commands.add_parser(
        "publish",
        help="send an output to the Hugging Face Hub",
        description=_publish.__doc__,
        epilog="Exit status: 0 done, or nothing to do; 1 the Hub refused or can't be reached; 2 the folder or the "
        "arguments are wrong. HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE mean what they mean to huggingface_hub.",
        allow_abbrev=False,
    )
    publish.add_argument("folder", metavar="DIR", help="a complete output folder")
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
    publish.set_defaults(act=_publish)


def _add_tm(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    tm = commands.add_parser("tm", help="look into a translation memory, export and import", description=_tm.__doc__)
    verbs = tm.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, about in (
        ("stats", "what it holds"),
        ("compact", "fold journals and merge shards"),
        ("export", "write entries to a file"),
        ("import", "take in what was exported, or what people translated: TMX, or two aligned files"),
    ):
        parser = verbs.add_parser(verb, help=about, description=f"{about[0].upper()}{about[1:]}.", allow_abbrev=False)
        parser.add_argument("path", metavar="PATH", help="the memory's folder")
        if verb == "stats":
            parser.add_argument("--json", action="store_true", help="print JSON")
        if verb == "export":
            parser.add_argument("file", metavar="FILE", help="the file to write")
            for name in ("source", "target", "origin"):
                parser.add_argument(f"--{name}", help=f"only entries of this {name}")
        if verb == "import":
            parser.add_argument("files", metavar="FILE", nargs="+", help="the files to read")
            about = "languages of two aligned files, or those to take of TMX (default: each ordered pair)"
            parser.add_argument("--lang", nargs=2, metavar=("SOURCE", "TARGET"), help=about)
        if verb in ("export", "import"):
            parser.add_argument("--format", help="tmx, jsonl or parquet (default: by the file's ending)")
        parser.set_defaults(act=_tm)


def _add_order(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    order = commands.add_parser("order", help="write a dataset's schedule for another tool", description=_order.__doc__)
    verbs = order.add_subparsers(dest="verb", required=True, metavar="VERB")
    export = verbs.add_parser(
        "export", help="print it in the tool's form", description=_order.__doc__, allow_abbrev=False
    )
    _add_recipe(export)
    export.add_argument("--dataset", metavar="NAME", help="which dataset of the recipe (default: the only one)")
    forms = ("opustrainer", "llamafactory", "streaming", "seqio")
    export.add_argument("--as", dest="form", choices=forms, required=True, help="whose form")
    export.set_defaults(act=_order)


def _add_run(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    run = commands.add_parser(
        "run",
        help="run a recipe",
        description=_run.__doc__,
        epilog="What follows -- goes to Beam: its runner and the runner's options.",
        allow_abbrev=False,
    )
    _add_recipe(run)
    run.add_argument("--output", metavar="DIR", help="write here instead of where the recipe says")
    run.add_argument("--work", metavar="DIR", help="keep unfinished work here (default: DIR.work)")
    run.add_argument("--limit", type=_count, metavar="N", help="take only the first N rows of each source")
    run.add_argument("--force", action="store_true", help="replace a complete output that came of something else")
    run.add_argument("--fresh", action="store_true", help="begin anew: ignore unfinished work of earlier runs")
    run.set_defaults(act=_run)


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", metavar="RECIPE", help="a YAML file")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="set a variable of the recipe (repeatable)"
    )


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


def _settings(arguments: argparse.Namespace) -> Mapping[str, str]:
    from pipeline.errors import Problem, RecipeError

    settings = {}
    for word in arguments.set:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise RecipeError(Problem(f"expected NAME=VALUE, got {word!r}", "--set"))
        settings[name] = value
    return settings


def _run(arguments: argparse.Namespace) -> int:
    """Run a recipe: read, filter, translate, format, mix, and write the output folder."""
    from pipeline.run import RunOptions, run
    from pipeline.show import show

    options = RunOptions(
        recipe=arguments.recipe,
        output=arguments.output,
        work=arguments.work,
        settings=_settings(arguments),
        limit=arguments.limit,
        force=arguments.force,
        fresh=arguments.fresh,
        beam=arguments.beam,
    )
    status, output = run(options, messages())
    show(output, 0, results())
    return status


def _plan(arguments: argparse.Namespace) -> int:
    """Read and count a recipe's sources, and print what a run would translate, spend and make; no engine is asked."""
    from pipeline.plan import draw_plan, show_plan
    from pipeline.run import RunOptions, plan

    settings = _settings(arguments)
    made = plan(RunOptions(arguments.recipe, settings=settings, limit=arguments.limit, beam=arguments.beam), messages())
    if arguments.svg:
        draw_plan(made, arguments.svg)
    if arguments.json:
        sys.stdout.write(json.dumps(made, indent=2, ensure_ascii=False) + "\n")
    else:
        show_plan(made, results())
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    """Validate a recipe and print its graph; touches no network and reads no data."""
    from pipeline.graph import as_json, describe
    from pipeline.recipe import load

    recipe = load(arguments.recipe, _settings(arguments), os.environ)
    errors = messages()
    for warning in recipe.warnings:
        errors.print(f"warning: {warning}")
    if arguments.json:
        sys.stdout.write(json.dumps(as_json(recipe), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(describe(recipe) + "\n")
    return DONE


def _steps(arguments: argparse.Namespace) -> int:
    """List every source, rule, step, engine and format, from its own documentation."""
    from pipeline.catalogue import catalogue, entry, spell

    if arguments.name is None:
        found = catalogue()
    else:
        found = entry(arguments.name)
        if not found:
            from pipeline.errors import unknown

            names = sorted({each["name"] for each in catalogue()})
            return _fail(WRONG, unknown("name", arguments.name, names))
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if arguments.json else spell(found, arguments.name is not None))
    return DONE


def _engines(arguments: argparse.Namespace) -> int:
    """Say which runners and translation engines can be used here, and for each that can't, what is missing and what
    installs it. Looks at this machine alone: no network, and no key."""
    from pipeline.usable import show_usable, usable

    if arguments.json:
        sys.stdout.write(json.dumps(usable(), indent=2) + "\n")
    else:
        show_usable(results())
    return DONE


def _show(arguments: argparse.Namespace) -> int:
    """Show an output folder: sizes, what became of every example, and a few examples side by side."""
    from pipeline.show import as_json, show

    folder = Path(arguments.folder)
    if not (folder / "manifest.json").is_file():
        return _fail(WRONG, f"{folder} is no output of langloom: it holds no manifest.json")
    if arguments.json:
        sys.stdout.write(json.dumps(as_json(str(folder), arguments.examples), indent=2, ensure_ascii=False) + "\n")
    else:
        show(str(folder), arguments.examples, results())
    return DONE


def _publish(arguments: argparse.Namespace) -> int:
    """Send a complete output folder (card, manifest and shards) to the Hugging Face Hub, in one commit. Shards of an
    earlier output are deleted by the same commit; a killed publication is finished by the same command."""
    from pipeline.publish import PublishOptions, publish, show_published

    options = PublishOptions(
        folder=arguments.folder,
        repo=arguments.repo,
        public=arguments.public,
        revision=arguments.revision,
        tag=arguments.tag,
        dry_run=arguments.dry_run,
        with_rejects=arguments.with_rejects,
        token=arguments.token,
    )
    report = publish(options, messages())
    if arguments.json:
        sys.stdout.write(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    else:
        show_published(report, results())
    return DONE


def _tm(arguments: argparse.Namespace) -> int:
    """Look into a translation memory, export from it and import into it."""
    from pipeline import tm

    if arguments.verb == "stats" and arguments.json:
        sys.stdout.write(json.dumps(tm.stats(arguments.path), indent=2) + "\n")
    elif arguments.verb == "stats":
        tm.show_stats(arguments.path, results())
    elif arguments.verb == "compact":
        tm.compact(arguments.path, messages())
    elif arguments.verb == "export":
        chosen = {name: getattr(arguments, name) for name in ("source", "target", "origin")}
        tm.give(arguments.path, arguments.file, arguments.format, chosen, messages())
    else:
        tm.take(arguments.path, arguments.files, arguments.format, arguments.lang, messages())
    return DONE


def _order(arguments: argparse.Namespace) -> int:
    """Print a dataset's schedule as OpusTrainer's YAML, LLaMA-Factory's dataset_info.json and arguments, MosaicML
    Streaming's streams, or seqio's rates. Sources are read and counted, as by `plan`; what the form can't say is told
    on standard error."""
    from pipeline.export_order import export
    from pipeline.run import RunOptions

    console = messages()
    options = RunOptions(arguments.recipe, settings=_settings(arguments))
    text, notes = export(options, arguments.dataset, arguments.form, console)
    for note in notes:
        console.print(f"note: {note}", soft_wrap=True, highlight=False, markup=False)
    sys.stdout.write(text)
    return DONE
