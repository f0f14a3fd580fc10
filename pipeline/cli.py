"""The command `langloom`: arguments in `arguments.py`, what each command does in `commands.py`."""

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from pipeline import interrupts, terminal
from pipeline.arguments import make_parser
from pipeline.runners.startup import import_beam, uncollected
from pipeline.status import FAILED, WRONG, fail


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (those of the process by default) and return the exit status."""
    if argv is None:
        interrupts.listen()
        terminal.open_missing_streams()
        terminal.escape_unencodable()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _run(words)
    except KeyboardInterrupt as interrupt:  # while libraries are imported, too
        fail(FAILED, str(interrupt) or interrupts.message(words))
        interrupts.leave(FAILED)
    finally:
        terminal.flush()
    if argv is None:
        interrupts.end(status)
    return status


def _run(words: list[str]) -> int:
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
        return fail(WRONG, f"langloom {arguments.command} takes no Beam options after --")
    return _guarded(arguments.act, arguments)


def _guarded(act: Callable[[Namespace], int], arguments: Namespace) -> int:
    """Turn the errors that a person can act on into a message and an exit status."""
    logging.basicConfig(level=logging.ERROR)  # before Beam is imported, which warns of what it can't import itself
    logging.getLogger("huggingface_hub").propagate = False  # it has a handler of its own, and would say all twice
    for library in ("DATASETS", "HUB"):
        os.environ.setdefault(f"HF_{library}_DISABLE_PROGRESS_BARS", "1")  # they would cross the live display
    with uncollected():
        import_beam()
        from pipeline.errors import ExchangeError, RecipeError, RunError, RunnerError
        from pipeline.runners.dataflow import store_errors
        from sinks.hub.errors import HubError, PublishError
        from sinks.written import OutputError
        from transforms import RegistrationError
        from transforms.read.files import SourceError
        from transforms.third_parties import ThirdPartyError

    try:
        return act(arguments)
    except (
        RecipeError, SourceError, OutputError, ExchangeError, PublishError, RunnerError, RegistrationError,
    ) as error:  # fmt: skip
        return fail(WRONG, str(error))
    except (RunError, HubError, ThirdPartyError) as error:
        return fail(FAILED, str(error))
    except OSError as error:
        return fail(FAILED, f"{error.strerror or error}: {error.filename}" if error.filename else str(error))
    except store_errors() as error:
        return fail(FAILED, str(error))
