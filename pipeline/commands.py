"""What each command does, from its parsed arguments to an exit status.

Imports stand where they are used: Beam's take two seconds, and `langloom --help` needs none.
"""

import json
import os
from argparse import Namespace
from collections.abc import Mapping
from math import isfinite
from typing import Any

from pipeline.status import DONE, WRONG, fail
from pipeline.terminal import messages, results, say


def _settings(arguments: Namespace) -> Mapping[str, str]:
    from pipeline.errors import Problem, RecipeError

    settings = {}
    for word in arguments.set:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise RecipeError(Problem(f"expected NAME=VALUE, got {word!r}", "--set"))
        settings[name] = value
    return settings


def _say_json(data: Any) -> None:
    say(json.dumps(_finite(data), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _finite(data: Any) -> Any:
    """Return data with what JSON has no numbers for as text: `inf`, `nan`."""
    if isinstance(data, Mapping):
        return {name: _finite(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return data if not isinstance(data, float) or isfinite(data) else str(data)


def run(arguments: Namespace) -> int:
    """Run a recipe: read, filter, translate, format, mix, and write the output folder."""
    from pipeline import run as runs
    from pipeline.runners import fork_server
    from pipeline.show import show as show_output

    fork_server.begin()
    options = runs.RunOptions(
        recipe=arguments.recipe,
        output=arguments.output,
        work=arguments.work,
        settings=_settings(arguments),
        limit=arguments.limit,
        force=arguments.force,
        fresh=arguments.fresh,
        beam=arguments.beam,
    )
    status, output = runs.run(options, messages())
    if output:
        show_output(output, 0, results())
    return status


def plan(arguments: Namespace) -> int:
    """Read and count a recipe's sources, and print what a run would translate, spend and make; no engine is asked."""
    from pipeline import run as runs
    from pipeline.errors import RunError
    from pipeline.plan import draw_plan, show_plan
    from pipeline.runners import fork_server

    fork_server.begin()
    options = runs.RunOptions(
        arguments.recipe, settings=_settings(arguments), limit=arguments.limit, beam=arguments.beam
    )
    made = runs.plan(options, messages())
    if arguments.json:
        _say_json(made)
    else:
        show_plan(made, results())
    if arguments.svg:  # after what was found out, which a picture that can't be written mustn't lose
        draw_plan(made, arguments.svg)
    if made["impossible"]:
        raise RunError("\n".join(made["impossible"].values()))
    return DONE


def check(arguments: Namespace) -> int:
    """Validate a recipe and print its graph; touches no network and reads no data."""
    from pipeline.check import as_json, describe
    from pipeline.recipe import load

    recipe = load(arguments.recipe, _settings(arguments), os.environ)
    errors = messages()
    for warning in recipe.warnings:
        errors.print(f"warning: {warning}")
    if arguments.json:
        _say_json(as_json(recipe))
    else:
        say(describe(recipe) + "\n")
    return DONE


def steps(arguments: Namespace) -> int:
    """List every source, rule, step, engine and format, from its own documentation."""
    from pipeline.steps import catalogue, entry, format_entries

    if arguments.name is None:
        found = catalogue()
    else:
        found = entry(arguments.name)
        if not found:
            from transforms.suggestions import unknown

            names = sorted({"keep", *(each["name"] for each in catalogue())})
            return fail(WRONG, unknown("name", arguments.name, names))
    if arguments.json:
        say(json.dumps(found, indent=2) + "\n")
    else:
        say(format_entries(found, arguments.name not in (None, "keep")))
    return DONE


def engines(arguments: Namespace) -> int:
    """Say which runners and translation engines can be used here, and for each that can't, what is missing and what
    installs it. Looks at this machine alone: no network, and no key."""
    from pipeline.engines import show_usable, usable

    if arguments.json:
        _say_json(usable())
    else:
        show_usable(results())
    return DONE


def show(arguments: Namespace) -> int:
    """Show an output folder: sizes, what became of every example, and some examples side by side."""
    from pipeline.show import as_json
    from pipeline.show import show as show_output

    if arguments.json:
        _say_json(as_json(arguments.folder, arguments.examples))
    else:
        show_output(arguments.folder, arguments.examples, results())
    return DONE


def report(arguments: Namespace) -> int:
    """Write report.html into an output folder, a page that needs nothing else, and print its path: what stands where in
    each dataset, what became of every example, what was translated, and some examples and rejects side by side."""
    from pipeline.report import write_report

    say(write_report(arguments.folder, arguments.examples) + "\n")
    return DONE


def publish(arguments: Namespace) -> int:
    """Send a complete output folder (card, manifest and shards) to the Hugging Face Hub, in one commit. Shards of an
    earlier output are deleted by the same commit; a killed publication is finished by the same command."""
    from pipeline import publish as publishing
    from sinks.hub.recipe import Hub

    try:
        hub = Hub(arguments.repo, arguments.public, arguments.revision, arguments.tag, arguments.with_rejects)
    except ValueError as error:
        return fail(WRONG, f"--{error}")
    report = publishing.publish(arguments.folder, hub, messages(), arguments.dry_run, arguments.token)
    if arguments.json:
        _say_json(report)
    else:
        publishing.show_published(report, results())
    return DONE


def tm(arguments: Namespace) -> int:
    """Look into a translation memory, export from it and import into it."""
    from pipeline import tm as memories

    if arguments.verb == "stats" and arguments.json:
        _say_json(memories.stats(arguments.path))
    elif arguments.verb == "stats":
        memories.show_stats(arguments.path, results())
    elif arguments.verb == "compact":
        memories.compact(arguments.path, messages())
    elif arguments.verb == "export":
        chosen = {name: getattr(arguments, name) for name in ("source", "target", "origin")}
        memories.export_entries(arguments.path, arguments.file, arguments.format, chosen, messages())
    else:
        form, languages, edited = arguments.format, arguments.lang, arguments.edited
        memories.import_entries(arguments.path, arguments.files, form, languages, edited, messages())
    return DONE


def order(arguments: Namespace) -> int:
    """Print a dataset's schedule as OpusTrainer's YAML, LLaMA-Factory's dataset_info.json and arguments, MosaicML
    Streaming's streams, or seqio's rates. Sources are read and counted, as by `plan`; what the form can't say is told
    on standard error."""
    from pipeline.export_order import export
    from pipeline.run import RunOptions

    console = messages()
    options = RunOptions(arguments.recipe, settings=_settings(arguments))
    text, notes = export(options, arguments.dataset, arguments.form, console)
    for note in notes:
        console.print(f"note: {note}")
    say(text)
    return DONE
